/**
 * The whole product in one process, in front of a demo cluster: memory ports, real MCP clients over the app's own fetch,
 * an operator at the console by its own forms. What reached the API server is counted there.
 */

import { createHash } from 'node:crypto'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { type DemoCluster, type SeenRequest, startDemoCluster } from '../../scripts/demo/server.ts'
import { type App, createApp } from '../../src/app.ts'
import { type Config, configSchema } from '../../src/config.ts'
import { type MemoryPorts, memoryPorts } from '../../src/platform/memory.ts'
import type { LedgerRecord, Transport } from '../../src/ports.ts'
import { offer, renderPlan, tools } from '../../src/tools/index.ts'
import { createNodeTransport } from './node-transport.ts'

export const PUBLIC_URL = 'https://bulkhead.example.com'
const AGENT_KEY = ['bh', 'agent', 'a'.repeat(32)].join('_')
/** The same agent's, to which the first is rotated. */
const NEXT_KEY = ['bh', 'agent', 'e'.repeat(32)].join('_')
/** Another agent, of the same group. */
const STRANGER_KEY = ['bh', 'agent', 'f'.repeat(32)].join('_')
const OPERATOR_KEY = ['bh', 'operator', 'b'.repeat(32)].join('_')
const OWNER_KEY = ['bh', 'operator', 'c'.repeat(32)].join('_')
const OUTSIDER_KEY = ['bh', 'operator', 'd'.repeat(32)].join('_')
export const KEYS = {
  agent: AGENT_KEY,
  next: NEXT_KEY,
  stranger: STRANGER_KEY,
  operator: OPERATOR_KEY,
  owner: OWNER_KEY,
  outsider: OUTSIDER_KEY,
} as const
const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')

export type Decision = 'allow' | 'confirm' | 'approve' | 'deny'

/** What a client declares that it can ask, and what its user answers. */
export interface Asked {
  readonly form?: boolean
  readonly url?: boolean
  readonly answer?: 'accept' | 'decline' | 'cancel'
  /** What happens while the user thinks. */
  readonly meanwhile?: () => Promise<void>
  /** The SDK's maintenance line, which speaks the 2025 era. It declares the same. */
  readonly legacy?: boolean
  /** Another caller than the usual one. */
  readonly key?: string | undefined
}

export interface Reply {
  readonly text: string
  readonly code: string | undefined
  readonly plan: { readonly planId: string; readonly state: string; readonly [key: string]: unknown } | undefined
}

export interface ConsoleAnswer {
  readonly status: number
  readonly location: string | null
  readonly body: string
  readonly cookie: string | undefined
}

const configOf = (demo: DemoCluster, decision: Decision, more: Readonly<Record<string, unknown>>): Config =>
  configSchema.parse({
    publicUrl: PUBLIC_URL,
    masterKey: { secret: 'BULKHEAD_KEY' },
    identity: {
      keys: [
        {
          name: 'ci-agent',
          owner: 'maria@example.com',
          sha256: [hashOf(AGENT_KEY), hashOf(NEXT_KEY)],
          groups: ['agents'],
        },
        { name: 'other-agent', owner: 'kim@example.com', sha256: [hashOf(STRANGER_KEY)], groups: ['agents'] },
      ],
      operators: [
        {
          name: 'sam@example.com',
          sha256: [hashOf(OPERATOR_KEY)],
          groups: ['sre'],
          may: ['approve', 'audit', 'freeze'],
        },
        { name: 'maria@example.com', sha256: [hashOf(OWNER_KEY)], groups: ['sre'], may: ['approve'] },
        { name: 'kim@example.com', sha256: [hashOf(OUTSIDER_KEY)], groups: ['web'], may: ['approve'] },
      ],
    },
    clusters: {
      demo: {
        server: demo.server,
        credentials: { read: { token: { secret: 'READ_TOKEN' } }, change: { token: { secret: 'CHANGE_TOKEN' } } },
      },
    },
    policy: [
      { name: 'look', groups: ['agents'], clusters: ['demo'], verbs: ['get', 'list'], decision: 'allow' },
      {
        name: 'change',
        groups: ['agents'],
        clusters: ['demo'],
        verbs: ['create', 'update', 'patch', 'delete'],
        decision,
        ...(decision === 'approve' ? { approvers: ['sre'] } : {}),
      },
    ],
    limits: { callsPerMinute: 100_000, changesPerHour: 100_000, bytesPerMinute: 1_000_000_000, pendingPlans: 1000 },
    ...more,
  })

