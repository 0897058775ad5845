import { describe, expect, test } from 'vitest'
import { keySetSchema, keysUrlFrom, MAX_KEYS, metadataUrls } from '../../../src/http/issuer-documents.ts'

const ISSUER = 'https://login.example.com/tenant'

describe('the documents of an issuer', () => {
  test('L6-1 metadata is looked for where RFC 8414 and OpenID Connect put it', () => {
    expect(metadataUrls('https://login.example.com')).toEqual([
      'https://login.example.com/.well-known/oauth-authorization-server',
      'https://login.example.com/.well-known/openid-configuration',
    ])
    expect(metadataUrls('https://login.example.com/')).toEqual(metadataUrls('https://login.example.com'))
    expect(metadataUrls(ISSUER)).toEqual([
      'https://login.example.com/.well-known/oauth-authorization-server/tenant',
      'https://login.example.com/.well-known/openid-configuration/tenant',
      'https://login.example.com/tenant/.well-known/openid-configuration',
    ])
  })

  test.each([
    ['https://login.example.com/keys'],
    ['https://login.example.com:8443/keys'],
    ['https://keys.example.net/set?tenant=1'],
  ])('L6-1 keys at %s are taken from the exact issuer', (jwks_uri) => {
    expect(keysUrlFrom({ issuer: ISSUER, jwks_uri }, ISSUER)).toBe(jwks_uri)
    for (const issuer of [`${ISSUER}/`, 'https://login.example.com', 'https://LOGIN.example.com/tenant', undefined])
      expect(keysUrlFrom({ issuer, jwks_uri }, ISSUER)).toBeUndefined()
  })

  test.each([
    'http://login.example.com/keys',
    'https://user@login.example.com/keys',
    'https://login.example.com/keys#fragment',
    'https://127.0.0.1/keys',
    'https://[::1]/keys',
    'https://169.254.169.254/latest',
    'https://2130706433/keys',
    'https://0x7f.1/keys',
    'https://localhost/keys',
    'https://metadata/keys',
    'https://metadata.google.internal/keys',
    'https://api.default.svc/keys',
    'https://printer.local/keys',
    'file:///etc/passwd',
    'data:application/json,{}',
    '/keys',
    '',
  ])('L6-1 L4-1 keys at %j are never asked for', (jwks_uri) => {
    expect(keysUrlFrom({ issuer: ISSUER, jwks_uri }, ISSUER)).toBeUndefined()
  })

  test('L6-1 a document of another shape names nothing', () => {
    for (const document of [undefined, null, [], 'x', {}, { issuer: ISSUER }, { issuer: ISSUER, jwks_uri: 7 }])
      expect(keysUrlFrom(document, ISSUER)).toBeUndefined()
  })

  test('L6-1 a set of no keys, or of too many, is none', () => {
    const keys = (count: number) => ({ keys: Array.from({ length: count }, () => ({ kty: 'EC' })) })
    expect(keySetSchema.safeParse(keys(MAX_KEYS)).success).toBe(true)
    for (const odd of [keys(0), keys(MAX_KEYS + 1), {}, { keys: [7] }, { keys: [{ kid: 'a' }] }])
      expect(keySetSchema.safeParse(odd).success).toBe(false)
  })
})
