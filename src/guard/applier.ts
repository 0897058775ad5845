/**
 * An approved plan, carried out: at most once, each write behind its INTENT and followed by its OUTCOME, in order,
 * stopping at the first failure (THREATS.md L5-1, L5-3, L6-2, L6-4). It is a job: whatever ends it, the next run goes on
 * from what the ledger says. An operation whose INTENT stands is never sent again; what became of it is read from the
 * cluster.
 */
import { type Caller, resourceName } from '../access.ts'
import type { Operation } from '../change.ts'
import type { Config } from '../config.ts'
import { asBulkheadError, BulkheadError, type ErrorCode } from '../errors.ts'
import type { JobResult } from '../jobs.ts'
import { judge as judgeWrite } from '../kube/read-back.ts'
import type { KubeWriter, Preconditions } from '../kube/writer.ts'
import { isOpen, type PlanState, type PlanSummary, type Step } from '../plan.ts'
import type { Plans } from '../plans.ts'
import type { Millis, Ports } from '../ports.ts'
import { asStep, type Span } from '../trace.ts'
import type { Clusters } from './clusters.ts'
import { type Examined, examine } from './examine.ts'
import { ownerKey } from './ledger-core.ts'
import { managedBy } from './managed-by.ts'
import type { PlanBody, PlannedStep, PlanSealer } from './plan-body.ts'
import { changeBuckets, changeFacts, recordedOperation } from './planner.ts'
import type { Policy } from './policy.ts'
import { recordedCaller } from './record.ts'
import type { Watching } from './watching.ts'
import { checkWrite } from './write-rails.ts'

/** A request that was lost may still arrive; after this it has not (kube/exchange's own deadline, and some for clocks). */
const SETTLED_AFTER_MS: Millis = 30_000
/** How long the cluster is asked what became of a write before the outcome is called unknown. */
const RECONCILE_FOR_MS: Millis = 10 * 60_000
/** How long a plan that has begun waits for a cluster that does not answer, or for a disruption budget. */
const CARRY_ON_FOR_MS: Millis = 15 * 60_000
const AGAIN_MS: Millis = 2_000
/** A budget frees when pods become ready elsewhere: seconds to minutes. */
const BUDGET_AGAIN_MS: Millis = 5_000
/**
 * A status that changes all the time can move the resourceVersion between the look and the write. That write was refused
 * and changed nothing, so the operation is looked at anew: a few times.
 */
const MAX_CONFLICTS = 5
const RANK = ['allow', 'confirm', 'approve', 'deny'] as const

/** What may be better in a moment; anything else is an answer. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'cluster_unreachable',
  'cluster_timeout',
  'cluster_error',
  'cluster_rate_limited',
  'ledger_unavailable',
  'secret_unavailable',
  'not_ready',
])
/** Somebody else has moved the plan on, or is about to: its row says where it stands, a moment later. */
const LOOK_AGAIN: JobResult = { done: false, afterMs: AGAIN_MS }

/** After one operation: the plan as it stands, the end of this run, or a pod whose disruption budget is empty. */
type AfterStep = PlanSummary | JobResult | { readonly held: PlanSummary }

export interface ApplierParts {
  readonly ports: Ports
  readonly config: Config
  readonly policy: Policy
  readonly clusters: Clusters
  readonly sealer: PlanSealer
  readonly watching: Watching
  readonly clean: (text: string) => string
  /** Told when a plan has ended. */
  readonly ended?: (row: PlanSummary, body: PlanBody) => void
  /** Told of each operation that is over. */
  readonly operated?: (cluster: string, outcome: Step['state']) => void
}

/** Passing: the next run goes on where this one was told to stop. */
const runIsOver = (): BulkheadError =>
  new BulkheadError('cluster_timeout', 'The cluster did not answer within the time of one run.')

const stale = (what: string): BulkheadError =>
  new BulkheadError('plan_stale', `${what}, so the plan is stale and nothing was written. Plan the change anew.`)

/** What is known of an agent key that was handed out: gone, or in other groups, it may not act any more. */
const stillKnown = ({ issuer, client, groups }: Caller, config: Config, now: Millis): boolean => {
  if (issuer !== 'bulkhead') return config.identity.issuers.some((it) => it.issuer === issuer)
  const key = config.identity.keys.find((it) => it.name === client)
  if (key === undefined || (key.expires !== undefined && Date.parse(`${key.expires}T00:00:00Z`) <= now)) return false
  return groups.every((group) => key.groups.includes(group))
}