export interface ChangeBench {
  readonly demo: DemoCluster
  readonly ports: MemoryPorts
  readonly app: App
  readonly config: Config
  /** Writes that reached the API server since the last question; dry runs and self-reviews are none. */
  writes(): readonly string[]
  /** One client, of 2026-07-28 unless `asked` says otherwise, that declares `asked`; `rounds` counts how often its user was asked. */
  call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    asked?: Asked,
  ): Promise<Reply & { readonly rounds: number }>
  /** A signed-in operator. */
  signIn(key?: string): Promise<Operator>
  request(path: string, init?: RequestInit): Promise<ConsoleAnswer>
  records(kind?: LedgerRecord['kind']): Promise<readonly LedgerRecord[]>
  /** Runs the jobs that wait until none does. */
  work(): Promise<void>
  /** The object as an administrator sees it. */
  object(path: string): Promise<Record<string, unknown> | undefined>
  admin(
    method: string,
    path: string,
    body?: unknown,
    type?: string,
  ): Promise<{ status: number; body: Record<string, unknown> }>
  stop(): Promise<void>
}

export interface Operator {
  readonly csrf: string
  readonly cookie: string
  get(path: string): Promise<ConsoleAnswer>
  post(path: string, form: Readonly<Record<string, string>>): Promise<ConsoleAnswer>
  approve(planId: string, form?: Readonly<Record<string, string>>): Promise<ConsoleAnswer>
}

interface Calls {
  callTool(params: { readonly name: string; readonly arguments: Record<string, unknown> }): Promise<unknown>
  close(): Promise<void>
}

type Answering = () => Promise<{
  readonly action: 'accept' | 'decline' | 'cancel'
  readonly content?: { confirm: boolean }
}>

const capabilitiesOf = ({ form, url }: Asked) => {
  const elicitation = { ...(form === true ? { form: {} } : {}), ...(url === true ? { url: {} } : {}) }
  return Object.keys(elicitation).length === 0 ? {} : { elicitation }
}

const overApp = (app: App, { key = AGENT_KEY }: Asked) => ({
  requestInit: { headers: { Authorization: `Bearer ${key}` } },
  fetch: async (url: string | URL, init?: RequestInit) => app.fetch(new Request(url, init)),
})

const BENCH = { name: 'bench', version: '0.0.0' }
const ENDPOINT = new URL(`${PUBLIC_URL}/mcp`)

const newestClient = async (app: App, asked: Asked, answer: Answering): Promise<Calls> => {
  const capabilities = capabilitiesOf(asked)
  const client = new Client(BENCH, { capabilities, versionNegotiation: { mode: 'auto' } })
  if ('elicitation' in capabilities) client.setRequestHandler('elicitation/create', answer)
  await client.connect(new StreamableHTTPClientTransport(ENDPOINT, overApp(app, asked)))
  return client
}

const legacyClient = async (app: App, asked: Asked, answer: Answering): Promise<Calls> => {
  const capabilities = capabilitiesOf(asked)
  const client = new LegacyClient(BENCH, { capabilities })
  if ('elicitation' in capabilities) client.setRequestHandler(ElicitRequestSchema, answer)
  const transport = new LegacyTransport(ENDPOINT, overApp(app, asked))
  await client.connect(transport as unknown as Parameters<LegacyClient['connect']>[0])
  return client
}

const isWrite = ({ method, path }: { method: string; path: string }): boolean =>
  method !== 'GET' && !path.includes('dryRun=All') && !path.includes('/self')

export interface BenchOptions {
  readonly decision?: Decision
  readonly config?: Readonly<Record<string, unknown>>
  /** Jobs run only when `work` is called. */
  readonly manual?: boolean
  readonly demo?: DemoCluster
  /** Milliseconds since the Unix epoch, where it stands still; absent: this moment, and still as well. */
  readonly now?: number
  /** Between the product and the API server. */
  readonly around?: (transport: Transport) => Transport
  /** What the API server answers becomes this: a webhook of the cluster's that nobody expected. */
  readonly meddle?: (method: string, path: string, response: Response) => Promise<Response>
}

