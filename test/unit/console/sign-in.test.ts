/** Who gets a session at the console, what the cookie is, and everything that ends it. */
import { describe, expect, test } from 'vitest'
import { type Session, sealSession } from '../../../src/http/console/session.ts'
import { memoryPorts } from '../../../src/platform/memory.ts'
import { hashOf } from '../http/setup.ts'
import {
  AGENT_KEY,
  consoleBench,
  consoleConfig,
  EXPIRING_KEY,
  identityOf,
  LOOPBACK_URL,
  NEXT_OPERATOR_KEY,
  OPERATOR_KEY,
  SESSIONS_KEY,
  signedIn,
} from './setup.ts'

const HOUR = 3600_000
const WRONG_KEY = `bh_operator_${'00'.repeat(16)}`

describe('signing in', () => {
  test('L6-3 an operator’s key opens the console, and the sign-in is recorded', async () => {
    const bench = consoleBench()
    const browser = bench.browser()
    const response = await browser.signIn()
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/console')
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-bulkhead=[0-9a-f]+\.[0-9a-f]{64}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
      ),
    ])
    expect((await browser.get('/console')).status).toBe(200)
    expect(await bench.gateway()).toMatchObject([
      { kind: 'operator', action: 'signed in at the console', caller: { subject: 'maria@example.com' } },
    ])
  })

  test('on plain-http loopback the cookie has another name and is not Secure, or some browsers drop it', async () => {
    const bench = consoleBench({ config: consoleConfig({ publicUrl: LOOPBACK_URL }) })
    const [cookie] = (await bench.browser().signIn()).headers.getSetCookie()
    expect(cookie).toMatch(/^bulkhead=[^;]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  test('L6-3 the cookie tells neither the key nor its hash', async () => {
    const [cookie = ''] = (await consoleBench().browser().signIn()).headers.getSetCookie()
    const payload = Buffer.from(/=([0-9a-f]+)\./.exec(cookie)?.[1] ?? '', 'hex').toString()
    expect(payload).toContain('maria@example.com')
    for (const text of [cookie, payload]) {
      expect(text).not.toContain(OPERATOR_KEY)
      expect(text).not.toContain(hashOf(OPERATOR_KEY).slice(0, 16))
    }
  })

  test('L6-3 a wrong key is 401 and recorded, without a word of what was presented', async () => {
    const bench = consoleBench()
    const response = await bench.browser().signIn(WRONG_KEY)
    expect(response.status).toBe(401)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.text()).not.toContain(WRONG_KEY)
    const records = await bench.gateway()
    expect(records).toMatchObject([{ kind: 'authentication_failure', reason: 'unknown_key', address: '192.0.2.1' }])
    expect(JSON.stringify(records)).not.toContain(WRONG_KEY)
  })

  test('L6-3 an agent’s key is 403 and recorded', async () => {
    const bench = consoleBench()
    const response = await bench.browser().signIn(AGENT_KEY)
    expect(response.status).toBe(403)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await bench.gateway()).toMatchObject([{ kind: 'authentication_failure', reason: 'agent_at_operator_route' }])
  })

  test('L6-3 after a few wrong keys the address waits, even with the right one; a minute later it is let in', async () => {
    const bench = consoleBench()
    const browser = bench.browser()
    for (let tried = 0; tried < 5; tried += 1) expect((await browser.signIn(WRONG_KEY)).status).toBe(401)
    const waits = await browser.signIn(OPERATOR_KEY)
    expect(waits.status).toBe(429)
    expect(Number(waits.headers.get('retry-after'))).toBeGreaterThan(0)
    bench.ports.clock.advance(60_000)
    expect((await browser.signIn(OPERATOR_KEY)).status).toBe(303)
  })

  test('L6-3 wrong keys of one network do not keep out another, and a whole /64 is one', async () => {
    let address = '2001:db8:0:1::1'
    const bench = consoleBench({ ports: memoryPorts({ clientAddress: () => address }) })
    for (let tried = 0; tried < 5; tried += 1) {
      address = `2001:db8:0:1::${tried + 2}`
      await bench.browser().signIn(WRONG_KEY)
    }
    address = '2001:db8:0:1::ffff'
    expect((await bench.browser().signIn()).status).toBe(429)
    address = '2001:db8:0:2::1'
    expect((await bench.browser().signIn()).status).toBe(303)
  })

  test('no record, no session: with a ledger that is down nobody is signed in', async () => {
    const bench = consoleBench()
    bench.ports.ledgers.breakWhen(() => true)
    const response = await bench.browser().signIn()
    expect(response.status).toBe(503)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  test('L6-3 a form of another site signs nobody in', async () => {
    const bench = consoleBench()
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'null' }]) {
      const response = await bench.browser().post('/console/sign-in', { key: OPERATOR_KEY }, headers)
      expect(response.status).toBe(403)
      expect(response.headers.getSetCookie()).toEqual([])
    }
  })

  test.each([
    ['a JSON body', 'application/json', '{"key":"x"}', 415],
    ['a field that stands twice', 'application/x-www-form-urlencoded', 'key=a&key=b', 400],
    ['a form that is too large', 'application/x-www-form-urlencoded', `key=${'a'.repeat(9000)}`, 413],
  ])('%s is refused', async (_, type, body, status) => {
    expect((await consoleBench().raw('/console/sign-in', type, body)).status).toBe(status)
  })
})

