/** W3C Trace Context as strangers send it: exactly of the form, or absent. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contextOf, readTraceContext } from '../../../src/guard/trace/context.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const GOOD = `00-${TRACE}-${SPAN}-01`

describe('traceparent', () => {
  test.each([
    [GOOD, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`00-${TRACE}-${SPAN}-fe`, false],
    // A version to come may say more, and begins the same.
    [`cc-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, true],
  ])('%s is one', (text, sampled) => {
    expect(readTraceContext(text, undefined)).toEqual({ traceId: TRACE, spanId: SPAN, sampled })
  })

  test.each([
    undefined,
    null,
    7,
    {},
    [GOOD],
    '',
    GOOD.toUpperCase(),
    ` ${GOOD}`,
    `${GOOD}\n`,
    `${GOOD}-more`,
    `${GOOD}.`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `cc-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}`,
  ])('%j is none', (text) => {
    expect(readTraceContext(text, undefined)).toBeUndefined()
  })

  test('whatever is sent, what is taken from it is hex of its length', () => {
    const near = fc.stringMatching(/^[0-9a-f]{1,2}-[0-9a-f]{31,33}-[0-9a-f]{15,17}-[0-9a-f]{1,3}(-.{0,9})?$/)
    const isSound = (parent: unknown, state: unknown): boolean => {
      const context = readTraceContext(parent, state)
      const form = /^(?!0{32})[0-9a-f]{32} (?!0{16})[0-9a-f]{16}$/
      return context === undefined || form.test(`${context.traceId} ${context.spanId}`)
    }
    void fc.assert(fc.property(fc.oneof(fc.anything(), near), fc.anything(), isSound))
  })
})

describe('tracestate', () => {
  const stateOf = (text: unknown) => readTraceContext(GOOD, text)?.state

  test.each([
    ['rojo=00f067aa0ba902b7', 'rojo=00f067aa0ba902b7'],
    ['rojo=1 ,\tcongo=t61rcWkgMzE,', 'rojo=1,congo=t61rcWkgMzE'],
    ['tenant1@vendor=a b', 'tenant1@vendor=a b'],
  ])('%j is kept', (text, kept) => {
    expect(stateOf(text)).toBe(kept)
  })

  test.each([
    '',
    7,
    'rojo',
    'rojo=',
    'Rojo=1',
    'rojo=1,rojo=2',
    'rojo=a=b',
    'rojo=\u00e9',
    'rojo=1\nx=2',
    `rojo=${'x'.repeat(600)}`,
    Array.from({ length: 33 }, (_, at) => `k${at}=1`).join(','),
  ])('%j is void, and takes nothing with it', (text) => {
    expect(readTraceContext(GOOD, text)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true })
  })
})

test('what _meta says comes before the headers, and what it says wrongly does not', () => {
  const other = '1'.repeat(32)
  const headers = new Headers({ traceparent: `00-${other}-${SPAN}-00`, tracestate: 'a=1' })
  expect(contextOf({ traceparent: GOOD }, headers)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true })
  for (const meta of [undefined, null, 'x', 7, {}, { traceparent: 'x', tracestate: 'rojo=1' }])
    expect(contextOf(meta, headers)).toEqual({ traceId: other, spanId: SPAN, sampled: false, state: 'a=1' })
  expect(contextOf({}, new Headers())).toBeUndefined()
})
