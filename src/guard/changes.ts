/**
 * What becomes of a change that a caller asked for: planned, and then as policy decided. `allow` is carried out at once,
 * `confirm` asks the person behind the client where the client can ask, `approve` waits for an operator. Nothing here, and
 * nothing that a client sends, satisfies `approve` (THREATS.md L6-3, L6-5).
 */
import { type Caller, callerKey } from '../access.ts'
import type { Config } from '../config.ts'
import { BulkheadError } from '../errors.ts'
import { isOpen, type PlanSummary, type PlanVerdict, type PlanView } from '../plan.ts'
import type { Decided } from '../plans.ts'
import type { Millis, Ports } from '../ports.ts'
import type { Box } from './box.ts'
import { clusterOfPlan, type PlanBody, type PlanSealer } from './plan-body.ts'
import { callerViewOf } from './plan-view.ts'
import { describeSteps, ENDED, planUrl } from './plan-words.ts'
import type { Planned, Planner, PlanRequest } from './planner.ts'
import type { Policy } from './policy.ts'
import { recordedCaller } from './record.ts'

/** Below a call's own deadline by what is left to do after it. */
const WAIT_AT_MOST_MS: Millis = 20_000
/** The first look comes soon, for a change is carried out in tens of milliseconds; the later ones do not press. */
const POLLS_MS: readonly Millis[] = [50, 100, 200, 400, 800]
const LAST_POLL_MS: Millis = 1_000
/** Plans that one caller may have in sight, for each cluster. */
const MAX_LISTED = 50
/** A decided plan that has not moved for so long may have lost its job, or the job its process: it is begun again. */
const STUCK_AFTER_MS: Millis = 5_000
/** Sealed, with a plan's id and a digest in it. */
const MAX_STATE = 2_000

/** What the client can ask its user, by what it declared, and what it brings back. */
export interface Asking {
  readonly form: boolean
  readonly url: boolean
  /** Of a repeated call: what the user answered, as the client says, and the state that we gave it. */
  readonly answer?: { readonly action: string; readonly yes: boolean }
  readonly state?: string
}

export interface Question {
  readonly mode: 'form' | 'url'
  /** Ours: names are quoted, no cluster text. */
  readonly message: string
  readonly url: string
  readonly state: string
}

export type Submitted =
  | { readonly kind: 'view'; readonly view: PlanView; readonly row: PlanSummary; readonly body: PlanBody }
  | { readonly kind: 'ask'; readonly question: Question }

export interface ChangesParts {
  readonly ports: Ports
  readonly config: Config
  readonly policy: Policy
  readonly planner: Planner
  readonly sealer: PlanSealer
  readonly states: Box
  /** Told of what people want to know of. */
  readonly waits: (row: PlanSummary, body: PlanBody) => void
  readonly decided: (row: PlanSummary, body: PlanBody) => void
}

const unknownPlan = (): BulkheadError =>
  new BulkheadError('plan_unknown', 'There is no such plan of this caller. plans_list names those that there are.')

const sleep = (ms: Millis, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })

/** Of a plan that is waited for, in numbers. */
const standingOf = ({ state, steps }: PlanSummary): string =>
  `${state}, ${steps.filter((it) => it.state !== 'waiting').length} of ${steps.length} operations begun`