describe('open redirects', () => {
  test.each([
    ['/console/plans/prod-1', '/console/plans/prod-1'],
    ['/console?state=all', '/console?state=all'],
    ['/console/ledger/prod?kind=plan&before=7', '/console/ledger/prod?kind=plan&before=7'],
    ['//evil.example.com', '/console'],
    ['/console//evil.example.com', '/console'],
    ['/console/..//evil.example.com', '/console'],
    ['/console/../mcp', '/console'],
    ['/console/.', '/console/'],
    ['/console/%2e%2e/mcp', '/console'],
    ['/console\\@evil.example.com', '/console'],
    ['/\\evil.example.com', '/console'],
    ['https://evil.example.com/console/', '/console'],
    ['javascript:alert(1)', '/console'],
    ['/consoleevil', '/console'],
    ['/console@evil.example.com', '/console'],
    ['/console/\r\nset-cookie: a=b', '/console'],
    ['\t/console/plans', '/console'],
    ['/console/sign-out', '/console'],
    ['/console/sign-in', '/console'],
    ['', '/console'],
  ])('L6-3 after signing in, next=%j leads to %s', async (next, location) => {
    const response = await consoleBench().browser().signIn(OPERATOR_KEY, next)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe(location)
  })

  test('L6-3 the page of the sign-in takes no other next than that either', async () => {
    const browser = await signedIn(consoleBench())
    const there = await browser.get('/console/sign-in?next=%2F%2Fevil.example.com')
    expect([there.status, there.headers.get('location')]).toEqual([303, '/console'])
  })
})

