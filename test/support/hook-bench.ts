/** The app with hooks on memory ports, a `diagnose` that a test decides on, and senders of every sort. */
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { type App, createApp } from '../../src/app.ts'
import { configSchema } from '../../src/config.ts'
import { BulkheadError } from '../../src/errors.ts'
import { hookQueue } from '../../src/guard/hooks/principal.ts'
import type { JobStatus } from '../../src/jobs.ts'
import { type MemoryPorts, memoryPorts } from '../../src/platform/memory.ts'
import { GATEWAY_LEDGER, type LedgerRecord } from '../../src/ports.ts'
import { type Finding, type Report, reportSchema, type Scope } from '../../src/report.ts'
import type { ReportSummary, StoredReport } from '../../src/reports.ts'
import { readTool, type Tool } from '../../src/tool.ts'
import { offer, renderPlan, tools } from '../../src/tools/index.ts'
import { hashOf } from '../unit/http/setup.ts'

type Input = z.input<typeof configSchema>

export const PUBLIC_URL = 'https://bulkhead.example.com'
export const OPERATOR_KEY = `bh_operator_${'d4'.repeat(16)}`
export const AGENT_KEY = `bh_agent_${'a1'.repeat(16)}`

/** Made up for these tests; nothing in the world takes them. */
export const SECRETS = {
  BULKHEAD_KEY: '7'.repeat(64),
  READ_TOKEN: 'read-token-of-a-fixture',
  AM_TOKEN: 'alertmanager-of-a-fixture',
  AM_PASSWORD: 'password-of-a-fixture',
  GRAFANA_KEY: 'grafana-of-a-fixture',
  PAGERDUTY_KEY: 'pagerduty-of-a-fixture',
  GENERIC_KEY: 'generic-of-a-fixture',
  TARGET_KEY: 'target-of-a-fixture',
} as const

const CLUSTER = { label: 'cluster', map: { 'eu-1': 'prod' } }

export const GENERIC_PATHS = {
  group: 'incident.id',
  status: 'incident.state',
  title: 'incident.title',
  severity: 'incident.level',
  summary: 'incident.text',
  startsAt: 'incident.since',
  cluster: 'incident.labels.env',
  namespace: 'incident.labels.ns',
  deployment: 'incident.labels.deploy',
}

export const HOOKS: NonNullable<Input['hooks']> = {
  am: { type: 'alertmanager', bearer: { secret: 'AM_TOKEN' }, cluster: CLUSTER, groups: ['alerts'], notify: ['own'] },
  basic: {
    type: 'alertmanager',
    basic: { username: 'alertmanager', password: { secret: 'AM_PASSWORD' } },
    cluster: 'prod',
    groups: ['alerts'],
  },
  grafana: { type: 'grafana', hmac: { secret: 'GRAFANA_KEY' }, cluster: CLUSTER, groups: ['alerts'] },
  pagerduty: { type: 'pagerduty', hmac: { secret: 'PAGERDUTY_KEY' }, cluster: 'prod', groups: ['alerts'] },
  generic: {
    type: 'generic',
    hmac: { secret: 'GENERIC_KEY' },
    paths: GENERIC_PATHS,
    cluster: CLUSTER,
    groups: ['alerts'],
  },
}

export const hookConfig = (changes: Partial<Input> = {}): Input => ({
  publicUrl: PUBLIC_URL,
  masterKey: { secret: 'BULKHEAD_KEY' },
  identity: {
    keys: [{ name: 'agent', owner: 'owner@example.com', sha256: [hashOf(AGENT_KEY)], groups: ['agents'] }],
    operators: [{ name: 'maria@example.com', sha256: [hashOf(OPERATOR_KEY)], groups: ['sre'], may: ['audit'] }],
  },
  clusters: {
    prod: { server: 'https://10.0.0.1:6443', credentials: { read: { token: { secret: 'READ_TOKEN' } } } },
    test: { server: 'https://10.0.0.2:6443', credentials: { read: { token: { secret: 'READ_TOKEN' } } } },
  },
  policy: [
    { name: 'alerts', groups: ['alerts'], clusters: ['*'], verbs: ['get', 'list'], decision: 'allow' },
    {
      name: 'agents',
      groups: ['agents'],
      clusters: ['prod'],
      namespaces: ['web'],
      verbs: ['get', 'list'],
      decision: 'allow',
    },
  ],
  notify: [
    {
      name: 'own',
      webhook: { url: 'https://hooks.example.com/in', hmac: { secret: 'TARGET_KEY' } },
      on: ['report'],
      minimumSeverity: 'info',
    },
  ],
  hooks: HOOKS,
  ...changes,
})

export const finding = (id: string, changes: Partial<Finding> = {}): Finding => ({
  id,
  check: 'pod-crash-loop',
  severity: 'critical',
  subject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'cart-5d4f8c7b9-x2lq8' },
  summary: 'The container cart ends again and again with exit code 1.',
  evidence: [{ source: 'log', text: 'panic: no database' }],
  causedBy: [],
  confidence: 'high',
  remedies: [],
  ...changes,
})

export const reportOf = (scope: Scope, findings: readonly Finding[] = [finding('f1')]): Report => ({
  scope,
  complete: true,
  rootCauses: findings.filter((it) => it.causedBy.length === 0).map((it) => it.id),
  findings,
  examined: { Pod: 3 },
  notExamined: [],
  changes: [],
  calls: 4,
  durationMs: 12,
})

export type Diagnose = (scope: Scope) => Report | Promise<Report>

