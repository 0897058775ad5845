/**
 * The console's cookie: which operator signed in with which of their configured hashes, and when. Signed, not stored, so
 * that no request waits for storage; whether it still counts is asked of the configuration and the freeze switches each
 * time. A new random id at every sign-in leaves nothing to fixate. Pure: key, randomness and time are passed in.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import * as z from 'zod'
import type { Millis } from '../../ports.ts'
import { same } from '../keys.ts'

/** A working day: longer, and a machine left open approves at night. Not prolonged by use. */
export const SESSION_MS: Millis = 8 * 3600 * 1000
/** Two operators' names at their longest; a cookie beyond it is not one of ours. */
const MAX_COOKIE_LENGTH = 3_000
const ID_BYTES = 16

const sessionSchema = z.strictObject({
  id: z.string(),
  /** The operator's name. */
  name: z.string(),
  /** `keyPrint` of the hash that let them in: a key that is taken out of the configuration ends its sessions. */
  key: z.string(),
  issued: z.number(),
})
export type Session = z.infer<typeof sessionSchema>

const mac = (key: Uint8Array, purpose: string, text: string): Uint8Array =>
  hmac(sha256, key, utf8ToBytes(`${purpose}:${text}`))

/** Names a configured hash without telling it. */
export const keyPrint = (key: Uint8Array, hash: Uint8Array): string =>
  bytesToHex(mac(key, 'key', bytesToHex(hash))).slice(0, 32)

export const newSession = (fields: Omit<Session, 'id'>, random: (bytes: number) => Uint8Array): Session => ({
  ...fields,
  id: bytesToHex(random(ID_BYTES)),
})

export const sealSession = (key: Uint8Array, session: Session): string => {
  const payload = bytesToHex(utf8ToBytes(JSON.stringify(session)))
  return `${payload}.${bytesToHex(mac(key, 'session', payload))}`
}

/** Undefined: not ours, edited, or over. */
export const openSession = (key: Uint8Array, cookie: string, now: Millis): Session | undefined => {
  if (cookie.length > MAX_COOKIE_LENGTH) return undefined
  const parts = /^((?:[0-9a-f]{2})+)\.([0-9a-f]{64})$/.exec(cookie)
  if (parts?.[1] === undefined || parts[2] === undefined) return undefined
  if (!same(hexToBytes(parts[2]), mac(key, 'session', parts[1]))) return undefined
  const signed: unknown = JSON.parse(new TextDecoder().decode(hexToBytes(parts[1])))
  // Ours, and yet another version's: it is over.
  const session = sessionSchema.safeParse(signed).data
  if (session === undefined) return undefined
  return now >= session.issued && now - session.issued < SESSION_MS ? session : undefined
}

/** What every form of this session carries. `of` names it: a session's id, or what stands for one. */
export const csrfToken = (key: Uint8Array, of: readonly string[]): string =>
  bytesToHex(mac(key, 'csrf', JSON.stringify(of)))

export const csrfMatches = (presented: string | undefined, accepted: readonly string[]): boolean =>
  presented !== undefined &&
  /^[0-9a-f]{64}$/.test(presented) &&
  accepted.some((token) => same(hexToBytes(token), hexToBytes(presented)))
