/**
 * What the operators' console may know and do: the guard, seen from a desk. Words only. Every text in it has been through
 * guard/output; every method may throw a BulkheadError, and what throws has done nothing. Whoever calls has checked that
 * the operator is signed in and holds the power; whether this operator may approve this plan is the desk's to say.
 */
import type { Caller } from '../access.ts'
import type { PlanState, PlanSummary, PlanVerdict, PlanView } from '../plan.ts'
import type { CallerRow, SwitchRow, SwitchScope } from '../plans.ts'
import type { LedgerEntry, LedgerRecord, Millis, RecordedCaller } from '../ports.ts'

export interface DeskPlansFilter {
  /** Absent: all of them. */
  readonly states?: readonly PlanState[]
  readonly cluster?: string
}

export interface DeskRow
  extends Pick<PlanSummary, 'id' | 'caller' | 'tool' | 'state' | 'decision' | 'created' | 'expires'> {
  readonly cluster: string
  readonly subject: DeskSubject
  readonly operations: number
}

export interface DeskPlans {
  /** Of every cluster, newest first. */
  readonly plans: readonly DeskRow[]
  /** Clusters whose plans could not be read. */
  readonly unreadable: readonly string[]
}

/** What a change is about; cluster text. */
export interface DeskSubject {
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

/** Whether this operator may approve; `why` is a sentence of ours. */
export type MayApprove =
  | { readonly ok: true; readonly breakGlass: boolean }
  | { readonly ok: false; readonly why: string }

export interface DeskPlan {
  readonly view: PlanView
  readonly cluster: string
  readonly caller: RecordedCaller
  readonly tool: string
  readonly subject: DeskSubject
  /** The subject's name must be typed to approve: deletes and drains. */
  readonly typeName: boolean
  /** Groups of the rule. */
  readonly approvers: readonly string[]
  readonly mayApprove: MayApprove
  readonly verdict?: PlanVerdict
  readonly created: Millis
  readonly expires: Millis
  /** The change's own notes, and names of the cluster's that belong to them. */
  readonly notes: readonly string[]
  readonly untrusted?: string
}

export interface DeskApproval {
  /** As typed; compared with `subject.name` where `typeName`. */
  readonly name?: string
  /** Required with break-glass. */
  readonly reason?: string
}

export interface DeskCaller extends CallerRow {
  readonly cluster: string
  readonly frozen: boolean
}

export interface DeskSwitch extends SwitchRow {
  /** Where it stands: a cluster's ledger. */
  readonly ledger: string
}

/** `cluster` is where it is turned: required for the kind `cluster`; absent otherwise: in every ledger. */
export type DeskScope = SwitchScope & { readonly cluster?: string }

export interface DeskTurned {
  readonly ledger: string
  readonly confirmed: boolean
  /** Of what did not confirm: one of errors.ts. */
  readonly code?: string
}

export interface DeskLedgerQuery {
  /** Records with a lower number only; absent: from the end. */
  readonly before?: number
  readonly kind?: LedgerEntry['kind']
  readonly limit: number
}

export interface DeskLedgerPage {
  /** Newest first. */
  readonly records: readonly LedgerRecord[]
  /** Pass as `before` for what is older; absent at the beginning. */
  readonly older?: number
}

export interface DeskVerified {
  readonly whole: boolean
  readonly records: number
  readonly head: string
  /** The first fault, in words of ours. */
  readonly fault?: string
  /** False: it was not read to its end in the time that there is, and `whole` is about what was read. */
  readonly complete: boolean
}

/** A ledger, a cluster or a target of `notify`. */
export interface DeskHealth {
  readonly name: string
  readonly ok: boolean
  readonly note?: string
}

/** A freeze of the operator as a caller. Switches on clusters and on everything leave somebody who can turn them off. */
export interface DeskStanding {
  readonly frozen: boolean
  /** When a switch on this operator was last turned on; 0: never. Sessions from before that are over. */
  readonly frozenAt: Millis
}

export interface Desk {
  plans(filter: DeskPlansFilter): Promise<DeskPlans>
  /** Throws `plan_unknown`. */
  plan(id: string, operator: Caller): Promise<DeskPlan>
  /** Throws `not_an_approver`, `plan_decided`, `plan_expired`, `plan_stale`, `frozen`, `invalid_arguments` (the typed name), … */
  approve(id: string, operator: Caller, approval: DeskApproval): Promise<void>
  refuse(id: string, operator: Caller, reason: string): Promise<void>
  /** Most active first. */
  callers(): Promise<readonly DeskCaller[]>
  switches(): Promise<readonly DeskSwitch[]>
  /** Turns it in every ledger that it concerns and says of each whether it is durable there. */
  setSwitch(scope: DeskScope, on: boolean, operator: Caller, reason: string): Promise<readonly DeskTurned[]>
  /** `GATEWAY_LEDGER` or a cluster's; throws `unknown_cluster`. */
  ledger(name: string, query: DeskLedgerQuery): Promise<DeskLedgerPage>
  verify(name: string): Promise<DeskVerified>
  health(): Promise<readonly DeskHealth[]>
  standing(operator: Caller): Promise<DeskStanding>
}
