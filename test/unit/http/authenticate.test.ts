/** Every way of not being let in, through the middleware: the answer, the challenge, the record, and that none leaks. */
import { generateKeyPair } from 'jose'
import { describe, expect, test } from 'vitest'
import type { Refusal } from '../../../src/http/refusals.ts'
import type { FakeIssuer } from '../../support/issuer.ts'
import { unsigned } from '../../support/issuer.ts'
import { AGENT_KEY, bench, configOf, EXPIRED_KEY, hashOf, ISSUERS, OPERATOR_KEY, PUBLIC_URL } from './setup.ts'

const METADATA = `${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp`

/** What is sent, and the reason that the operator finds. Every one is 401 and, on the wire, the same. */
const BAD_TOKENS: readonly (readonly [string, Refusal, (issuer: FakeIssuer) => string | Promise<string>])[] = [
  ['a key that nobody has', 'unknown_key', () => `bh_agent_${'00'.repeat(16)}`],
  ['an expired key', 'expired_key', () => EXPIRED_KEY],
  ['an expired token', 'expired_token', (it) => it.token({ claims: { exp: 1_700_000_000 } })],
  ['a foreign audience', 'wrong_audience', (it) => it.token({ claims: { aud: 'https://other.example.com/mcp' } })],
  ['a foreign issuer', 'unknown_issuer', (it) => it.token({ claims: { iss: 'https://evil.example.com' } })],
  [
    'alg none',
    'algorithm_refused',
    async (it) => unsigned({ alg: 'none' }, { iss: it.issuer, aud: it.audience, sub: 'x' }),
  ],
  ['an unknown kid', 'unknown_signing_key', (it) => it.token({ header: { kid: 'made-up' } })],
  ['a foreign key', 'bad_signature', async (it) => it.token({ key: (await generateKeyPair('ES256')).privateKey })],
  ['a token cut short', 'bad_signature', async (it) => (await it.token()).slice(0, -20)],
  ['two dots and nothing', 'malformed_token', () => 'a.b.c'],
  ['a token of another type', 'type_refused', (it) => it.token({ header: { typ: 'logout+jwt' } })],
  ['no subject', 'malformed_subject', (it) => it.token({ claims: { sub: undefined } })],
  ['not yet valid', 'not_yet_valid', (it) => it.token({ claims: { nbf: 4_000_000_000 } })],
  ['issued in the future', 'issued_in_future', (it) => it.token({ claims: { iat: 4_000_000_000 } })],
  ['no expiry', 'malformed_claims', (it) => it.token({ claims: { exp: undefined } })],
  ['odd groups', 'malformed_groups', (it) => it.token({ claims: { groups: [[]] } })],
  ['odd delegation', 'malformed_delegation', (it) => it.token({ claims: { act: 'somebody' } })],
  [
    'a long chain of delegation',
    'delegation_too_deep',
    (it) =>
      it.token({
        claims: { act: { sub: '1', act: { sub: '2', act: { sub: '3', act: { sub: '4', act: { sub: '5' } } } } } },
      }),
  ],
  ['a sender-constrained token', 'sender_constrained', (it) => it.token({ claims: { cnf: { jkt: 'x' } } })],
  ['two tokens', 'malformed_header', () => 'a, Bearer b'],
]

