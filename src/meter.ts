/**
 * What is counted, by name, with its labels: the one list that /metrics and docs/telemetry.md are made from. Labels are
 * closed sets: names of the configuration, tools, codes and words of ours; never anything that a caller or a cluster could
 * choose.
 */

interface CounterFace {
  readonly help: string
  readonly labels: readonly string[]
}

const counter = <const L extends readonly string[]>(help: string, ...labels: L) => ({ help, labels })

export const COUNTERS = {
  bulkhead_calls_total: counter('Tool calls answered, by tool and outcome (ok or an error code).', 'tool', 'outcome'),
  bulkhead_refusals_total: counter(
    'Tool calls refused, by what refused: policy, rail, budget, freeze, credential or ledger.',
    'by',
  ),
  bulkhead_budget_refusals_total: counter(
    'Tool calls refused because the caller had used up a budget, by budget.',
    'budget',
  ),
  bulkhead_answer_bytes_total: counter('Bytes of answers, by tool.', 'tool'),
  bulkhead_redactions_total: counter('Values masked in answers, by tool.', 'tool'),
  bulkhead_hidden_characters_total: counter('Hidden characters taken out of answers, by tool.', 'tool'),
  bulkhead_suspicious_passages_total: counter(
    'Passages in answers that read like instructions to a model, by tool.',
    'tool',
  ),
  bulkhead_request_errors_total: counter('Requests that ended with an error before MCP, by code.', 'code'),
  bulkhead_authentication_failures_total: counter('Requests that were not let in, by reason.', 'reason'),
  bulkhead_watch_alerts_total: counter(
    'Watch rules that fired, by rule and by what was done about it.',
    'rule',
    'acted',
  ),
  bulkhead_plans_total: counter(
    'Changes that became a plan, by cluster and by what policy decided: allow, confirm or approve.',
    ...['cluster', 'decision'],
  ),
  bulkhead_plan_decisions_total: counter('Plans that a person decided, by cluster and verdict.', 'cluster', 'verdict'),
  bulkhead_plans_ended_total: counter(
    'Plans that came to an end after a decision, by cluster and state.',
    'cluster',
    'state',
  ),
  bulkhead_operations_total: counter(
    'Operations of plans, by cluster and outcome: done, failed or unknown.',
    'cluster',
    'outcome',
  ),
  bulkhead_apiserver_requests_total: counter(
    'Requests to API servers, by cluster, method and outcome: a status, a class of them, or the code of what went wrong.',
    ...['cluster', 'method', 'outcome'],
  ),
  bulkhead_hook_deliveries_total: counter('Deliveries to webhooks, by hook and outcome.', 'hook', 'outcome'),
  bulkhead_notifications_total: counter(
    'Attempts to notify, by target and outcome: delivered, failed or given_up.',
    ...['target', 'outcome'],
  ),
  bulkhead_jobs_total: counter('Runs of durable jobs, by kind and outcome: done, again or failed.', 'kind', 'outcome'),
  bulkhead_trace_spans_total: counter(
    'Spans of traces, by outcome: sent, lost (the collector did not take them) or dropped (above a bound).',
    'outcome',
  ),
} as const satisfies Readonly<Record<string, CounterFace>>

export type Counter = keyof typeof COUNTERS
export type Labels<C extends Counter> = Readonly<Record<(typeof COUNTERS)[C]['labels'][number], string>>

export interface Meter {
  count<C extends Counter>(counter: C, labels: Labels<C>, by?: number): void
}
