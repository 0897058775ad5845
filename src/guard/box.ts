/**
 * Sealing: text encrypted and authenticated (AES-256-GCM, a fresh nonce each time) and bound by the additional data to
 * what it belongs to. Whoever changes a bit of either gets nothing out. Cursors, plans and request states are sealed so,
 * each under a key of its own (guard/keys).
 */
import { bytesOfBase64, toBase64Url } from './base64.ts'

const IV_BYTES = 12

const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> | undefined =>
  /^[A-Za-z0-9_-]+$/.test(text) && text.length % 4 !== 1 ? bytesOfBase64(text) : undefined

/** `belongs`: what the sealed text is bound to; order and absence count. */
export interface Box {
  /** base64url; a third longer than the text, and 38 characters. */
  seal(text: string, belongs: readonly (string | null)[]): Promise<string>
  /** Undefined: not sealed here, not for this, or changed. */
  open(sealed: string, belongs: readonly (string | null)[]): Promise<string | undefined>
}

/** `key`: 32 bytes. `random`: strong random bytes, for the nonce. */
export const createBox = async (key: Uint8Array, random: (bytes: number) => Uint8Array): Promise<Box> => {
  const aes = await crypto.subtle.importKey('raw', Uint8Array.from(key), 'AES-GCM', false, ['encrypt', 'decrypt'])
  const parameters = (iv: Uint8Array<ArrayBuffer>, belongs: readonly (string | null)[]) => ({
    name: 'AES-GCM',
    iv,
    additionalData: Uint8Array.from(new TextEncoder().encode(JSON.stringify(belongs))),
  })
  return {
    async seal(text, belongs) {
      const iv = Uint8Array.from(random(IV_BYTES))
      const sealed = await crypto.subtle.encrypt(parameters(iv, belongs), aes, new TextEncoder().encode(text))
      const whole = new Uint8Array(IV_BYTES + sealed.byteLength)
      whole.set(iv)
      whole.set(new Uint8Array(sealed), IV_BYTES)
      return toBase64Url(whole)
    },
    async open(sealed, belongs) {
      const whole = fromBase64Url(sealed)
      if (whole === undefined || whole.length <= IV_BYTES) return undefined
      try {
        const plain = await crypto.subtle.decrypt(
          parameters(whole.slice(0, IV_BYTES), belongs),
          aes,
          whole.slice(IV_BYTES),
        )
        return new TextDecoder().decode(plain)
      } catch {
        return undefined
      }
    },
  }
}
