/** Whatever an API server does, a coded error within the deadline: down, slow, endless, nonsense (issue: bad input). */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BulkheadError, CODES } from '../../../src/errors.ts'
import { HEADERS_DEADLINE_MS, REQUEST_DEADLINE_MS } from '../../../src/kube/exchange.ts'
import { CORE_DISCOVERY_PATH } from '../../../src/kube/path.ts'
import { BODY_DEADLINE_MS, createRequester, MAX_ANSWER_BYTES } from '../../../src/kube/request.ts'
import {
  chunks,
  json,
  movableClock,
  type Script,
  scriptedTransport,
  statusAnswer,
} from '../../support/scripted-transport.ts'
import { clientOf, errorOf, never, PODS } from './support.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const POD_LIST = {
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '1' },
  items: [{ metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'wéb' } }, spec: {} }],
}
const typed = (body: BodyInit | null, contentType = 'application/json', status = 200) =>
  new Response(body, { status, headers: { 'content-type': contentType } })
const listing = (script: Script, options = {}) => {
  const client = clientOf(script, options)
  return { client, list: (signal = never) => client.list(PODS, { namespace: 'shop' }, signal) }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  // Nothing may be left waiting, whatever happened.
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('what is sent', () => {
  test('is a GET with the token, our own user agent and nothing else of note', async () => {
    const { client, list } = listing(() => json(POD_LIST), { version: '1.2.3', token: async () => 'the-token\n' })
    await list()
    const [seen] = client.seen
    expect(seen?.method).toBe('GET')
    expect(seen?.body).toBeUndefined()
    expect(seen?.headers).toEqual({
      accept: 'application/json',
      authorization: 'Bearer the-token',
      'user-agent': 'bulkhead/1.2.3',
    })
  })

  test('has no authorization where the transport brings a client certificate', async () => {
    const client = clientOf(() => json(POD_LIST), { authenticatedByTransport: true })
    await client.list(PODS, {}, never)
    expect(client.seen[0]?.headers).not.toHaveProperty('authorization')
  })

  test.each(['', ' ', 'one two', 'a\r\nx-evil: 1', 'tök', 'a'.repeat(20_000)])(
    'is nothing where the credential is no token (%j), and the error does not hold it',
    async (token) => {
      const { client, list } = listing(() => json(POD_LIST), { token: async () => token })
      const error = await errorOf(list())
      expect(error.code).toBe('secret_unavailable')
      if (token.trim() !== '') expect(JSON.stringify([error.message, error.detail])).not.toContain(token.trim())
      expect(client.seen).toEqual([])
    },
  )

  test('is nothing where the secret is not to be had: its own error passes through', async () => {
    const refused = new BulkheadError('secret_unavailable', 'Read the secret PROD_TOKEN: it is not set.')
    const { client, list } = listing(() => json(POD_LIST), { token: () => Promise.reject(refused) })
    expect(await errorOf(list())).toBe(refused)
    expect(client.seen).toEqual([])
  })

  test('R-1 reads have no way to send anything but GET and the three self-reviews', async () => {
    const client = clientOf((seen) =>
      seen.method === 'POST'
        ? json({ status: { allowed: true, userInfo: {}, resourceRules: [], nonResourceRules: [] } }, { status: 201 })
        : seen.path === '/version'
          ? json({ gitVersion: 'v1.36.3' })
          : seen.path.startsWith('/api') && seen.path.split('/').length === 2
            ? json({ kind: 'APIGroupDiscoveryList', items: [] })
            : seen.path.endsWith('/log')
              ? typed('a line\n', 'text/plain')
              : json({ ...POD_LIST, ...POD_LIST.items[0] }),
    )
    const access = { verb: 'delete', group: '', resource: 'pods', namespace: 'shop', name: 'web-1' } as const
    await client.version(never)
    await client.types(never)
    await client.schema(PODS, [], never).catch(() => undefined)
    await client.get(PODS, 'web-1', 'shop', never)
    await client.getMetadata(PODS, 'web-1', 'shop', never)
    await client.list(PODS, {}, never)
    await client.metadata(PODS, {}, never)
    await client.listTable(PODS, {}, never)
    await client.log({ namespace: 'shop', name: 'web-1' }, never).then((stream) => new Response(stream).text())
    // What comes back is no release of Helm's: it is asked for all the same, and that is what counts here.
    await client.release(PODS, 'shop', 'sh.helm.release.v1.web.v1', never).catch(() => undefined)
    await client.rbac(access, never)
    await client.probe({ verb: 'create', group: '', resource: 'pods', subresource: 'exec' }, never)
    await client.rules('shop', never)
    await client.whoAmI(never)
    const called = Object.keys(client).filter((name) => !['seen', 'resolve'].includes(name))
    expect(called).toHaveLength(14)
    expect(client.seen.some(({ path }) => path === '/openapi/v3/api/v1')).toBe(true)
    expect(client.seen.some(({ path }) => path.endsWith('/sh.helm.release.v1.web.v1'))).toBe(true)
    const posts = client.seen.filter(({ method }) => method !== 'GET')
    expect(posts.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      'POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      'POST /apis/authentication.k8s.io/v1/selfsubjectreviews',
    ])
  })
})

