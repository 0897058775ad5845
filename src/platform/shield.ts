/**
 * The address shield in one process's memory, and what an address counts as. Bounded: beyond `MAX_ADDRESSES` the one
 * that was seen longest ago is forgotten, which a flood from many networks can use; the budgets behind it do not forget.
 */
import { type BucketState, take } from '../guard/buckets.ts'
import type { Clock, Shield } from '../ports.ts'

/**
 * Requests from one address in ten seconds. Far above what agents behind one office's address need; low enough that a
 * flood stops here and not in the ledger. wrangler.toml says the same to the rate-limit binding.
 */
export const SHIELD_REQUESTS = 1000
export const SHIELD_PERIOD_MS = 10_000
/** About a megabyte. */
const MAX_ADDRESSES = 10_000

/** What stands for an address that the platform does not know: they share one allowance. */
const UNKNOWN_ADDRESS = 'unknown'

/** How a dual-stack listener writes an IPv4 client (RFC 4291 section 2.5.5.2). */
const MAPPED_IPV4 = /^::ffff:([0-9.]+)$/i

/**
 * IPv4 as it is; IPv6 by its first 64 bits, for a whole /64 is what one household or machine is given (RFC 6177). Zero
 * groups may be written in many ways, so the prefix is taken from the expanded form.
 */
export const shieldKey = (address: string): string => {
  const mapped = MAPPED_IPV4.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address === '' ? UNKNOWN_ADDRESS : address
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? []
  const left = head.split(':').filter((group) => group !== '')
  const right = (tail ?? '').split(':').filter((group) => group !== '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

export interface ShieldSize {
  readonly requests: number
  readonly periodMs: number
}

export const createMemoryShield = (
  clock: Clock,
  { requests, periodMs }: ShieldSize = { requests: SHIELD_REQUESTS, periodMs: SHIELD_PERIOD_MS },
): Shield => {
  const seen = new Map<string, BucketState>()
  const spec = { name: 'shield', capacity: requests, refill: requests / periodMs, take: 1 }
  return {
    async allow(address) {
      const key = shieldKey(address)
      const { ok, state } = take(seen.get(key), spec, clock.now())
      seen.delete(key)
      seen.set(key, state)
      if (seen.size > MAX_ADDRESSES) {
        const oldest = seen.keys().next()
        if (!oldest.done) seen.delete(oldest.value)
      }
      return ok
    },
  }
}
