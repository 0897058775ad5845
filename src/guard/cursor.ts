/**
 * Sealed cursors: the API server's continue token, encrypted (AES-256-GCM) and bound to caller, cluster and query by the
 * additional data, so that a cursor is worthless to anybody else, for any other query, and cannot be edited.
 */
import { type Caller, callerKey } from '../access.ts'
import { BulkheadError } from '../errors.ts'
import { createBox } from './box.ts'
import { looksSecret } from './output/secrets.ts'

/** A continue token is some 200 bytes; a custom API server may put more into it. Beyond this it is not one of ours. */
const MAX_CURSOR_LENGTH = 8192

/**
 * One random text in some ten thousand looks like somebody's token and would be masked on its way out, which breaks the
 * walk through a long list. Drawn again, it looks like nothing.
 */
const MAX_DRAWS = 4

/** What a cursor belongs to: everything of a list but the cursor and the page size. */
export interface CursorScope {
  readonly caller: Caller
  readonly cluster: string
  readonly list: readonly (string | undefined)[]
}

export interface CursorSealer {
  seal(token: string, scope: CursorScope): Promise<string>
  /** Throws `cursor_invalid`. */
  open(cursor: string, scope: CursorScope): Promise<string>
}

const belongsTo = ({ caller, cluster, list }: CursorScope): readonly (string | null)[] => [
  callerKey(caller),
  cluster,
  ...list.map((part) => part ?? null),
]

const invalid = () =>
  new BulkheadError(
    'cursor_invalid',
    'The cursor is not one that Bulkhead gave for this caller, cluster and query. Repeat the first page without cursor, and keep every other argument as it was.',
  )

/** `key`: 32 bytes. `random`: strong random bytes, for the nonce. */
export const createCursorSealer = async (
  key: Uint8Array,
  random: (bytes: number) => Uint8Array,
): Promise<CursorSealer> => {
  const box = await createBox(key, random)
  return {
    async seal(token, scope) {
      const draw = () => box.seal(token, belongsTo(scope))
      let cursor = await draw()
      for (let drawn = 1; drawn < MAX_DRAWS && looksSecret(cursor); drawn += 1) cursor = await draw()
      return cursor
    },
    async open(cursor, scope) {
      const token = cursor.length > MAX_CURSOR_LENGTH ? undefined : await box.open(cursor, belongsTo(scope))
      if (token === undefined) throw invalid()
      return token
    },
  }
}
