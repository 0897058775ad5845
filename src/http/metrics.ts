/**
 * `GET /metrics` for operators: what this isolate has counted since it started, and the room of every ledger, in
 * Prometheus' text format (version 0.0.4). On Workers several isolates count side by side: rates per isolate, not
 * totals; the ledgers are the truth. Labels are closed sets, and the number of series is bounded whatever happens.
 *
 * Order: after `authenticate` for operators.
 */
import type { Handler } from 'hono'
import { within } from '../deadline.ts'
import type { ErrorCode } from '../errors.ts'
import type { OnReply } from '../guard/call-telling.ts'
import type { BreakerPhase } from '../guard/clusters.ts'
import { COUNTERS, type Counter, type Meter } from '../meter.ts'
import type { LedgerStatus, Ports } from '../ports.ts'
import type { HttpEnv } from './env.ts'
import type { Refusal } from './refusals.ts'

/**
 * Tools × codes is some 1,500, tools × buckets some 250, and a cluster has some 40 of its own, though nobody sees them all;
 * beyond the bound only series that exist go on counting.
 */
const MAX_SERIES = 2_000
const STATUS_DEADLINE_MS = 3_000

/** Seconds. A get takes milliseconds, a call that ends at its deadline 30 s: few buckets, since each is a series a tool. */
const LATENCY_BUCKETS = [0.01, 0.05, 0.25, 1, 5, 30] as const

const LATENCY = 'bulkhead_call_duration_seconds'
export const HISTOGRAMS = { [LATENCY]: 'How long tool calls took, by tool.' } as const
/** The parts of a histogram are counters of their own in Prometheus' format, under one heading. */
type Part = `${typeof LATENCY}_${'bucket' | 'sum' | 'count'}`
const BUDGETS: Partial<Record<'ok' | ErrorCode, string>> = { rate_limited: 'calls', budget_exhausted: 'bytes' }
/** What said no, where it was one of ours. */
const REFUSERS: Partial<Record<'ok' | ErrorCode, string>> = {
  policy_denied: 'policy',
  rail_refused: 'rail',
  rate_limited: 'budget',
  budget_exhausted: 'budget',
  frozen: 'freeze',
  credential_overpowered: 'credential',
  ledger_unavailable: 'ledger',
}

export const GAUGES = {
  bulkhead_cluster_breaker:
    'The way to the cluster: 0 closed (well), 1 half open (one probe is out), 2 open (nothing is sent).',
  bulkhead_ledger_up: 'Whether the ledger answered (1) or not (0).',
  bulkhead_ledger_records: 'Records in the ledger.',
  bulkhead_ledger_used_bytes: 'Room that the ledger uses.',
  bulkhead_ledger_available_bytes: 'Room that the ledger has left.',
  bulkhead_ledger_broken: 'Whether the chain or its tree was found broken (1): nothing is signed then.',
  bulkhead_ledger_unsigned_records: 'Records that no checkpoint covers yet.',
  bulkhead_ledger_unexported_records: 'Records that are signed and that audit.export has not taken yet.',
} as const
type Gauge = keyof typeof GAUGES

const BREAKER_VALUE: Readonly<Record<BreakerPhase, number>> = { closed: 0, 'half-open': 1, open: 2 }

export interface Metrics extends Meter {
  readonly called: OnReply
  failed(code: ErrorCode): void
  refused(reason: Refusal): void
  /** The counters, in a fixed order. */
  render(): string
}