describe('L3-1 a path that path.ts did not build, or another method,', () => {
  const requester = createRequester({
    cluster: 'prod',
    transport: scriptedTransport(() => json({})),
    clock: movableClock(),
    version: '0',
  })

  test('does not compile', () => {
    const notCalled = [
      // @ts-expect-error a string is no ApiPath
      () => requester.get({ path: '/api/v1/namespaces/shop/pods/web-1/exec', about: 'x' }, never),
      // @ts-expect-error a read has no method
      () => requester.get({ path: CORE_DISCOVERY_PATH, about: 'x', method: 'DELETE' }, never),
      // @ts-expect-error only the self-reviews can be posted
      () => requester.review('TokenReview', {}, never),
    ]
    expect(notCalled).toHaveLength(3)
  })

  test('is a GET even where the types were lied to', async () => {
    const transport = scriptedTransport(() => json({}))
    const lied = { path: CORE_DISCOVERY_PATH, about: 'x', method: 'DELETE' } as never
    await createRequester({ ...requester.wire, transport }).get(lied, never)
    expect(transport.seen.map(({ method }) => method)).toEqual(['GET'])
  })
})

describe('an API server that is down or slow', () => {
  test.each([
    ['a rejected fetch', () => Promise.reject(new TypeError('fetch failed'))],
    ['a rejection that is no Error', () => Promise.reject('nothing')],
  ])('%s is cluster_unreachable', async (_, script) => {
    expect((await errorOf(listing(script).list())).code).toBe('cluster_unreachable')
  })

  test('one that never answers is cluster_timeout after the deadline, even where the transport ignores its signal', async () => {
    const { client, list } = listing(() => new Promise<Response>(() => undefined))
    const outcome = errorOf(list())
    await vi.advanceTimersByTimeAsync(HEADERS_DEADLINE_MS - 1)
    expect(client.seen[0]?.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect((await outcome).code).toBe('cluster_timeout')
    expect(client.seen[0]?.signal.aborted).toBe(true)
  })

  test('an answer that comes too late is dropped', async () => {
    const cancelled = vi.fn()
    const { list } = listing(
      () =>
        new Promise((resolve) => {
          setTimeout(() => resolve(typed(new ReadableStream({ cancel: cancelled }))), HEADERS_DEADLINE_MS + 1000)
        }),
    )
    const outcome = errorOf(list())
    await vi.advanceTimersByTimeAsync(HEADERS_DEADLINE_MS + 1000)
    expect((await outcome).code).toBe('cluster_timeout')
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalled())
  })

  test('a secret store that never answers is bounded too', async () => {
    const outcome = errorOf(listing(() => json(POD_LIST), { token: () => new Promise(() => undefined) }).list())
    await vi.advanceTimersByTimeAsync(HEADERS_DEADLINE_MS)
    expect((await outcome).code).toBe('cluster_timeout')
  })

  test('a body that stops half-way is cluster_timeout, and its connection is dropped', async () => {
    const cancelled = vi.fn()
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(bytes('{"kind":"PodList","items":[')),
      cancel: cancelled,
    })
    const outcome = errorOf(listing(() => typed(body)).list())
    await vi.advanceTimersByTimeAsync(BODY_DEADLINE_MS)
    expect((await outcome).code).toBe('cluster_timeout')
    expect(cancelled).toHaveBeenCalled()
  })

  test('a body that breaks off is cluster_unreachable', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes('{"kind":'))
        controller.error(new TypeError('terminated'))
      },
    })
    expect((await errorOf(listing(() => typed(body)).list())).code).toBe('cluster_unreachable')
  })

  test('a refusal whose body never ends is still that refusal', async () => {
    const outcome = errorOf(listing(() => typed(chunks([bytes('{')], true), 'application/json', 403)).list())
    await vi.advanceTimersByTimeAsync(REQUEST_DEADLINE_MS)
    expect((await outcome).code).toBe('cluster_forbidden')
  })
})

