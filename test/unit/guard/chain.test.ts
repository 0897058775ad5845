/** Canonical JSON, the chain, and what verification finds: every flip, deletion, insertion and swap, and where. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, chain, genesisHash, type Head, recordLine, sha256Hex } from '../../../src/guard/chain.ts'
import { CUT_MARK, MAX_RECORD_LIST } from '../../../src/guard/record.ts'
import { checkHead, verify } from '../../../src/guard/verify.ts'
import type { LedgerRecord } from '../../../src/ports.ts'
import { agent, call, NOW } from '../../contracts/ledger-parts.ts'

const COUNT = 12
const build = (ledger: string, count = COUNT, salt = ''): LedgerRecord[] => {
  const records: LedgerRecord[] = []
  let head: Head | undefined
  for (let index = 0; index < count; index++) {
    const record = chain(head, call(`${salt}c${index}`), NOW + index * 1000, ledger)
    records.push(record)
    head = record
  }
  return records
}
const records = build('prod')
const last = records.at(-1) as LedgerRecord
const at = (index: number): LedgerRecord => records[index] as LedgerRecord
const find = (changed: readonly unknown[], options: { head?: Head } = { head: last }) =>
  verify(changed, { ledger: 'prod', ...options })
const position = fc.nat(COUNT - 1)

describe('canonical JSON', () => {
  test('is RFC 8785 for the values that it takes', () => {
    // The RFC's example of key order (section 3.2.3), with whole numbers.
    const text = '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}'
    expect(canonicalJson(JSON.parse(text))).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}')
    expect(canonicalJson({ b: [true, null, -0], a: { d: '"\\\u0007\n', c: {} } })).toBe(
      '{"a":{"c":{},"d":"\\"\\\\\\u0007\\n"},"b":[true,null,0]}',
    )
  })

  test('reads back as what was written, whatever the order of keys', () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).value
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, field]) => [key, reversed(field)]),
      )
    }
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
        expect(canonicalJson(reversed(value))).toBe(text)
      }),
    )
  })

  test.each([
    ['a fraction', 0.5],
    ['beyond 2^53', 2 ** 53],
    ['NaN', Number.NaN],
    ['undefined', { a: undefined }],
    ['a hole', new Array(1)],
    ['a big integer', 1n],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a function', () => 1],
    ['half a character', '\ud800'],
    ['half a character in a key', { '\udc00': 1 }],
    ['endless depth', JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })
})

describe('the chain', () => {
  test('can be recomputed with nothing but SHA-256 and sorted keys', () => {
    const { hash, ...rest } = at(0)
    const flat = JSON.parse(recordLine(at(0)))
    expect(Object.keys(flat)).toEqual(Object.keys(flat).toSorted())
    // What an export does with a record that was read: the same line again.
    expect(JSON.stringify(flat)).toBe(recordLine(at(0)))
    const line = recordLine(at(0)).replace(`"hash":"${hash}",`, '')
    expect(createHash('sha256').update(line).digest('hex')).toBe(hash)
    expect(rest.prev).toBe(createHash('sha256').update('bulkhead/ledger/v1/prod').digest('hex'))
    expect(sha256Hex('ü')).toBe(createHash('sha256').update('ü').digest('hex'))
  })

  test('holds at the last time when the clock goes backwards, and refuses what is no time', () => {
    const record = chain(at(0), call('c'), NOW - 1, 'prod')
    expect(record.time).toBe(at(0).time)
    for (const now of [Number.NaN, -1, Number.POSITIVE_INFINITY, 253_402_300_800_000]) {
      expect(() => chain(undefined, call('c'), now, 'prod')).toThrow(RangeError)
    }
  })

  test('bounds what it writes and says what it cut', () => {
    const act = Array.from({ length: MAX_RECORD_LIST + 3 }, (_, index) => `${index}`)
    const entry = { ...call('x'.repeat(1000)), caller: { ...agent, act, subject: `a\u0000b\u{e0041}${'\ud83d'}` } }
    const record = chain(undefined, entry, NOW, 'prod')
    expect(record).toMatchObject({ cut: 3, caller: { subject: 'a\ufffdb\ufffd\ufffd' } })
    expect(record.kind === 'call' && record.call).toBe('x'.repeat(256 - CUT_MARK.length) + CUT_MARK)
    expect(find([record], {})).toBeUndefined()
  })

  test('leaves out what is undefined', () => {
    const entry = { ...call('c'), caller: { ...agent, owner: undefined } }
    // @ts-expect-error an optional field is absent, not undefined; from outside it comes all the same
    expect(recordLine(chain(undefined, entry, NOW, 'prod'))).not.toContain('owner')
  })
})

describe('verification', () => {
  test('an untouched chain is whole, by itself, as a part, and up to a head known from elsewhere', () => {
    expect(find(records)).toBeUndefined()
    expect(find(records, {})).toBeUndefined()
    expect(find(records, { head: at(4) })).toBeUndefined()
    expect(verify(records.slice(5), { ledger: 'prod', after: at(4) })).toBeUndefined()
    expect(verify([], { ledger: 'prod' })).toBeUndefined()
  })

  test('L5-2 every flip of one character of any record is found there', () => {
    fc.assert(
      fc.property(position, fc.nat(), fc.integer({ min: 32, max: 126 }), (index, where, code) => {
        const line = recordLine(at(index))
        const place = where % line.length
        const changed = line.slice(0, place) + String.fromCharCode(code) + line.slice(place + 1)
        fc.pre(changed !== line)
        let parsed: unknown
        try {
          parsed = JSON.parse(changed)
        } catch {
          return // no longer JSON: the reader of the file says so (verify-audit.test.ts)
        }
        const fault = find(records.with(index, parsed as LedgerRecord))
        expect(fault).toMatchObject({
          seq: index + 1,
          reason: expect.stringMatching(/^(flip|version|foreign|malformed)$/),
        })
      }),
      { numRuns: 1000 },
    )
  })

  test('L5-2 every change of a value, with the hash made to fit, is found at the record after it', () => {
    fc.assert(
      fc.property(position, (index) => {
        const previous = index === 0 ? undefined : at(index - 1)
        const forged = chain(previous, call('forged'), NOW + index * 1000, 'prod')
        const fault = find(records.with(index, forged))
        expect(fault).toMatchObject(
          index === COUNT - 1 ? { reason: 'head', seq: COUNT } : { reason: 'fork', seq: index + 2 },
        )
      }),
    )
  })

  test('L5-2 every deletion is found where it happened', () => {
    fc.assert(
      fc.property(position, fc.integer({ min: 1, max: 4 }), (index, count) => {
        const fault = find(records.toSpliced(index, count))
        expect(fault).toMatchObject({ seq: index + 1, reason: index + count >= COUNT ? 'head' : 'gap' })
      }),
    )
  })

  test('L5-2 every insertion is found: a copy, a record of another ledger, a forged one', () => {
    const foreign = build('test')
    const other = build('prod', COUNT, 'other ')
    fc.assert(
      fc.property(position, position, fc.constantFrom('copy', 'foreign', 'forged', 'junk'), (index, which, kind) => {
        const inserted: unknown = { copy: at(which), foreign: foreign[which], forged: other[which], junk: { seq: 1 } }[
          kind
        ]
        const fault = find(records.toSpliced(index, 0, inserted as LedgerRecord))
        expect(fault).toBeDefined()
        if (kind === 'foreign') expect(fault).toMatchObject({ reason: 'foreign', seq: index + 1 })
        if (kind === 'junk') expect(fault).toMatchObject({ reason: 'malformed', seq: index + 1 })
        // A copy put right before the original reads as the original; then its twin is the one too many.
        expect(fault?.seq).toBeGreaterThanOrEqual(Math.min(index, which) + 1)
        expect(fault?.seq).toBeLessThanOrEqual(Math.max(index, which) + 2)
      }),
    )
  })

  test('L5-2 every swap is found at the first of the two', () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        fc.pre(a !== b)
        const [first, second] = a < b ? [a, b] : [b, a]
        const fault = find(records.with(first, at(second)).with(second, at(first)))
        expect(fault).toMatchObject({ seq: first + 1, reason: second === first + 1 ? 'swap' : 'gap' })
      }),
    )
  })

  test('L5-2 another version, another ledger, an earlier time and another head are named as such', () => {
    const forge = (fields: object, index = 3) => {
      const { hash: _, ...rest } = { ...at(index), ...fields }
      return records.with(index, { ...rest, hash: sha256Hex(canonicalJson(rest)) } as LedgerRecord)
    }
    expect(find(forge({ v: 2 }))).toMatchObject({ reason: 'version', seq: 4 })
    expect(find(forge({ ledger: 'test' }))).toMatchObject({ reason: 'foreign', seq: 4 })
    expect(find(forge({ time: at(1).time }))).toMatchObject({ reason: 'time', seq: 4 })
    expect(find(build('prod', COUNT, 'rewritten '))).toMatchObject({ reason: 'head', seq: COUNT })
    expect(find(build('prod', COUNT + 3, 'rewritten '))).toMatchObject({ reason: 'head', seq: COUNT })
    expect(verify(records, { ledger: 'test' })).toMatchObject({ reason: 'foreign', seq: 1 })
    expect(verify(records.slice(5), { ledger: 'prod', after: { seq: 5, hash: genesisHash('prod') } })).toMatchObject({
      reason: 'fork',
      seq: 6,
    })
    expect(checkHead(last, last)).toBeUndefined()
  })
})
