import { expect, test } from 'vitest'
import { ageOf, humanDuration } from '../../../src/kube/ages.ts'

const S = 1
const M = 60 * S
const H = 60 * M
const D = 24 * H
const Y = 365 * D

/** Seconds, and what `kubectl get` prints; each threshold from both sides. */
const TABLE: readonly [number, string][] = [
  [-3600, '<invalid>'],
  [-2, '<invalid>'],
  [-1.9, '0s'],
  [-0.5, '0s'],
  [0, '0s'],
  [0.999, '0s'],
  [1, '1s'],
  [119, '119s'],
  [120, '2m'],
  [3 * M + 2, '3m2s'],
  [9 * M + 59, '9m59s'],
  [10 * M, '10m'],
  [10 * M + 59, '10m'],
  [179 * M + 59, '179m'],
  [3 * H, '3h'],
  [5 * H + 20 * M + 40, '5h20m'],
  [7 * H + 59 * M + 59, '7h59m'],
  [8 * H, '8h'],
  [8 * H + 59 * M, '8h'],
  [47 * H + 59 * M, '47h'],
  [48 * H, '2d'],
  [2 * D + 3 * H + 59 * M, '2d3h'],
  [7 * D + 23 * H, '7d23h'],
  [8 * D, '8d'],
  [8 * D + 23 * H, '8d'],
  [45 * D, '45d'],
  [2 * Y - 1, '729d'],
  [2 * Y, '2y'],
  [2 * Y + 10 * D + 5 * H, '2y10d'],
  [8 * Y - 1, '7y364d'],
  [8 * Y, '8y'],
  [30 * Y + 200 * D, '30y'],
]

test.each(TABLE)('%d seconds are %s', (seconds, text) => {
  expect(humanDuration(seconds * 1000)).toBe(text)
})

test('ageOf reads timestamps as the API server writes them', () => {
  const now = Date.UTC(2026, 10, 22, 12, 0, 0)
  expect(ageOf('2026-11-22T11:56:58Z', now)).toBe('3m2s')
  expect(ageOf('2026-11-20T09:00:00.123456Z', now)).toBe('2d2h')
  expect(ageOf('2026-11-22T12:00:01Z', now)).toBe('0s')
  expect(ageOf(undefined, now)).toBe('<unknown>')
  expect(ageOf('yesterday', now)).toBe('<unknown>')
})
