/**
 * The operators' side of plans: what waits, what one would do, who may decide it, and the freeze switches. The console
 * draws it and can do nothing else (THREATS.md L6-3). A decision is one transaction in the cluster's ledger; carrying it
 * out is the job's.
 */
import { type Caller, callerKey } from '../access.ts'
import type { Config } from '../config.ts'
import { asBulkheadError, BulkheadError, type ErrorCode } from '../errors.ts'
import type { PlanState, PlanSummary, PlanView } from '../plan.ts'
import type { CallerRow, SwitchRow, SwitchScope } from '../plans.ts'
import { GATEWAY_LEDGER, type LedgerEntry, type Millis, type Ports } from '../ports.ts'
import type { Changes } from './changes.ts'
import type { Teller } from './notify.ts'
import type { Output } from './output/index.ts'
import { clusterOfPlan, type PlanBody, type PlanSealer } from './plan-body.ts'
import { viewOf } from './plan-view.ts'
import { ENDED } from './plan-words.ts'
import { recordedCaller } from './record.ts'

/** A page of the console. */
const MAX_LISTED = 50
/** Break-glass is for now: a plan that has waited is decided by somebody else. */
export const BREAK_GLASS_WITHIN_MS: Millis = 5 * 60_000
/** Fits a record whole. */
const MAX_WORDS = 250

export interface MayApprove {
  readonly ok: boolean
  /** The operator owns the agent's key, and is named in `approvals.breakGlass`. */
  readonly breakGlass: boolean
  /** Why not; ours. */
  readonly why?: string
}

export interface DeskPlan {
  readonly view: PlanView
  readonly row: PlanSummary
  readonly cluster: string
  readonly subject: PlanBody['subject']
  /** The subject's name must be typed. */
  readonly typeName: boolean
  readonly approvers: readonly (readonly string[])[]
  readonly mayApprove: MayApprove
}

export interface Confirmation {
  readonly ledger: string
  /** Absent: it is done. */
  readonly code?: ErrorCode
}

export interface DeskSwitch extends SwitchRow {
  readonly ledger: string
}

export interface DeskCaller extends CallerRow {
  readonly cluster: string
}

/** What could not be asked, by ledger. */
export interface Unread {
  readonly ledger: string
  readonly code: ErrorCode
}

export interface DeskParts {
  readonly ports: Ports
  readonly config: Config
  readonly sealer: PlanSealer
  readonly changes: Changes
  readonly teller: Teller
  readonly output: Output
}

/** Whatever tells two people apart: a key's name, a subject, an owner; names of people are compared without case. */
const isSame = (operator: Caller, other: string | undefined): boolean =>
  other !== undefined &&
  [operator.subject, operator.client, operator.owner].some((it) => it?.toLowerCase() === other.toLowerCase())

const isRequester = (operator: Caller, { caller }: PlanBody): boolean =>
  [caller.subject, caller.client, caller.owner].some((it) => isSame(operator, it))

