import { describe, expect, test } from 'vitest'
import { createMetrics, metricsRoute } from '../../../src/http/metrics.ts'
import { COUNTERS, type Counter } from '../../../src/meter.ts'
import { AGENT_KEY, bench, OPERATOR_KEY } from './setup.ts'

const bucket = (tool: string, it: string): string => {
  const [le, value] = it.split(' ')
  return `bulkhead_call_duration_seconds_bucket{tool="${tool}",le="${le}"} ${value}`
}

describe('metrics', () => {
  const facts = (durationMs: number, redactions = 0, hidden = 0, suspicious = 0) => ({
    durationMs,
    bytes: 10,
    redactions,
    hidden,
    suspicious,
  })

  test('count calls, errors, refusals and what was held back, in Prometheus’ format and a fixed order', () => {
    const metrics = createMetrics()
    metrics.called('pods_list', 'ok', facts(1500, 3, 1, 2))
    metrics.called('pods_list', 'ok', facts(250, 2))
    metrics.called('pods_get', 'policy_denied', facts(0))
    metrics.called('pods_get', 'budget_exhausted', facts(40_000))
    metrics.failed('body_too_large')
    metrics.refused('bad_signature')
    metrics.count('bulkhead_apiserver_requests_total', { cluster: 'prod', method: 'GET', outcome: '2xx' })
    metrics.count('bulkhead_apiserver_requests_total', { cluster: 'prod', method: 'GET', outcome: '2xx' }, 2)
    const counted: Partial<Record<Counter, readonly string[]>> = {
      bulkhead_calls_total: [
        '{tool="pods_get",outcome="budget_exhausted"} 1',
        '{tool="pods_get",outcome="policy_denied"} 1',
        '{tool="pods_list",outcome="ok"} 2',
      ],
      bulkhead_refusals_total: ['{by="budget"} 1', '{by="policy"} 1'],
      bulkhead_budget_refusals_total: ['{budget="bytes"} 1'],
      bulkhead_answer_bytes_total: ['{tool="pods_get"} 20', '{tool="pods_list"} 20'],
      bulkhead_redactions_total: ['{tool="pods_list"} 5'],
      bulkhead_hidden_characters_total: ['{tool="pods_list"} 1'],
      bulkhead_suspicious_passages_total: ['{tool="pods_list"} 2'],
      bulkhead_request_errors_total: ['{code="body_too_large"} 1'],
      bulkhead_authentication_failures_total: ['{reason="bad_signature"} 1'],
      bulkhead_apiserver_requests_total: ['{cluster="prod",method="GET",outcome="2xx"} 3'],
    }
    expect(metrics.render()).toBe(
      [
        ...Object.entries(COUNTERS).flatMap(([name, { help }]) => [
          `# HELP ${name} ${help}`,
          `# TYPE ${name} counter`,
          ...(counted[name as Counter] ?? []).map((it) => `${name}${it}`),
        ]),
        '# HELP bulkhead_call_duration_seconds How long tool calls took, by tool.',
        '# TYPE bulkhead_call_duration_seconds histogram',
        ...['0.01 0', '0.05 0', '0.25 1', '1 1', '5 2', '30 2', '+Inf 2'].map((it) => bucket('pods_list', it)),
        ...['0.01 1', '0.05 1', '0.25 1', '1 1', '5 1', '30 1', '+Inf 2'].map((it) => bucket('pods_get', it)),
        'bulkhead_call_duration_seconds_sum{tool="pods_list"} 1.75',
        'bulkhead_call_duration_seconds_sum{tool="pods_get"} 40',
        'bulkhead_call_duration_seconds_count{tool="pods_list"} 2',
        'bulkhead_call_duration_seconds_count{tool="pods_get"} 2',
        '',
      ].join('\n'),
    )
  })

  test('L5-4 a label is one line, and no flood of labels makes them grow without end', () => {
    const metrics = createMetrics()
    metrics.called('a"b\\c\nd', 'ok', facts(0))
    expect(metrics.render()).toContain('bulkhead_calls_total{tool="a\\"b\\\\c\\nd",outcome="ok"} 1')
    const headings = 2 * (Object.keys(COUNTERS).length + 1)
    for (let at = 0; at < 10_000; at += 1) metrics.called(`made-up-${at}`, 'ok', facts(0))
    metrics.called('a"b\\c\nd', 'ok', facts(0))
    expect(metrics.render().split('\n').length).toBeLessThanOrEqual(2_000 + headings + 1)
    expect(metrics.render()).toContain('bulkhead_calls_total{tool="a\\"b\\\\c\\nd",outcome="ok"} 2')
  })

  test('are for operators, with the room of every ledger, also while one is down', async () => {
    const { get, ports } = await bench((app, parts) => {
      const breakers = () => [['prod', 'open'] as const, ['stage', 'half-open'] as const, ['test', 'closed'] as const]
      const options = { metrics: createMetrics(), ports: parts.ports, ledgers: ['gateway', 'prod'], breakers }
      app.get('/metrics', metricsRoute(options))
    })
    expect((await get('/metrics')).status).toBe(401)
    expect((await get('/metrics', AGENT_KEY)).status).toBe(403)
    ports.ledgers.breakWhen((_, ledger) => ledger === 'prod')
    const response = await get('/metrics', OPERATOR_KEY)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('bulkhead_ledger_up{ledger="gateway"} 1\nbulkhead_ledger_up{ledger="prod"} 0\n')
    expect(text).toMatch(/bulkhead_ledger_used_bytes\{ledger="gateway"\} [0-9]+\n/)
    expect(text).toMatch(/bulkhead_ledger_available_bytes\{ledger="gateway"\} [1-9][0-9]+\n/)
    expect(text).not.toMatch(/bulkhead_ledger_records\{ledger="prod"\}/)
    expect(text.match(/^bulkhead_cluster_breaker.*$/gm)).toEqual([
      'bulkhead_cluster_breaker{cluster="prod"} 2',
      'bulkhead_cluster_breaker{cluster="stage"} 1',
      'bulkhead_cluster_breaker{cluster="test"} 0',
    ])
  })
})
