import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_AUTHORIZATION_LENGTH, parseAuthorization } from '../../../src/http/authorization.ts'

const URL_ = 'https://bulkhead.example.com/mcp'
const B64 = 'ABCXYZabcxyz0189._~+/-'
const token = fc
  .tuple(fc.string({ unit: fc.constantFrom(...B64), minLength: 1, maxLength: 200 }), fc.constantFrom('', '=', '=='))
  .map(([body, padding]) => body + padding)

describe('the Authorization header', () => {
  test('L6-1 every b64token after Bearer, in any case and with any spaces, is presented whole', async () => {
    await fc.assert(
      fc.property(
        token,
        fc.constantFrom('Bearer', 'bearer', 'BEARER'),
        fc.integer({ min: 1, max: 5 }),
        (it, scheme, n) => {
          expect(parseAuthorization(`${scheme}${' '.repeat(n)}${it}`, URL_)).toEqual({ ok: true, token: it })
        },
      ),
    )
  })

  test('L6-1 whatever the header, what is presented is a b64token of bounded length that stands in it', async () => {
    await fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((it) => `Bearer ${it}`),
        ),
        (header) => {
          const presented = parseAuthorization(header, URL_)
          if (!presented.ok) return
          expect(presented.token).toMatch(/^[A-Za-z0-9._~+/-]+=*$/)
          expect(header.endsWith(presented.token)).toBe(true)
          expect(header.length).toBeLessThanOrEqual(MAX_AUTHORIZATION_LENGTH)
        },
      ),
    )
  })

  test('L6-1 two tokens, as Headers joins two headers, are never one', async () => {
    await fc.assert(
      fc.property(token, token, (one, other) => {
        const headers = new Headers([
          ['authorization', `Bearer ${one}`],
          ['authorization', `Bearer ${other}`],
        ])
        expect(parseAuthorization(headers.get('authorization'), URL_)).toEqual({
          ok: false,
          reason: 'malformed_header',
        })
      }),
    )
  })

  test.each([
    [null, 'missing'],
    ['', 'missing'],
    ['Bearer', 'malformed_header'],
    ['Bearer ', 'malformed_header'],
    ['Bearer a b', 'malformed_header'],
    ['Bearer a,b', 'malformed_header'],
    ['Bearer\ta', 'malformed_header'],
    ['Bearer =', 'malformed_header'],
    ['Bearer a=b', 'malformed_header'],
    ['Bearer "a"', 'malformed_header'],
    ['Bearer ключ', 'malformed_header'],
    ['Basic YTpi', 'unsupported_scheme'],
    ['Basic', 'unsupported_scheme'],
    ['Bearer-ish a', 'unsupported_scheme'],
    ['Negotiate a, Bearer b', 'unsupported_scheme'],
    ['@', 'malformed_header'],
    [`Bearer ${'a'.repeat(MAX_AUTHORIZATION_LENGTH)}`, 'malformed_header'],
  ] as const)('L6-1 %j is %s', (header, reason) => {
    expect(parseAuthorization(header, URL_)).toEqual({ ok: false, reason })
  })

  test.each([null, 'Bearer abc'])('L6-1 a token in the query is refused beside %j too', (header) => {
    expect(parseAuthorization(header, `${URL_}?x=1&access_token=abc`)).toEqual({ ok: false, reason: 'token_in_query' })
  })
})
