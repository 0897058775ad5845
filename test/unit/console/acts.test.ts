/** Nothing is done that the operator did not mean: CSRF, clickjacking, prefetching, powers, and what an act answers. */
import { describe, expect, test } from 'vitest'
import { consoleBench, LOOKER_KEY, PUBLIC_URL, signedIn } from './setup.ts'

const APPROVE = '/console/plans/prod-1/approve'
const REFUSE = '/console/plans/prod-1/refuse'
const SWITCHES = '/console/switches'
const freeze = { scope: 'everything', on: '1', reason: 'drill' }

describe('CSRF', () => {
  test.each([
    ['no token', undefined],
    ['an empty token', ''],
    ['a made-up token', 'f'.repeat(64)],
    ['no hexadecimal', 'g'.repeat(64)],
  ])('L6-3 a form with %s is 403 csrf_refused and does nothing', async (_, csrf) => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    for (const [path, form] of [
      [APPROVE, {}],
      [REFUSE, { reason: 'no' }],
      [SWITCHES, freeze],
    ] as const) {
      const response = await browser.post(path, { ...form, ...(csrf === undefined ? {} : { csrf }) })
      expect(response.status).toBe(403)
      expect(response.headers.get('content-type')).toMatch(/^text\/html/)
      expect(await response.text()).toContain('csrf_refused')
    }
    expect(bench.desk.acts).toEqual([])
  })

  test('L6-3 the token of another session, even of the same operator, is refused', async () => {
    const bench = consoleBench()
    const csrf = await (await signedIn(bench)).csrf()
    const response = await (await signedIn(bench)).post(APPROVE, { csrf })
    expect(response.status).toBe(403)
    expect(bench.desk.acts).toEqual([])
  })

  test.each([
    ['cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['of a sibling', { 'sec-fetch-site': 'same-site' }],
    ['without a site', { 'sec-fetch-site': 'none' }],
    ['of another origin', { origin: 'https://evil.example.com' }],
    ['of an opaque origin', { origin: 'null' }],
    ['of another port', { origin: `${PUBLIC_URL}:8443` }],
  ])('L6-3 a form %s is refused although its token is good', async (_, headers) => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    const response = await browser.post(APPROVE, { csrf: await browser.csrf() }, headers)
    expect(response.status).toBe(403)
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(bench.desk.acts).toEqual([])
  })

  test('L6-3 the token alone, without the session, opens nothing', async () => {
    const bench = consoleBench()
    const csrf = await (await signedIn(bench)).csrf()
    expect((await bench.browser().post(APPROVE, { csrf })).status).toBe(401)
    expect(bench.desk.acts).toEqual([])
  })
})

describe('looking changes nothing', () => {
  test.each([
    ['GET', {}],
    ['GET', { purpose: 'prefetch' }],
    ['GET', { 'sec-purpose': 'prefetch;prerender' }],
    ['HEAD', {}],
    ['PUT', {}],
    ['DELETE', {}],
  ])('L6-3 %s with %j acts on no path', async (method, headers) => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    const csrf = await browser.csrf()
    const before = await bench.gateway()
    for (const path of [
      '/console',
      '/console/plans/prod-1',
      `${APPROVE}?csrf=${csrf}`,
      `${REFUSE}?csrf=${csrf}&reason=no`,
      `${SWITCHES}?csrf=${csrf}&scope=everything&on=1&reason=x`,
      '/console/ledger/gateway?verify=1',
      '/console/callers',
      '/console/health',
      `/console/sign-out?csrf=${csrf}`,
    ]) {
      const response = await browser.send(method, path, headers)
      expect(response.status).toBeLessThan(500)
    }
    expect(bench.desk.acts).toEqual([])
    expect(bench.desk.all.get('prod-1')?.view.state).toBe('pending')
    // That somebody looked at a ledger, or for a ledger, stands in it; nothing else does.
    const looks = (await bench.gateway()).slice(before.length)
    expect(looks.filter((it) => it.kind !== 'operator' || !it.action.startsWith('verified the ledger'))).toEqual([])
    expect((await browser.get('/console')).status).toBe(200)
  })
})

