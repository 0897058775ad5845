/**
 * Configured bearer keys. The configuration holds SHA-256 hashes only; a presented key is hashed once and compared, in
 * constant time, with every hash there is, so that time tells nothing about which one came near. Pure.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Caller } from '../access.ts'
import type { Config } from '../config.ts'
import type { Millis } from '../ports.ts'

/** `Caller.issuer` of every configured key. */
export const KEY_ISSUER = 'bulkhead'

/** One party and the one or two hashes (two while a key rotates) that open its door. */
export interface KeyHolder {
  readonly caller: Caller
  readonly hashes: readonly Uint8Array[]
  /** The key is refused from this moment on: 00:00 UTC of the configured date. */
  readonly expires: Millis | undefined
}

export type KeyRefusal = 'unknown_key' | 'expired_key'

export type KeyResult =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly reason: KeyRefusal }

const holder = (
  caller: Caller,
  configured: { sha256: readonly string[]; expires?: string | undefined },
): KeyHolder => ({
  caller,
  hashes: configured.sha256.map((hash) => hexToBytes(hash)),
  expires: configured.expires === undefined ? undefined : Date.parse(`${configured.expires}T00:00:00Z`),
})

/** Everybody who has a key, agents and operators. */
export const keyHolders = (identity: Config['identity']): readonly KeyHolder[] => [
  ...identity.keys.map((key) =>
    holder(
      {
        kind: 'agent',
        issuer: KEY_ISSUER,
        client: key.name,
        subject: key.name,
        owner: key.owner,
        groups: key.groups,
      },
      key,
    ),
  ),
  ...identity.operators.map((operator) =>
    holder(
      {
        kind: 'operator',
        issuer: KEY_ISSUER,
        client: operator.name,
        subject: operator.name,
        owner: operator.name,
        groups: operator.groups,
        may: operator.may,
      },
      operator,
    ),
  ),
]

/** In constant time for inputs of one length. */
export const same = (one: Uint8Array, other: Uint8Array): boolean => {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at += 1) difference |= (one[at] ?? 0) ^ (other[at] ?? 0)
  return difference === 0
}

export const checkKey = (holders: readonly KeyHolder[], presented: string, now: Millis): KeyResult => {
  const digest = sha256(utf8ToBytes(presented))
  let found: KeyHolder | undefined
  // No early end: every presented key costs the same comparisons.
  for (const it of holders) for (const hash of it.hashes) if (same(hash, digest)) found = it
  if (found === undefined) return { ok: false, reason: 'unknown_key' }
  if (found.expires !== undefined && now >= found.expires) return { ok: false, reason: 'expired_key' }
  return { ok: true, caller: found.caller }
}
