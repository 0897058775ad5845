/**
 * Sealed cursors: the API server's continue token, encrypted (AES-256-GCM) and bound to caller, cluster and query by the
 * additional data, so that a cursor is worthless to anybody else, for any other query, and cannot be edited.
 */
import { type Caller, callerKey } from '../access.ts'
import { BulkheadError } from '../errors.ts'
import { looksSecret } from './output/secrets.ts'

const IV_BYTES = 12
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

const additionalData = ({ caller, cluster, list }: CursorScope): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    new TextEncoder().encode(JSON.stringify([callerKey(caller), cluster, list.map((part) => part ?? null)])),
  )

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  if (text.length > MAX_CURSOR_LENGTH || !/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return undefined
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
}

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
  const aes = await crypto.subtle.importKey('raw', Uint8Array.from(key), 'AES-GCM', false, ['encrypt', 'decrypt'])
  const draw = async (token: string, scope: CursorScope): Promise<string> => {
    const iv = Uint8Array.from(random(IV_BYTES))
    const sealed = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: additionalData(scope) },
      aes,
      new TextEncoder().encode(token),
    )
    const whole = new Uint8Array(IV_BYTES + sealed.byteLength)
    whole.set(iv)
    whole.set(new Uint8Array(sealed), IV_BYTES)
    return toBase64Url(whole)
  }
  return {
    async seal(token, scope) {
      let cursor = await draw(token, scope)
      for (let drawn = 1; drawn < MAX_DRAWS && looksSecret(cursor); drawn += 1) cursor = await draw(token, scope)
      return cursor
    },
    async open(cursor, scope) {
      const whole = fromBase64Url(cursor)
      if (whole === undefined || whole.length <= IV_BYTES) throw invalid()
      try {
        const plain = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: whole.slice(0, IV_BYTES), additionalData: additionalData(scope) },
          aes,
          whole.slice(IV_BYTES),
        )
        return new TextDecoder().decode(plain)
      } catch {
        throw invalid()
      }
    },
  }
}