describe('what a browser may do with a page', () => {
  test('L6-3 no page can be framed, run a script, load from elsewhere, post elsewhere or be kept', async () => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    const pages = [
      await browser.get('/console'),
      await browser.get('/console/plans/prod-1'),
      await browser.get('/console/plans/nothing'),
      await browser.get('/console/nowhere'),
      await browser.get('/console/ledger/gateway'),
      await bench.browser().get('/console/sign-in'),
      await browser.post(APPROVE),
      await browser.post(APPROVE, {}, { origin: 'https://evil.example.com' }),
    ]
    for (const page of pages) {
      expect(page.headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      )
      expect(page.headers.get('x-frame-options')).toBe('DENY')
      expect(page.headers.get('x-content-type-options')).toBe('nosniff')
      expect(page.headers.get('cache-control')).toBe('no-store')
      expect(page.headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i)
      const html = await page.text()
      expect(html).toMatch(/^<!doctype html>\n<html lang="en">/)
      expect(html).not.toMatch(/<script|<iframe|<style| style=| on[a-z]+=|javascript:/i)
    }
  })

  test('the stylesheet is there under the name that the pages say, for good', async () => {
    const browser = consoleBench().browser()
    const path = /href="(\/console\/style-[0-9a-f]{16}\.css)"/.exec(
      await (await browser.get('/console/sign-in')).text(),
    )
    const style = await browser.get(path?.[1] ?? '')
    expect(style.status).toBe(200)
    expect(style.headers.get('content-type')).toMatch(/^text\/css/)
    expect(style.headers.get('cache-control')).toContain('immutable')
  })

  test('with our own forms a browser must be let say where they come from: no "no-referrer" on the console', async () => {
    const response = await consoleBench().browser().get('/console/sign-in')
    expect(response.headers.get('referrer-policy')).toBe('same-origin')
  })
})

describe('deciding', () => {
  test('L6-3 an approval is handed to the desk and answers 303 to the plan', async () => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    const response = await browser.post(APPROVE, { csrf: await browser.csrf() })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/console/plans/prod-1'])
    expect(bench.desk.acts).toEqual(['approve prod-1'])
  })

  test('L6-3 a delete wants its name typed; a wrong one shows the plan with the code, and what was typed', async () => {
    const bench = consoleBench({ plans: { 'prod-1': { row: { tool: 'resources_delete' }, typeName: true } } })
    const browser = await signedIn(bench)
    const csrf = await browser.csrf()
    const response = await browser.post(APPROVE, { csrf, name: 'wed' })
    expect(response.status).toBe(400)
    const html = await response.text()
    expect(html).toContain('invalid_arguments')
    expect(html).toContain('value="wed"')
    expect(bench.desk.acts).toEqual([])
    expect((await browser.post(APPROVE, { csrf, name: 'web' })).status).toBe(303)
  })

  test('a second decision shows what stands, with the code', async () => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    const csrf = await browser.csrf()
    await browser.post(REFUSE, { csrf, reason: 'not now' })
    const response = await browser.post(APPROVE, { csrf })
    expect(response.status).toBe(409)
    const html = await response.text()
    expect(html).toContain('plan_decided')
    expect(html).toContain('not now')
    expect(bench.desk.acts).toEqual(['refuse prod-1 not now'])
  })

  test.each([
    ['no reason', { reason: '' }],
    ['a blank reason', { reason: '  ' }],
    ['too long a reason', { reason: 'x'.repeat(501) }],
  ])('a refusal with %s is 400 on the plan', async (_, form) => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    expect((await browser.post(REFUSE, { csrf: await browser.csrf(), ...form })).status).toBe(400)
    expect(bench.desk.acts).toEqual([])
  })

  test('a plan that is not there is 404, whatever its id looks like', async () => {
    const browser = await signedIn(consoleBench())
    for (const id of ['prod-2', '...', '..%2f..', '<b>', 'a'.repeat(200), '%00'])
      expect((await browser.get(`/console/plans/${id}`)).status).toBe(404)
  })
})

