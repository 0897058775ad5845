/** Cloudflare Access in front of the console: which assertions make an operator, and that all others make none. */
import { generateKeyPair } from 'jose'
import { describe, expect, test } from 'vitest'
import { ACCESS_HEADER } from '../../../src/http/console/access.ts'
import { memoryPorts } from '../../../src/platform/memory.ts'
import { createFakeIssuer, type TokenChanges, unsigned } from '../../support/issuer.ts'
import { consoleBench, consoleConfig, identityOf, OPERATOR_KEY } from './setup.ts'

const ISSUER = 'https://example.cloudflareaccess.com'
const AUDIENCE = 'a1b2c3'.repeat(10)
const CERTS = `${ISSUER}/cdn-cgi/access/certs`
const DAY = 86_400_000

const accessBench = async (alg = 'RS256') => {
  let now = () => 0
  const issuer = await createFakeIssuer({ issuer: ISSUER, audience: AUDIENCE, now: () => now(), alg })
  const publish = async () => {
    const keys = [await issuer.publicKey()]
    issuer.documents.set(CERTS, () => Response.json({ keys, public_cert: {}, public_certs: [] }))
  }
  await publish()
  const ports = memoryPorts({ fetchIssuer: issuer.fetchIssuer })
  now = ports.clock.now
  const config = consoleConfig({
    identity: identityOf({ access: { team: 'example', audience: AUDIENCE, may: ['approve'] } }),
  })
  const plans = { 'prod-1': { row: { expires: Date.parse('2027-01-01T00:00:00Z') } } }
  const bench = consoleBench({ ports, config, plans })
  /** As Access writes one. */
  const assertion = (changes: TokenChanges = {}) =>
    issuer.token({
      ...changes,
      header: { typ: 'JWT', ...changes.header },
      claims: {
        aud: [AUDIENCE],
        email: 'lead@example.com',
        type: 'app',
        client_id: undefined,
        groups: undefined,
        ...changes.claims,
      },
    })
  const ask = async (token: string, path = '/console') => bench.browser().get(path, { [ACCESS_HEADER]: token })
  return { ...bench, issuer, assertion, ask, publish }
}

/** What is presented, and the reason that the operator finds. */
const BAD: readonly (readonly [
  string,
  string,
  (it: Awaited<ReturnType<typeof accessBench>>) => string | Promise<string>,
])[] = [
  ['another application’s audience', 'wrong_audience', (it) => it.assertion({ claims: { aud: ['other'] } })],
  [
    'an audience that only begins like ours',
    'wrong_audience',
    (it) => it.assertion({ claims: { aud: [`${AUDIENCE}0`] } }),
  ],
  ['another team', 'wrong_issuer', (it) => it.assertion({ claims: { iss: 'https://evil.cloudflareaccess.com' } })],
  ['an expired one', 'expired_token', (it) => it.assertion({ claims: { exp: 1_700_000_000 } })],
  ['one that is not valid yet', 'not_yet_valid', (it) => it.assertion({ claims: { nbf: 4_000_000_000 } })],
  ['no expiry', 'malformed_claims', (it) => it.assertion({ claims: { exp: undefined } })],
  ['a service token: no e-mail address', 'malformed_subject', (it) => it.assertion({ claims: { email: undefined } })],
  ['an odd e-mail address', 'malformed_subject', (it) => it.assertion({ claims: { email: ['lead@example.com'] } })],
  ['odd groups', 'malformed_groups', (it) => it.assertion({ claims: { custom: { groups: [[]] } } })],
  ['a foreign key', 'bad_signature', async (it) => it.assertion({ key: (await generateKeyPair('RS256')).privateKey })],
  ['an unknown kid', 'unknown_signing_key', (it) => it.assertion({ header: { kid: 'made-up' } })],
  ['alg none', 'algorithm_refused', () => unsigned({ alg: 'none' }, { iss: ISSUER, aud: AUDIENCE, email: 'x' })],
  [
    'HS256 over the public key',
    'algorithm_refused',
    (it) => it.assertion({ header: { alg: 'HS256' }, key: new Uint8Array(32) }),
  ],
  ['nonsense', 'malformed_token', () => 'a.b.c'],
]