describe('sessions', () => {
  test('without one a page sends to the sign-in and remembers where to; a form is 401', async () => {
    const browser = consoleBench().browser()
    const page = await browser.get('/console/plans/prod-1')
    expect([page.status, page.headers.get('location')]).toEqual([
      303,
      '/console/sign-in?next=%2Fconsole%2Fplans%2Fprod-1',
    ])
    const form = await browser.post('/console/plans/prod-1/approve')
    expect(form.status).toBe(401)
    expect(await form.text()).toContain('session_invalid')
  })

  test('L6-3 every sign-in makes a session of its own: one that was planted is not taken over', async () => {
    const bench = consoleBench()
    const attacker = await signedIn(bench)
    const planted = attacker.cookies.get('__Host-bulkhead') ?? ''
    const victim = bench.browser()
    victim.cookies.set('__Host-bulkhead', planted)
    await victim.signIn()
    expect(victim.cookies.get('__Host-bulkhead')).not.toBe(planted)
    expect(await victim.csrf()).not.toBe(await attacker.csrf())
  })

  test('L6-3 a cookie that was edited or made up is none', async () => {
    const bench = consoleBench()
    const cookie = (await signedIn(bench)).cookies.get('__Host-bulkhead') ?? ''
    const [payload = '', mac = ''] = cookie.split('.')
    const anothers = sealSession(SESSIONS_KEY, { id: '1' } as Session)
    const forged = Buffer.from(JSON.stringify({ id: '0', name: 'maria@example.com', key: '0', issued: 0 })).toString(
      'hex',
    )
    const flipped = `${payload.slice(0, -1)}${payload.endsWith('0') ? '1' : '0'}`
    for (const value of [
      anothers,
      `${flipped}.${mac}`,
      `${forged}.${mac}`,
      payload,
      `${payload}.`,
      '.',
      'x'.repeat(5000),
    ]) {
      const browser = bench.browser()
      browser.cookies.set('__Host-bulkhead', value)
      expect((await browser.get('/console')).status).toBe(303)
    }
  })

  test('a path with a slash too much leads to the plans', async () => {
    const browser = await signedIn(consoleBench())
    const response = await browser.get('/console/')
    expect([response.status, response.headers.get('location')]).toEqual([303, '/console'])
  })

  test('L6-3 a session is over after eight hours, used or not', async () => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    bench.ports.clock.advance(8 * HOUR - 1)
    expect((await browser.get('/console')).status).toBe(200)
    bench.ports.clock.advance(1)
    expect((await browser.get('/console')).status).toBe(303)
  })

  test('L6-3 a key that is taken out of the configuration ends its sessions, and the other one of a rotation does not', async () => {
    const bench = consoleBench()
    const old = await signedIn(bench)
    const next = await signedIn(bench, NEXT_OPERATOR_KEY)
    const rotated = consoleBench({
      ports: bench.ports,
      config: consoleConfig({
        identity: identityOf({
          operators: [{ name: 'maria@example.com', sha256: [hashOf(NEXT_OPERATOR_KEY)], may: ['approve'] }],
        }),
      }),
    })
    for (const [browser, status] of [
      [old, 303],
      [next, 200],
    ] as const) {
      const after = rotated.browser()
      for (const [name, value] of browser.cookies) after.cookies.set(name, value)
      expect((await after.get('/console')).status).toBe(status)
    }
  })

  test('L6-3 an operator whose key expires, or who is removed, has no session any more', async () => {
    const bench = consoleBench()
    const browser = await signedIn(bench, EXPIRING_KEY)
    bench.ports.clock.advance(HOUR)
    expect((await browser.get('/console')).status).toBe(200)
    const gone = consoleBench({
      ports: bench.ports,
      config: consoleConfig({ identity: identityOf({ operators: [] }) }),
    })
    const after = gone.browser()
    for (const [name, value] of browser.cookies) after.cookies.set(name, value)
    expect((await after.get('/console')).status).toBe(303)
    bench.ports.clock.set(Date.parse('2026-11-02T00:00:00Z') - HOUR)
    await browser.signIn(EXPIRING_KEY)
    bench.ports.clock.advance(HOUR)
    expect((await browser.get('/console')).status).toBe(303)
  })

  test('L6-3 a freeze ends the operator’s sessions at once and makes none; lifted, only one from after it counts', async () => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    bench.ports.clock.advance(1000)
    bench.desk.frozen = bench.ports.clock.now() + 1
    expect((await browser.get('/console')).status).toBe(303)
    expect((await browser.post('/console/plans/prod-1/approve')).status).toBe(401)
    const refused = await bench.browser().signIn()
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('This operator is frozen')
    expect(refused.headers.getSetCookie()).toEqual([])
    bench.ports.clock.advance(1)
    expect((await browser.get('/console')).status).toBe(303)
    bench.ports.clock.advance(1000)
    await browser.signIn()
    expect((await browser.get('/console')).status).toBe(200)
  })

  test('signing out takes a form of the session and forgets the cookie', async () => {
    const bench = consoleBench()
    const browser = await signedIn(bench)
    expect((await browser.post('/console/sign-out')).status).toBe(403)
    expect((await browser.get('/console/sign-out')).status).toBe(405)
    const response = await browser.post('/console/sign-out', { csrf: await browser.csrf() })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/console/sign-in'])
    expect(browser.cookies.size).toBe(0)
  })
})
