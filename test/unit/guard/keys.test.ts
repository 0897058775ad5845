/** The master key: what is taken for one, and that what is derived from it is apart. */
import { describe, expect, test } from 'vitest'
import { deriveKeys } from '../../../src/guard/keys.ts'

const bytes = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1)
const base64 = Buffer.from(bytes).toString('base64')

describe('the master key', () => {
  test.each([
    ['base64', base64],
    ['base64url without padding', Buffer.from(bytes).toString('base64url')],
    ['hexadecimal', Buffer.from(bytes).toString('hex')],
    ['with a line end, as a file has it', `${base64}\n`],
  ])('is taken as %s, and gives the same keys', (_, text) => {
    expect(deriveKeys(text, 'KEY')).toEqual(deriveKeys(base64, 'KEY'))
  })

  test('gives keys that differ from each other and from itself', () => {
    const { cursors, marks } = deriveKeys(base64, 'KEY')
    expect(new Set([cursors, marks, bytes].map((key) => Buffer.from(key).toString('hex'))).size).toBe(3)
  })

  test.each(['', 'short', 'a'.repeat(32), Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')])(
    '%j is refused, and not repeated',
    (text) => {
      expect(() => deriveKeys(text, 'BULKHEAD_KEY')).toThrowError(
        expect.objectContaining({ code: 'not_ready', detail: expect.stringMatching(/BULKHEAD_KEY.*openssl rand/) }),
      )
    },
  )
})
