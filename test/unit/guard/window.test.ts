/** A sliding count: never less than the span held, nothing from long before it, and small. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { counted, totalOf, type Window } from '../../../src/guard/window.ts'

const SPAN = 60_000
const START = 1_793_491_200_000

const pauses = fc.array(fc.oneof(fc.nat(200), fc.nat(15_000), fc.nat(120_000)), { minLength: 1, maxLength: 200 })

test('L5-5 no burst is missed, however it lies in time, and nothing older than a span and a sixth is counted', () => {
  fc.assert(
    fc.property(fc.nat(SPAN), pauses, (offset, gaps) => {
      let window: Window = []
      let now = START + offset
      const times: number[] = []
      for (const gap of gaps) {
        now += gap
        times.push(now)
        window = counted(window, now, SPAN)
        const within = (span: number) => times.filter((it) => it > now - span).length
        expect(totalOf(window)).toBeGreaterThanOrEqual(within(SPAN))
        expect(totalOf(window)).toBeLessThanOrEqual(within(SPAN + SPAN / 6))
        expect(window.length).toBeLessThanOrEqual(7)
      }
    }),
  )
})

test('a clock that goes back loses nothing that was counted', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -SPAN, max: 0 }), { maxLength: 50 }), (steps) => {
      let window: Window = []
      let now = START
      for (const step of steps) {
        now += step
        window = counted(window, now, SPAN)
      }
      expect(totalOf(window)).toBe(steps.length)
    }),
  )
})
