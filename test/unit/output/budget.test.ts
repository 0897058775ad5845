import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf, countLines, fitTo } from '../../../src/guard/output/budget.ts'
import { MARK } from '../../../src/guard/output/marks.ts'
import { mark } from './support.ts'

describe('the budget', () => {
  test('whole lines where one fits', () => {
    expect(fitTo('one\ntwo\nthree', 10)).toBe('one\ntwo')
    expect(fitTo('one\ntwo\nthree', 7)).toBe('one\ntwo')
    expect(fitTo('one\ntwo\nthree', 6)).toBe('one')
    expect(fitTo('one\ntwo\nthree', 13)).toBe('one\ntwo\nthree')
  })

  test('within a line where not, but not within a character or a mark', () => {
    expect(fitTo('three', 2)).toBe('th')
    expect(fitTo('ä😀', 1)).toBe('')
    expect(fitTo('ä😀', 5)).toBe('ä')
    expect(fitTo(`ab${mark('x')}cd`, 10)).toBe('ab')
    expect(fitTo(`ab${mark('x')}cd`, 19)).toBe(`ab${mark('x')}`)
  })

  test('never exceeded, always a beginning, never half a mark', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'grapheme', maxLength: 12 }),
            fc.constantFrom('\n', mark('a'), mark('b', 12), '['),
          ),
          { maxLength: 20 },
        ),
        fc.nat({ max: 300 }),
        (parts, maxBytes) => {
          const text = parts.join('')
          const cut = fitTo(text, maxBytes)
          expect(bytesOf(cut)).toBeLessThanOrEqual(maxBytes)
          expect(text.startsWith(cut)).toBe(true)
          for (const found of text.matchAll(new RegExp(MARK.source, 'g')))
            expect(cut.length <= found.index || cut.length >= found.index + found[0].length).toBe(true)
        },
      ),
      { numRuns: 3000 },
    ))

  test.each([
    ['', 0],
    ['a', 1],
    ['a\n', 1],
    ['a\nb', 2],
    ['\n\n', 2],
  ])('%j has %i lines', (text, lines) => expect(countLines(text)).toBe(lines))
})