describe('powers', () => {
  test('L6-3 an operator without powers sees plans and decides nothing; each try is recorded', async () => {
    const bench = consoleBench()
    const browser = await signedIn(bench, LOOKER_KEY)
    const plan = await browser.get('/console/plans/prod-1')
    expect(plan.status).toBe(200)
    expect(await plan.text()).toContain('You do not have the power “approve”')
    const csrf = await browser.csrf()
    expect((await browser.post(APPROVE, { csrf })).status).toBe(403)
    expect((await browser.post(REFUSE, { csrf, reason: 'no' })).status).toBe(403)
    expect((await browser.post(SWITCHES, { csrf, ...freeze })).status).toBe(403)
    expect((await browser.get('/console/ledger/gateway')).status).toBe(403)
    expect(bench.desk.acts).toEqual([])
    expect((await bench.gateway()).slice(1)).toMatchObject(
      ['approve', 'approve', 'freeze', 'audit'].map((power) => ({
        kind: 'operator',
        action: expect.stringContaining(`power ${power} is not granted`),
      })),
    )
  })

  test('a freeze is fanned out, and says which ledgers confirmed; one that did not is 503', async () => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    const csrf = await browser.csrf()
    const done = await browser.post(SWITCHES, { csrf, ...freeze })
    expect(done.status).toBe(200)
    expect(await done.text()).toMatch(/gateway: confirmed.*prod: confirmed/s)
    bench.desk.deaf.add('prod')
    const half = await browser.post(SWITCHES, { csrf, ...freeze })
    expect(half.status).toBe(503)
    expect(await half.text()).toMatch(/gateway: confirmed.*prod: <strong>not confirmed \(ledger_unavailable\)/s)
  })

  test('L6-3 everybody who has a key can be frozen, operators too, and the one that a link names is chosen', async () => {
    const browser = await signedIn(consoleBench())
    const key = JSON.stringify(['bulkhead', 'looker@example.com', 'looker@example.com'])
    const html = await (await browser.get(`${SWITCHES}?caller=${encodeURIComponent(key)}`)).text()
    const options = Array.from(html.matchAll(/<option value="([^"]*)"( selected="")?>([^<]*)</g), (it) => it.slice(2))
    expect(options).toEqual([
      [undefined, 'ci-agent'],
      [undefined, 'maria@example.com'],
      [' selected=""', 'looker@example.com'],
      [undefined, 'leaving@example.com'],
      [undefined, 'prod'],
    ])
  })

  test.each([
    [{ scope: 'cluster', value: 'prod' }, 'switch {"kind":"cluster","cluster":"prod"} true drill'],
    [
      { scope: 'caller', value: '["a","b","c"]' },
      'switch {"kind":"caller","owner":"[\\"a\\",\\"b\\",\\"c\\"]"} true drill',
    ],
  ])('a switch on %j is the desk’s', async (form, act) => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    await browser.post(SWITCHES, { csrf: await browser.csrf(), on: '1', reason: 'drill', ...form })
    expect(bench.desk.acts).toEqual([act])
  })

  test.each([
    [{ scope: 'cluster' }, 400],
    [{ scope: 'caller' }, 400],
    [{ scope: 'nothing' }, 400],
    [{ scope: 'cluster', value: 'elsewhere' }, 400],
    [{ scope: 'everything', on: 'maybe' }, 400],
    [{ scope: 'everything', reason: '' }, 400],
  ])('a switch of %j is refused', async (form, status) => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    const response = await browser.post(SWITCHES, { csrf: await browser.csrf(), on: '1', reason: 'drill', ...form })
    expect(response.status).toBe(status)
    expect(bench.desk.acts).toEqual([])
  })
})
