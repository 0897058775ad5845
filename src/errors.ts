/**
 * The closed list of error codes and what each means on the wire. A code is stable: programs branch on it. A sentence
 * may change, never contains cluster text or a secret, and says what to do.
 */

interface CodeFace {
  /** HTTP status where the error ends a request by itself. */
  readonly status: number
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean
}

const face = (status: number, retryable = false): CodeFace => ({ status, retryable })

/** Every code there is. Adding one is a visible change to clients: it belongs in the changelog. */
export const CODES = {
  // The request
  unauthenticated: face(401),
  insufficient_scope: face(403),
  wrong_audience: face(403),
  origin_refused: face(403),
  host_refused: face(421),
  no_route: face(404),
  method_not_allowed: face(405),
  body_too_large: face(413),
  unsupported_media_type: face(415),
  malformed_request: face(400),
  too_many_requests: face(429, true),
  // The call
  unknown_tool: face(404),
  invalid_arguments: face(400),
  unknown_cluster: face(404),
  unknown_kind: face(404),
  ambiguous_kind: face(400),
  cursor_invalid: face(400),
  cursor_expired: face(410),
  // The guard
  policy_denied: face(403),
  rail_refused: face(403),
  rate_limited: face(429, true),
  budget_exhausted: face(429, true),
  ledger_unavailable: face(503, true),
  secret_unavailable: face(503, true),
  credential_overpowered: face(503),
  frozen: face(403),
  // A change
  cluster_read_only: face(403),
  manifest_invalid: face(400),
  nothing_to_change: face(409),
  field_conflict: face(409),
  not_plannable: face(422),
  plan_too_large: face(413),
  too_many_plans: face(429, true),
  plan_unknown: face(404),
  plan_decided: face(409),
  plan_expired: face(410),
  plan_stale: face(409),
  plan_withdrawn: face(409),
  plan_refused: face(403),
  not_an_approver: face(403),
  outcome_unknown: face(502),
  // The console
  session_invalid: face(401),
  csrf_refused: face(403),
  // The cluster
  not_found: face(404),
  conflict: face(409, true),
  cluster_forbidden: face(403),
  cluster_unauthorized: face(502),
  cluster_rejected: face(422),
  cluster_rate_limited: face(429, true),
  disruption_budget: face(429, true),
  cluster_unreachable: face(502, true),
  cluster_timeout: face(504, true),
  cluster_error: face(502, true),
  cluster_nonsense: face(502),
  answer_too_large: face(413),
  log_unavailable: face(404, true),
  // An alert
  report_unknown: face(404),
  backlog_full: face(503, true),
  // Ourselves
  not_ready: face(503, true),
  internal: face(500),
} as const satisfies Record<string, CodeFace>

export type ErrorCode = keyof typeof CODES

/**
 * The one error that crosses rooms. `message` is written by us for the caller. What only an operator may see goes into
 * `detail`, which is logged through guard/output and never sent to a model.
 */
export class BulkheadError extends Error {
  readonly code: ErrorCode
  readonly detail: string | undefined
  /** Names of the cluster's own making that help to mend the call. They leave inside the envelope, never in a sentence. */
  readonly untrusted: string | undefined
  /** Seconds, where the other side or the budget says when to come back. */
  readonly retryAfter: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { detail?: string; untrusted?: string; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'BulkheadError'
    this.code = code
    this.detail = options.detail
    this.untrusted = options.untrusted
    this.retryAfter = options.retryAfter
  }

  get status(): number {
    return CODES[this.code].status
  }

  get retryable(): boolean {
    return CODES[this.code].retryable
  }
}

/** Anything thrown, as an error of ours: what we did not foresee becomes `internal` and keeps its words to itself. */
export const asBulkheadError = (thrown: unknown): BulkheadError =>
  thrown instanceof BulkheadError
    ? thrown
    : new BulkheadError('internal', 'Something failed inside Bulkhead. The operator finds the reason in the log.', {
        detail: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown),
        cause: thrown,
      })
