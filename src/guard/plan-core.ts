/**
 * Every decision about plans and freeze switches, pure, over a small synchronous store, like ledger-core beside it:
 * memory, the Durable Object (inside one SQL transaction) and Deno KV (inside one atomic commit) run this same code. It
 * decides first and writes last, so that whatever is refused or throws has written nothing. A row and its record change
 * together.
 */
import { isOpen, type PlanRow, type PlanSummary, type Step } from '../plan.ts'
import type {
  CloseRequest,
  Decided,
  DecideRequest,
  Intended,
  IntentRequest,
  OutcomeRequest,
  Proposed,
  ProposeRequest,
  SetSwitchRequest,
  SwitchRow,
} from '../plans.ts'
import type { Millis } from '../ports.ts'
import { frozenBy, type LedgerStore, NO_PAST, ownerKey, record, switchKey, takeAll, watch } from './ledger-core.ts'

export interface PlanStore extends LedgerStore {
  plan(id: string): PlanSummary | undefined
  /** `sealed`: with a new plan only. */
  putPlan(plan: PlanSummary, sealed?: string): void
  /** The plans of an owner whose state is open, expired ones included. */
  openPlans(owner: string): readonly PlanSummary[]
}

/** Decided or not, nobody carries out a plan that is this late. */
const hasExpired = (plan: PlanSummary, now: Millis): boolean => plan.state !== 'applying' && plan.expires <= now

/** As it reads: what waited too long is expired, whether or not anybody has written that down. */
export const asOf = <P extends PlanSummary>(plan: P, now: Millis): P =>
  isOpen(plan.state) && hasExpired(plan, now) ? { ...plan, state: 'expired', ended: plan.expires } : plan

export const withoutSealed = ({ sealed: _, ...summary }: PlanRow): PlanSummary => summary

export const propose = (store: PlanStore, ledger: string, request: ProposeRequest): Proposed => {
  const { now, row } = request
  if (frozenBy(store, row.owner) !== undefined) return { proposed: false, why: 'frozen' }
  const watching = watch(store, ledger, now, request.watch, { plan: row.digest })
  const answer = proposeUnwatched(store, ledger, request)
  watching.put()
  return watching.tell(answer)
}

const proposeUnwatched = (store: PlanStore, ledger: string, { now, row, cap, entry }: ProposeRequest): Proposed => {
  const open = store.openPlans(row.owner).filter((it) => isOpen(asOf(it, now).state))
  const same = open.find((it) => it.digest === row.digest)
  if (same !== undefined) return { proposed: true, plan: same, existing: true }
  if (open.length >= cap) return { proposed: false, why: 'full' }
  const plan = withoutSealed(row)
  record(store, ledger, now, entry)
  store.putPlan(plan, row.sealed)
  return { proposed: true, plan, existing: false }
}

export const decide = (store: PlanStore, ledger: string, request: DecideRequest): Decided => {
  const { now, id, verdict } = request
  const found = store.plan(id)
  if (found === undefined) return { decided: false }
  const plan = asOf(found, now)
  if (plan.state !== 'pending') return { decided: false, plan }
  const isRefusal = verdict.verdict === 'refused' || verdict.verdict === 'withdrawn'
  const state = isRefusal ? 'refused' : verdict.verdict === 'confirmed' ? 'confirmed' : 'approved'
  const code = verdict.verdict === 'withdrawn' ? { code: 'plan_withdrawn' } : {}
  const after: PlanSummary = { ...plan, state, decided: verdict, ...code, ...(isRefusal ? { ended: now } : {}) }
  record(store, ledger, now, request.entry)
  store.putPlan(after)
  if (state === 'approved') {
    const owner = ownerKey(plan.owner)
    const past = store.caller(owner) ?? NO_PAST
    store.putCaller(owner, { ...past, approvedAt: Math.max(now, past.readAt) })
  }
  return { decided: true, plan: after }
}

const withStep = (plan: PlanSummary, index: number, step: Step): PlanSummary => ({
  ...plan,
  steps: plan.steps.map((it, at) => (at === index ? step : it)),
})

const intendStep = (store: PlanStore, ledger: string, plan: PlanSummary, request: IntentRequest): Intended => {
  const { now, step, expected } = request
  const intended: Step = { state: 'intended', at: now, ...(expected === undefined ? {} : { expected }) }
  const after: PlanSummary = { ...withStep(plan, step, intended), state: 'applying' }
  record(store, ledger, now, request.entry)
  store.putPlan(after)
  return { intended: true, plan: after }
}

