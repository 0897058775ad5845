/** A deployment of two parties and an issuer, and the middlewares in their order around handlers that only answer. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { Hono } from 'hono'
import type * as z from 'zod'
import { type Config, configSchema } from '../../../src/config.ts'
import type { BulkheadError } from '../../../src/errors.ts'
import { authenticate, createIdentity } from '../../../src/http/authenticate.ts'
import { callerOf, type HttpEnv } from '../../../src/http/env.ts'
import { securityHeaders } from '../../../src/http/headers.ts'
import { noRoute, onProblem } from '../../../src/http/problem.ts'
import type { Refusal } from '../../../src/http/refusals.ts'
import { type MemoryPorts, memoryPorts } from '../../../src/platform/memory.ts'
import { GATEWAY_LEDGER, type LedgerRecord } from '../../../src/ports.ts'
import { createFakeIssuer, type FakeIssuer } from '../../support/issuer.ts'

export const hashOf = (key: string): string => bytesToHex(sha256(utf8ToBytes(key)))

/** Made at run time: nothing in this file opens anything. */
export const AGENT_KEY = `bh_agent_${'a1'.repeat(16)}`
export const NEXT_AGENT_KEY = `bh_agent_${'b2'.repeat(16)}`
export const EXPIRED_KEY = `bh_agent_${'c3'.repeat(16)}`
export const OPERATOR_KEY = `bh_operator_${'d4'.repeat(16)}`
/** An operator without any power. */
export const LOOKER_KEY = `bh_operator_${'e5'.repeat(16)}`

export const PUBLIC_URL = 'https://bulkhead.example.com'
export const ISSUER = 'https://login.example.com'
export const AUDIENCE = `${PUBLIC_URL}/mcp`

type Input = z.input<typeof configSchema>

export const ISSUERS: NonNullable<Input['identity']['issuers']> = [
  {
    issuer: ISSUER,
    audience: AUDIENCE,
    grants: [
      { clientId: 'nightly-bot', groups: ['agents'] },
      { scope: 'k8s.read', groups: ['readers'] },
    ],
  },
]

export const configOf = (changes: Partial<Input> = {}, issuers: Input['identity']['issuers'] = ISSUERS): Config =>
  configSchema.parse({
    publicUrl: PUBLIC_URL,
    masterKey: { secret: 'BULKHEAD_KEY' },
    identity: {
      keys: [
        {
          name: 'ci-agent',
          owner: 'maria@example.com',
          sha256: [hashOf(AGENT_KEY), hashOf(NEXT_AGENT_KEY)],
          groups: ['agents'],
        },
        { name: 'old-agent', owner: 'maria@example.com', sha256: [hashOf(EXPIRED_KEY)], expires: '2026-10-31' },
      ],
      issuers,
      operators: [
        { name: 'maria@example.com', sha256: [hashOf(OPERATOR_KEY)], groups: ['sre'], may: ['audit'] },
        { name: 'lead@example.com', sha256: [hashOf(LOOKER_KEY)], groups: ['sre'] },
      ],
    },
    clusters: { prod: { server: 'https://10.0.0.1:6443', credentials: { read: { token: { secret: 'PROD_READ' } } } } },
    ...changes,
  } satisfies Input)

export interface Bench {
  readonly app: Hono<HttpEnv>
  readonly config: Config
  readonly ports: MemoryPorts
  readonly issuer: FakeIssuer
  readonly refusals: Refusal[]
  readonly errors: BulkheadError[]
  get(path: string, key?: string, headers?: Record<string, string>): Promise<Response>
  gateway(): Promise<readonly LedgerRecord[]>
}

/** `/mcp` answers the caller it was given, `/operators` too; `more` mounts what a test is about. */
export const bench = async (
  more: (app: Hono<HttpEnv>, parts: Pick<Bench, 'config' | 'ports'>) => void = () => undefined,
  config: Config = configOf(),
): Promise<Bench> => {
  // The fake issuer needs the clock and the ports need the fake issuer.
  let now = () => 0
  const issuer = await createFakeIssuer({ issuer: ISSUER, audience: AUDIENCE, now: () => now() })
  const ports = memoryPorts({ fetchIssuer: issuer.fetchIssuer })
  now = ports.clock.now
  const refusals: Refusal[] = []
  const errors: BulkheadError[] = []
  const identity = createIdentity({ config, ports, onRefusal: (reason) => refusals.push(reason) })
  const app = new Hono<HttpEnv>()
  app.onError(onProblem({ report: (error) => errors.push(error) }))
  app.notFound(noRoute)
  app.use(securityHeaders({ publicUrl: config.publicUrl, random: ports.random }))
  app.all('/mcp', authenticate({ identity, kind: 'agent' }), (c) => c.json(callerOf(c)))
  app.use('/readyz', authenticate({ identity, kind: 'operator', anonymous: true }))
  for (const path of ['/operators', '/audit/*', '/metrics']) app.use(path, authenticate({ identity, kind: 'operator' }))
  app.get('/operators', (c) => c.json(callerOf(c)))
  more(app, { config, ports })
  return {
    app,
    config,
    ports,
    issuer,
    refusals,
    errors,
    get: async (path, key, headers = {}) =>
      app.request(`${config.publicUrl}${path}`, {
        headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
      }),
    gateway: async () => (await ports.ledgers.ledger(GATEWAY_LEDGER).read(0, 100)).records,
  }
}
