/**
 * The address shield in one process's memory. Bounded: beyond `MAX_ADDRESSES` the one
 * that was seen longest ago is forgotten, which a flood from many networks can use; the budgets behind it do not forget.
 */
import { addressKey, type BucketState, take } from '../guard/buckets.ts'
import type { Clock, Shield } from '../ports.ts'

/**
 * Requests from one address in ten seconds. Far above what agents behind one office's address need; low enough that a
 * flood stops here and not in the ledger. wrangler.toml says the same to the rate-limit binding.
 */
export const SHIELD_REQUESTS = 1000
export const SHIELD_PERIOD_MS = 10_000
/** About a megabyte. */
const MAX_ADDRESSES = 10_000

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
      const key = addressKey(address)
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