describe('an API server that answers nonsense', () => {
  test.each<[string, () => Response]>([
    ['a sign-in page with 200', () => typed('<!doctype html><title>Sign in</title>', 'text/html')],
    ['no content type', () => new Response(bytes(JSON.stringify(POD_LIST)))],
    ['an empty body', () => typed('')],
    ['nothing (204)', () => new Response(null, { status: 204 })],
    ['invalid UTF-8', () => typed(Uint8Array.of(...bytes('{"items":["'), 0xff, ...bytes('"]}')))],
    ['an array', () => json([])],
    ['a string', () => json('hello')],
    ['a list without items', () => json({ kind: 'PodList', metadata: {} })],
    ['items that are no objects', () => json({ kind: 'PodList', metadata: {}, items: ['web-1'] })],
    ['items without metadata', () => json({ kind: 'PodList', metadata: {}, items: [{ spec: {} }] })],
    ['a Status with 200', () => json({ kind: 'Status', status: 'Failure', reason: 'NotFound' })],
    ['a continue token of a megabyte', () => json({ ...POD_LIST, metadata: { continue: 'a'.repeat(1_000_000) } })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } })],
    ['a permanent redirect', () => new Response(null, { status: 308, headers: { location: '/elsewhere' } })],
    ['nested brackets without end', () => typed('['.repeat(100_000))],
  ])('%s is cluster_nonsense', async (_, answer) => {
    const { client, list } = listing(answer)
    expect((await errorOf(list())).code).toBe('cluster_nonsense')
    expect(client.seen).toHaveLength(1)
  })

  test('a document cut off at any byte is cluster_nonsense, and whole it is the list', async () => {
    const whole = bytes(JSON.stringify(POD_LIST))
    for (let cut = 0; cut < whole.length; cut++) {
      const error = await errorOf(listing(() => typed(whole.slice(0, cut))).list())
      expect([cut, error.code]).toEqual([cut, 'cluster_nonsense'])
    }
    for (let cut = 0; cut <= whole.length; cut++) {
      const body = chunks([whole.slice(0, cut), whole.slice(cut)])
      expect((await listing(() => typed(body)).list()).items[0]?.metadata?.labels).toEqual({ app: 'wéb' })
    }
  })

  test('more than the cap is answer_too_large, read no further than the cap', async () => {
    let sent = 0
    const cancelled = vi.fn()
    const body = new ReadableStream({
      pull(controller) {
        sent += 1_000_000
        controller.enqueue(new Uint8Array(1_000_000).fill(0x20))
      },
      cancel: cancelled,
    })
    expect((await errorOf(listing(() => typed(body)).list())).code).toBe('answer_too_large')
    expect(sent).toBeLessThanOrEqual(MAX_ANSWER_BYTES + 3_000_000)
    expect(cancelled).toHaveBeenCalled()
  })

  test('a compressed bomb is counted by what comes out of it', async () => {
    const zeros = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    })
    const bomb = zeros.pipeThrough(new CompressionStream('gzip')).pipeThrough(new DecompressionStream('gzip'))
    const error = await errorOf(listing(() => typed(bomb)).list())
    expect(error.code).toBe('answer_too_large')
  })

  test('an answer in chunks of one byte costs no more than it holds', async () => {
    const whole = bytes(JSON.stringify({ ...POD_LIST, filler: 'x'.repeat(100_000) }))
    const body = chunks(Array.from(whole, (byte) => Uint8Array.of(byte)))
    expect((await listing(() => typed(body)).list()).items).toHaveLength(1)
  })
})

