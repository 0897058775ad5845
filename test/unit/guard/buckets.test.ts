/** Token buckets: never more than capacity plus inflow, whatever the clock does, and never forgetful about slow rates. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BucketState, isFull, MAX_RETRY_MS, refund, take } from '../../../src/guard/buckets.ts'

const NOW = 1_793_491_200_000
const size = fc.record({
  capacity: fc.integer({ min: 1, max: 1_000_000 }),
  // From a token a day to a thousand a millisecond.
  refill: fc.double({ min: 1 / 86_400_000, max: 1000, noNaN: true }),
})

test('whatever the clock does, no more is given than the capacity and what flowed in at the furthest moment', () => {
  // Small buckets, and takes that mostly fit: where tokens could be won, they are taken.
  const small = fc.record({
    capacity: fc.integer({ min: 1, max: 100 }),
    refill: fc.double({ min: 0.001, max: 0.1, noNaN: true }),
  })
  const steps = fc.array(fc.record({ advance: fc.integer({ min: -5000, max: 5000 }), take: fc.nat(20) }), {
    minLength: 10,
    maxLength: 80,
    size: 'max',
  })
  fc.assert(
    fc.property(small, steps, (spec, moves) => {
      let state: BucketState | undefined
      let now = NOW
      let [first, furthest] = [0, 0]
      let given = 0
      for (const move of moves) {
        now += move.advance
        // Time before the bucket is first seen does not flow in.
        if (state === undefined) first = now
        furthest = Math.max(furthest, now)
        const taken = take(state, { name: 'calls', ...spec, take: move.take }, now)
        state = taken.state
        if (taken.ok) given += move.take
        expect(Number.isSafeInteger(state.level)).toBe(true)
        expect(state.level).toBeGreaterThanOrEqual(0)
        expect(state.level).toBeLessThanOrEqual(spec.capacity * 1000)
        expect(given).toBeLessThanOrEqual(spec.capacity + (furthest - first) * spec.refill + 1e-6)
      }
    }),
  )
})

test('asking often loses almost nothing of a slow rate', () => {
  // 20 an hour, asked every millisecond for six minutes: each credited milli-token may cost a millisecond of 178.
  const spec = { name: 'changes', capacity: 20, refill: 20 / 3_600_000, take: 0 }
  let state = take(undefined, { ...spec, take: 20 }, NOW).state
  for (let ms = 1; ms <= 360_000; ms++) state = take(state, spec, NOW + ms).state
  expect(state.level).toBeGreaterThan(1980)
})

test('whoever comes back after the time that was told is let in, and a millisecond earlier is not', () => {
  fc.assert(
    fc.property(size, fc.nat(1000), (spec, more) => {
      const empty = take(undefined, { name: 'calls', ...spec, take: spec.capacity }, NOW).state
      const wanted = { name: 'calls', ...spec, take: Math.min(spec.capacity, 1 + more) }
      const { ok, retryAfterMs } = take(empty, wanted, NOW)
      expect(ok).toBe(false)
      fc.pre(retryAfterMs < MAX_RETRY_MS)
      expect(take(empty, wanted, NOW + retryAfterMs).ok).toBe(true)
      expect(take(empty, wanted, NOW + retryAfterMs - 1).ok).toBe(false)
    }),
  )
})

test('a bucket that is too small or never refills says "not today"', () => {
  expect(take(undefined, { name: 'bytes', capacity: 10, refill: 1, take: 11 }, NOW)).toMatchObject({
    ok: false,
    retryAfterMs: MAX_RETRY_MS,
  })
  const empty = take(undefined, { name: 'bytes', capacity: 10, refill: 0, take: 10 }, NOW).state
  expect(take(empty, { name: 'bytes', capacity: 10, refill: 0, take: 1 }, NOW + 1e9).retryAfterMs).toBe(MAX_RETRY_MS)
})

test('a refund never lifts the level above the capacity, and commutes with time', () => {
  fc.assert(
    fc.property(size, fc.nat(1_000_000), fc.nat(100_000), (spec, tokens, ms) => {
      const look = { name: 'bytes', ...spec, take: 0 }
      const empty = take(undefined, { ...look, take: spec.capacity }, NOW).state
      const before = take(refund(empty, tokens), look, NOW + ms).state
      const after = refund(take(empty, look, NOW + ms).state, tokens)
      expect(before.level).toBe(after.level)
      expect(after.level).toBeLessThanOrEqual(spec.capacity * 1000)
    }),
  )
})

test('a smaller capacity cuts the level at once; a larger one is filled by time alone', () => {
  const full = take(undefined, { name: 'calls', capacity: 100, refill: 0, take: 0 }, NOW).state
  expect(take(full, { name: 'calls', capacity: 10, refill: 0, take: 11 }, NOW).ok).toBe(false)
  expect(take(full, { name: 'calls', capacity: 1000, refill: 0, take: 101 }, NOW).ok).toBe(false)
})

test('a bucket is full again exactly when forgetting it changes nothing', () => {
  fc.assert(
    fc.property(size, fc.nat(100_000), (spec, ms) => {
      const all = { name: 'calls', ...spec, take: spec.capacity }
      const empty = take(undefined, all, NOW).state
      expect(isFull(empty, NOW + ms)).toBe(take(empty, all, NOW + ms).ok)
    }),
  )
})

test.each([
  { capacity: -1, refill: 1, take: 1 },
  { capacity: 1, refill: -1, take: 1 },
  { capacity: 1, refill: Number.NaN, take: 1 },
  { capacity: 1, refill: 1, take: -1 },
  { capacity: 1, refill: 1, take: Number.NaN },
  { capacity: Number.POSITIVE_INFINITY, refill: 1, take: 1 },
])('sizes that are no sizes are refused: %j', (spec) => {
  expect(() => take(undefined, { name: 'calls', ...spec }, NOW)).toThrow(RangeError)
  expect(() => refund({ level: 0, at: NOW, capacity: 1000, refill: 1 }, -1)).toThrow(RangeError)
})