export const consume = (store: PlanStore, ledger: string, request: IntentRequest): Intended => {
  const { now, id, step, buckets = [] } = request
  const plan = store.plan(id)
  if (plan === undefined || (plan.state !== 'approved' && plan.state !== 'confirmed') || step !== 0)
    return { intended: false, why: 'state' }
  if (hasExpired(plan, now)) return { intended: false, why: 'expired' }
  if (frozenBy(store, plan.owner) !== undefined) return { intended: false, why: 'frozen' }
  const taken = takeAll(store, plan.owner, buckets, now)
  const watching = watch(store, ledger, now, request.watch, taken)
  if (!taken.ok) {
    watching.put()
    return watching.tell({ intended: false, why: 'budget', retryAfterMs: taken.retryAfterMs })
  }
  const answer = intendStep(store, ledger, plan, request)
  taken.put()
  watching.put()
  return watching.tell(answer)
}

export const intend = (store: PlanStore, ledger: string, request: IntentRequest): Intended => {
  const plan = store.plan(request.id)
  if (plan?.state !== 'applying' || plan.steps[request.step]?.state !== 'waiting')
    return { intended: false, why: 'state' }
  if (frozenBy(store, plan.owner) !== undefined) return { intended: false, why: 'frozen' }
  return intendStep(store, ledger, plan, request)
}

export const outcome = (store: PlanStore, ledger: string, request: OutcomeRequest): PlanSummary | undefined => {
  const { now, id, step, result, state, code } = request
  const plan = store.plan(id)
  const before = plan?.steps[step]
  if (plan === undefined || before?.state !== 'intended') return plan
  const after: PlanSummary = {
    ...withStep(plan, step, { ...before, ...result }),
    ...(state === undefined ? {} : { state, ...(isOpen(state) ? {} : { ended: now }) }),
    ...(code === undefined ? {} : { code }),
  }
  record(store, ledger, now, request.entry)
  store.putPlan(after)
  return after
}

export const close = (store: PlanStore, ledger: string, request: CloseRequest): PlanSummary | undefined => {
  const { now, id, from, state, code } = request
  const plan = store.plan(id)
  if (plan === undefined || !from.includes(plan.state) || plan.steps.some((it) => it.state === 'intended'))
    return undefined
  const after: PlanSummary = { ...plan, state, ended: now, ...(code === undefined ? {} : { code }) }
  record(store, ledger, now, request.entry)
  store.putPlan(after)
  return after
}

export const setSwitch = (store: PlanStore, ledger: string, request: SetSwitchRequest): SwitchRow => {
  const { now, row, unlessSince } = request
  const key = switchKey(row.scope)
  const before = store.freezeSwitch(key)
  if (before !== undefined && unlessSince !== undefined && before.at >= unlessSince) return before
  const after: SwitchRow = { ...row, at: now, frozenAt: row.on ? now : (before?.frozenAt ?? 0) }
  record(store, ledger, now, request.entry)
  store.putSwitch(key, after)
  return after
}

/** What changes plans or switches, as it travels to whoever holds the store. */
export type PlanRequest =
  | ({ readonly do: 'propose' } & ProposeRequest)
  | ({ readonly do: 'decide' } & DecideRequest)
  | ({ readonly do: 'consume' | 'intend' } & IntentRequest)
  | ({ readonly do: 'outcome' } & OutcomeRequest)
  | ({ readonly do: 'close' } & CloseRequest)
  | ({ readonly do: 'setSwitch' } & SetSwitchRequest)

export type PlanAnswer = Proposed | Decided | Intended | PlanSummary | SwitchRow | undefined

/** Carries one request out. */
export const change = (store: PlanStore, ledger: string, request: PlanRequest): PlanAnswer => {
  switch (request.do) {
    case 'propose':
      return propose(store, ledger, request)
    case 'decide':
      return decide(store, ledger, request)
    case 'consume':
      return consume(store, ledger, request)
    case 'intend':
      return intend(store, ledger, request)
    case 'outcome':
      return outcome(store, ledger, request)
    case 'close':
      return close(store, ledger, request)
    case 'setSwitch':
      return setSwitch(store, ledger, request)
  }
}
