/** Headers, problems, shield, host and origin: what every request meets, whoever sends it. */
import { describe, expect, test, vi } from 'vitest'
import { BulkheadError } from '../../../src/errors.ts'
import { hostCheck, originCheck } from '../../../src/http/origin.ts'
import { methodNotAllowed, problem } from '../../../src/http/problem.ts'
import { shield } from '../../../src/http/shield.ts'
import { bench, configOf, PUBLIC_URL } from './setup.ts'

const LOOPBACK = configOf({ publicUrl: 'http://127.0.0.1:8787' })

describe('headers', () => {
  test('stand on every answer, also on refusals, errors and unknown routes', async () => {
    const { get } = await bench((app) => {
      app.get('/throws', () => {
        throw new Error('a secret of the inside')
      })
      app.get('/own', (c) => c.text('own', 200, { 'content-security-policy': "default-src 'self'" }))
    })
    const ids = new Set<string | null>()
    for (const path of ['/mcp', '/throws', '/nowhere', '/own']) {
      const { headers } = await get(path, undefined, { 'x-request-id': 'client-made' })
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
      expect(headers.get('content-security-policy')).toContain(path === '/own' ? "'self'" : "default-src 'none'")
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{24}$/)
      ids.add(headers.get('x-request-id'))
    }
    expect(ids.size).toBe(4)
  })

  test('promise https only where there is https', async () => {
    const { get } = await bench(undefined, LOOPBACK)
    expect((await get('/mcp')).headers.get('strict-transport-security')).toBeNull()
  })
})

describe('problems', () => {
  test('L5-4 what we did not foresee keeps its words to itself and tells them to the operator', async () => {
    const { get, errors } = await bench((app) => {
      app.get('/throws', () => {
        throw new Error('a secret of the inside')
      })
    })
    const response = await get('/throws')
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).not.toContain('secret of the inside')
    expect(JSON.parse(text)).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'internal',
      detail: 'Something failed inside Bulkhead. The operator finds the reason in the log.',
    })
    expect(errors.map((it) => it.detail)).toEqual(['Error: a secret of the inside'])
  })

  test('say when to come back in whole seconds, at least one', () => {
    const waits = [0, 0.2, 7.1].map((retryAfter) =>
      problem(new BulkheadError('rate_limited', 'Wait.', { retryAfter })).headers.get('retry-after'),
    )
    expect(waits).toEqual(['1', '1', '8'])
  })

  test('never hold the operator’s detail', async () => {
    const response = problem(new BulkheadError('cluster_error', 'It failed.', { detail: 'kubelet at 10.0.0.7' }))
    expect(await response.text()).not.toContain('10.0.0.7')
  })

  test('an unknown route is 404 and a wrong method 405 with what is taken', async () => {
    const { app, get } = await bench((it) => {
      it.get('/thing', (c) => c.text('thing'))
      it.all('/thing', methodNotAllowed(['GET', 'HEAD']))
    })
    expect(await (await get('/nowhere')).json()).toMatchObject({ status: 404, code: 'no_route', title: 'Not Found' })
    const wrong = await app.request('/thing', { method: 'DELETE' })
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('GET, HEAD')
    expect(await wrong.json()).toMatchObject({ code: 'method_not_allowed' })
    expect((await app.request('/thing', { method: 'HEAD' })).status).toBe(200)
  })
})

