import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileGlob } from '../../../src/guard/glob.ts'

/** By definition: `*` is any run, everything else itself. Exponential, and so for small inputs only. */
const reference = (pattern: string, text: string): boolean => {
  if (pattern === '') return text === ''
  const [first, rest] = [pattern.slice(0, 1), pattern.slice(1)]
  if (first !== '*') return text.startsWith(first) && reference(rest, text.slice(1))
  return Array.from({ length: text.length + 1 }, (_, at) => at).some((at) => reference(rest, text.slice(at)))
}

describe('compileGlob', () => {
  it.each([
    ['web', 'web', true],
    ['web', 'web-1', false],
    ['*', '', true],
    ['web-*', 'web-', true],
    ['*-web', 'a-web', true],
    ['a*a', 'a', false],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXcYb', false],
    ['w.b', 'web', false],
    ['[a-z]', 'a', false],
    ['WEB', 'web', false],
    ['**', 'anything', true],
  ])('%j on %j is %j', (pattern, text, expected) => {
    expect(compileGlob(pattern)(text)).toBe(expected)
  })

  it('agrees with the definition on every small input', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 10 }),
        (pattern, text) => compileGlob(pattern)(text) === reference(pattern, text),
      ),
      { numRuns: 5000 },
    ))

  it('is not slowed down by a pattern that makes backtracking matchers explode', () => {
    const hostile = compileGlob(`${'a*'.repeat(120)}b`)
    const text = 'a'.repeat(100_000)
    const started = performance.now()
    expect(hostile(text)).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
