/**
 * A change becomes a plan: every operation is dry-run by the API server, rails and policy judge what it would admit, and
 * what an approver needs to know is gathered from live objects. Nothing is written to the cluster. All or nothing: one
 * operation that is refused, and there is no plan.
 */
import { type Caller, callerKey, type Verdict } from '../access.ts'
import type { Change, Operation } from '../change.ts'
import type { Config } from '../config.ts'
import { durationMs } from '../config.ts'
import { BulkheadError } from '../errors.ts'
import { each } from '../kube/each.ts'
import { quote } from '../kube/grammar.ts'
import type { Meter } from '../meter.ts'
import { MAX_OPERATIONS, type ManagedBy, type PlanDecision, type PlanRow, type PlanSummary } from '../plan.ts'
import type { Standing } from '../plans.ts'
import { type BucketSpec, GATEWAY_LEDGER, type Ports, type RecordedOperation } from '../ports.ts'
import { canonicalJson, sha256Hex } from './chain.ts'
import type { Clusters, OpenedCluster } from './clusters.ts'
import { accessOf, type Examined, examine } from './examine.ts'
import { expand } from './expand.ts'
import { gather } from './gather.ts'
import { managedBy } from './managed-by.ts'
import type { OutputSession } from './output/index.ts'
import { looksSecret } from './output/secrets.ts'
import { newPlanId, type PlanBody, type PlannedStep, type PlanSealer, type Sealable } from './plan-body.ts'
import { type Policy, strictest } from './policy.ts'
import { recordedCaller } from './record.ts'
import type { Session } from './session.ts'
import type { Watching } from './watching.ts'
import { checkSubmitted, checkWrite } from './write-rails.ts'

const HOUR_MS = 3_600_000
/** One random id in some ten thousand looks like a token and would be masked; drawn again, it does not. */
const MAX_DRAWS = 4

export interface PlanRequest {
  readonly caller: Caller
  readonly tool: string
  readonly change: Change
  readonly reason?: string
  /** SHA-256 of the canonical arguments but for `reason`, hex: the same call finds the same plan. */
  readonly argumentsDigest: string
  readonly session: Session
  readonly output: OutputSession
  /** Masks what has a secret's shape, for records. */
  clean(text: string): string
  readonly signal: AbortSignal
  readonly progress: (message: string) => void
}

export interface Planned {
  readonly row: PlanSummary
  readonly body: PlanBody
  /** An open plan for the same call was there already; this is that one. */
  readonly existing: boolean
}

export interface PlannerParts {
  readonly ports: Ports
  readonly config: Config
  readonly policy: Policy
  readonly clusters: Clusters
  readonly sealer: PlanSealer
  readonly watching: Watching
  readonly meter: Meter
}

/** What a change costs its caller, taken when the plan is consumed. */
export const changeBuckets = (config: Config): readonly BucketSpec[] => [
  {
    name: 'changes',
    capacity: config.limits.changesPerHour,
    refill: config.limits.changesPerHour / HOUR_MS,
    take: 1,
  },
]

export const isTainted = (standings: readonly Standing[]): boolean =>
  Math.max(0, ...standings.map((it) => it.readAt)) > Math.max(0, ...standings.map((it) => it.approvedAt))

/** One operation with everything that was found out about it. */
export interface Judged {
  readonly examined: Examined
  readonly verdict: Verdict
  readonly managed?: ManagedBy
}

/** The facts that a rule's `when` sees as `change`. */
export const changeFacts = (
  tool: string,
  operations: number,
  { operation }: Examined,
  managed: ManagedBy | undefined,
): Readonly<Record<string, unknown>> => ({
  tool,
  operation: operation.verb,
  operations,
  managedBy: managed?.manager ?? '',
  force: operation.verb === 'apply' && operation.force,
})