export const createDesk = ({ ports, config, sealer, changes, teller, output }: DeskParts) => {
  const clusters = Object.keys(config.clusters)
  const ledgers = [GATEWAY_LEDGER, ...clusters]
  const now = () => ports.clock.now()
  const words = (text: string): string => String(output.line({ text: text.trim().slice(0, MAX_WORDS) }).text)

  const judge = (row: PlanSummary, body: PlanBody, operator: Caller): MayApprove => {
    const no = (why: string): MayApprove => ({ ok: false, breakGlass: false, why })
    if (row.state !== 'pending') return no(ENDED[row.state][1])
    if (operator.may?.includes('approve') !== true) return no('Your key does not have the power "approve".')
    if (body.shown.diffCut) return no('The diff had to be cut, and what nobody has seen whole cannot be approved.')
    const missing = body.approvers.find((groups) => !groups.some((it) => operator.groups.includes(it)))
    if (missing !== undefined) return no(`The rule asks for an approver of: ${missing.join(', ') || 'nobody'}.`)
    if (!isRequester(operator, body)) return { ok: true, breakGlass: false }
    if (!config.approvals.breakGlass.some((it) => isSame(operator, it)))
      return no('The plan was asked for by your own agent: somebody else must approve it.')
    return now() - row.created <= BREAK_GLASS_WITHIN_MS
      ? { ok: true, breakGlass: true }
      : no(
          `Break-glass is for the first ${BREAK_GLASS_WITHIN_MS / 60_000} minutes of a plan. Somebody else must approve it.`,
        )
  }

  const load = async (id: string): Promise<{ cluster: string; row: PlanSummary; body: PlanBody }> => {
    const cluster = clusterOfPlan(id)
    const found = cluster !== undefined && clusters.includes(cluster) ? await ports.plans(cluster).get(id) : undefined
    if (cluster === undefined || found === undefined)
      throw new BulkheadError('plan_unknown', 'There is no such plan. It may be older than Bulkhead keeps plans.')
    return { cluster, row: found, body: await sealer.open(found) }
  }

  const detail = (cluster: string, row: PlanSummary, body: PlanBody, operator: Caller): DeskPlan => ({
    view: viewOf(row, body, config.publicUrl),
    row,
    cluster,
    subject: body.subject,
    typeName: body.steps.some(({ operation: { verb } }) => verb === 'delete' || verb === 'evict'),
    approvers: body.approvers,
    mayApprove: judge(row, body, operator),
  })

  const decided = (answer: Awaited<ReturnType<Changes['decide']>>): PlanSummary => {
    if (answer.decided) return answer.plan
    if (!('plan' in answer)) throw new BulkheadError('plan_unknown', 'There is no such plan any more.')
    const [code, sentence] = answer.plan.state === 'pending' ? ENDED.expired : ENDED[answer.plan.state]
    throw new BulkheadError(code, sentence)
  }

  /** Asks every ledger, and names those that did not answer. */
  const fromAll = async <T>(
    names: readonly string[],
    ask: (name: string) => Promise<readonly T[]>,
  ): Promise<{ readonly items: readonly T[]; readonly unread: readonly Unread[] }> => {
    const unread: Unread[] = []
    const pages = await Promise.all(
      names.map(async (name) => {
        try {
          return await ask(name)
        } catch (error) {
          unread.push({ ledger: name, code: asBulkheadError(error).code })
          return []
        }
      }),
    )
    return { items: pages.flat(), unread }
  }

  return {
    clusters,
    ledgers,

    async plans(states: readonly PlanState[] | undefined) {
      const { items, unread } = await fromAll(clusters, (name) =>
        ports.plans(name).list({ limit: MAX_LISTED, ...(states === undefined ? {} : { states }) }),
      )
      items.forEach(changes.revive)
      return { plans: items.toSorted((a, b) => b.created - a.created), unread }
    },

    async plan(id: string, operator: Caller): Promise<DeskPlan> {
      const { cluster, row, body } = await load(id)
      changes.revive(row)
      return detail(cluster, row, body, operator)
    },

    /** Approves, and begins. `name`: as typed. */
    async approve(
      id: string,
      operator: Caller,
      form: { readonly name: string; readonly reason: string },
    ): Promise<void> {
      const { cluster, row, body } = await load(id)
      const { mayApprove, typeName, subject } = detail(cluster, row, body, operator)
      if (!mayApprove.ok) {
        const [code] = row.state === 'pending' ? (['not_an_approver'] as const) : ENDED[row.state]
        throw new BulkheadError(code, mayApprove.why ?? '')
      }
      if (typeName && form.name.trim() !== subject.name)
        throw new BulkheadError(
          'invalid_arguments',
          'Type the name exactly as it stands there: this deletes or evicts.',
        )
      if (mayApprove.breakGlass && form.reason.trim() === '')
        throw new BulkheadError(
          'invalid_arguments',
          "Say why you approve your own agent's plan: it is recorded and told.",
        )
      const answer = await changes.decide(row, {
        verdict: 'approved',
        by: recordedCaller(operator),
        ...(form.reason.trim() === '' ? {} : { reason: words(form.reason) }),
        ...(mayApprove.breakGlass ? { breakGlass: true } : {}),
      })
      const plan = decided(answer)
      teller.planDecided(plan, body)
      await changes.start(plan)
    },

    async refuse(id: string, operator: Caller, reason: string): Promise<void> {
      const { row, body } = await load(id)
      if (operator.may?.includes('approve') !== true)
        throw new BulkheadError('not_an_approver', 'Your key does not have the power "approve".')
      if (reason.trim() === '')
        throw new BulkheadError(
          'invalid_arguments',
          'Say why: it is recorded, and the agent is told that it was refused.',
        )
      teller.planDecided(
        decided(await changes.decide(row, { verdict: 'refused', by: recordedCaller(operator), reason: words(reason) })),
        body,
      )
    },

    /** By cluster; of the gateway, which most have asked for something, those that a watch rule saw there. */
    callers: () =>
      fromAll(ledgers, async (name) =>
        (await ports.plans(name).callers())
          .filter((it) => name !== GATEWAY_LEDGER || it.alerts.length > 0)
          .map((it) => ({ ...it, cluster: name })),
      ),

    switches: () =>
      fromAll(ledgers, async (name) => (await ports.plans(name).switches()).map((it) => ({ ...it, ledger: name }))),

    /** Turns a switch in every ledger that it concerns; each says for itself whether it did. */
    async setSwitch(
      scope: SwitchScope,
      cluster: string | undefined,
      on: boolean,
      operator: Caller,
      reason: string,
    ): Promise<readonly Confirmation[]> {
      if (operator.may?.includes('freeze') !== true)
        throw new BulkheadError('insufficient_scope', 'Your key does not have the power "freeze".')
      if (reason.trim() === '') throw new BulkheadError('invalid_arguments', 'Say why: it is recorded and told.')
      const concerned = scope.kind === 'cluster' ? clusters.filter((it) => it === cluster) : ledgers
      if (concerned.length === 0) throw new BulkheadError('unknown_cluster', 'No cluster of that name is configured.')
      const [by, why] = [operator.subject, words(reason)]
      const entry: LedgerEntry = {
        kind: 'switch',
        scope: scope.kind,
        ...(scope.kind === 'caller' ? { owner: scope.owner } : {}),
        on,
        by,
        reason: why,
      }
      const confirmations = await Promise.all(
        concerned.map(async (ledger): Promise<Confirmation> => {
          try {
            await ports.plans(ledger).setSwitch({ now: now(), row: { scope, on, by, reason: why }, entry })
            return { ledger }
          } catch (error) {
            return { ledger, code: asBulkheadError(error).code }
          }
        }),
      )
      const what =
        scope.kind === 'caller'
          ? `caller ${scope.owner}`
          : scope.kind === 'cluster'
            ? `cluster ${cluster}`
            : 'everything'
      teller.frozen(what, on, by, why)
      return confirmations
    },

    /** When this operator was last frozen; sessions from before are over. `now` while frozen. */
    async frozenAt(operator: Caller): Promise<Millis> {
      const owner = callerKey(operator)
      const switches = await ports.plans(GATEWAY_LEDGER).switches()
      const own = switches.find(({ scope }) => scope.kind === 'caller' && scope.owner === owner)
      return own === undefined ? 0 : own.on ? now() + 1 : own.frozenAt
    },

    /** Deliveries that wait or fail, by target. */
    deliveries: () =>
      fromAll(
        config.notify.map((it) => it.name),
        async (name) => (await ports.jobs.waiting(`notify-${name}`)).map((it) => ({ ...it, target: name })),
      ),
  }
}

export type Desk = ReturnType<typeof createDesk>
