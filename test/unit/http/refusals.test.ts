import { describe, expect, test } from 'vitest'
import { type OnTheWire, onTheWire, type Refusal } from '../../../src/http/refusals.ts'

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
})