/** Stands for the tool of the same name: asks policy as it does, and answers what the test says. */
export const diagnoseTool = (diagnose: Diagnose): Tool => {
  const input = z.strictObject({
    cluster: z.string().optional(),
    namespace: z.string().optional(),
    kind: z.string().optional(),
    name: z.string().optional(),
    since: z.string().optional(),
  })
  return readTool({
    name: 'diagnose',
    title: 'Diagnose',
    description: 'What is the matter.',
    input,
    output: reportSchema,
    needs: [{ verb: 'list', resource: 'pods' }],
    async run({ since: _, ...asked }: z.infer<typeof input>, views) {
      const cluster = views.cluster(asked.cluster).name
      const access = { cluster, verb: 'list', group: '', resource: 'pods', namespace: asked.namespace ?? '*' } as const
      const verdict = views.policy.explain(access)
      if (verdict.decision !== 'allow') throw new BulkheadError('policy_denied', verdict.reason)
      const scope = JSON.parse(JSON.stringify({ ...asked, cluster })) as Scope
      const report = await diagnose(scope)
      return { untrusted: 'a report', structured: { ...report } }
    },
  })
}

export const payload = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../docs/webhooks/${name}.json`, import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >

export const hex = (key: string, signed: string): string => createHmac('sha256', key).update(signed).digest('hex')

/** The headers that a sender of this kind adds to a body, at this time of its clock. */
export const signed = (
  hook: string,
  body: string,
  now: number,
  secrets: Readonly<Record<string, string>> = SECRETS,
): Record<string, string> => {
  const seconds = String(Math.floor(now / 1000))
  switch (hook) {
    case 'am':
      return { authorization: `Bearer ${secrets.AM_TOKEN}` }
    case 'basic':
      return { authorization: `Basic ${btoa(`alertmanager:${secrets.AM_PASSWORD}`)}` }
    case 'grafana':
      return {
        'x-grafana-alerting-timestamp': seconds,
        'x-grafana-alerting-signature': hex(secrets.GRAFANA_KEY ?? '', `${seconds}:${body}`),
      }
    case 'pagerduty':
      return { 'x-pagerduty-signature': `v1=${hex(secrets.PAGERDUTY_KEY ?? '', body)}` }
    default:
      return { 'bulkhead-signature': `t=${seconds},v1=${hex(secrets.GENERIC_KEY ?? '', `${seconds}.${body}`)}` }
  }
}

export interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly body: { readonly id?: string; readonly url?: string; readonly code?: string; readonly detail?: string }
}

export interface HookBench {
  readonly app: App
  readonly ports: MemoryPorts
  /** Scopes that were diagnosed, in order. */
  readonly looked: Scope[]
  /** Signed as its sender signs; `headers` replace those. */
  send(hook: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Sent>
  /** Runs what is due, until nothing is. */
  work(): Promise<void>
  /** What waits in the hooks' queues and the target's: at most a hundred of each. */
  waiting(): Promise<readonly JobStatus[]>
  list(): Promise<readonly ReportSummary[]>
  report(id: string | undefined): Promise<StoredReport | undefined>
  deliveries(): Promise<readonly Extract<LedgerRecord, { kind: 'delivery' }>[]>
  records(ledger: string): Promise<readonly LedgerRecord[]>
  /** Titles and facts of what the target got, each with the time of its notice. */
  told(): readonly { readonly title: string; readonly facts: Readonly<Record<string, string>>; readonly url: string }[]
}

export interface BenchOptions {
  readonly config?: Partial<Input>
  readonly diagnose?: Diagnose
  readonly tools?: readonly Tool[]
  readonly ports?: MemoryPorts
  readonly deliver?: (url: string) => number
}

export const hookBench = ({
  config,
  diagnose = reportOf,
  tools: given,
  ports: shared,
  deliver,
}: BenchOptions = {}): HookBench => {
  const ports = shared ?? memoryPorts({ secrets: SECRETS, ...(deliver === undefined ? {} : { deliver }) })
  const looked: Scope[] = []
  const tool = diagnoseTool((scope) => {
    looked.push(scope)
    return diagnose(scope)
  })
  const others = tools.filter((it) => it.name !== 'diagnose')
  const app = createApp(ports, configSchema.parse(hookConfig(config)), {
    tools: given ?? [...others, tool],
    offer,
    renderPlan,
  })
  const records = async (ledger: string) => {
    await ports.background.settled()
    return (await ports.ledgers.ledger(ledger).read(0, 500)).records
  }
  return {
    app,
    ports,
    looked,
    async send(hook, body, headers) {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const response = await app.fetch(
        new Request(`${PUBLIC_URL}/hooks/${hook}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(headers ?? signed(hook, text, ports.clock.now())) },
          body: text,
        }),
      )
      const answered = await response.text()
      return { status: response.status, headers: response.headers, body: JSON.parse(answered || '{}') as Sent['body'] }
    },
    work: () => ports.jobs.run(app.runJob),
    async waiting() {
      const queues = [...Object.keys(HOOKS).map(hookQueue), 'notify-own']
      return (await Promise.all(queues.map((it) => ports.jobs.waiting(it)))).flat()
    },
    list: () => ports.reports.list({ limit: 50 }),
    report: (id) => ports.reports.get(id ?? ''),
    async deliveries() {
      return (await records(GATEWAY_LEDGER)).flatMap((it) => (it.kind === 'delivery' ? [it] : []))
    },
    records,
    told: () => ports.delivered.map((it) => JSON.parse(it.body) as ReturnType<HookBench['told']>[number]),
  }
}
