/**
 * Wrong keys at the sign-in page, by address: after a few the page waits, so that a flood of guesses stops before the
 * hashes and the ledger. In this isolate's memory and so approximate: keys are long, this only keeps the noise down.
 */
import { addressKey, type BucketState, take } from '../../guard/buckets.ts'
import type { Clock } from '../../ports.ts'

/** People mistype; nobody mistypes six times a minute. */
export const FAILURES_PER_MINUTE = 5
const MINUTE_MS = 60_000
/** About a megabyte. Beyond it the address that failed longest ago is forgotten. */
const MAX_ADDRESSES = 10_000

const spec = { name: 'signin', capacity: FAILURES_PER_MINUTE, refill: FAILURES_PER_MINUTE / MINUTE_MS, take: 1 }

export interface Attempts {
  /** Seconds to wait; 0: a key may be tried. */
  waitFor(address: string): number
  failed(address: string): void
}

export const createAttempts = (clock: Clock): Attempts => {
  const seen = new Map<string, BucketState>()
  return {
    waitFor(address) {
      const { ok, retryAfterMs } = take(seen.get(addressKey(address)), spec, clock.now())
      return ok ? 0 : Math.ceil(retryAfterMs / 1000)
    },
    failed(address) {
      const key = addressKey(address)
      const { state } = take(seen.get(key), spec, clock.now())
      seen.delete(key)
      seen.set(key, state)
      if (seen.size > MAX_ADDRESSES) {
        const oldest = seen.keys().next()
        if (!oldest.done) seen.delete(oldest.value)
      }
    },
  }
}
