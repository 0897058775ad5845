/**
 * The `Plans` port: what is durable of plans, freeze switches and what a caller has done. One a cluster, the same object
 * as the cluster's ledger, so that a step and its record are one transaction. Every method throws `ledger_unavailable`
 * when its effect is not known to be durable; the caller then does nothing. Nothing here reads the clock: `now` is given.
 */
import type { PlanRow, PlanState, PlanSummary, PlanVerdict, Step } from './plan.ts'
import type { BucketSpec, LedgerEntry, Millis, Watchful } from './ports.ts'
import type { PastAlert, Sighting } from './watch.ts'

/** What a freeze switch stops: everything, this cluster, or one caller (`callerKey`). */
export type SwitchScope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'cluster' }
  | { readonly kind: 'caller'; readonly owner: string }

export interface SwitchRow {
  readonly scope: SwitchScope
  readonly on: boolean
  /** When it was last turned, and the last time that it was turned on: sessions from before that are over. */
  readonly at: Millis
  readonly frozenAt: Millis
  /** An operator's name, or the watch rule's. */
  readonly by: string
  readonly reason: string
}

export interface SetSwitchRequest {
  readonly now: Millis
  readonly row: Omit<SwitchRow, 'at' | 'frozenAt'>
  /** Only where nobody has turned it since: what an operator did after a watch rule fired stands. */
  readonly unlessSince?: Millis
  readonly entry: LedgerEntry
}

export interface ProposeRequest {
  readonly now: Millis
  /** `pending`, or `approved` where policy allows at once. */
  readonly row: PlanRow
  /** Open plans of this caller, this one included. */
  readonly cap: number
  /** Held against the watch rules in the same transaction: how often the same plan was asked for. */
  readonly watch?: Sighting
  readonly entry: LedgerEntry
}
/**
 * `existing`: an open, unexpired plan of the same owner with the same digest; nothing was written then.
 * `full`: the caller has `cap` plans waiting.
 */
export type Proposed = Watchful &
  (
    | { readonly proposed: true; readonly plan: PlanSummary; readonly existing: boolean }
    | { readonly proposed: false; readonly why: 'full' | 'frozen' }
  )

export interface DecideRequest {
  readonly now: Millis
  readonly id: string
  readonly verdict: PlanVerdict
  readonly entry: LedgerEntry
}
/** One decision a plan: `decided` is false for whoever came second, and `plan` says what stands. */
export type Decided = { readonly decided: boolean; readonly plan: PlanSummary } | { readonly decided: false }

/** The INTENT of one operation. Of the first one it consumes the plan: once, whoever else tries. */
export interface IntentRequest {
  readonly now: Millis
  readonly id: string
  readonly step: number
  readonly expected?: Step['expected']
  /** With the first step: what a change costs its owner. */
  readonly buckets?: readonly BucketSpec[]
  /** With the first step: held against the watch rules, what of the budget is used. */
  readonly watch?: Sighting
  readonly entry: LedgerEntry
}
/**
 * `state`: the plan is not where it would have to be (consumed already, decided otherwise, expired, unknown).
 * Nothing is written where it was refused.
 */
export type Intended = Watchful &
  (
    | { readonly intended: true; readonly plan: PlanSummary }
    | { readonly intended: false; readonly why: 'frozen' | 'state' | 'expired' }
    | { readonly intended: false; readonly why: 'budget'; readonly retryAfterMs: Millis }
  )

/** The OUTCOME of one operation, and what became of the plan by it. */
export interface OutcomeRequest {
  readonly now: Millis
  readonly id: string
  readonly step: number
  readonly result: Pick<Step, 'state' | 'code'>
  /** The plan's state from now on; absent: unchanged. */
  readonly state?: PlanState
  readonly code?: string
  readonly entry: LedgerEntry
}

/** Ends an open plan that was not consumed, or one whose remaining operations will not happen. */
export interface CloseRequest {
  readonly now: Millis
  readonly id: string
  /** Only from one of these; a plan that has moved on is left alone. */
  readonly from: readonly PlanState[]
  readonly state: PlanState
  readonly code?: string
  readonly entry: LedgerEntry
}

export interface PlansQuery {
  readonly owner?: string
  readonly states?: readonly PlanState[]
  /** At most `MAX_PLANS_PAGE`; newest first. */
  readonly limit: number
  /** `created` and `id` of the last one seen. */
  readonly before?: { readonly created: Millis; readonly id: string }
}
export const MAX_PLANS_PAGE = 100

/** What of a caller's past weighs on its next plan. Times in milliseconds since the Unix epoch; 0: never. */
export interface Standing {
  /** The last answer with cluster text. */
  readonly readAt: Millis
  /** The last plan that an operator approved. */
  readonly approvedAt: Millis
  /** A watch rule lifts its decisions to `approve` until then. */
  readonly raisedUntil: Millis
}

export interface CallerRow extends Standing {
  readonly owner: string
  /** What watch rules last saw of it, oldest first. */
  readonly alerts: readonly PastAlert[]
  readonly buckets: readonly { readonly name: string; readonly level: number; readonly capacity: number }[]
}

export interface Plans {
  propose(request: ProposeRequest): Promise<Proposed>
  decide(request: DecideRequest): Promise<Decided>
  /** `IntentRequest` of step 0: state `approved` or `confirmed` becomes `applying`. */
  consume(request: IntentRequest): Promise<Intended>
  /** Of a later step, in state `applying`; also of the first one again, after a write that was refused for its precondition. */
  intend(request: IntentRequest): Promise<Intended>
  /** Only of a step that is `intended`; else nothing is written, and the plan is answered as it stands. */
  outcome(request: OutcomeRequest): Promise<PlanSummary | undefined>
  close(request: CloseRequest): Promise<PlanSummary | undefined>
  /** One that waited past its expiry reads as `expired`. */
  get(id: string): Promise<PlanRow | undefined>
  list(query: PlansQuery): Promise<readonly PlanSummary[]>
  standing(owner: string): Promise<Standing>
  /** Newest activity first, at most `MAX_PLANS_PAGE`. */
  callers(): Promise<readonly CallerRow[]>
  setSwitch(request: SetSwitchRequest): Promise<SwitchRow>
  switches(): Promise<readonly SwitchRow[]>
}

/** Ended plans are kept so long for the console and `plans_get`; what happened stays in the ledger. */
export const PLAN_KEPT_MS: Millis = 7 * 24 * 3600 * 1000
/** What is known of a caller is forgotten so long after its last call: it is a newcomer then. */
export const CALLER_KEPT_MS: Millis = 90 * 24 * 3600 * 1000
