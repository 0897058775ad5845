import { createLocalJWKSet, generateKeyPair, type JSONWebKeySet } from 'jose'
import { describe, expect, test } from 'vitest'
import { ALGORITHMS, looksLikeJwt, readEnvelope, verifySignature } from '../../../src/http/tokens.ts'
import { createFakeIssuer, unsigned } from '../../support/issuer.ts'

const NOW = 1_793_491_200_000
const now = () => NOW
const header = { alg: 'ES256', kid: 'key-0', typ: 'at+jwt' }
const claims = { iss: 'https://login.example.com' }

describe('the envelope of an access token', () => {
  test.each([
    ['alg none', { ...header, alg: 'none' }, 'algorithm_refused'],
    ['alg none in other letters', { ...header, alg: 'NoNe' }, 'algorithm_refused'],
    ['a shared secret', { ...header, alg: 'HS256' }, 'algorithm_refused'],
    ['an algorithm that we do not take', { ...header, alg: 'ES256K' }, 'algorithm_refused'],
    ['no algorithm', { kid: 'key-0' }, 'algorithm_refused'],
    ['a list of algorithms', { ...header, alg: ['ES256'] }, 'algorithm_refused'],
    ['a logout token', { ...header, typ: 'logout+jwt' }, 'type_refused'],
    ['a proof of possession', { ...header, typ: 'dpop+jwt' }, 'type_refused'],
    ['a type that is no text', { ...header, typ: 1 }, 'type_refused'],
    ['an extension that must be understood', { ...header, crit: ['exp'], exp: 1 }, 'critical_header'],
    ['an unencoded payload', { ...header, crit: ['b64'], b64: false }, 'critical_header'],
    ['a kid that is no text', { ...header, kid: 7 }, 'malformed_token'],
    ['a header that is no object', [], 'malformed_token'],
  ] as const)('L6-1 %s is refused before any key is sought', (_, head, reason) => {
    expect(readEnvelope(unsigned(head, claims, 'c2ln'))).toEqual({ ok: false, reason })
  })

  test.each([
    ['no issuer', unsigned(header, {})],
    ['an issuer that is no text', unsigned(header, { iss: 7 })],
    ['claims that are no object', unsigned(header, 'claims')],
    ['a header that is no JSON', 'YQ.YQ.YQ'],
    ['two parts', 'YQ.YQ'],
  ])('L6-1 %s is malformed', (_, token) => {
    expect(readEnvelope(token)).toEqual({ ok: false, reason: 'malformed_token' })
  })

  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT', undefined])('L6-1 typ %s is taken', (typ) => {
    expect(readEnvelope(unsigned({ ...header, typ }, claims))).toEqual({
      ok: true,
      token: { issuer: claims.iss, kid: 'key-0' },
    })
  })

  test('L6-1 a token without a signature still looks like one, and a key does not', () => {
    expect(looksLikeJwt(unsigned({ alg: 'none' }, claims))).toBe(true)
    expect(looksLikeJwt('bh_agent_0123')).toBe(false)
    expect(looksLikeJwt('a.b.c.d.e')).toBe(false)
  })
})

describe('the signature of an access token', () => {
  test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('L6-1 %s is checked', async (alg) => {
    expect(ALGORITHMS).toContain(alg)
    const issuer = await createFakeIssuer({ now, alg })
    const keys = createLocalJWKSet({ keys: [await issuer.publicKey()] })
    expect(await verifySignature(await issuer.token(), keys)).toMatchObject({
      ok: true,
      claims: { iss: issuer.issuer },
    })
    const [head, , signature] = (await issuer.token()).split('.')
    const other = (await issuer.token({ claims: { sub: 'lead@example.com' } })).split('.')[1]
    expect(await verifySignature(`${head}.${other}.${signature}`, keys)).toEqual({ ok: false, reason: 'bad_signature' })
  })

  test('L6-1 a key of another is a bad signature, also when the token brings it along', async () => {
    const issuer = await createFakeIssuer({ now })
    const keys = createLocalJWKSet({ keys: [await issuer.publicKey()] })
    const thief = await createFakeIssuer({ now })
    const { privateKey } = await generateKeyPair('ES256')
    expect(await verifySignature(await thief.token(), keys)).toEqual({ ok: false, reason: 'bad_signature' })
    const own = { jwk: await thief.publicKey(), jku: thief.jwksUrl }
    expect(await verifySignature(await issuer.token({ key: privateKey, header: own }), keys)).toEqual({
      ok: false,
      reason: 'bad_signature',
    })
  })

  test('L6-1 a public key is never taken for a shared secret', async () => {
    const issuer = await createFakeIssuer({ now, alg: 'RS256' })
    const keys = createLocalJWKSet({ keys: [await issuer.publicKey()] })
    const secret = new TextEncoder().encode(JSON.stringify(await issuer.publicKey()))
    const forged = await issuer.token({ header: { alg: 'HS256' }, key: secret })
    expect((await verifySignature(forged, keys)).ok).toBe(false)
  })

  test('L6-1 an algorithm that is not on the list is refused though its key is published', async () => {
    const issuer = await createFakeIssuer({ now, alg: 'ES512' })
    const keys = createLocalJWKSet({ keys: [await issuer.publicKey()] })
    expect(await verifySignature(await issuer.token(), keys)).toEqual({ ok: false, reason: 'malformed_token' })
  })

  test('L6-1 a token that names no key is checked with the only one that fits, and refused where several do', async () => {
    const issuer = await createFakeIssuer({ now })
    const nameless = await issuer.token({ header: { kid: undefined } as never })
    const one = await issuer.publicKey()
    expect((await verifySignature(nameless, createLocalJWKSet({ keys: [one] }))).ok).toBe(true)
    const other = await (await createFakeIssuer({ now })).publicKey()
    const two: JSONWebKeySet = { keys: [one, { ...other, kid: 'key-9' }] }
    expect(await verifySignature(nameless, createLocalJWKSet(two))).toEqual({
      ok: false,
      reason: 'ambiguous_signing_key',
    })
  })

  test('L6-1 a key that is published for another algorithm or use does not sign', async () => {
    const issuer = await createFakeIssuer({ now })
    const key = await issuer.publicKey()
    for (const odd of [
      { ...key, use: 'enc' },
      { ...key, alg: 'ES384' },
      { ...key, kid: 'key-9' },
    ])
      expect(await verifySignature(await issuer.token(), createLocalJWKSet({ keys: [odd] }))).toEqual({
        ok: false,
        reason: 'unknown_signing_key',
      })
  })
})
