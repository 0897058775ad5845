/** The guard as the console sees it, in memory: plans of every sort, and a note of every act. */
import type { Caller } from '../../src/access.ts'
import { callerKey } from '../../src/access.ts'
import { BulkheadError } from '../../src/errors.ts'
import type { Desk, DeskHealth, DeskPlan, DeskStanding, DeskSwitch, DeskTurned } from '../../src/guard/desk.ts'
import type { PlanView } from '../../src/plan.ts'
import { GATEWAY_LEDGER, type LedgerRecord, type Ports, type RecordedCaller } from '../../src/ports.ts'

export const AGENT: RecordedCaller = {
  kind: 'agent',
  issuer: 'bulkhead',
  client: 'ci-agent',
  subject: 'ci-agent',
  owner: 'owner@example.com',
}

const MINUTE = 60_000

export type PlanChanges = Partial<Omit<DeskPlan, 'view'>> & { readonly view?: Partial<PlanView> }

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
  const { view, ...rest } = changes
  return {
    cluster: 'prod',
    caller: AGENT,
    tool: 'resources_scale',
    subject: { kind: 'Deployment', name: 'web', namespace: 'shop' },
    typeName: false,
    approvers: ['sre'],
    mayApprove: { ok: true, breakGlass: false },
    created: now - 3 * MINUTE,
    expires: now + 7 * MINUTE,
    notes: [],
    ...rest,
    view: {
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
      expiresAt: new Date(now + 7 * MINUTE).toISOString(),
      approveUrl: `https://bulkhead.example.com/console/plans/${id}`,
      reason: 'The queue of the shop grows since 14:00, and each pod is at its CPU limit.',
      ...view,
    },
  }
}

export interface FakeDesk extends Desk {
  readonly all: Map<string, DeskPlan>
  /** `approve ID`, `refuse ID REASON`, `switch …`: in order. */
  readonly acts: string[]
  /** Ledgers that do not confirm a switch. */
  readonly deaf: Set<string>
  standingOf: DeskStanding
  healthOf: DeskHealth[]
  records: LedgerRecord[]
}

export const createFakeDesk = (
  clock: Ports['clock'],
  plans: readonly DeskPlan[],
  ledgers: readonly string[],
): FakeDesk => {
  const all = new Map(plans.map((it) => [it.view.planId, it]))
  const acts: string[] = []
  const switches = new Map<string, DeskSwitch>()
  const deaf = new Set<string>()

  const decide = (id: string, operator: Caller, verdict: 'approved' | 'refused', reason: string | undefined) => {
    const plan = all.get(id)
    if (plan === undefined) throw new BulkheadError('plan_unknown', 'There is no such plan.')
    if (plan.view.state !== 'pending')
      throw new BulkheadError('plan_decided', 'This plan is decided already. Look at what stands now.')
    if (plan.expires <= clock.now())
      throw new BulkheadError('plan_expired', 'This plan has expired. The agent may ask again.')
    const breakGlass = plan.mayApprove.ok && plan.mayApprove.breakGlass && verdict === 'approved'
    all.set(id, {
      ...plan,
      view: { ...plan.view, state: verdict === 'approved' ? 'applying' : 'refused' },
      verdict: {
        verdict,
        by: { kind: 'operator', issuer: operator.issuer, client: operator.client, subject: operator.subject },
        at: clock.now(),
        ...(reason === undefined ? {} : { reason }),
        ...(breakGlass ? { breakGlass } : {}),
      },
    })
  }

  const desk: FakeDesk = {
    all,
    acts,
    deaf,
    standingOf: { frozen: false, frozenAt: 0 },
    healthOf: [],
    records: [],
    async plans({ states, cluster }) {
      const rows = [...all.values()]
        .filter((it) => states?.includes(it.view.state) !== false && (cluster === undefined || it.cluster === cluster))
        .map((it) => ({
          id: it.view.planId,
          caller: it.caller,
          tool: it.tool,
          state: it.view.state,
          decision: it.view.decision,
          created: it.created,
          expires: it.expires,
          cluster: it.cluster,
          subject: it.subject,
          operations: it.view.operations.length,
        }))
      return { plans: rows.sort((one, other) => other.created - one.created), unreadable: [...deaf] }
    },
    async plan(id) {
      const plan = all.get(id)
      if (plan === undefined) throw new BulkheadError('plan_unknown', 'There is no such plan.')
      return plan
    },
    async approve(id, operator, { name, reason }) {
      const plan = all.get(id)
      if (plan?.typeName === true && name !== plan.subject.name)
        throw new BulkheadError(
          'invalid_arguments',
          'The name that was typed is not the name of the object. Type it again.',
        )
      if (plan !== undefined && !plan.mayApprove.ok) throw new BulkheadError('not_an_approver', plan.mayApprove.why)
      decide(id, operator, 'approved', reason)
      acts.push(`approve ${id}`)
    },
    async refuse(id, operator, reason) {
      decide(id, operator, 'refused', reason)
      acts.push(`refuse ${id} ${reason}`)
    },
    async callers() {
      const owner = callerKey({ issuer: 'bulkhead', client: 'ci-agent', subject: 'ci-agent' })
      return [
        {
          owner,
          cluster: 'prod',
          frozen: [...switches.values()].some((it) => it.on && it.scope.kind === 'caller' && it.scope.owner === owner),
          readAt: clock.now() - 2 * MINUTE,
          approvedAt: clock.now() - 90 * MINUTE,
          raisedUntil: 0,
          buckets: [
            { name: 'calls', level: 104, capacity: 120 },
            { name: 'bytes', level: 3_120_400, capacity: 4_000_000 },
            { name: 'changes', level: 3, capacity: 20 },
          ],
        },
      ]
    },
    async switches() {
      return [...switches.values()]
    },
    async setSwitch({ cluster, ...scope }, on, operator, reason) {
      acts.push(`switch ${JSON.stringify({ ...scope, cluster })} ${on} ${reason}`)
      const targets = cluster === undefined ? ledgers : [cluster]
      return targets.map((ledger): DeskTurned => {
        if (deaf.has(ledger)) return { ledger, confirmed: false, code: 'ledger_unavailable' }
        const at = clock.now()
        const key = JSON.stringify([ledger, scope])
        switches.set(key, { scope, on, at, frozenAt: on ? at : 0, by: operator.subject, reason, ledger })
        return { ledger, confirmed: true }
      })
    },
    async ledger(_, { before, kind, limit }) {
      const found = desk.records
        .filter((it) => (before === undefined || it.seq < before) && (kind === undefined || it.kind === kind))
        .sort((one, other) => other.seq - one.seq)
      const records = found.slice(0, limit)
      const last = records.at(-1)
      return { records, ...(found.length > limit && last !== undefined ? { older: last.seq } : {}) }
    },
    async verify() {
      return {
        whole: true,
        records: desk.records.length,
        head: desk.records.at(-1)?.hash ?? '0'.repeat(64),
        complete: true,
      }
    },
    async health() {
      return desk.healthOf
    },
    async standing() {
      return desk.standingOf
    },
  }
  return desk
}

/** What the ledgers are called where there is one cluster. */
export const LEDGERS = [GATEWAY_LEDGER, 'prod'] as const