/** The state of a plan whose steps have come to these ends. */
const endState = (steps: readonly Step[]): PlanState => {
  if (steps.some((it) => it.state === 'unknown')) return 'unknown'
  const done = steps.filter((it) => it.state === 'done').length
  if (done === steps.length) return 'applied'
  return done > 0 ? 'partly_applied' : 'refused'
}

const withStep = (steps: readonly Step[], index: number, state: Step['state']): readonly Step[] =>
  steps.map((it, at) => (at === index ? { ...it, state } : it))

export const createApplier = (parts: ApplierParts) => {
  const { ports, config, policy, clusters, sealer, watching, clean } = parts
  const now = () => ports.clock.now()

  /** Everything asked once more. Throws `plan_stale`, or what refuses it now. */
  const prepare = async (
    body: PlanBody,
    row: PlanSummary,
    step: PlannedStep,
    writer: KubeWriter,
    cluster: string,
    signal: AbortSignal,
  ): Promise<Examined> => {
    if (body.policy !== policy.digest) throw stale('The policy was changed')
    if (!stillKnown(body.caller, config, now()))
      throw new BulkheadError('policy_denied', 'The caller who planned this is no longer one, or is in other groups.')
    const own = await clusters(cluster).own(signal)
    const examined = await examine(writer, cluster, step.operation, signal)
    const { live, admitted, digests, preconditions, operation } = examined
    if (operation.verb !== step.operation.verb || preconditions?.uid !== step.uid)
      throw stale('The object was deleted, created or replaced since')
    // An eviction is about this very pod, whatever its labels say by now.
    if (operation.verb !== 'evict' && digests.live !== step.live) throw stale('The object was changed since')
    if (digests.admitted !== step.admitted) throw stale('The API server would make something else of it now')
    const refusal = checkWrite(
      { operation, ...(live === undefined ? {} : { live }), ...(admitted === undefined ? {} : { admitted }) },
      own,
    )
    if (refusal !== undefined)
      throw new BulkheadError('rail_refused', `The rail "${refusal.rail}" refuses it: ${refusal.reason}.`)
    const object = admitted ?? live
    const verdict = policy.decide({
      caller: body.caller,
      access: examined.access,
      change: changeFacts(row.tool, body.steps.length, examined, live === undefined ? undefined : managedBy(live)),
      ...(object === undefined ? {} : { object }),
      now: now(),
      tainted: body.shown.tainted,
      raised: body.raised,
    })
    if (verdict.decision === 'deny') throw new BulkheadError('policy_denied', verdict.reason)
    if (RANK.indexOf(verdict.decision) > RANK.indexOf(row.decision))
      throw stale('Policy asks for more than it was given')
    return examined
  }

  /** Ends a plan with what was done until now. Leaves it alone where somebody else has moved it on. */
  const close = async (plans: Plans, row: PlanSummary, code: ErrorCode, body?: PlanBody): Promise<JobResult> => {
    const begun = row.state === 'applying'
    const state: PlanState = begun
      ? endState(row.steps)
      : code === 'plan_stale'
        ? 'stale'
        : code === 'plan_expired'
          ? 'expired'
          : 'refused'
    const closed = await plans.close({
      now: now(),
      id: row.id,
      from: [row.state],
      state: state === 'applied' ? 'partly_applied' : state,
      code,
      entry: { kind: 'plan_end', plan: row.id, state, code },
    })
    if (closed !== undefined && body !== undefined) parts.ended?.(closed, body)
    return { done: true }
  }

  interface Run {
    readonly plans: Plans
    readonly writer: KubeWriter
    readonly cluster: string
    readonly body: PlanBody
    readonly signal: AbortSignal
  }

  const outcome = async (
    { plans, body, cluster }: Run,
    row: PlanSummary,
    index: number,
    result: {
      readonly state: Step['state']
      readonly code?: string
      readonly reconciled?: boolean
      readonly object?: { uid?: string; resourceVersion?: string }
    },
  ): Promise<PlanSummary> => {
    const { state, code, reconciled = false, object = {} } = result
    const steps = withStep(row.steps, index, state)
    const ends = state === 'failed' || state === 'unknown' || steps.every((it) => it.state === 'done')
    const after = await plans.outcome({
      now: now(),
      id: row.id,
      step: index,
      result: { state, ...(code === undefined ? {} : { code }) },
      ...(ends ? { state: endState(steps), ...(code === undefined ? {} : { code }) } : {}),
      entry: {
        kind: 'effect',
        plan: row.id,
        step: index,
        outcome: code ?? (state === 'done' ? 'done' : state),
        reconciled,
        ...(object.uid === undefined ? {} : { uid: object.uid }),
        ...(object.resourceVersion === undefined ? {} : { resourceVersion: object.resourceVersion }),
      },
    })
    if (after === undefined)
      throw new BulkheadError('internal', 'A plan that is being carried out is gone from storage.')
    if (state !== 'waiting') parts.operated?.(cluster, state)
    if (!isOpen(after.state)) parts.ended?.(after, body)
    return after
  }

  /** The write's own transaction asks as well; a plan that only waits must not wait behind a switch. */
  const isFrozen = async (plans: Plans, { owner }: PlanSummary): Promise<boolean> =>
    (await plans.switches()).some(
      ({ on, scope }) => on && (scope.kind !== 'caller' || ownerKey(scope.owner) === ownerKey(owner)),
    )

  /** Again after a while, unless it was frozen meanwhile. */
  const wait = async ({ plans, body }: Run, row: PlanSummary, result: JobResult): Promise<JobResult> =>
    (await isFrozen(plans, row)) ? close(plans, row, 'frozen', body) : result

  /** What became of a write whose answer never came: from the object itself, never by sending it again. */
  const reconcile = async (
    run: Run,
    row: PlanSummary,
    index: number,
    step: PlannedStep,
  ): Promise<PlanSummary | JobResult> => {
    const { at = row.created, expected } = row.steps[index] ?? {}
    const age = now() - at
    try {
      const live = await run.writer.get(step.operation, undefined, run.signal).catch((error: unknown) => {
        if (error instanceof BulkheadError && error.code === 'not_found') return undefined
        throw error
      })
      const verdict = judgeWrite(step.operation, { ...expected, atMs: at }, live, step.admitted)
      if (verdict === 'applied')
        return await outcome(run, row, index, { state: 'done', reconciled: true, object: live?.metadata ?? {} })
      // It may still be on its way.
      if (age < SETTLED_AFTER_MS) return { done: false, afterMs: Math.max(AGAIN_MS, SETTLED_AFTER_MS - age) }
      if (verdict === 'not_applied')
        return await outcome(run, row, index, { state: 'failed', code: 'cluster_unreachable', reconciled: true })
    } catch (error) {
      const { code } = asBulkheadError(error)
      if (age < RECONCILE_FOR_MS) return { done: false, afterMs: AGAIN_MS, code }
    }
    return outcome(run, row, index, { state: 'unknown', code: 'outcome_unknown', reconciled: true })
  }

  /** One operation, from the look to its OUTCOME. */
  const carryOutStep = async (run: Run, from: PlanSummary, index: number, step: PlannedStep): Promise<AfterStep> => {
    let row = from
    for (let conflicts = 0; ; conflicts += 1) {
      let examined: Examined
      try {
        examined = await prepare(run.body, row, step, run.writer, run.cluster, run.signal)
      } catch (error) {
        return refusedBefore(run, row, index, step, run.signal.aborted ? runIsOver() : asBulkheadError(error))
      }
      const { preconditions, operation } = examined
      const begun = row.state === 'applying'
      const caller = recordedCaller(run.body.caller)
      const request = {
        now: now(),
        id: row.id,
        step: index,
        ...(preconditions === undefined ? {} : { expected: preconditions }),
        ...(begun ? {} : { buckets: changeBuckets(config), watch: watching.sighting(caller, {}) }),
        entry: {
          kind: 'intent' as const,
          plan: row.id,
          step: index,
          caller,
          operation: recordedOperation(step, clean, preconditions?.resourceVersion),
        },
      }
      const answer = await (begun ? run.plans.intend(request) : run.plans.consume(request))
      watching.react(caller, answer.alerts)
      if (!answer.intended) {
        if (answer.why === 'state') return LOOK_AGAIN
        const code = answer.why === 'frozen' ? 'frozen' : answer.why === 'expired' ? 'plan_expired' : 'rate_limited'
        return close(run.plans, row, code, run.body)
      }
      row = answer.plan
      const answered = await send(run, operation, preconditions)
      // Whatever is not the API server's own answer leaves the outcome open: the INTENT stands until it is known.
      if (answered === 'unknown') return reconcile(run, row, index, step)
      if (!(answered instanceof BulkheadError)) return outcome(run, row, index, { state: 'done', object: answered })
      const isHeld = answered.code === 'disruption_budget'
      if (!isHeld && (answered.code !== 'conflict' || conflicts >= MAX_CONFLICTS))
        return outcome(run, row, index, { state: 'failed', code: answered.code })
      row = await outcome(run, row, index, { state: 'waiting', code: answered.code })
      if (isHeld) return { held: row }
    }
  }

  /** The write, and what is known of it: the object's metadata, the API server's refusal, or nothing. */
  const send = async (
    { writer, signal }: Run,
    operation: Operation,
    preconditions: Preconditions | undefined,
  ): Promise<{ uid?: string; resourceVersion?: string } | BulkheadError | 'unknown'> => {
    try {
      const { object } = await writer.write(operation, preconditions, signal)
      return object?.metadata ?? {}
    } catch (error) {
      return error instanceof BulkheadError && error.code !== 'outcome_unknown' ? error : 'unknown'
    }
  }

  /** Refused before its INTENT: nothing was sent. */
  const refusedBefore = async (
    run: Run,
    row: PlanSummary,
    index: number,
    step: PlannedStep,
    error: BulkheadError,
  ): Promise<AfterStep> => {
    const begun = row.state === 'applying'
    const since = begun ? Math.max(row.created, ...row.steps.map((it) => it.at ?? 0)) : row.created
    const until = begun ? since + CARRY_ON_FOR_MS : row.expires
    if (error.code === 'disruption_budget' && now() < until) return { held: row }
    // An object that would not rest for a dry run; one that is to be created and exists is not that.
    const isPassing = PASSING.has(error.code) || (error.code === 'conflict' && step.operation.verb !== 'create')
    if (isPassing && now() < until) return wait(run, row, { done: false, afterMs: AGAIN_MS, code: error.code })
    // A pod that is gone needs no eviction any more; the first operation of a plan must have been the one that was shown.
    const gone = step.operation.verb === 'evict' && (error.code === 'not_found' || error.code === 'plan_stale')
    if (gone && begun) return skip(run, row, index)
    return close(run.plans, row, error.code === 'not_found' ? 'plan_stale' : error.code, run.body)
  }

  /** Done without a write, which the ledger says by an INTENT with an outcome of its own. */
  const skip = async (run: Run, row: PlanSummary, index: number): Promise<PlanSummary | JobResult> => {
    const step = run.body.steps[index]
    if (step === undefined) return { done: true }
    const answer = await run.plans.intend({
      now: now(),
      id: row.id,
      step: index,
      entry: {
        kind: 'intent',
        plan: row.id,
        step: index,
        caller: recordedCaller(run.body.caller),
        operation: recordedOperation(step, clean),
      },
    })
    if (!answer.intended) return answer.why === 'state' ? LOOK_AGAIN : close(run.plans, row, 'frozen', run.body)
    return outcome(run, answer.plan, index, { state: 'done', code: 'not_found' })
  }

  return {
    /** One run of the job. Throws only what the next run may find better. */
    async carryOut(cluster: string, id: string, signal: AbortSignal, within?: Span): Promise<JobResult> {
      const plans = ports.plans(cluster)
      const found = await plans.get(id)
      if (found === undefined || !isOpen(found.state) || found.state === 'pending') return { done: true }
      let row: PlanSummary = found
      let body: PlanBody
      try {
        body = await sealer.open(found)
      } catch (error) {
        return close(plans, row, asBulkheadError(error).code)
      }
      const { change } = clusters(cluster, within)
      if (change === undefined) return close(plans, row, 'cluster_read_only', body)
      try {
        await change.vet()
      } catch (error) {
        const { code } = asBulkheadError(error)
        if (!PASSING.has(code) || now() >= row.expires) return close(plans, row, code, body)
        return { done: false, afterMs: AGAIN_MS, code }
      }
      const run: Run = { plans, writer: change.writer, cluster, body, signal }
      let isHeld = false
      for (const [index, step] of body.steps.entries()) {
        const state: Step['state'] | undefined = row.steps[index]?.state
        if (state === 'done') continue
        if (state !== 'waiting' && state !== 'intended') break
        // A pod that waits for its budget lets other pods pass; whatever else comes behind it keeps its place.
        if (isHeld && step.operation.verb !== 'evict') break
        if (signal.aborted) return { done: false, afterMs: 0 }
        const { operation, access } = step
        const attributes = { 'bulkhead.operation': operation.verb, 'bulkhead.k8s.resource': resourceName(access) }
        const before: PlanSummary = row
        const after = await asStep(within, 'plan operation', attributes, async (span): Promise<AfterStep> => {
          const traced = { ...run, writer: clusters(cluster, span).change?.writer ?? run.writer }
          return state === 'intended'
            ? reconcile(traced, before, index, step)
            : carryOutStep(traced, before, index, step)
        })
        if ('done' in after) return after
        if ('held' in after) isHeld = true
        row = 'held' in after ? after.held : after
        if (!isOpen(row.state)) break
      }
      return isHeld ? wait(run, row, { done: false, afterMs: BUDGET_AGAIN_MS }) : { done: true }
    },
  }
}

export type Applier = ReturnType<typeof createApplier>
