import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  createIssuerKeys,
  KEYS_FRESH_MS,
  KEYS_STALE_MS,
  MAX_DOCUMENT_BYTES,
  RETRY_PAUSE_MS,
  UNKNOWN_KID_COOLDOWN_MS,
} from '../../../src/http/jwks.ts'
import { memoryPorts } from '../../../src/platform/memory.ts'
import { createFakeIssuer } from '../../support/issuer.ts'

afterEach(() => vi.restoreAllMocks())

const setup = async () => {
  let now = () => 0
  const issuer = await createFakeIssuer({ now: () => now() })
  const ports = memoryPorts({ fetchIssuer: issuer.fetchIssuer })
  now = ports.clock.now
  const keys = createIssuerKeys(ports)
  const find = (kid?: string) => keys.find(issuer.issuer, kid)
  const down = () => {
    const metadata = issuer.documents.get(issuer.metadataUrl)
    issuer.documents.delete(issuer.metadataUrl)
    return () => metadata !== undefined && void issuer.documents.set(issuer.metadataUrl, metadata)
  }
  return { issuer, ports, find, down }
}

describe('the keys of an issuer', () => {
  test('L6-1 are fetched once and kept while they are fresh', async () => {
    const { issuer, ports, find } = await setup()
    for (let asked = 0; asked < 5; asked += 1) expect((await find('key-0')).ok).toBe(true)
    expect(issuer.requests).toEqual([issuer.metadataUrl, issuer.jwksUrl])
    ports.clock.advance(KEYS_FRESH_MS - 1)
    await find('key-0')
    expect(issuer.requests).toHaveLength(2)
    ports.clock.advance(1)
    await find('key-0')
    expect(issuer.requests).toHaveLength(4)
  })

  test('L6-1 are fetched once for many requests at the same time', async () => {
    const { issuer, find } = await setup()
    const found = await Promise.all(Array.from({ length: 50 }, () => find('key-0')))
    expect(found.every((it) => it.ok)).toBe(true)
    expect(issuer.requests).toHaveLength(2)
  })

  test('L6-1 come from the cache in a fresh isolate, whose forgetting or nonsense costs a fetch only', async () => {
    const { issuer, ports, find } = await setup()
    await find('key-0')
    await ports.background.settled()
    expect((await createIssuerKeys(ports).find(issuer.issuer, 'key-0')).ok).toBe(true)
    expect(issuer.requests).toHaveLength(2)
    for (const nonsense of [
      undefined,
      '',
      '{}',
      '{"fetchedAt":"x"}',
      JSON.stringify({ fetchedAt: ports.clock.now() + 1, set: { keys: [] } }),
    ]) {
      const cache = { get: async () => nonsense, put: async () => undefined }
      const before = issuer.requests.length
      expect((await createIssuerKeys({ ...ports, cache }).find(issuer.issuer, 'key-0')).ok).toBe(true)
      expect(issuer.requests).toHaveLength(before + 2)
    }
    const set = { keys: [await issuer.publicKey()] }
    for (const age of [-1, KEYS_FRESH_MS]) {
      const old = JSON.stringify({ fetchedAt: ports.clock.now() - age, set })
      const before = issuer.requests.length
      const cache = { get: async () => old, put: async () => undefined }
      await createIssuerKeys({ ...ports, cache }).find(issuer.issuer, 'key-0')
      expect(issuer.requests).toHaveLength(before + 2)
    }
    const broken = { get: () => Promise.reject(new Error('down')), put: () => Promise.reject(new Error('down')) }
    expect((await createIssuerKeys({ ...ports, cache: broken }).find(issuer.issuer, 'key-0')).ok).toBe(true)
    await ports.background.settled()
  })

  test('L6-1 a rotated key is found at once, and the withdrawn one no more', async () => {
    const { issuer, find } = await setup()
    await find('key-0')
    await issuer.rotate()
    expect((await find('key-1')).ok).toBe(true)
    expect(await find('key-0')).toEqual({ ok: false, reason: 'unknown_signing_key' })
  })

  test('L6-1 made-up kids make us ask once in a cool-down', async () => {
    const { issuer, ports, find } = await setup()
    await find('key-0')
    const flood = () => Promise.all(Array.from({ length: 100 }, (_, at) => find(`made-up-${at}`)))
    expect(new Set((await flood()).map((it) => (it.ok ? 'ok' : it.reason)))).toEqual(new Set(['unknown_signing_key']))
    expect(issuer.requests).toHaveLength(4)
    ports.clock.advance(UNKNOWN_KID_COOLDOWN_MS - 1)
    await flood()
    expect(issuer.requests).toHaveLength(4)
    expect((await find('key-0')).ok).toBe(true)
    ports.clock.advance(1)
    await flood()
    expect(issuer.requests).toHaveLength(6)
  })

  test('L6-1 serve on while the issuer is down, until they are too old, and are asked for again after a pause', async () => {
    const { issuer, ports, find, down } = await setup()
    await find('key-0')
    const up = down()
    ports.clock.advance(KEYS_FRESH_MS)
    expect((await find('key-0')).ok).toBe(true)
    const asked = issuer.requests.length
    ports.clock.advance(RETRY_PAUSE_MS - 1)
    expect((await find('key-0')).ok).toBe(true)
    expect(issuer.requests).toHaveLength(asked)
    ports.clock.advance(KEYS_STALE_MS - KEYS_FRESH_MS - RETRY_PAUSE_MS)
    expect((await find('key-0')).ok).toBe(true)
    ports.clock.advance(1)
    expect(await find('key-0')).toEqual({ ok: false, reason: 'issuer_unavailable' })
    up()
    ports.clock.advance(RETRY_PAUSE_MS)
    expect((await find('key-0')).ok).toBe(true)
  })

  test('L6-1 of an issuer that was never reached are unavailable, and it is not hammered', async () => {
    const { issuer, find, down } = await setup()
    down()
    for (let asked = 0; asked < 10; asked += 1)
      expect(await find('key-0')).toEqual({ ok: false, reason: 'issuer_unavailable' })
    expect(issuer.requests).toHaveLength(2)
  })

  test('L6-1 OpenID discovery serves where RFC 8414 does not', async () => {
    const { issuer, find } = await setup()
    const metadata = issuer.documents.get(issuer.metadataUrl)
    issuer.documents.delete(issuer.metadataUrl)
    if (metadata !== undefined) issuer.documents.set(`${issuer.issuer}/.well-known/openid-configuration`, metadata)
    expect((await find('key-0')).ok).toBe(true)
  })

  const redirected = (good: Response) => Object.defineProperty(good, 'redirected', { value: true })
  const answers: readonly (readonly [string, 'metadata' | 'keys', (good: Response) => Response | Promise<Response>])[] =
    [
      [
        'metadata of another issuer',
        'metadata',
        () => Response.json({ issuer: 'https://evil.example.com', jwks_uri: 'https://login.example.com/keys' }),
      ],
      ['metadata that redirects', 'metadata', (good) => new Response(good.body, { status: 302 })],
      ['metadata that was redirected', 'metadata', redirected],
      ['metadata that is no JSON', 'metadata', () => new Response('<html>')],
      ['keys that redirect', 'keys', (good) => new Response(good.body, { status: 307 })],
      ['keys that were redirected', 'keys', redirected],
      ['keys that are none', 'keys', () => Response.json({ keys: [] })],
      ['keys that fail', 'keys', (good) => new Response(good.body, { status: 500 })],
      ['a connection that breaks', 'keys', () => Promise.reject(new TypeError('reset'))],
    ]
  test.each(answers)('L6-1 %s give no keys', async (_, which, answer) => {
    const { issuer, ports, find } = await setup()
    const url = which === 'keys' ? issuer.jwksUrl : issuer.metadataUrl
    const good = issuer.documents.get(url)
    if (good === undefined) throw new Error('the fake issuer publishes nothing there')
    issuer.documents.set(url, async (signal) => answer(await good(signal)))
    expect(await find('key-0')).toEqual({ ok: false, reason: 'issuer_unavailable' })
    expect(ports.lines).toEqual([{ event: 'issuer_unavailable', issuer: issuer.issuer }])
  })

  test('L6-1 a document is read to its cap and no further, whatever it says of its length', async () => {
    const { issuer, find } = await setup()
    let sent = 0
    let cancelled = false
    const chunk = new Uint8Array(10_000).fill(32)
    const endless = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += chunk.length
            controller.enqueue(chunk)
          },
          cancel() {
            cancelled = true
          },
        }),
        { headers: { 'content-length': '10' } },
      )
    issuer.documents.set(issuer.jwksUrl, endless)
    expect((await find('key-0')).ok).toBe(false)
    expect(cancelled).toBe(true)
    expect(sent).toBeLessThan(MAX_DOCUMENT_BYTES + 5 * chunk.length)
  })

  test('L6-1 an issuer that trickles is given up at the deadline', async () => {
    const { issuer, find } = await setup()
    const deadline = new AbortController()
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal)
    issuer.documents.set(
      issuer.jwksUrl,
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode('{"keys":['))
            },
            pull() {
              deadline.abort(new DOMException('too slow', 'TimeoutError'))
              return new Promise(() => undefined)
            },
          }),
        ),
    )
    expect(await find('key-0')).toEqual({ ok: false, reason: 'issuer_unavailable' })
  })
})
