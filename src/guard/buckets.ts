/**
 * Token buckets, pure. A bucket never gives more than its capacity plus what its rate let flow in, whatever the clock
 * does. Levels are whole milli-tokens, so that no fraction is lost or won by adding up.
 */
import type { BucketSpec, Millis } from '../ports.ts'

/** A thousandth of a token: 20 changes an hour are 0.0056 of them a millisecond, and still counted. */
const MILLI = 1000
/** What "never" looks like to a caller who may wait: a bucket that does not refill, or that is too small. */
export const MAX_RETRY_MS: Millis = 24 * 3600 * 1000

export interface BucketState {
  /** Milli-tokens at `at`, a whole number. */
  readonly level: number
  readonly at: Millis
  /** Milli-tokens that the bucket holds at most. */
  readonly capacity: number
  /** Milli-tokens that flow in each millisecond. */
  readonly refill: number
}

export interface Taken {
  /** Unchanged in level where `ok` is false. */
  readonly state: BucketState
  readonly ok: boolean
  /** 0 where `ok`. */
  readonly retryAfterMs: Millis
}

type Size = Pick<BucketSpec, 'capacity' | 'refill'>

const check = (spec: BucketSpec): void => {
  const whole = Number.isSafeInteger(spec.capacity * MILLI) && Number.isSafeInteger(spec.take * MILLI)
  if (!whole || spec.capacity < 0 || spec.take < 0 || !Number.isFinite(spec.refill) || spec.refill < 0) {
    throw new RangeError(
      `Take from bucket "${spec.name}": capacity ${spec.capacity}, take ${spec.take} and refill ${spec.refill} ` +
        'must be whole tokens and a rate, none of them negative',
    )
  }
}

/** What flowed in until `now`. The time moves only by what was credited, so that slow rates are not rounded away. */
const flow = (state: BucketState, now: Millis): BucketState => {
  const elapsed = now - state.at
  if (elapsed <= 0 || state.level >= state.capacity) {
    return { ...state, level: Math.min(state.level, state.capacity), at: Math.max(state.at, now) }
  }
  const inflow = Math.floor(elapsed * state.refill)
  if (inflow >= state.capacity - state.level) return { ...state, level: state.capacity, at: now }
  if (inflow === 0) return state
  return { ...state, level: state.level + inflow, at: state.at + Math.min(elapsed, Math.ceil(inflow / state.refill)) }
}

const sized = (state: BucketState | undefined, { capacity, refill }: Size, now: Millis): BucketState => {
  const size = { capacity: capacity * MILLI, refill: refill * MILLI }
  return state === undefined ? { ...size, level: size.capacity, at: now } : flow({ ...state, ...size }, now)
}

/** Takes `spec.take` tokens, or none. A bucket that was never seen is full; one whose size changed keeps its level. */
export const take = (state: BucketState | undefined, spec: BucketSpec, now: Millis): Taken => {
  check(spec)
  const current = sized(state, spec, now)
  const wanted = spec.take * MILLI
  if (wanted <= current.level) {
    return { state: { ...current, level: current.level - wanted }, ok: true, retryAfterMs: 0 }
  }
  const wait = Math.max(0, current.at - now) + Math.ceil((wanted - current.level) / current.refill)
  const retryAfterMs = wanted > current.capacity || !(wait <= MAX_RETRY_MS) ? MAX_RETRY_MS : wait
  return { state: current, ok: false, retryAfterMs }
}

/** Gives back what was taken and not used, at most up to the brim. */
export const refund = (state: BucketState, tokens: number): BucketState => {
  if (!Number.isSafeInteger(tokens * MILLI) || tokens < 0) {
    throw new RangeError(`Refund ${tokens} tokens: not a whole number of them`)
  }
  return { ...state, level: Math.min(state.capacity, state.level + tokens * MILLI) }
}

/** A bucket that is full again says nothing: it may be forgotten (docs/storage.md). */
export const isFull = (state: BucketState, now: Millis): boolean => flow(state, now).level >= state.capacity

/** What stands for an address that the platform does not know: they share one allowance. */
const UNKNOWN_ADDRESS = 'unknown'

/** How a dual-stack listener writes an IPv4 client (RFC 4291 section 2.5.5.2). */
const MAPPED_IPV4 = /^::ffff:([0-9.]+)$/i

/**
 * IPv4 as it is; IPv6 by its first 64 bits, for a whole /64 is what one household or machine is given (RFC 6177). Zero
 * groups may be written in many ways, so the prefix is taken from the expanded form.
 */
export const addressKey = (address: string): string => {
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
