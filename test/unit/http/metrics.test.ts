import { describe, expect, test } from 'vitest'
import { createMetrics, metricsRoute } from '../../../src/http/metrics.ts'
import { AGENT_KEY, bench, OPERATOR_KEY } from './setup.ts'

describe('metrics', () => {
  test('count calls, errors and refusals, in Prometheus’ format and a fixed order', () => {
    const metrics = createMetrics()
    metrics.called('pods_list', 'ok', 1500)
    metrics.called('pods_list', 'ok', 500)
    metrics.called('pods_get', 'policy_denied', 0)
    metrics.failed('body_too_large')
    metrics.refused('bad_signature')
    expect(metrics.render()).toBe(
      [
        '# HELP bulkhead_calls_total Tool calls answered, by tool and outcome (ok or an error code).',
        '# TYPE bulkhead_calls_total counter',
        'bulkhead_calls_total{tool="pods_get",outcome="policy_denied"} 1',
        'bulkhead_calls_total{tool="pods_list",outcome="ok"} 2',
        '# HELP bulkhead_call_seconds_total Time spent on tool calls, by tool.',
        '# TYPE bulkhead_call_seconds_total counter',
        'bulkhead_call_seconds_total{tool="pods_get"} 0',
        'bulkhead_call_seconds_total{tool="pods_list"} 2',
        '# HELP bulkhead_request_errors_total Requests that ended with an error before MCP, by code.',
        '# TYPE bulkhead_request_errors_total counter',
        'bulkhead_request_errors_total{code="body_too_large"} 1',
        '# HELP bulkhead_authentication_failures_total Requests that were not let in, by reason.',
        '# TYPE bulkhead_authentication_failures_total counter',
        'bulkhead_authentication_failures_total{reason="bad_signature"} 1',
        '',
      ].join('\n'),
    )
  })

  test('L5-4 a label is one line, and no flood of labels makes them grow without end', () => {
    const metrics = createMetrics()
    metrics.called('a"b\\c\nd', 'ok', 0)
    expect(metrics.render()).toContain('bulkhead_calls_total{tool="a\\"b\\\\c\\nd",outcome="ok"} 1')
    for (let at = 0; at < 10_000; at += 1) metrics.called(`made-up-${at}`, 'ok', 0)
    metrics.called('a"b\\c\nd', 'ok', 0)
    expect(metrics.render().split('\n').length).toBeLessThan(2_020)
    expect(metrics.render()).toContain('bulkhead_calls_total{tool="a\\"b\\\\c\\nd",outcome="ok"} 2')
  })

  test('are for operators, with the room of every ledger, also while one is down', async () => {
    const { get, ports } = await bench((app, parts) => {
      app.get('/metrics', metricsRoute({ metrics: createMetrics(), ports: parts.ports, ledgers: ['gateway', 'prod'] }))
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
  })
})
