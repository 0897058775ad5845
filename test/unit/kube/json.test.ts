import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_JSON_DEPTH, parseJson } from '../../../src/kube/json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('gives what JSON.parse gives, and every integer exactly', () => {
  const anInteger = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })
  const exact = (it: bigint) => (Number.isSafeInteger(Number(it)) ? Number(it) : String(it))
  fc.assert(
    fc.property(fc.object(), fc.array(anInteger), (value, integers) => {
      // Small numbers only: those of `value` are not what this is about.
      const rest = JSON.parse(JSON.stringify(value, (_, it) => (typeof it === 'number' ? it % 1000 : it)))
      const text = `{"rest":${JSON.stringify(rest)},"integers":[${integers.join(',')}]}`
      expect(parseJson(bytes(text))).toEqual({ rest, integers: integers.map(exact) })
    }),
  )
})

test('keeps integers past 2^53 exactly, as text, and leaves all others numbers', () => {
  const text =
    '{"big":9007199254740993,"minus":-9223372036854775808,"edge":9007199254740991,"float":1.25,"exp":1e300,"text":"12345678901234567890"}'
  expect(parseJson(bytes(text))).toEqual({
    big: '9007199254740993',
    minus: '-9223372036854775808',
    edge: 9007199254740991,
    float: 1.25,
    exp: 1e300,
    text: '12345678901234567890',
  })
})

test('refuses what is not UTF-8, not JSON, or too deep', () => {
  expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0xfe, 0x22))).toThrow()
  expect(() => parseJson(bytes('{"a":1} {"b":2}'))).toThrow()
  expect(() => parseJson(bytes(''))).toThrow()
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  expect(() => parseJson(bytes(nested(MAX_JSON_DEPTH)))).not.toThrow()
  expect(() => parseJson(bytes(nested(MAX_JSON_DEPTH + 1)))).toThrow(/deeper/)
  expect(() => parseJson(bytes(nested(100_000)))).toThrow()
})

test('does not let a document become anything but data', () => {
  const value = parseJson(bytes('{"__proto__":{"polluted":true},"n":12345678901234567890}'))
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect(Object.keys(value as object)).toContain('__proto__')
})