describe('authentication', () => {
  test.each(BAD_TOKENS)('L6-1 %s: 401, one record (%s), nothing of it told', async (_, reason, make) => {
    const { get, gateway, issuer, refusals } = await bench()
    const token = await make(issuer)
    const response = await get('/mcp', token)
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer realm="bulkhead", error="invalid_token", scope="k8s.read", resource_metadata="${METADATA}"`,
    )
    const text = await response.text()
    const body: unknown = JSON.parse(text)
    expect(body).toMatchObject({ type: 'about:blank', title: 'Unauthorized', status: 401, code: 'unauthenticated' })
    expect(text).not.toContain(reason)
    const records = await gateway()
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({ kind: 'authentication_failure', reason, address: '192.0.2.1', suppressed: 0 })
    expect(refusals).toEqual([reason])
    for (const told of [text, JSON.stringify(records)])
      for (const part of token.split('.')) if (part.length > 8) expect(told).not.toContain(part)
  })

  test('L6-1 the wire does not tell one bad token from another', async () => {
    const { get, issuer } = await bench()
    const answers = new Set<string>()
    for (const [, , make] of BAD_TOKENS) answers.add(await (await get('/mcp', await make(issuer))).text())
    expect(answers.size).toBe(1)
  })

  test('L6-1 nothing presented: 401 with the way to a token, and no record', async () => {
    const { get, gateway, refusals } = await bench()
    const response = await get('/mcp')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer realm="bulkhead", scope="k8s.read", resource_metadata="${METADATA}"`,
    )
    expect(await gateway()).toEqual([])
    expect(refusals).toEqual(['missing'])
  })

  test('L6-1 without an issuer no challenge points to metadata', async () => {
    const { get } = await bench(undefined, configOf({}, []))
    expect((await get('/mcp')).headers.get('www-authenticate')).toBe('Bearer realm="bulkhead"')
    expect((await get('/mcp', 'unknown')).headers.get('www-authenticate')).toBe(
      'Bearer realm="bulkhead", error="invalid_token"',
    )
  })

  test('L6-1 another scheme, or a token in the query, is refused and recorded', async () => {
    const { get, gateway } = await bench()
    expect((await get('/mcp', undefined, { authorization: 'Basic YTpi' })).status).toBe(401)
    const inQuery = await get(`/mcp?access_token=${AGENT_KEY}`, AGENT_KEY)
    expect(inQuery.status).toBe(401)
    expect(inQuery.headers.get('www-authenticate')).not.toContain('error=')
    expect((await gateway()).map((it) => it.kind === 'authentication_failure' && it.reason)).toEqual([
      'unsupported_scheme',
      'token_in_query',
    ])
    expect(JSON.stringify(await gateway())).not.toContain(AGENT_KEY)
  })

  test('L6-1 a good key and a good token become callers, and neither is recorded here', async () => {
    const { get, gateway, issuer } = await bench()
    expect(await (await get('/mcp', AGENT_KEY)).json()).toMatchObject({ kind: 'agent', client: 'ci-agent' })
    const act = { sub: 'planner' }
    expect(await (await get('/mcp', await issuer.token({ claims: { act } }))).json()).toEqual({
      kind: 'agent',
      issuer: issuer.issuer,
      client: 'desktop',
      subject: 'maria@example.com',
      owner: 'maria@example.com',
      groups: ['agents'],
      act: ['planner'],
    })
    expect(await gateway()).toEqual([])
  })

  test('L6-1 a key that looks like a token is still a key', async () => {
    const key = 'aaaa.bbbb.cccc'
    const keys = [{ name: 'odd-agent', owner: 'maria@example.com', sha256: [hashOf(key)] }]
    const { get, issuer } = await bench(undefined, configOf({ identity: { keys, issuers: ISSUERS } }))
    expect((await get('/mcp', key)).status).toBe(200)
    expect(issuer.requests).toEqual([])
  })

  test('L6-1 a good token that grants nothing: 403, with the scopes that would', async () => {
    const { get, gateway, issuer } = await bench()
    const response = await get('/mcp', await issuer.token({ claims: { groups: [], scope: 'openid' } }))
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer realm="bulkhead", error="insufficient_scope", scope="k8s.read", resource_metadata="${METADATA}"`,
    )
    expect(await response.json()).toMatchObject({ code: 'insufficient_scope' })
    expect(await gateway()).toMatchObject([{ reason: 'insufficient_scope' }])
  })

  test('L6-1 an issuer that cannot be asked: 503, to be tried again, never let through', async () => {
    const { get, gateway, issuer } = await bench()
    issuer.documents.clear()
    const response = await get('/mcp', await issuer.token())
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('30')
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(await response.json()).toMatchObject({ code: 'not_ready' })
    expect(await gateway()).toMatchObject([{ reason: 'issuer_unavailable' }])
  })

  test('L6-1 rotation: tokens of the new key are taken at once', async () => {
    const { get, issuer } = await bench()
    const old = await issuer.token()
    expect((await get('/mcp', old)).status).toBe(200)
    await issuer.rotate()
    expect((await get('/mcp', await issuer.token())).status).toBe(200)
    expect((await get('/mcp', old)).status).toBe(401)
  })

  test.each([
    ['an operator’s key', '/mcp', OPERATOR_KEY, 'operator_at_agent_route'],
    ['an agent’s key', '/operators', AGENT_KEY, 'agent_at_operator_route'],
    ['an agent’s key', '/readyz', AGENT_KEY, 'agent_at_operator_route'],
  ] as const)('L6-1 %s at %s: 403, recorded', async (_, path, key, reason) => {
    const { get, gateway } = await bench()
    const response = await get(path, key)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'wrong_audience' })
    expect(await gateway()).toMatchObject([{ kind: 'authentication_failure', reason }])
  })

  test('L6-1 an access token at a route for operators: 403, and no challenge sends anybody to the issuer', async () => {
    const { get, issuer } = await bench()
    expect((await get('/operators', await issuer.token())).status).toBe(403)
    expect((await get('/operators')).headers.get('www-authenticate')).toBe('Bearer realm="bulkhead"')
    expect((await get('/operators', OPERATOR_KEY)).status).toBe(200)
  })

  test('L6-1 L5-1 a ledger that is down changes no answer, and the log says that a record is missing', async () => {
    const { get, ports } = await bench()
    ports.ledgers.breakWhen(() => true)
    const response = await get('/mcp', 'unknown')
    expect(response.status).toBe(401)
    expect(ports.lines).toEqual([
      {
        event: 'authentication_failure_unrecorded',
        request: expect.stringMatching(/^[0-9a-f]{24}$/),
        reason: 'unknown_key',
      },
    ])
  })

  test('L6-1 no token goes further than authentication', async () => {
    const { app, issuer, ports } = await bench()
    const token = await issuer.token()
    const response = await app.request(`${PUBLIC_URL}/mcp`, { headers: { authorization: `Bearer ${token}` } })
    expect(await response.text()).not.toContain(token.split('.')[2])
    expect(JSON.stringify(ports.lines)).not.toContain(token)
    expect(issuer.requests.every((url) => new URL(url).origin === issuer.issuer)).toBe(true)
  })
})
