import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isRecorded, type OnTheWire, onTheWire, type Refusal } from '../../../src/http/refusals.ts'

// A reason that the switch does not know does not compile; tsconfig.node.json checks this file.
const invented = 'invented_reason' as const
// @ts-expect-error: not a Refusal
const unmapped = (): OnTheWire => onTheWire(invented)

describe('the two faces of a refusal', () => {
  test('L6-1 a reason without a face throws rather than letting anybody in', () => {
    expect(unmapped).toThrow(RangeError)
  })

  test('L6-1 only a refusal for want of scope, and only that, names it', () => {
    const known: readonly Refusal[] = ['insufficient_scope', 'bad_signature', 'unknown_key', 'missing']
    expect(known.map((reason) => onTheWire(reason).challenge)).toEqual([
      'insufficient_scope',
      'invalid_token',
      'invalid_token',
      'absent',
    ])
  })

  test('every reason that is recorded stands in docs/identity.md, with what to look at', () => {
    const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
    const reasons = Array.from(read('src/http/refusals.ts').matchAll(/case '(\w+)':/g), (match) => match[1] ?? '')
    const docs = read('docs/identity.md')
    expect(reasons.length).toBeGreaterThan(25)
    expect(reasons.filter((reason) => isRecorded(reason as Refusal) && !docs.includes(`\`${reason}\``))).toEqual([])
  })
})
