/** What a form of the console sends: few short fields, each once. Counted as it streams, like every body. */
import { BulkheadError } from '../../errors.ts'
import { readAtMost } from '../body.ts'

/** A reason at its longest in three-byte characters, escaped, and the rest of the form. */
export const MAX_FORM_BYTES = 8_192
const FORM_DEADLINE_MS = 10_000
const FORM_TYPE = 'application/x-www-form-urlencoded'

export type Form = ReadonlyMap<string, string>

export const readForm = async (request: Request): Promise<Form> => {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== FORM_TYPE) throw new BulkheadError('unsupported_media_type', `Send the form as ${FORM_TYPE}.`)
  const bytes = await readAtMost(request.body, MAX_FORM_BYTES, AbortSignal.timeout(FORM_DEADLINE_MS)).catch(
    (cause: unknown) => {
      throw new BulkheadError('malformed_request', 'The form broke off or was too slow. Send it again.', { cause })
    },
  )
  if (bytes === undefined)
    throw new BulkheadError('body_too_large', `The form is larger than ${MAX_FORM_BYTES} bytes. Write less.`)
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(new TextDecoder().decode(bytes))) {
    if (fields.has(name)) throw new BulkheadError('malformed_request', 'A field stands in the form twice.')
    fields.set(name, value)
  }
  return fields
}