export const startChangeBench = async (options: BenchOptions = {}): Promise<ChangeBench> => {
  const demo = options.demo ?? (await startDemoCluster())
  const config = configOf(demo, options.decision ?? 'approve', options.config ?? {})
  const transport = createNodeTransport({ server: demo.server, certificateAuthority: demo.certificateAuthority })
  const between = options.around?.(transport) ?? transport
  const ports = memoryPorts({
    now: options.now ?? Date.now(),
    secrets: {
      BULKHEAD_KEY: '7'.repeat(64),
      READ_TOKEN: demo.tokens.read,
      CHANGE_TOKEN: demo.tokens.change,
      HOOK_KEY: 'of-no-use',
    },
    clusters: {
      demo: {
        server: demo.server,
        send: async (url, init) => {
          const path = url.slice(demo.server.length)
          const response = await between.fetch(path, init as Parameters<typeof transport.fetch>[1])
          return options.meddle === undefined ? response : options.meddle(init?.method ?? 'GET', path, response)
        },
      },
    },
  })
  const app = createApp(ports, config, { tools, offer, renderPlan })
  const work = async () => {
    await ports.background.settled()
    await ports.jobs.run(app.runJob)
  }
  if (options.manual !== true) ports.jobs.onEnqueue(() => ports.background.run(ports.jobs.run(app.runJob)))
  // The demo's own list, emptied by each question: it keeps the newest requests only.
  const seen = demo.requests as SeenRequest[]

  const request: ChangeBench['request'] = async (path, init = {}) => {
    const response = await app.fetch(new Request(`${PUBLIC_URL}${path}`, { redirect: 'manual', ...init }))
    return {
      status: response.status,
      location: response.headers.get('location'),
      body: await response.text(),
      cookie: response.headers.get('set-cookie')?.split(';')[0],
    }
  }
  const form = (
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: PUBLIC_URL, ...headers },
    body: new URLSearchParams(fields).toString(),
  })
  const admin: ChangeBench['admin'] = async (method, path, body, type = 'application/merge-patch+json') => {
    const response = await transport.fetch(path, {
      method,
      headers: { authorization: `Bearer ${demo.tokens.admin}`, 'content-type': type, accept: 'application/json' },
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return {
    demo,
    ports,
    app,
    config,
    writes() {
      return seen
        .splice(0)
        .filter(isWrite)
        .map(({ method, path }) => `${method} ${path.split('?', 1)[0]}`)
    },
    async call(tool, args, asked = {}) {
      let rounds = 0
      const answer = async () => {
        rounds += 1
        await asked.meanwhile?.()
        const action = asked.answer ?? 'accept'
        return action === 'accept' && asked.form === true ? { action, content: { confirm: true } } : { action }
      }
      const client = await (asked.legacy === true ? legacyClient : newestClient)(app, asked, answer)
      try {
        const raw = (await client.callTool({ name: tool, arguments: { ...args } })) as {
          content?: { text?: string }[]
          structuredContent?: Reply['plan']
          _meta?: Record<string, { code?: string }>
        }
        return {
          text: (raw.content ?? []).map((it) => it.text ?? '').join('\n'),
          code: raw._meta?.['bulkhead/error']?.code,
          plan: raw.structuredContent,
          rounds,
        }
      } finally {
        await client.close()
      }
    },
    request,
    async signIn(key = OPERATOR_KEY) {
      const { cookie = '', status, body } = await request('/console/sign-in', form({ key }))
      if (status !== 303) throw new Error(`Sign in: ${status} ${body.slice(0, 400)}`)
      const get = (path: string) => request(path, { headers: { cookie } })
      const csrf = /name="csrf" value="([0-9a-f]+)"/.exec((await get('/console')).body)?.[1] ?? ''
      const post = (path: string, fields: Readonly<Record<string, string>>) =>
        request(path, form({ csrf, ...fields }, { cookie }))
      return {
        csrf,
        cookie,
        get,
        post,
        approve: (planId, fields = {}) => post(`/console/plans/${planId}/approve`, fields),
      }
    },
    async records(kind) {
      await ports.background.settled()
      const { records } = await ports.ledgers.ledger('demo').read(0, 500)
      return kind === undefined ? records : records.filter((it) => it.kind === kind)
    },
    work,
    async object(path) {
      const { status, body } = await admin('GET', path)
      return status === 200 ? body : undefined
    },
    admin,
    async stop() {
      await ports.background.settled()
      transport.stop()
      if (options.demo === undefined) await demo.stop()
    },
  }
}
