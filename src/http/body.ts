/**
 * Reading what a stranger or an issuer sends, counted as it streams: a Content-Length is believed only where it refuses.
 * A body that is slower than its deadline is refused too.
 *
 * Order: call `readJson` after authentication, so that nobody unknown makes us hold a body.
 */
import { BulkheadError } from '../errors.ts'

/**
 * The API server takes 3 MiB of body; a manifest of that size, escaped into a JSON string beside a call's other
 * arguments, is what must fit. Unescaped text grows little; what is larger has no way to a cluster anyhow.
 */
export const MAX_BODY_BYTES = 4 * 1024 * 1024
/** Enough for that on a slow line; a body that trickles holds memory. */
export const BODY_DEADLINE_MS = 30_000

/** The whole stream, or undefined once it passes `max`: the rest is cancelled unread. Rejects when `signal` aborts. */
export const readAtMost = async (
  stream: ReadableStream<Uint8Array> | null,
  max: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> => {
  if (stream === null) return new Uint8Array()
  const reader = stream.getReader()
  // The sender's own trouble with being stopped is none of ours.
  const stop = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', stop, { once: true })
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    signal.throwIfAborted()
    for (;;) {
      const { done, value } = await reader.read()
      // A cancelled reader is "done" too: what it gave so far is not the whole.
      signal.throwIfAborted()
      if (done) break
      size += value.byteLength
      if (size > max) {
        stop()
        return undefined
      }
      chunks.push(value)
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

const tooLarge = (max: number): BulkheadError =>
  new BulkheadError('body_too_large', `The request body is larger than ${max} bytes. Send less at once.`)

/** The request's body. Throws `body_too_large`, or `malformed_request` where it breaks off or is too slow. */
export const readBody = async (
  request: Request,
  deadlineMs: number = BODY_DEADLINE_MS,
  max: number = MAX_BODY_BYTES,
): Promise<Uint8Array> => {
  const announced = Number(request.headers.get('content-length') ?? '0')
  if (announced > max) throw tooLarge(max)
  const deadline = AbortSignal.timeout(deadlineMs)
  let bytes: Uint8Array | undefined
  try {
    bytes = await readAtMost(request.body, max, deadline)
  } catch (cause) {
    const why = deadline.aborted ? `was not complete after ${deadlineMs / 1000} s` : 'broke off'
    throw new BulkheadError('malformed_request', `The request body ${why}. Send it again.`, { cause })
  }
  if (bytes === undefined) throw tooLarge(max)
  return bytes
}

/** Throws `unsupported_media_type` for what does not say that it is JSON. */
export const requireJson = (request: Request): void => {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json')
    throw new BulkheadError('unsupported_media_type', 'Send the body as Content-Type: application/json.')
}

/** Throws `malformed_request` for what is no JSON. */
export const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)) as unknown
  } catch {
    // Not the parser's words: they quote the body.
    throw new BulkheadError('malformed_request', 'The request body is not JSON in UTF-8.')
  }
}

/** The request's JSON. Throws as `readBody`, `requireJson` and `parseJson` do. */
export const readJson = async (request: Request): Promise<unknown> => {
  requireJson(request)
  return parseJson(await readBody(request))
}
