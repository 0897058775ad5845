/** The guard as the console sees it, in memory: plans of every sort, and a note of every act. */
import type { Caller } from '../../src/access.ts'
import { callerKey } from '../../src/access.ts'
import { BulkheadError } from '../../src/errors.ts'
import type { Confirmation, Desk, DeskPlan, DeskSwitch, Unread } from '../../src/guard/desk.ts'
import type { JobStatus } from '../../src/jobs.ts'
import type { PlanSummary, PlanView } from '../../src/plan.ts'
import { GATEWAY_LEDGER, type Millis, type Ports, type RecordedCaller } from '../../src/ports.ts'
import type { PastAlert } from '../../src/watch.ts'

export const AGENT: RecordedCaller = {
  kind: 'agent',
  issuer: 'bulkhead',
  client: 'ci-agent',
  subject: 'ci-agent',
  owner: 'owner@example.com',
}

const MINUTE = 60_000

export type PlanChanges = Partial<Omit<DeskPlan, 'view' | 'row'>> & {
  readonly view?: Partial<PlanView>
  readonly row?: Partial<PlanSummary>
}

const DIFF = `--- live/apps/v1/Deployment/shop/web
+++ planned/apps/v1/Deployment/shop/web
@@ -6,7 +6,7 @@
   namespace: shop
 spec:
   progressDeadlineSeconds: 600
-  replicas: 3
+  replicas: 5
   revisionHistoryLimit: 10
   selector:
     matchLabels:`

/** Scaling the shop's Deployment from three to five, as far as `changes` say nothing else. */
export const planOf = (id: string, now: number, changes: PlanChanges = {}): DeskPlan => {
  const { view: viewChanges, row: rowChanges, ...rest } = changes
  const expires = rowChanges?.expires ?? now + 7 * MINUTE
  const view: PlanView = {
    planId: id,
    state: 'pending',
    decision: 'approve',
    rule: 'change',
    operations: [
      {
        verb: 'patch',
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: 'shop',
        name: 'web',
        subresource: 'scale',
        state: 'waiting',
      },
    ],
    diff: DIFF,
    diffCut: false,
    blastRadius: {
      pods: 2,
      namespaceFraction: 0.18,
      workloads: [{ kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 3, after: 5, last: false }],
      disruptionBudgets: [],
      dependents: {},
      services: [],
      notLookedAt: [],
    },
    warnings: [],
    podSecurity: [],
    managedBy: [],
    tainted: false,
    expiresAt: new Date(expires).toISOString(),
    approveUrl: `https://bulkhead.example.com/console/plans/${id}`,
    reason: 'The queue of the shop grows since 14:00, and each pod is at its CPU limit.',
    ...viewChanges,
  }
  return {
    cluster: 'prod',
    subject: { kind: 'Deployment', name: 'web', namespace: 'shop' },
    typeName: false,
    approvers: [['sre']],
    mayApprove: { ok: true, breakGlass: false },
    ...rest,
    view,
    row: {
      id,
      owner: callerKey(AGENT),
      caller: AGENT,
      tool: 'resources_scale',
      state: view.state,
      decision: view.decision,
      digest: '0'.repeat(64),
      created: now - 3 * MINUTE,
      expires,
      steps: view.operations.map(({ state }) => ({ state })),
      ...rowChanges,
    },
  }
}

export interface FakeDesk extends Desk {
  readonly all: Map<string, DeskPlan>
  /** `approve ID`, `refuse ID REASON`, `switch …`: in order. */
  readonly acts: string[]
  /** Ledgers that do not answer. */
  readonly deaf: Set<string>
  frozen: Millis
  waiting: readonly (JobStatus & { readonly target: string })[]
  /** What watch rules saw of the one caller that there is. */
  alerts: readonly PastAlert[]
}

/** What the ledgers are called where there is one cluster. */
const LEDGERS = [GATEWAY_LEDGER, 'prod']

