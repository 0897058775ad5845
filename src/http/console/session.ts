/**
 * Who sits at the console. A session is a sealed cookie and nothing else: a random id, the operator's name, and which of
 * the configured hashes opened the door, so that a key that is removed or rotated ends it. The operator is looked up in
 * the configuration at every request. A new id at each sign-in; a session ends after eight hours, at sign-out, and when
 * its operator is frozen.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Caller } from '../../access.ts'
import type { Box } from '../../guard/box.ts'
import type { Millis } from '../../ports.ts'
import type { KeyHolder } from '../keys.ts'

/** A working day: nobody approves with a session that somebody left open over night. */
export const SESSION_MS: Millis = 8 * 3_600_000
const SESSION_ID_BYTES = 16
/** Longer ones are none of ours. */
const MAX_COOKIE = 1_000

export interface Session {
  /** What CSRF tokens are bound to. */
  readonly id: string
  readonly operator: Caller
  readonly issuedAt: Millis
}

interface Sealed {
  readonly id: string
  readonly name: string
  readonly hash: string
  readonly at: Millis
}

/** `__Host-`: of this host alone, over https, for every path. Browsers keep no such cookie on plain-http loopback. */
export const cookieName = (publicUrl: string): string =>
  publicUrl.startsWith('https:') ? '__Host-bulkhead' : 'bulkhead'

const BELONGS = ['console-session/v1'] as const

export const createSessions = (
  box: Box,
  key: Uint8Array,
  holders: readonly KeyHolder[],
  publicUrl: string,
  random: (bytes: number) => Uint8Array,
) => {
  const name = cookieName(publicUrl)
  const secure = name.startsWith('__Host-') ? '; Secure' : ''
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${secure}`
  const operators = holders.filter(({ caller }) => caller.kind === 'operator')
  const hashesOf = ({ hashes }: KeyHolder): readonly string[] => hashes.map((hash) => bytesToHex(hash))

  return {
    /** The Set-Cookie of a new session. `presented`: the key that was accepted. */
    async begin(operator: Caller, presented: string, now: Millis): Promise<string> {
      const sealed: Sealed = {
        id: bytesToHex(random(SESSION_ID_BYTES)),
        name: operator.subject,
        hash: bytesToHex(sha256(utf8ToBytes(presented))),
        at: now,
      }
      return `${name}=${await box.seal(JSON.stringify(sealed), BELONGS)}${attributes}; Max-Age=${SESSION_MS / 1000}`
    },
    end: (): string => `${name}=${attributes}; Max-Age=0`,
    async read(cookie: string | undefined, now: Millis): Promise<Session | undefined> {
      if (cookie === undefined || cookie.length > MAX_COOKIE) return undefined
      const text = await box.open(cookie, BELONGS)
      if (text === undefined) return undefined
      const { id, name: operator, hash, at } = JSON.parse(text) as Sealed
      if (now - at >= SESSION_MS || at > now) return undefined
      const holder = operators.find((it) => it.caller.subject === operator && hashesOf(it).includes(hash))
      if (holder === undefined || (holder.expires !== undefined && holder.expires <= now)) return undefined
      return { id, operator: holder.caller, issuedAt: at }
    },
    /** What every form carries: bound to the session, worthless in another. */
    csrf: (session: Pick<Session, 'id'>): string => bytesToHex(hmac(sha256, key, utf8ToBytes(`csrf ${session.id}`))),
  }
}

export type Sessions = ReturnType<typeof createSessions>

/** In constant time: both are of our own making or are compared whole. */
export const sameText = (one: string, other: string): boolean => {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at += 1) difference |= one.charCodeAt(at) ^ (other.charCodeAt(at) || 0)
  return difference === 0
}