describe('retries of reads', () => {
  const thenFine =
    (times: number, refusal: () => Response): Script =>
    (_, attempt) =>
      attempt < times ? refusal() : json(POD_LIST)
  const busy = (retryAfter?: string, status = 429) =>
    statusAnswer(status, status === 429 ? 'TooManyRequests' : 'ServiceUnavailable', {
      ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }),
    })

  test.each([429, 500, 503])('%d with Retry-After is tried again after that time, at most twice', async (status) => {
    const { client, list } = listing(thenFine(2, () => busy('1', status)))
    const outcome = list()
    await vi.advanceTimersByTimeAsync(999)
    expect(client.seen).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(client.seen).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1000)
    expect((await outcome).items).toHaveLength(1)

    const worse = listing(thenFine(3, () => busy('0', status)))
    const failing = errorOf(worse.list())
    await vi.advanceTimersByTimeAsync(10)
    expect(CODES[(await failing).code].retryable).toBe(true)
    expect(worse.client.seen).toHaveLength(3)
  })

  test.each<[string, () => Response]>([
    ['without Retry-After', () => busy()],
    ['with a Retry-After that is too long', () => busy('6')],
    ['with a Retry-After that is no number', () => busy('soon')],
    ['of the caller’s making', () => statusAnswer(403, 'Forbidden', { headers: { 'retry-after': '1' } })],
  ])('a refusal %s is not', async (_, refusal) => {
    const { client, list } = listing(thenFine(1, refusal))
    await errorOf(list())
    expect(client.seen).toHaveLength(1)
  })

  test('the error says when to come back', async () => {
    const error = await errorOf(listing(() => busy('30')).list())
    expect([error.code, error.retryAfter]).toEqual(['cluster_rate_limited', 30])
  })

  test('none begins that would end after the whole deadline', async () => {
    const clock = movableClock()
    const { client, list } = listing(
      () => {
        clock.advance(15_000)
        return busy('5')
      },
      { clock },
    )
    const outcome = errorOf(list())
    await vi.advanceTimersByTimeAsync(REQUEST_DEADLINE_MS)
    expect((await outcome).code).toBe('cluster_rate_limited')
    expect(client.seen).toHaveLength(2)
  })

  test('a lost connection is not tried again', async () => {
    const { client, list } = listing(() => Promise.reject(new TypeError('reset')))
    await errorOf(list())
    expect(client.seen).toHaveLength(1)
  })
})

describe('a caller that goes away', () => {
  const gone = new BulkheadError('ledger_unavailable', 'The ledger refused.')

  test('before the request: nothing is sent', async () => {
    const { client, list } = listing(() => json(POD_LIST))
    expect(await errorOf(list(AbortSignal.abort(gone)))).toBe(gone)
    expect(client.seen).toEqual([])
  })

  test.each<[string, Script]>([
    ['while nothing has come', () => new Promise(() => undefined)],
    ['while the body comes', () => typed(chunks([bytes('{')], true))],
    ['while a refusal comes', () => typed(chunks([bytes('{')], true), 'application/json', 500)],
    ['while a retry waits', () => statusAnswer(429, 'TooManyRequests', { headers: { 'retry-after': '5' } })],
  ])('%s: its own reason comes back, and the request is aborted', async (_, script) => {
    const controller = new AbortController()
    const { client, list } = listing(script)
    const outcome = errorOf(list(controller.signal))
    await vi.advanceTimersByTimeAsync(10)
    controller.abort(gone)
    expect(await outcome).toBe(gone)
    expect(client.seen).toHaveLength(1)
    expect(client.seen[0]?.signal.aborted).toBe(true)
  })
})
