/**
 * Every line that Bulkhead logs, by name: a closed list, so that whoever searches or alerts can rely on it. A line is one
 * JSON object; beside `event` it holds the facts named here and nothing else, none of them a value, an argument or a
 * cluster's text that has not been through guard/output. docs/telemetry.md is made from this.
 */

interface EventFace {
  readonly when: string
  readonly facts: readonly string[]
}

const event = (when: string, ...facts: string[]): EventFace => ({ when, facts })

export const EVENTS = {
  call: event(
    'A tool call was answered, well or not; `outcome` is `ok` or the error code.',
    ...['request', 'trace', 'call', 'tool', 'cluster', 'outcome', 'ms', 'bytes', 'redactions', 'hidden', 'suspicious'],
  ),
  call_failed: event(
    'A call failed for a reason that the caller is not told: `detail` is for the operator.',
    ...['request', 'trace', 'call', 'code', 'detail'],
  ),
  request_failed: event('A request ended with an error before MCP.', 'request', 'code', 'detail'),
  mcp_error: event('The MCP SDK could not make sense of a request.', 'detail'),
  authentication_failure_unrecorded: event(
    'A request was not let in, and the ledger did not take the record.',
    'request',
    'reason',
  ),
  shield_unavailable: event('The address shield did not answer, and the request was let pass.', 'request'),
  issuer_unavailable: event("An issuer's keys could not be fetched.", 'issuer'),
  credential_overpowered: event(
    "One of Bulkhead's own credentials may do more than its role needs.",
    ...['cluster', 'role', 'accepted', 'findings'],
  ),
  watch: event('A watch rule fired.', 'rule', 'acted'),
  notify_given_up: event('A notification is not tried again.', 'target', 'code'),
  background_failed: event('Work that outlives a reply failed.', 'code', 'message'),
  listening: event('The process is up (Deno).', 'hostname', 'port'),
} as const satisfies Readonly<Record<string, EventFace>>

export type EventName = keyof typeof EVENTS

export interface LogLine {
  readonly event: EventName
  readonly [fact: string]: string | number | boolean
}