export const createFakeDesk = (clock: Ports['clock'], plans: readonly DeskPlan[]): FakeDesk => {
  const all = new Map(plans.map((it) => [it.view.planId, it]))
  const acts: string[] = []
  const switches = new Map<string, DeskSwitch>()
  const deaf = new Set<string>()
  const unread = (): readonly Unread[] => [...deaf].map((ledger) => ({ ledger, code: 'ledger_unavailable' }))
  const find = (id: string): DeskPlan => {
    const plan = all.get(id)
    if (plan === undefined) throw new BulkheadError('plan_unknown', 'There is no such plan.')
    return plan
  }

  const decide = (id: string, operator: Caller, verdict: 'approved' | 'refused', reason: string) => {
    const plan = find(id)
    if (plan.view.state !== 'pending')
      throw new BulkheadError('plan_decided', 'This plan is decided already. Look at what stands now.')
    if (plan.row.expires <= clock.now())
      throw new BulkheadError('plan_expired', 'This plan has expired. The agent may ask again.')
    const state = verdict === 'approved' ? 'applying' : 'refused'
    const decided = {
      verdict,
      by: { kind: 'operator', issuer: operator.issuer, client: operator.client, subject: operator.subject },
      at: clock.now(),
      ...(reason === '' ? {} : { reason }),
      ...(plan.mayApprove.breakGlass && verdict === 'approved' ? { breakGlass: true } : {}),
    } as const
    all.set(id, { ...plan, view: { ...plan.view, state }, row: { ...plan.row, state, decided } })
  }

  return {
    all,
    acts,
    deaf,
    frozen: 0,
    waiting: [],
    alerts: [
      { rule: 'firstSeenAfter', what: 'get secrets in shop', acted: 'recorded', at: clock.now() - 11 * MINUTE },
      {
        rule: 'denialsPerMinute',
        what: '20 calls refused by policy or rails',
        acted: 'raised',
        at: clock.now() - 10 * MINUTE,
      },
    ],
    clusters: LEDGERS.slice(1),
    ledgers: LEDGERS,
    async plans(states) {
      const rows = [...all.values()].map((it) => it.row).filter((it) => states?.includes(it.state) !== false)
      return { plans: rows.sort((one, other) => other.created - one.created), unread: unread() }
    },
    async plan(id) {
      return find(id)
    },
    async approve(id, operator, { name, reason }) {
      const plan = find(id)
      if (plan.typeName && name !== plan.subject.name)
        throw new BulkheadError(
          'invalid_arguments',
          'Type the name exactly as it stands there: this deletes or evicts.',
        )
      if (!plan.mayApprove.ok) throw new BulkheadError('not_an_approver', plan.mayApprove.why ?? '')
      decide(id, operator, 'approved', reason)
      acts.push(`approve ${id}`)
    },
    async refuse(id, operator, reason) {
      decide(id, operator, 'refused', reason)
      acts.push(`refuse ${id} ${reason}`)
    },
    async callers() {
      const caller = {
        owner: callerKey(AGENT),
        cluster: 'prod',
        readAt: clock.now() - 2 * MINUTE,
        approvedAt: clock.now() - 90 * MINUTE,
        raisedUntil: clock.now() + 50 * MINUTE,
        alerts: this.alerts,
        buckets: [
          { name: 'calls', level: 104, capacity: 120 },
          { name: 'bytes', level: 3_120_400, capacity: 4_000_000 },
          { name: 'changes', level: 3, capacity: 20 },
        ],
      }
      return { items: [caller], unread: unread() }
    },
    async switches() {
      return { items: [...switches.values()], unread: unread() }
    },
    async setSwitch(scope, cluster, on, operator, reason) {
      acts.push(`switch ${JSON.stringify({ ...scope, cluster })} ${on} ${reason}`)
      return (cluster === undefined ? LEDGERS : [cluster]).map((ledger): Confirmation => {
        if (deaf.has(ledger)) return { ledger, code: 'ledger_unavailable' }
        const at = clock.now()
        const row = { scope, on, at, frozenAt: on ? at : 0, by: operator.subject, reason, ledger }
        switches.set(JSON.stringify([ledger, scope]), row)
        return { ledger }
      })
    },
    async frozenAt() {
      return this.frozen
    },
    async deliveries() {
      return { items: this.waiting, unread: [] }
    },
  }
}
