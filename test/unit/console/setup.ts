/** The console behind the middlewares in their order, on memory ports and a fake desk; and a browser that forgets nothing. */
import { Hono } from 'hono'
import type * as z from 'zod'
import { type Config, configSchema } from '../../../src/config.ts'
import type { BulkheadError } from '../../../src/errors.ts'
import { createIdentity } from '../../../src/http/authenticate.ts'
import { consoleProblem, createConsole } from '../../../src/http/console/index.ts'
import type { HttpEnv } from '../../../src/http/env.ts'
import { securityHeaders } from '../../../src/http/headers.ts'
import type { CheckResult } from '../../../src/http/health.ts'
import { hostCheck, originCheck } from '../../../src/http/origin.ts'
import { type MemoryPorts, memoryPorts } from '../../../src/platform/memory.ts'
import { GATEWAY_LEDGER, type LedgerRecord, type Ports } from '../../../src/ports.ts'
import { createFakeDesk, type FakeDesk, type PlanChanges, planOf } from '../../support/fake-desk.ts'
import { hashOf } from '../http/setup.ts'

export const PUBLIC_URL = 'https://bulkhead.example.com'
export const LOOPBACK_URL = 'http://127.0.0.1:8790'
/** Made at run time: nothing in this file opens anything. */
export const OPERATOR_KEY = `bh_operator_${'d4'.repeat(16)}`
export const NEXT_OPERATOR_KEY = `bh_operator_${'d5'.repeat(16)}`
export const LOOKER_KEY = `bh_operator_${'e5'.repeat(16)}`
export const AGENT_KEY = `bh_agent_${'a1'.repeat(16)}`
export const EXPIRING_KEY = `bh_operator_${'c3'.repeat(16)}`

/** What the bench's cookies are signed with. */
export const SESSIONS_KEY = new Uint8Array(32).fill(7)

type Input = z.input<typeof configSchema>

export const identityOf = (changes: Partial<Input['identity']> = {}): Input['identity'] => ({
  keys: [{ name: 'ci-agent', owner: 'owner@example.com', sha256: [hashOf(AGENT_KEY)], groups: ['agents'] }],
  operators: [
    {
      name: 'maria@example.com',
      sha256: [hashOf(OPERATOR_KEY), hashOf(NEXT_OPERATOR_KEY)],
      groups: ['sre'],
      may: ['approve', 'audit', 'freeze'],
    },
    { name: 'looker@example.com', sha256: [hashOf(LOOKER_KEY)], groups: ['sre'] },
    { name: 'leaving@example.com', sha256: [hashOf(EXPIRING_KEY)], expires: '2026-11-02', may: ['approve'] },
  ],
  ...changes,
})

export const consoleConfig = (changes: Partial<Input> = {}): Config =>
  configSchema.parse({
    publicUrl: PUBLIC_URL,
    masterKey: { secret: 'BULKHEAD_KEY' },
    identity: identityOf(),
    clusters: { prod: { server: 'https://10.0.0.1:6443', credentials: { read: { token: { secret: 'PROD_READ' } } } } },
    ...changes,
  } satisfies Input)

export interface Browser {
  get(path: string, headers?: Record<string, string>): Promise<Response>
  send(method: string, path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, form?: Record<string, string>, headers?: Record<string, string>): Promise<Response>
  signIn(key?: string, next?: string): Promise<Response>
  /** The token in the page's forms. */
  csrf(path?: string): Promise<string>
  cookies: Map<string, string>
}

export interface ConsoleBench {
  readonly config: Config
  readonly ports: MemoryPorts
  readonly desk: FakeDesk
  readonly errors: BulkheadError[]
  fetch(request: Request): Promise<Response>
  /** Starts with no cookie; sends what a browser sends with a form of our own. */
  browser(): Browser
  /** A body of any sort, as no browser sends it. */
  raw(path: string, type: string, body: string): Promise<Response>
  gateway(): Promise<readonly LedgerRecord[]>
}

export interface BenchOptions {
  readonly config?: Config
  readonly plans?: Readonly<Record<string, PlanChanges>>
  readonly checks?: readonly CheckResult[]
  readonly fetchIssuer?: Ports['fetchIssuer']
  /** Shared with another bench: the same deployment, configured anew. */
  readonly ports?: MemoryPorts
}

export const consoleBench = ({
  config = consoleConfig(),
  plans = { 'prod-1': {} },
  checks = [],
  fetchIssuer,
  ports = memoryPorts(fetchIssuer === undefined ? {} : { fetchIssuer }),
}: BenchOptions = {}): ConsoleBench => {
  const errors: BulkheadError[] = []
  const report = (error: BulkheadError) => void errors.push(error)
  const desk = createFakeDesk(
    ports.clock,
    Object.entries(plans).map(([id, changes]) => planOf(id, ports.clock.now(), changes)),
  )
  const identity = createIdentity({ config, ports })
  const app = new Hono<HttpEnv>()
  app.onError(consoleProblem({ report }))
  app.use(securityHeaders({ publicUrl: config.publicUrl, random: ports.random }))
  app.use(hostCheck(config.publicUrl))
  app.use(originCheck(config.publicUrl))
  const keys = { sessions: SESSIONS_KEY, csrf: new Uint8Array(32).fill(8) }
  const open = async () => ({ keys, desk })
  app.route('/console', createConsole({ config, ports, identity, open, report, health: async () => checks }))

  const browser = (): Browser => {
    const cookies = new Map<string, string>()
    const send = async (path: string, init: RequestInit, headers: Record<string, string>): Promise<Response> => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await app.request(`${config.publicUrl}${path}`, {
        ...init,
        headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
      })
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (name === undefined || value === undefined) continue
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
      return response
    }
    const own = { origin: config.publicUrl, 'sec-fetch-site': 'same-origin' }
    const it: Browser = {
      cookies,
      get: (path, headers = {}) => send(path, {}, headers),
      send: (method, path, headers = {}) => send(path, { method }, headers),
      post: (path, form = {}, headers = own) =>
        send(
          path,
          { method: 'POST', body: new URLSearchParams(form).toString() },
          { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        ),
      signIn: (key = OPERATOR_KEY, next) =>
        it.post('/console/sign-in', { key, ...(next === undefined ? {} : { next }) }),
      async csrf(path = '/console/plans/prod-1') {
        const html = await (await it.get(path)).text()
        return /name="csrf" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? ''
      },
    }
    return it
  }
  return {
    config,
    ports,
    desk,
    errors,
    fetch: async (request) => app.fetch(request),
    browser,
    raw: async (path, type, body) =>
      app.request(`${config.publicUrl}${path}`, { method: 'POST', headers: { 'content-type': type }, body }),
    gateway: async () => (await ports.ledgers.ledger(GATEWAY_LEDGER).read(0, 100)).records,
  }
}

/** A browser that has signed in already. */
export const signedIn = async (bench: ConsoleBench, key = OPERATOR_KEY): Promise<Browser> => {
  const browser = bench.browser()
  await browser.signIn(key)
  return browser
}