/** Label values are ours (tool names, codes, ledger names); escaped all the same, as the format demands. */
const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const series = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`

const lines = (name: string, values: Iterable<readonly [labels: string, value: number]>): string[] =>
  Array.from(values, ([labels, value]) => `${name}${labels} ${value}`)

const heading = (name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
]

const section = (name: string, type: 'counter' | 'gauge', help: string, values: ReadonlyMap<string, number>): string =>
  [
    ...heading(name, type, help),
    ...lines(
      name,
      [...values].sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    '',
  ].join('\n')

export const createMetrics = (): Metrics => {
  const counters = new Map<Counter | Part, Map<string, number>>()
  const none: ReadonlyMap<string, number> = new Map()
  let size = 0
  const add = (counter: Counter | Part, labels: Readonly<Record<string, string>>, by: number): void => {
    const values = counters.get(counter) ?? new Map<string, number>()
    counters.set(counter, values)
    const key = series(labels)
    if (!values.has(key) && size++ >= MAX_SERIES) return
    values.set(key, (values.get(key) ?? 0) + by)
  }
  const count: Meter['count'] = (counter, labels, by = 1) => add(counter, labels, by)
  return {
    count,
    called(tool, outcome, { durationMs, bytes, redactions, hidden, suspicious }) {
      const seconds = durationMs / 1000
      count('bulkhead_calls_total', { tool, outcome })
      const [by, budget] = [REFUSERS[outcome], BUDGETS[outcome]]
      if (by !== undefined) count('bulkhead_refusals_total', { by })
      if (budget !== undefined) count('bulkhead_budget_refusals_total', { budget })
      count('bulkhead_answer_bytes_total', { tool }, bytes)
      if (redactions > 0) count('bulkhead_redactions_total', { tool }, redactions)
      if (hidden > 0) count('bulkhead_hidden_characters_total', { tool }, hidden)
      if (suspicious > 0) count('bulkhead_suspicious_passages_total', { tool }, suspicious)
      for (const le of LATENCY_BUCKETS) add(`${LATENCY}_bucket`, { tool, le: String(le) }, seconds <= le ? 1 : 0)
      add(`${LATENCY}_bucket`, { tool, le: '+Inf' }, 1)
      add(`${LATENCY}_sum`, { tool }, seconds)
      add(`${LATENCY}_count`, { tool }, 1)
    },
    failed: (code) => count('bulkhead_request_errors_total', { code }),
    refused: (reason) => count('bulkhead_authentication_failures_total', { reason }),
    render: () =>
      [
        ...Object.entries(COUNTERS).map(([name, { help }]) =>
          section(name, 'counter', help, counters.get(name as Counter) ?? none),
        ),
        [
          ...heading(LATENCY, 'histogram', HISTOGRAMS[LATENCY]),
          // In the order of counting: a tool's buckets are told from the smallest to the largest.
          ...(['bucket', 'sum', 'count'] as const).flatMap((part) =>
            lines(`${LATENCY}_${part}`, counters.get(`${LATENCY}_${part}`) ?? none),
          ),
          '',
        ].join('\n'),
      ].join(''),
  }
}

export interface MetricsRouteOptions {
  readonly metrics: Metrics
  readonly ports: Pick<Ports, 'ledgers'>
  /** The names of all ledgers: the clusters' and the gateway's. */
  readonly ledgers: readonly string[]
  /** Whether `audit.export` is configured. */
  readonly exporting: boolean
  /** The configured clusters' breakers, each under its cluster's name. */
  readonly breakers: () => readonly (readonly [cluster: string, phase: BreakerPhase])[]
}

export const metricsRoute = ({
  metrics,
  ports,
  ledgers,
  exporting,
  breakers,
}: MetricsRouteOptions): Handler<HttpEnv> => {
  const statusOf = async (name: string): Promise<LedgerStatus | undefined> => {
    try {
      return await within(STATUS_DEADLINE_MS, ports.ledgers.ledger(name).status(), () => new Error('late'))
    } catch {
      return undefined
    }
  }
  return async function metricsRoute(c) {
    const gauges = Object.fromEntries(Object.keys(GAUGES).map((name) => [name, new Map<string, number>()])) as Record<
      Gauge,
      Map<string, number>
    >
    for (const [cluster, phase] of breakers())
      gauges.bulkhead_cluster_breaker.set(series({ cluster }), BREAKER_VALUE[phase])
    const statuses = await Promise.all(
      ledgers.map(async (name) => [series({ ledger: name }), await statusOf(name)] as const),
    )
    for (const [labels, status] of statuses) {
      gauges.bulkhead_ledger_up.set(labels, status === undefined ? 0 : 1)
      if (status === undefined) continue
      gauges.bulkhead_ledger_records.set(labels, status.seq)
      gauges.bulkhead_ledger_used_bytes.set(labels, status.bytesUsed)
      gauges.bulkhead_ledger_available_bytes.set(labels, status.bytesAvailable)
      const { fault, exported = 0, checkpoint } = status.audit
      const signed = checkpoint?.size ?? 0
      gauges.bulkhead_ledger_broken.set(labels, fault === undefined ? 0 : 1)
      gauges.bulkhead_ledger_unsigned_records.set(labels, status.seq - signed)
      if (exporting) gauges.bulkhead_ledger_unexported_records.set(labels, signed - exported)
    }
    const rooms = Object.entries(GAUGES).map(([name, help]) => section(name, 'gauge', help, gauges[name as Gauge]))
    return c.body(metrics.render() + rooms.join(''), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    })
  }
}
