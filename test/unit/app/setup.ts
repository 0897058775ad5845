/** The app on memory ports in front of a small API server of this file: two kinds, one object of each, logs of one pod. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type * as z from 'zod'
import { type App, createApp } from '../../../src/app.ts'
import { configSchema } from '../../../src/config.ts'
import { type MemoryPorts, memoryPorts } from '../../../src/platform/memory.ts'
import type { LedgerRecord } from '../../../src/ports.ts'
import type { Tool } from '../../../src/tool.ts'
import { offer, tools as productTools, renderPlan } from '../../../src/tools/index.ts'

type Input = z.input<typeof configSchema>

export const PUBLIC_URL = 'https://bulkhead.example.com'
const serverOf = (cluster: string): string => `https://${cluster}.example.com:6443`
export const SERVER = serverOf('prod')
/** What the API server holds and no answer may carry. */
export const SECRET_VALUE = ['fixture', 'canary', 'e1f2a3'].join('-')

const OPERATOR_KEY = `bh_operator_${'f'.repeat(16)}`
export const keyOf = (name: string): string => `bh_agent_${name.repeat(8)}`
/** The one it is being rotated to. */
export const nextKeyOf = (name: string): string => `${keyOf(name)}_next`
const hashOf = (key: string): string => bytesToHex(sha256(utf8ToBytes(key)))

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })

const resource = (kind: string, plural: string, namespaced = true) => ({
  resource: plural,
  responseKind: { group: '', version: 'v1', kind },
  scope: namespaced ? 'Namespaced' : 'Cluster',
  singularResource: kind.toLowerCase(),
  verbs: ['get', 'list'],
  ...(kind === 'Pod' ? { shortNames: ['po'], subresources: [{ subresource: 'log', verbs: ['get'] }] } : {}),
})
const discovery = (groups: readonly unknown[]) => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  items: groups,
})
const core = {
  metadata: { name: '' },
  versions: [
    {
      version: 'v1',
      freshness: 'Current',
      resources: [resource('Pod', 'pods'), resource('ConfigMap', 'configmaps'), resource('Secret', 'secrets')],
    },
  ],
}

/** Answers what the tests ask; anything else is a 404 with a Status, as the real one's. */
const answer = (path: string): Response => {
  const { pathname } = new URL(path, SERVER)
  if (pathname === '/version') return json({ gitVersion: 'v1.36.3', major: '1', minor: '36' })
  if (pathname === '/api') return json(discovery([core]))
  if (pathname === '/apis') return json(discovery([]))
  if (pathname.endsWith('/selfsubjectrulesreviews'))
    return json({ status: { resourceRules: [], nonResourceRules: [], incomplete: false } }, 201)
  if (pathname.endsWith('/selfsubjectaccessreviews')) return json({ status: { allowed: false } }, 201)
  const name = /^\/api\/v1\/namespaces\/([a-z]+)\/configmaps\/([-a-z0-9]+)$/.exec(pathname)
  if (name !== null)
    return json({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: name[2], namespace: name[1] },
      data: { password: SECRET_VALUE, colour: 'green' },
    })
  return json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }, 404)
}

export interface Reply {
  readonly status: number
  readonly text: string
  readonly isError: boolean
  readonly code: string | undefined
  readonly structured: Readonly<Record<string, unknown>> | undefined
}

export interface Running {
  readonly app: App
  readonly ports: MemoryPorts
  /** `METHOD path` of everything that reached the API server but discovery and what vets the credential; `prod: ` before it where there are several. */
  readonly asked: readonly string[]
  call(tool: string, args?: unknown, key?: string): Promise<Reply>
  records(ledger: string): Promise<readonly LedgerRecord[]>
  /** `/readyz`, as the operator sees it. */
  ready(): Promise<{ readonly status: number; readonly body: string }>
}

export interface RunOptions {
  readonly config?: Partial<Input>
  readonly callers?: readonly string[]
  readonly tools?: readonly Tool[]
  readonly clusters?: readonly string[]
  /** Comes before this file's own answers. */
  readonly send?: (path: string, init: RequestInit, cluster: string) => Promise<Response> | undefined
}

const HOUSEKEEPING = /^(?:\/version|\/apis?|.*\/selfsubject(?:rules|access)reviews)(?:\?.*)?$/

export const run = ({
  config = {},
  callers = ['a'],
  tools = productTools,
  clusters = ['prod'],
  send,
}: RunOptions = {}): Running => {
  const asked: string[] = []
  const each = <T>(of: (cluster: string) => T): Record<string, T> =>
    Object.fromEntries(clusters.map((cluster) => [cluster, of(cluster)]))
  const parsed = configSchema.parse({
    publicUrl: PUBLIC_URL,
    masterKey: { secret: 'BULKHEAD_KEY' },
    identity: {
      operators: [{ name: 'operator', sha256: [hashOf(OPERATOR_KEY)] }],
      keys: callers.map((name) => ({
        name,
        owner: `owner-${name}`,
        sha256: [hashOf(keyOf(name)), hashOf(nextKeyOf(name))],
        groups: ['agents'],
      })),
    },
    clusters: each((it) => ({
      server: serverOf(it),
      credentials: { read: { token: { secret: 'READ_TOKEN' } } },
    })),
    policy: [{ name: 'look', clusters: [...clusters], verbs: ['get', 'list'], resources: ['*'], decision: 'allow' }],
    ...config,
  })
  const ports = memoryPorts({
    secrets: { BULKHEAD_KEY: '7'.repeat(64), READ_TOKEN: 'read-token-of-a-fixture' },
    clusters: each((it) => ({
      server: serverOf(it),
      async send(url: string, init: RequestInit) {
        const path = url.slice(serverOf(it).length)
        if (!HOUSEKEEPING.test(path)) asked.push(`${clusters.length > 1 ? `${it}: ` : ''}${init.method} ${path}`)
        return (await send?.(path, init, it)) ?? answer(path)
      },
    })),
  })
  const app = createApp(ports, parsed, { tools, offer, renderPlan })
  return {
    app,
    ports,
    asked,
    async call(tool, args = {}, key = keyOf(callers[0] ?? '')) {
      const response = await post(
        { app },
        { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args } },
        { authorization: `Bearer ${key}` },
      )
      const body = (await response.json()) as {
        code?: string
        result?: {
          isError?: boolean
          content: { text: string }[]
          structuredContent?: Readonly<Record<string, unknown>>
          _meta?: Record<string, { code: string }>
        }
      }
      return {
        status: response.status,
        text: body.result?.content[0]?.text ?? JSON.stringify(body),
        isError: body.result?.isError === true,
        structured: body.result?.structuredContent,
        code: body.result?._meta?.['bulkhead/error']?.code ?? body.code,
      }
    },
    async ready() {
      const headers = { authorization: `Bearer ${OPERATOR_KEY}` }
      const response = await app.fetch(new Request(`${PUBLIC_URL}/readyz`, { headers }))
      return { status: response.status, body: await response.text() }
    },
    async records(ledger) {
      await ports.background.settled()
      return (await ports.ledgers.ledger(ledger).read(0, 500)).records
    },
  }
}

export const GET_CONFIG = ['resources_get', { kind: 'ConfigMap', name: 'settings', namespace: 'shop' }] as const

/** Posts a body to the endpoint, whatever it is; as agent `a` unless a header says otherwise. */
export const post = (
  { app }: Pick<Running, 'app'>,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  app.fetch(
    new Request(`${PUBLIC_URL}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${keyOf('a')}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )
