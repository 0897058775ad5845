import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { carriesMark, createMarker, isMark, MAX_MARK_LENGTH } from '../../../src/guard/output/marks.ts'
import { MARK_KEY, mark } from './support.ts'

describe('the mark', () => {
  test('L2-4 shows equality and nothing else: equal values alike, others apart, another key another mark', () => {
    const other = createMarker(new Uint8Array(32).fill(8))
    expect(mark('hunter2')).toBe(mark('hunter2'))
    expect(mark('hunter2')).not.toBe(mark('hunter3'))
    expect(mark('hunter2')).not.toBe(other('hunter2'))
    expect(mark('hunter2')).toMatch(/^\[masked:[0-9a-f]{8}\]$/)
  })

  test('L2-4 is HMAC-SHA-256 under the key, cut to 32 bits: no unkeyed digest of the value is in it', async () => {
    const key = await crypto.subtle.importKey('raw', MARK_KEY, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    const full = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode('hunter2')))
    const plain = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('hunter2')))
    const hex = (bytes: Uint8Array) =>
      Array.from(bytes.subarray(0, 4), (it) => it.toString(16).padStart(2, '0')).join('')
    expect(mark('hunter2')).toBe(`[masked:${hex(full)}]`)
    expect(mark('hunter2')).not.toContain(hex(plain))
  })

  test('tells a length where it is asked to, and is still comparable', () => {
    expect(mark('hunter2', 7)).toBe(`${mark('hunter2').slice(0, -1)} 7B]`)
  })

  test('L2-4 holds nothing of the value, whatever the value', () => {
    return fc.assert(
      fc.property(fc.string({ minLength: 9, unit: 'binary' }), (value) => {
        expect(mark(value)).not.toContain(value)
        expect(isMark(mark(value))).toBe(true)
        expect(mark(value, 123).length).toBeLessThanOrEqual(MAX_MARK_LENGTH)
      }),
    )
  })

  test('is found in a manifest that carries it back', () => {
    expect(carriesMark(`stringData:\n  password: ${mark('hunter2', 7)}\n`)).toBe(true)
    expect(carriesMark('stringData:\n  password: "[masked: yes]"\n')).toBe(false)
    expect(carriesMark('[masked:00g00000]')).toBe(false)
  })

  test('refuses a key that could be guessed', () => {
    expect(() => createMarker(new Uint8Array(15))).toThrow(RangeError)
  })
})
