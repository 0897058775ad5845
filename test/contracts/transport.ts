/** What every `Transport` promises: to one origin and base path, no redirect followed, what was asked arrives. */
import type { Transport, TransportInit } from '../../src/ports.ts'
import { type Check, equal, ok, rejection, rejects } from './assert.ts'

export interface MadeTransport {
  readonly transport: Transport
  /** Requests that reached the server so far. */
  seen(): Promise<number>
}
/** A transport to `https://…/base`, behind which `answer` (below) serves. */
export type MakeTransport = () => Promise<MadeTransport>

/** What the server answers; every platform's test serves this. */
export const answer = async (request: Request): Promise<Response> => {
  const { pathname, search } = new URL(request.url)
  if (pathname === '/base/redirect') {
    return new Response(null, { status: 302, headers: { location: 'https://elsewhere.example.com/' } })
  }
  if (pathname === '/base/forbidden') return new Response('no', { status: 403 })
  // Never answers; ends with the request where the platform tells of that.
  if (pathname === '/base/silence') {
    return new Promise((_, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason))
    })
  }
  return Response.json({
    path: `${pathname}${search}`,
    method: request.method,
    authorization: request.headers.get('authorization'),
    body: await request.text(),
  })
}

const init = (more: Partial<TransportInit> = {}): TransportInit => ({
  method: 'GET',
  headers: { authorization: 'Bearer of-no-use' },
  signal: new AbortController().signal,
  ...more,
})

const HOSTILE_PATHS = [
  'api/v1/pods',
  '',
  '@elsewhere.example.com/',
  '.elsewhere.example.com/',
  ':444/',
  '/../api',
  '/..',
  '/api/./v1',
  '/api/%2e%2e/%2E%2e/secret',
  '/api/.%2e/pods',
  '/\\elsewhere.example.com',
  '/api\\..\\secret',
  '/api/\tv1',
  '/api/\nv1',
  '/api/v1#fragment',
  '/api/v1?watch=1#',
  '/api/v1/pods/ü',
  '/api/v1/a b',
]

export const transportContract: readonly Check<MakeTransport>[] = [
  {
    name: 'path and query are appended to the server URL; method, headers and body arrive',
    async run(make) {
      const { transport } = await make()
      const response = await transport.fetch(
        '/apis/apps/v1/deployments?limit=5&labelSelector=app%3Dweb',
        init({ method: 'POST', body: '{"a":1}' }),
      )
      equal(response.status, 200, 'status')
      equal(
        await response.json(),
        {
          path: '/base/apis/apps/v1/deployments?limit=5&labelSelector=app%3Dweb',
          method: 'POST',
          authorization: 'Bearer of-no-use',
          body: '{"a":1}',
        },
        'what arrived',
      )
      const slashes = await transport.fetch('//elsewhere.example.com/', init())
      equal(((await slashes.json()) as { path: string }).path, '/base//elsewhere.example.com/', 'two slashes')
    },
  },
  {
    name: 'L4-1 a path that would leave the server URL, or read differently than it looks, is not sent',
    async run(make) {
      const { transport, seen } = await make()
      const before = await seen()
      for (const path of HOSTILE_PATHS) await rejects(() => transport.fetch(path, init()), 'internal', path)
      equal((await seen()) - before, 0, 'requests that were sent')
    },
  },
  {
    name: 'L4-1 an error of the API server is an answer, a redirect is nonsense and is not followed',
    async run(make) {
      const { transport, seen } = await make()
      const refused = await transport.fetch('/forbidden', init())
      equal([refused.status, await refused.text()], [403, 'no'], 'an error')
      const before = await seen()
      await rejects(() => transport.fetch('/redirect', init()), 'cluster_nonsense', 'a redirect')
      equal((await seen()) - before, 1, 'requests that were sent')
    },
  },
  {
    name: 'an aborted request ends',
    async run(make) {
      const { transport } = await make()
      const controller = new AbortController()
      const waiting = rejection(() => transport.fetch('/silence', init({ signal: controller.signal })), 'an abort')
      controller.abort(new DOMException('enough', 'AbortError'))
      ok((await waiting) instanceof Error, 'it ends with an error')
    },
  },
]