describe('the shield', () => {
  const shielded = (allow: (address: string) => Promise<boolean>) =>
    bench((app, { ports }) => {
      app.use('/shielded', shield({ ports: { ...ports, shield: { allow } } }))
      app.get('/shielded', (c) => c.text('through'))
    })

  test('refuses with 429 and when to come back', async () => {
    const asked: string[] = []
    const { get } = await shielded(async (address) => {
      asked.push(address)
      return asked.length < 2
    })
    expect((await get('/shielded')).status).toBe(200)
    const refused = await get('/shielded')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('60')
    expect(await refused.json()).toMatchObject({ code: 'too_many_requests' })
    expect(asked).toEqual(['192.0.2.1', '192.0.2.1'])
  })

  test('that fails or hangs lets through, and says so in the log', async () => {
    const failing = await shielded(() => Promise.reject(new Error('down')))
    expect((await failing.get('/shielded')).status).toBe(200)
    expect(failing.ports.lines).toEqual([
      { event: 'shield_unavailable', request: expect.stringMatching(/^[0-9a-f]{24}$/) },
    ])
    const hanging = await shielded(() => new Promise(() => undefined))
    vi.useFakeTimers()
    try {
      const response = hanging.get('/shielded')
      await vi.advanceTimersByTimeAsync(500)
      expect((await response).status).toBe(200)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('host and origin', () => {
  const guarded = (config = configOf()) =>
    bench((app) => {
      app.use('/guarded', hostCheck(config.publicUrl), originCheck(config.publicUrl))
      app.get('/guarded', (c) => c.text('through'))
    }, config)
  const status = async (url: string, headers: Record<string, string>, config = configOf()) => {
    const { app } = await guarded(config)
    const response = await app.request(url, { headers })
    const body = response.status === 200 ? undefined : ((await response.json()) as { code: string })
    return [response.status, body?.code]
  }

  test.each([
    [`${PUBLIC_URL}/guarded`, {}],
    [`${PUBLIC_URL}/guarded`, { host: 'bulkhead.example.com' }],
    [`${PUBLIC_URL}/guarded`, { host: 'BULKHEAD.example.com' }],
    [`${PUBLIC_URL}/guarded`, { origin: PUBLIC_URL }],
    // Headers of proxies are not believed, in either direction.
    [`${PUBLIC_URL}/guarded`, { 'x-forwarded-host': 'evil.example.com', forwarded: 'host=evil.example.com' }],
    // Behind a proxy that ends TLS.
    ['http://bulkhead.example.com/guarded', { host: 'bulkhead.example.com' }],
  ])('L6-1 %s with %j is ours', async (url, headers) => {
    expect(await status(url, headers)).toEqual([200, undefined])
  })

  test.each([
    ['https://evil.example.com/guarded', {}],
    ['https://evilbulkhead.example.com/guarded', {}],
    ['https://evil.example.com/guarded', { host: 'bulkhead.example.com' }],
    [`${PUBLIC_URL}/guarded`, { host: 'evil.example.com' }],
    [`${PUBLIC_URL}:8443/guarded`, {}],
    [`${PUBLIC_URL}.evil.example.com/guarded`, {}],
    ['http://127.0.0.1/guarded', {}],
    ['https://evil.example.com/guarded', { 'x-forwarded-host': 'bulkhead.example.com' }],
  ])('L6-1 %s with %j is not', async (url, headers) => {
    expect(await status(url, headers)).toEqual([421, 'host_refused'])
  })

  test.each([
    'https://evil.example.com',
    'null',
    'http://bulkhead.example.com',
    `${PUBLIC_URL}/`,
    `${PUBLIC_URL}:8443`,
    '',
  ])('L6-1 origin %j is refused', async (origin) => {
    expect(await status(`${PUBLIC_URL}/guarded`, { origin })).toEqual([403, 'origin_refused'])
  })

  test.each(['127.0.0.1:8787', 'localhost:8787', '[::1]:8787'])('L6-1 on loopback %s is ours', async (host) => {
    expect(await status(`http://${host}/guarded`, { host, origin: `http://${host}` }, LOOPBACK)).toEqual([
      200,
      undefined,
    ])
  })

  test.each(['127.0.0.1:9999', 'localhost', '127.0.0.2:8787', '0.0.0.0:8787', 'localhost.evil.example.com:8787'])(
    'L6-1 on loopback %s is not',
    async (host) => {
      expect(await status(`http://${host}/guarded`, { host }, LOOPBACK)).toEqual([421, 'host_refused'])
    },
  )
})