export const createChanges = ({ ports, config, policy, planner, sealer, states, waits, decided }: ChangesParts) => {
  const now = () => ports.clock.now()

  const start = (row: PlanSummary): Promise<void> => {
    const cluster = clusterOfPlan(row.id) ?? ''
    return ports.jobs.enqueue(cluster, `apply ${row.id}`, { kind: 'apply', cluster, plan: row.id })
  }

  /**
   * Whoever looks at a plan that should be under way and has not moved for a while begins it again: its job may have been
   * lost between the decision and the queue. A job that is there already is the same one.
   */
  const revive = (row: PlanSummary): void => {
    if (row.state !== 'approved' && row.state !== 'confirmed' && row.state !== 'applying') return
    const moved = Math.max(row.created, row.decided?.at ?? 0, ...row.steps.map((it) => it.at ?? 0))
    if (now() - moved > STUCK_AFTER_MS) ports.background.run(start(row))
  }

  /** The plan as soon as `until` holds of it, or as it is when the time is over. */
  const waitFor = async (
    id: string,
    until: (row: PlanSummary) => boolean,
    atMostMs: Millis,
    signal: AbortSignal,
    progress: (message: string) => void,
  ): Promise<PlanSummary> => {
    const plans = ports.plans(clusterOfPlan(id) ?? '')
    const end = now() + atMostMs
    let said = ''
    for (let polls = 0; ; polls += 1) {
      const row = await plans.get(id)
      if (row === undefined) throw unknownPlan()
      const pause = Math.min(POLLS_MS[polls] ?? LAST_POLL_MS, end - now())
      if (until(row) || pause <= 0) return row
      const standing = standingOf(row)
      if (standing !== said) progress(standing)
      said = standing
      await sleep(pause, signal)
    }
  }

  const view = (row: PlanSummary, body: PlanBody, caller: Caller): Submitted => ({
    kind: 'view',
    view: callerViewOf(row, body, config.publicUrl, policy, caller, now()),
    row,
    body,
  })

  /** Begins what was decided, and waits for its end as long as a call can. */
  const carryOut = async (row: PlanSummary, body: PlanBody, request: PlanRequest): Promise<Submitted> => {
    await start(row)
    request.progress('applying')
    return view(
      await waitFor(row.id, (it) => !isOpen(it.state), WAIT_AT_MOST_MS, request.signal, request.progress),
      body,
      request.caller,
    )
  }

  const belongs = (request: PlanRequest): readonly string[] => [
    'state/v1',
    callerKey(request.caller),
    request.tool,
    request.argumentsDigest,
  ]

  const ask = async ({ row, body }: Planned, mode: Question['mode'], request: PlanRequest): Promise<Submitted> => {
    const what = describeSteps(body.steps)
    return {
      kind: 'ask',
      question: {
        mode,
        message:
          mode === 'form'
            ? `Carry this out? ${what}. It touches ${body.shown.blastRadius.pods} pods. The plan: ${row.id}`
            : `This waits for an operator's approval on the console: ${what}. The plan: ${row.id}`,
        url: planUrl(config.publicUrl, row.id),
        state: await states.seal(JSON.stringify({ id: row.id, digest: row.digest, mode }), belongs(request)),
      },
    }
  }

  const decide = async (row: PlanSummary, verdict: Omit<PlanVerdict, 'at'>): Promise<Decided> => {
    const { by, reason } = verdict
    return ports.plans(clusterOfPlan(row.id) ?? '').decide({
      now: now(),
      id: row.id,
      verdict: { ...verdict, at: now() },
      entry: {
        kind: 'decision',
        plan: row.id,
        verdict: verdict.verdict,
        ...(by === 'policy' ? {} : { caller: by }),
        ...(reason === undefined ? {} : { reason }),
      },
    })
  }

  const own = async (caller: Caller, id: string): Promise<{ row: PlanSummary; body: PlanBody }> => {
    const cluster = clusterOfPlan(id)
    if (cluster === undefined || !policy.clustersFor(caller).includes(cluster)) throw unknownPlan()
    const row = await ports.plans(cluster).get(id)
    if (row === undefined || row.owner !== callerKey(caller)) throw unknownPlan()
    return { row, body: await sealer.open(row) }
  }

  /** What the user answered. The state says which plan; it was sealed for this caller, tool and arguments. */
  const resume = async (asking: Asking, request: PlanRequest): Promise<Submitted> => {
    const { state = '', answer } = asking
    const text = state.length > MAX_STATE ? undefined : await states.open(state, belongs(request))
    if (text === undefined)
      throw new BulkheadError(
        'plan_unknown',
        'The request state is not one that Bulkhead gave for this caller and these arguments. Call again without it.',
      )
    const { id, digest, mode } = JSON.parse(text) as { id: string; digest: string; mode: Question['mode'] }
    const { row, body } = await own(request.caller, id)
    if (row.digest !== digest) throw unknownPlan()
    // A link that was opened is not an approval, and no answer of a client is one.
    if (mode === 'url' || row.decision !== 'confirm' || answer === undefined) return view(row, body, request.caller)
    const by = recordedCaller(request.caller)
    if (answer.action !== 'accept' || !answer.yes) {
      const refused = await decide(row, { verdict: 'refused', by })
      if (refused.decided) decided(refused.plan, body)
      throw new BulkheadError(
        'plan_refused',
        'The person behind the client declined, and the plan is refused. Do not ask again unless they want it.',
      )
    }
    // Asked before a watch rule raised the caller: what its client says is not enough any more, an operator decides.
    if (await planner.isRaised(request.caller)) return view(row, body, request.caller)
    const confirmed = await decide(row, { verdict: 'confirmed', by })
    const plan = 'plan' in confirmed ? confirmed.plan : row
    if (!confirmed.decided) {
      const [code, sentence] = plan.state === 'pending' ? ENDED.expired : ENDED[plan.state]
      throw new BulkheadError(code, sentence)
    }
    decided(confirmed.plan, body)
    return carryOut(confirmed.plan, body, request)
  }

  return {
    async submit(request: PlanRequest, asking: Asking): Promise<Submitted> {
      if (asking.state !== undefined) {
        await request.session.settle()
        return resume(asking, request)
      }
      const planned = await planner.plan(request)
      const { row, body, existing } = planned
      if (row.decision === 'allow') return carryOut(row, body, request)
      if (!existing) waits(row, body)
      if (row.state !== 'pending') return view(row, body, request.caller)
      if (row.decision === 'confirm' && asking.form) return ask(planned, 'form', request)
      if (row.decision === 'approve' && asking.url) return ask(planned, 'url', request)
      return view(row, body, request.caller)
    },

    async withdraw(caller: Caller, id: string): Promise<Submitted> {
      const { row, body } = await own(caller, id)
      const answer = await decide(row, { verdict: 'withdrawn', by: recordedCaller(caller) })
      const plan = 'plan' in answer ? answer.plan : row
      if (!answer.decided) {
        const [code, sentence] = plan.state === 'pending' ? ENDED.expired : ENDED[plan.state]
        throw new BulkheadError(code, sentence)
      }
      decided(plan, body)
      return view(plan, body, caller)
    },

    async view(
      caller: Caller,
      id: string,
      waitMs: Millis,
      signal: AbortSignal,
      progress: (message: string) => void,
    ): Promise<PlanView> {
      const { row, body } = await own(caller, id)
      revive(row)
      const after = await waitFor(id, (it) => it.state !== row.state || !isOpen(it.state), waitMs, signal, progress)
      return callerViewOf(after, body, config.publicUrl, policy, caller, now())
    },

    async list(caller: Caller, cluster: string | undefined): Promise<readonly PlanSummary[]> {
      const names = policy.clustersFor(caller).filter((name) => cluster === undefined || name === cluster)
      const pages = await Promise.all(
        names.map((name) => ports.plans(name).list({ owner: callerKey(caller), limit: MAX_LISTED })),
      )
      const rows = pages.flat()
      rows.forEach(revive)
      return rows.toSorted((a, b) => b.created - a.created)
    },

    start,
    revive,
    decide,
  }
}

export type Changes = ReturnType<typeof createChanges>