export const recordedOperation = (
  { operation, access, rule, uid, live, admitted }: PlannedStep,
  clean: (text: string) => string,
  resourceVersion?: string,
): RecordedOperation => {
  const { cluster: _, namespace, name, ...rest } = access
  return {
    ...rest,
    operation: operation.verb,
    ...(namespace === undefined ? {} : { namespace: clean(namespace) }),
    ...(name === undefined ? {} : { name: clean(name) }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(live === undefined ? {} : { live }),
    ...(admitted === undefined ? {} : { admitted }),
    rule,
  }
}

export const railRefused = (refusal: NonNullable<ReturnType<typeof checkWrite>>): BulkheadError =>
  new BulkheadError(
    'rail_refused',
    `The rail "${refusal.rail}", which no policy lifts, refuses this change: ${refusal.reason}. The field and its value stand below.`,
    { untrusted: `${refusal.field}: ${refusal.value}` },
  )

/** Whether the dry run says that anything would become different. */
const changesSomething = ({ operation, digests }: Examined): boolean =>
  operation.verb === 'delete' || operation.verb === 'evict' || digests.live !== digests.admitted

export const createPlanner = ({ ports, config, policy, clusters, sealer, watching, meter }: PlannerParts) => {
  const now = () => ports.clock.now()

  /** Whether rails and rules leave any way at all: asked before the cluster is. */
  const precheck = (request: PlanRequest, operations: readonly Operation[], opened: OpenedCluster) => {
    const { caller, change, session } = request
    const { change: writing } = opened
    for (const operation of operations) session.touch(accessOf(change.cluster, operation))
    for (const operation of operations) {
      const access = accessOf(change.cluster, operation)
      // What exists is patched, what does not is created: which of the two, only the cluster knows.
      const either = operation.verb === 'apply' ? [access, { ...access, verb: 'create' as const }] : [access]
      if (either.some((it) => policy.possible(caller, it))) continue
      const verdict = policy.decide({ caller, access, now: now() })
      session.note(access, { ...verdict, decision: 'deny' })
      throw new BulkheadError(verdict.by === 'rail' ? 'rail_refused' : 'policy_denied', verdict.reason)
    }
    if (writing === undefined)
      throw new BulkheadError(
        'cluster_read_only',
        `Cluster ${quote(change.cluster)} is read-only: no change credential is configured for it. An operator can add credentials.change with the role of deploy/rbac/change.yaml.`,
      )
    return writing
  }

  const judge = (
    request: PlanRequest,
    examined: Examined,
    count: number,
    past: { readonly tainted: boolean; readonly raised: boolean },
  ): Judged => {
    const { caller, session, tool } = request
    const managed = examined.live === undefined ? undefined : managedBy(examined.live)
    const object = examined.admitted ?? examined.live
    const verdict = policy.decide({
      caller,
      access: examined.access,
      change: changeFacts(tool, count, examined, managed),
      ...(object === undefined ? {} : { object }),
      now: now(),
      ...past,
    })
    session.note(examined.access, verdict)
    return { examined, verdict, ...(managed === undefined ? {} : { managed }) }
  }

  const expiryOf = (judged: readonly Judged[]): number => {
    const waits = judged.flatMap(({ verdict }) =>
      verdict.rule === undefined
        ? []
        : [policy.terms(verdict.rule).expiresInMs ?? durationMs(config.approvals.expiresIn)],
    )
    return Math.min(...waits, ...(waits.length === 0 ? [durationMs(config.approvals.expiresIn)] : []))
  }

  const drawId = (cluster: string): string => {
    let id = newPlanId(cluster, ports.random)
    for (let drawn = 1; drawn < MAX_DRAWS && looksSecret(id); drawn += 1) id = newPlanId(cluster, ports.random)
    return id
  }

  /** Every ledger that this caller reads through may have handed it text; any may have raised it, the gateway's too. */
  const pastOf = async (caller: Caller) => {
    const standingIn = (name: string) => ports.plans(name).standing(callerKey(caller))
    const [gateway, ...standings] = await Promise.all([
      standingIn(GATEWAY_LEDGER),
      ...policy.clustersFor(caller).map(standingIn),
    ])
    return {
      tainted: isTainted(standings),
      raised: [gateway, ...standings].some(({ raisedUntil }) => raisedUntil > now()),
    }
  }

  const refuseWhereDenied = (judged: readonly Judged[]): PlanDecision => {
    const { decision, by, reason } = strictest(judged.map(({ verdict }) => verdict))
    if (decision === 'deny') throw new BulkheadError(by === 'rail' ? 'rail_refused' : 'policy_denied', reason)
    return decision
  }

  return {
    /** Whether a watch rule holds this caller's changes back for an operator now. */
    isRaised: async (caller: Caller): Promise<boolean> => (await pastOf(caller)).raised,

    /** Throws whatever keeps the change from being planned; the ledger has the refusal by then. */
    async plan(request: PlanRequest): Promise<Planned> {
      const { caller, change, output, session, signal, tool } = request
      const { cluster } = change
      const opened = clusters(cluster, session.span)
      const concrete = change.operations.filter((it): it is Operation => !isRecipe(it))
      const writing = precheck(request, concrete, opened)
      // Nothing is asked with the change credential before the call is on record and paid for.
      await session.settle()
      await writing.vet()
      request.progress('dry run')
      const operations = await expand(change.operations, {
        writer: writing.writer,
        resolve: (kind, apiVersion) => opened.client.resolve(kind, apiVersion, signal),
        now: now(),
        signal,
      })
      if (concrete.length < operations.length) precheck(request, operations, opened)
      if (operations.length > MAX_OPERATIONS)
        throw new BulkheadError(
          'plan_too_large',
          `The change has ${operations.length} operations, and a plan holds at most ${MAX_OPERATIONS}. Make it several plans.`,
        )
      const [own, past] = await Promise.all([opened.own(signal), pastOf(caller)])
      const found = new Map<Operation, Examined>()
      await each(operations, async (operation) => {
        const before = checkSubmitted(operation, own)
        if (before !== undefined) throw railRefused(before)
        const examined = await examine(writing.writer, cluster, operation, signal, operations.length > 1)
        const { live, admitted } = examined
        const refusal = checkWrite(
          {
            operation: examined.operation,
            ...(live === undefined ? {} : { live }),
            ...(admitted === undefined ? {} : { admitted }),
          },
          own,
        )
        if (refusal !== undefined) {
          session.note(examined.access, { decision: 'deny', by: 'rail', rule: refusal.rail, reason: refusal.reason })
          throw railRefused(refusal)
        }
        found.set(operation, examined)
      })
      const examined = operations.flatMap((it) => found.get(it) ?? []).filter(changesSomething)
      if (examined.length === 0)
        throw new BulkheadError(
          'nothing_to_change',
          'The cluster is that way already: the dry run changes nothing, so there is nothing to plan.',
        )
      const judged = examined.map((it) => judge(request, it, examined.length, past))
      const decision = refuseWhereDenied(judged)
      request.progress('blast radius')
      const shown = await gather({ judged, change, client: opened.client, output, tainted: past.tainted, signal })
      const steps = judged.map(
        ({ examined: it, verdict }): PlannedStep => ({
          operation: it.operation,
          access: it.access,
          rule: verdict.rule ?? '',
          ...(it.preconditions === undefined ? {} : { uid: it.preconditions.uid }),
          ...it.digests,
        }),
      )
      const created = now()
      const facts: Sealable = {
        id: drawId(cluster),
        owner: callerKey(caller),
        tool,
        decision,
        digest: sha256Hex(
          canonicalJson([tool, request.argumentsDigest, policy.digest, steps.map((it) => it.live ?? 'none')]),
        ),
        created,
        expires: created + expiryOf(judged),
      }
      const body: PlanBody = {
        caller,
        ...(request.reason === undefined ? {} : { reason: output.text(request.reason).text }),
        subject: change.subject,
        steps,
        policy: policy.digest,
        raised: past.raised,
        approvers: judged.flatMap(({ verdict }) => {
          const groups = verdict.rule === undefined ? undefined : policy.terms(verdict.rule).approvers
          return groups === undefined ? [] : [groups]
        }),
        shown,
      }
      const row: PlanRow = {
        ...facts,
        caller: recordedCaller(caller),
        state: decision === 'allow' ? 'approved' : 'pending',
        sealed: await sealer.seal(body, facts),
        steps: steps.map(() => ({ state: 'waiting' })),
        ...(decision === 'allow' ? { decided: { verdict: 'approved', by: 'policy', at: created } } : {}),
      }
      return keep(request, row, body)
    },
  }

  async function keep(request: PlanRequest, row: PlanRow, body: PlanBody): Promise<Planned> {
    const answer = await ports.plans(request.change.cluster).propose({
      now: now(),
      row,
      cap: config.limits.pendingPlans,
      watch: watching.sighting(row.caller, {}),
      entry: {
        kind: 'plan',
        plan: row.id,
        caller: row.caller,
        tool: row.tool,
        decision: row.decision,
        digest: row.digest,
        policy: body.policy,
        expires: row.expires,
        tainted: body.shown.tainted,
        operations: body.steps.map((it) => recordedOperation(it, request.clean)),
      },
    })
    watching.react(row.caller, answer.alerts)
    if (!answer.proposed) {
      throw answer.why === 'frozen'
        ? new BulkheadError(
            'frozen',
            'Changes are frozen by an operator or a watch rule. Ask an operator; nothing was planned.',
          )
        : new BulkheadError(
            'too_many_plans',
            `This caller has ${config.limits.pendingPlans} plans waiting for this cluster already. Withdraw one with plans_withdraw, or wait for a decision.`,
          )
    }
    if (!answer.existing) {
      const { cluster } = request.change
      meter.count('bulkhead_plans_total', { cluster, decision: answer.plan.decision })
      return { row: answer.plan, body, existing: false }
    }
    const found = await ports.plans(request.change.cluster).get(answer.plan.id)
    if (found === undefined) throw new BulkheadError('plan_unknown', 'The plan is gone. Ask for the change again.')
    return { row: found, body: await sealer.open(found), existing: true }
  }
}

const RECIPES: ReadonlySet<string> = new Set(['undo', 'run', 'rollback'])
const isRecipe = ({ verb }: { readonly verb: string }): boolean => RECIPES.has(verb)

export type Planner = ReturnType<typeof createPlanner>
