/**
 * `GET /metrics` for operators: what this isolate has counted since it started, and the room of every ledger, in
 * Prometheus' text format (version 0.0.4). On Workers several isolates count side by side: rates per isolate, not
 * totals; the ledgers are the truth. Labels are closed sets, and the number of series is bounded whatever happens.
 *
 * Order: after `authenticate` for operators.
 */
import type { Handler } from 'hono'
import type { ErrorCode } from '../errors.ts'
import type { LedgerStatus, Ports } from '../ports.ts'
import { within } from './deadline.ts'
import type { HttpEnv } from './env.ts'
import type { Refusal } from './refusals.ts'

/** Tools × codes is some 1,500; beyond the bound only series that exist go on counting. */
const MAX_SERIES = 2_000
const STATUS_DEADLINE_MS = 3_000

const COUNTERS = {
  bulkhead_calls_total: 'Tool calls answered, by tool and outcome (ok or an error code).',
  bulkhead_call_seconds_total: 'Time spent on tool calls, by tool.',
  bulkhead_request_errors_total: 'Requests that ended with an error before MCP, by code.',
  bulkhead_authentication_failures_total: 'Requests that were not let in, by reason.',
} as const
type Counter = keyof typeof COUNTERS

const GAUGES = {
  bulkhead_ledger_up: 'Whether the ledger answered (1) or not (0).',
  bulkhead_ledger_records: 'Records in the ledger.',
  bulkhead_ledger_used_bytes: 'Room that the ledger uses.',
  bulkhead_ledger_available_bytes: 'Room that the ledger has left.',
} as const
type Gauge = keyof typeof GAUGES

export interface Metrics {
  called(tool: string, outcome: 'ok' | ErrorCode, durationMs: number): void
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

const section = (name: string, type: 'counter' | 'gauge', help: string, values: ReadonlyMap<string, number>): string =>
  [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...[...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([labels, value]) => `${name}${labels} ${value}`),
    '',
  ].join('\n')

export const createMetrics = (): Metrics => {
  const counters = new Map<Counter, Map<string, number>>()
  let size = 0
  const add = (counter: Counter, labels: Readonly<Record<string, string>>, by: number): void => {
    const values = counters.get(counter) ?? new Map<string, number>()
    counters.set(counter, values)
    const key = series(labels)
    if (!values.has(key) && size++ >= MAX_SERIES) return
    values.set(key, (values.get(key) ?? 0) + by)
  }
  return {
    called(tool, outcome, durationMs) {
      add('bulkhead_calls_total', { tool, outcome }, 1)
      add('bulkhead_call_seconds_total', { tool }, durationMs / 1000)
    },
    failed: (code) => add('bulkhead_request_errors_total', { code }, 1),
    refused: (reason) => add('bulkhead_authentication_failures_total', { reason }, 1),
    render: () =>
      Object.entries(COUNTERS)
        .map(([name, help]) => section(name, 'counter', help, counters.get(name as Counter) ?? new Map()))
        .join(''),
  }
}

export interface MetricsRouteOptions {
  readonly metrics: Metrics
  readonly ports: Pick<Ports, 'ledgers'>
  /** The names of all ledgers: the clusters' and the gateway's. */
  readonly ledgers: readonly string[]
}

export const metricsRoute = ({ metrics, ports, ledgers }: MetricsRouteOptions): Handler<HttpEnv> => {
  const statusOf = async (name: string): Promise<LedgerStatus | undefined> => {
    try {
      return await within(STATUS_DEADLINE_MS, ports.ledgers.ledger(name).status(), () => new Error('late'))
    } catch {
      return undefined
    }
  }
  return async function metricsRoute(c) {
    const gauges: Record<Gauge, Map<string, number>> = {
      bulkhead_ledger_up: new Map(),
      bulkhead_ledger_records: new Map(),
      bulkhead_ledger_used_bytes: new Map(),
      bulkhead_ledger_available_bytes: new Map(),
    }
    const statuses = await Promise.all(
      ledgers.map(async (name) => [series({ ledger: name }), await statusOf(name)] as const),
    )
    for (const [labels, status] of statuses) {
      gauges.bulkhead_ledger_up.set(labels, status === undefined ? 0 : 1)
      if (status === undefined) continue
      gauges.bulkhead_ledger_records.set(labels, status.seq)
      gauges.bulkhead_ledger_used_bytes.set(labels, status.bytesUsed)
      gauges.bulkhead_ledger_available_bytes.set(labels, status.bytesAvailable)
    }
    const rooms = Object.entries(GAUGES).map(([name, help]) => section(name, 'gauge', help, gauges[name as Gauge]))
    return c.body(metrics.render() + rooms.join(''), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    })
  }
}
