/** Folding: what is said once, and what must stay apart. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldLines, newestOf, plainLines } from '../../../src/tools/render/log.ts'

const folded = (lines: readonly string[]): readonly string[] => foldLines(lines).map(({ text }) => text)

describe('lines that differ only in times and ids', () => {
  test.each([
    ['2026-11-22T13:02:11.123Z GET /healthz 200', '2026-11-22T13:02:21.456Z GET /healthz 200'],
    ['I1122 13:02:11.123456 1 controller.go:90] Synced', 'I1122 13:02:21.000001 1 controller.go:90] Synced'],
    [
      '10.0.0.1 - [22/Nov/2026:13:02:11 +0000] "GET /orders/17 HTTP/1.1" 200',
      '10.0.0.1 - [22/Nov/2026:13:02:15 +0000] "GET /orders/18 HTTP/1.1" 200',
    ],
    ['trace 4bf92f3577b34da6 took 12ms', 'trace 00f067aa0ba902b7 took 9.5ms'],
    ['{"id":"0f8fad5b-d9cb-469f-a165-70867728950e"}', '{"id":"7c9e6679-7425-40de-944b-e07fc1f90ae7"}'],
    ['orderId=17 done', 'orderId=9 done'],
    ['offset 1700000001', 'offset 1700000002'],
  ])('are one: %s', (one, two) => {
    expect(folded([one, two])).toEqual([expect.stringContaining(`${two} (×2`)])
  })

  test.each([
    ['GET / 200', 'GET / 500'],
    ['retry in 1s', 'retry in 30s'],
    ['attempt 1', 'attempt 2'],
    ['queue=shop', 'queue=cart'],
    ['took 12ms', 'took 3200ms'],
  ])('what else differs stays apart: %s, %s', (one, two) => {
    expect(folded([one, two])).toEqual([one, two])
  })

  test('the newest is shown, and since when', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `2026-11-22T13:02:${10 + at}Z ready`)
    expect(folded(lines)).toEqual(['2026-11-22T13:02:39Z ready (×30 since 2026-11-22T13:02:10Z)'])
  })

  test('those that take turns fold together, in their order', () => {
    const lines = [...Array.from({ length: 8 }, () => ['a', 'b']).flat(), 'a', 'stop']
    expect(folded(lines)).toEqual(['a\nb\n(these 2 lines ×8)', 'a', 'stop'])
  })

  test('a hundred repetitive lines are a few dozen tokens', () => {
    const lines = Array.from(
      { length: 100 },
      (_, at) => `2026-11-22T13:0${Math.floor(at / 60)}:${10 + (at % 50)}Z INFO GET /orders/${at} status=200 ${at}ms`,
    )
    expect(folded(lines).join('\n').length).toBeLessThan(200)
  })
})

const line = fc.oneof(fc.constantFrom('a', 'b', 'c', 'GET /orders/1', 'GET /orders/2'), fc.string({ maxLength: 6 }))

describe('a fold', () => {
  test('accounts for every line, and never moves one past another', () =>
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const entries = foldLines(lines)
        expect(entries.reduce((sum, it) => sum + it.lines, 0)).toBe(lines.length)
        let end = 0
        for (const entry of entries) {
          end += entry.lines
          const last = lines[end - 1] ?? ''
          expect(entry.lines === 1 ? entry.text : `${entry.text}\n`).toContain(last)
        }
      }),
    ))

  test('of one that is too long for the room its end is kept; else whole ones, the newest', () => {
    expect(newestOf(plainLines(['aaaaaaaaaaend']), 4)).toEqual({ text: '…aend', lines: 1, cut: true })
    expect(newestOf(plainLines(['one', 'two', 'six']), 8)).toEqual({ text: 'two\nsix', lines: 2, cut: true })
    expect(newestOf([], 8)).toEqual({ text: '', lines: 0, cut: false })
  })

  test('costs linear time on lines made to be worst for it', () => {
    const started = performance.now()
    for (const unit of ['a', '1', 'a1', 'id', '1-', 'ab:', '/1', `${'f'.repeat(7)}.`]) foldLines([unit.repeat(60_000)])
    foldLines(Array.from({ length: 5_000 }, (_, at) => (at % 5 === 0 ? 'x' : 'y')))
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