describe('Cloudflare Access', () => {
  test.each(['RS256', 'ES256'])(
    'L6-3 a good assertion (%s) is a signed-in operator; no page asks for a key',
    async (alg) => {
      const { ask, assertion, issuer } = await accessBench(alg)
      const page = await ask(await assertion())
      expect(page.status).toBe(200)
      expect(await page.text()).toContain('lead@example.com')
      expect(issuer.requests).toEqual([CERTS])
      const signIn = await ask(await assertion(), '/console/sign-in?next=%2Fconsole%2Fhealth')
      expect([signIn.status, signIn.headers.get('location')]).toEqual([303, '/console/health'])
      expect(signIn.headers.getSetCookie()).toEqual([])
    },
  )

  test.each(BAD)('L6-3 %s: 401, recorded as %s, nothing shown', async (_, reason, make) => {
    const bench = await accessBench()
    const page = await bench.ask(await make(bench), '/console/plans/prod-1')
    expect(page.status).toBe(401)
    const html = await page.text()
    expect(html).not.toContain('Deployment')
    expect(html).not.toContain(reason)
    expect(await bench.gateway()).toMatchObject([{ kind: 'authentication_failure', reason }])
  })

  test('L6-3 a bad assertion is not made good by a session cookie', async () => {
    const bench = await accessBench()
    const browser = bench.browser()
    await browser.signIn(OPERATOR_KEY)
    expect((await browser.get('/console')).status).toBe(200)
    expect((await browser.get('/console', { [ACCESS_HEADER]: 'a.b.c' })).status).toBe(401)
  })

  test('L6-3 where Access is not configured its header says nothing', async () => {
    const { assertion } = await accessBench()
    const page = await consoleBench()
      .browser()
      .get('/console', { [ACCESS_HEADER]: await assertion() })
    expect(page.status).toBe(303)
  })

  test('groups come from the claim or from `custom`, powers from the configuration', async () => {
    const bench = await accessBench()
    const seen: unknown[] = []
    const desk = bench.desk.plan
    bench.desk.plan = async (id, operator) => {
      seen.push(operator)
      return desk(id, operator)
    }
    for (const claims of [{ groups: ['sre'] }, { custom: { groups: ['sre'] } }, { custom: 'x' }])
      await bench.ask(await bench.assertion({ claims }), '/console/plans/prod-1')
    const operator = {
      kind: 'operator',
      issuer: ISSUER,
      client: 'cloudflare-access',
      subject: 'lead@example.com',
      owner: 'lead@example.com',
      may: ['approve'],
    }
    expect(seen).toEqual([
      { ...operator, groups: ['sre'] },
      { ...operator, groups: ['sre'] },
      { ...operator, groups: [] },
    ])
  })

  test('L6-3 a form still needs its token, which is another one for another person and lasts over midnight', async () => {
    const bench = await accessBench()
    const tokenIn = async (token: string) =>
      /name="csrf" value="([0-9a-f]{64})"/.exec(await (await bench.ask(token, '/console/plans/prod-1')).text())?.[1] ??
      ''
    const post = async (token: string, csrf: string) =>
      (await bench.browser().post('/console/plans/prod-1/approve', { csrf }, { [ACCESS_HEADER]: token })).status
    bench.ports.clock.set(Math.ceil(bench.ports.clock.now() / DAY) * DAY + DAY - 1000)
    const csrf = await tokenIn(await bench.assertion())
    const others = await tokenIn(await bench.assertion({ claims: { email: 'other@example.com' } }))
    expect(others).not.toBe(csrf)
    expect(await post(await bench.assertion(), '')).toBe(403)
    expect(await post(await bench.assertion(), others)).toBe(403)
    expect(bench.desk.acts).toEqual([])
    bench.ports.clock.advance(2000)
    expect(await post(await bench.assertion(), csrf)).toBe(303)
    bench.ports.clock.advance(DAY)
    expect(await post(await bench.assertion(), csrf)).toBe(403)
  })

  test('L6-3 an assertion from before a freeze is over, and one who is frozen is refused', async () => {
    const bench = await accessBench()
    const token = await bench.assertion()
    bench.ports.clock.advance(2000)
    bench.desk.frozen = bench.ports.clock.now() + 1
    expect((await bench.ask(token)).status).toBe(403)
    bench.ports.clock.advance(1)
    expect((await bench.ask(token)).status).toBe(401)
    bench.ports.clock.advance(2000)
    expect((await bench.ask(await bench.assertion())).status).toBe(200)
  })

  test('keys that rotate are found, and a team that does not answer is 503, not a way in', async () => {
    const bench = await accessBench()
    expect((await bench.ask(await bench.assertion())).status).toBe(200)
    await bench.issuer.rotate()
    await bench.publish()
    expect((await bench.ask(await bench.assertion())).status).toBe(200)
    bench.ports.clock.advance(2 * 3600_000)
    bench.issuer.documents.set(CERTS, () => new Response('no', { status: 500 }))
    expect((await bench.ask(await bench.assertion())).status).toBe(503)
  })
})
