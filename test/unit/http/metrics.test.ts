import { describe, expect, test } from 'vitest'
import { createMetrics, metricsRoute } from '../../../src/http/metrics.ts'
import { AGENT_KEY, bench, OPERATOR_KEY } from './setup.ts'

const bucket = (tool: string, it: string): string => {
  const [le, value] = it.split(' ')
  return `bulkhead_call_duration_seconds_bucket{tool="${tool}",le="${le}"} ${value}`
}

describe('metrics', () => {
  const facts = (durationMs: number, redactions = 0, hidden = 0) => ({ durationMs, redactions, hidden })

  test('count calls, errors, refusals and what was held back, in Prometheus’ format and a fixed order', () => {
    const metrics = createMetrics()
    metrics.called('pods_list', 'ok', facts(1500, 3, 1))
    metrics.called('pods_list', 'ok', facts(250, 2))
    metrics.called('pods_get', 'policy_denied', facts(0))
    metrics.called('pods_get', 'budget_exhausted', facts(40_000))
    metrics.failed('body_too_large')
    metrics.refused('bad_signature')
    expect(metrics.render()).toBe(
      [
        '# HELP bulkhead_calls_total Tool calls answered, by tool and outcome (ok or an error code).',
        '# TYPE bulkhead_calls_total counter',
        'bulkhead_calls_total{tool="pods_get",outcome="budget_exhausted"} 1',
        'bulkhead_calls_total{tool="pods_get",outcome="policy_denied"} 1',
        'bulkhead_calls_total{tool="pods_list",outcome="ok"} 2',
        '# HELP bulkhead_budget_refusals_total Tool calls refused because the caller had used up a budget, by budget.',
        '# TYPE bulkhead_budget_refusals_total counter',
        'bulkhead_budget_refusals_total{budget="bytes"} 1',
        '# HELP bulkhead_redactions_total Values masked in answers, by tool.',
        '# TYPE bulkhead_redactions_total counter',
        'bulkhead_redactions_total{tool="pods_list"} 5',
        '# HELP bulkhead_hidden_characters_total Hidden characters taken out of answers, by tool.',
        '# TYPE bulkhead_hidden_characters_total counter',
        'bulkhead_hidden_characters_total{tool="pods_list"} 1',
        '# HELP bulkhead_request_errors_total Requests that ended with an error before MCP, by code.',
        '# TYPE bulkhead_request_errors_total counter',
        'bulkhead_request_errors_total{code="body_too_large"} 1',
        '# HELP bulkhead_authentication_failures_total Requests that were not let in, by reason.',
        '# TYPE bulkhead_authentication_failures_total counter',
        'bulkhead_authentication_failures_total{reason="bad_signature"} 1',
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
    for (let at = 0; at < 10_000; at += 1) metrics.called(`made-up-${at}`, 'ok', facts(0))
    metrics.called('a"b\\c\nd', 'ok', facts(0))
    expect(metrics.render().split('\n').length).toBeLessThan(2_020)
    expect(metrics.render()).toContain('bulkhead_calls_total{tool="a\\"b\\\\c\\nd",outcome="ok"} 2')
  })

  test('are for operators, with the room of every ledger, also while one is down', async () => {
    const { get, ports } = await bench((app, parts) => {
      const breakers = () => [['prod', 'open'] as const, ['stage', 'half-open'] as const, ['test', 'closed'] as const]
      const options = { metrics: createMetrics(), ports: parts.ports, ledgers: ['gateway', 'prod'], breakers }
      app.get('/metrics', metricsRoute({ ...options, exporting: true }))
    })
    expect((await get('/metrics')).status).toBe(401)
    expect((await get('/metrics', AGENT_KEY)).status).toBe(403)
    const tree = ports.checkpoints('gateway')
    await tree.mark({ exported: 2, fault: { reason: 'flip', seq: 1, since: 0 } })
    const grown = { size: 5, hash: '', time: '' }
    await tree.grow({ from: 0, grown, tiles: [], checkpoint: { size: 5, time: 0, note: '' } })
    ports.ledgers.breakWhen((_, ledger) => ledger === 'prod')
    const response = await get('/metrics', OPERATOR_KEY)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('bulkhead_ledger_up{ledger="gateway"} 1\nbulkhead_ledger_up{ledger="prod"} 0\n')
    expect(text).toMatch(/bulkhead_ledger_used_bytes\{ledger="gateway"\} [0-9]+\n/)
    expect(text).toMatch(/bulkhead_ledger_available_bytes\{ledger="gateway"\} [1-9][0-9]+\n/)
    expect(text.match(/^bulkhead_ledger_(broken|unsigned_records|unexported_records)\{.*$/gm)).toEqual([
      'bulkhead_ledger_broken{ledger="gateway"} 1',
      expect.stringMatching(/^bulkhead_ledger_unsigned_records\{ledger="gateway"\} -?[0-9]+$/),
      'bulkhead_ledger_unexported_records{ledger="gateway"} 3',
    ])
    expect(text).not.toMatch(/bulkhead_ledger_records\{ledger="prod"\}/)
    expect(text.match(/^bulkhead_cluster_breaker.*$/gm)).toEqual([
      'bulkhead_cluster_breaker{cluster="prod"} 2',
      'bulkhead_cluster_breaker{cluster="stage"} 1',
      'bulkhead_cluster_breaker{cluster="test"} 0',
    ])
  })
})
