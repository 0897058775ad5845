/** Questions about plans, callers and switches in Deno KV, and the pruning of old plans. Nothing here decides. */
import type { BucketRow, CallerState } from '../../guard/ledger-core.ts'
import { lastOf, NO_PAST, ownerKey, standingOf } from '../../guard/ledger-core.ts'
import { asOf } from '../../guard/plan-core.ts'
import type { PlanRow, PlanSummary } from '../../plan.ts'
import {
  CALLER_KEPT_MS,
  type CallerRow,
  MAX_PLANS_PAGE,
  PLAN_KEPT_MS,
  type PlansQuery,
  type Standing,
  type SwitchRow,
} from '../../plans.ts'
import type { Millis } from '../../ports.ts'
import {
  bucketPrefix,
  callerKey,
  callerPrefix,
  openKey,
  planAgePrefix,
  planKey,
  sealedPrefix,
  switchPrefix,
} from './keys.ts'

/** Rows that a filtered page looks at: a week of plans of a busy cluster. */
const MAX_SCANNED = 2_000
/** Old plans that one pruning removes. */
const PRUNE_PLANS = 20
/** Callers that one pruning looks through; an atomic takes as many checks. */
const PRUNE_CALLERS = 100
/** Buckets and callers that are looked through for the console. */
const MAX_ROWS = 2_000
/** Buckets keep thousandths. */
const MILLI = 1000

export const getPlan = async (kv: Deno.Kv, ledger: string, id: string, now: Millis): Promise<PlanRow | undefined> => {
  const { value } = await kv.get<PlanSummary>(planKey(ledger, id))
  if (value === null) return undefined
  const pieces: string[] = []
  for await (const piece of kv.list<string>({ prefix: sealedPrefix(ledger, id) })) pieces.push(piece.value)
  return asOf({ ...value, sealed: pieces.join('') }, now)
}

export const listPlans = async (
  kv: Deno.Kv,
  ledger: string,
  { owner, states, limit, before }: PlansQuery,
  now: Millis,
): Promise<readonly PlanSummary[]> => {
  const most = Math.min(MAX_PLANS_PAGE, Math.max(1, limit))
  const prefix = planAgePrefix(ledger)
  const selector =
    before === undefined ? { prefix } : { prefix, end: [...prefix, before.created, before.id] satisfies Deno.KvKey }
  const found: PlanSummary[] = []
  for await (const { key } of kv.list(selector, { reverse: true, limit: MAX_SCANNED })) {
    const { value } = await kv.get<PlanSummary>(planKey(ledger, String(key.at(-1))))
    if (value === null || (owner !== undefined && value.owner !== owner)) continue
    const plan = asOf(value, now)
    if (states === undefined || states.includes(plan.state)) found.push(plan)
    if (found.length === most) break
  }
  return found
}

export const readStanding = async (kv: Deno.Kv, ledger: string, owner: string): Promise<Standing> =>
  standingOf((await kv.get<CallerState>(callerKey(ledger, ownerKey(owner)))).value ?? NO_PAST)

export const listCallers = async (kv: Deno.Kv, ledger: string): Promise<readonly CallerRow[]> => {
  const found = new Map<string, { past: CallerState; buckets: CallerRow['buckets'][number][]; at: Millis }>()
  const of = (owner: string) => {
    const it = found.get(owner) ?? { past: NO_PAST, buckets: [], at: 0 }
    found.set(owner, it)
    return it
  }
  for await (const { key, value } of kv.list<CallerState>({ prefix: callerPrefix(ledger) }, { limit: MAX_ROWS })) {
    const it = of(String(key.at(-1)))
    it.past = value
    it.at = Math.max(it.at, value.readAt, value.approvedAt)
  }
  for await (const { key, value } of kv.list<BucketRow>({ prefix: bucketPrefix(ledger) }, { limit: MAX_ROWS })) {
    const [owner, name] = [String(key.at(-2)), String(key.at(-1))]
    if (owner === '') continue
    const it = of(owner)
    it.at = Math.max(it.at, value.at)
    if (!name.startsWith('~')) it.buckets.push({ name, level: value.level / MILLI, capacity: value.capacity / MILLI })
  }
  return [...found]
    .toSorted(([, a], [, b]) => b.at - a.at)
    .slice(0, MAX_PLANS_PAGE)
    .map(([owner, { past, buckets }]) => ({
      owner,
      ...standingOf(past),
      alerts: past.watched?.alerts ?? [],
      buckets,
    }))
}

export const listSwitches = async (kv: Deno.Kv, ledger: string): Promise<readonly SwitchRow[]> => {
  const rows: SwitchRow[] = []
  for await (const { value } of kv.list<SwitchRow>({ prefix: switchPrefix(ledger) }, { limit: MAX_ROWS }))
    rows.push(value)
  return rows
}

/** Forgets plans that ended long ago, the oldest first. */
export const prunePlans = async (kv: Deno.Kv, ledger: string, now: Millis): Promise<void> => {
  for await (const { key } of kv.list({ prefix: planAgePrefix(ledger) }, { limit: PRUNE_PLANS })) {
    const id = String(key.at(-1))
    const { value } = await kv.get<PlanSummary>(planKey(ledger, id))
    if (value !== null && (value.ended ?? value.expires) > now - PLAN_KEPT_MS) continue
    const atomic = kv.atomic().delete(key).delete(planKey(ledger, id))
    if (value !== null) {
      // One that expired undecided still stands among its owner's open ones.
      const open = openKey(ledger, ownerKey(value.owner))
      const left = ((await kv.get<string[]>(open)).value ?? []).filter((it) => it !== id)
      if (left.length === 0) atomic.delete(open)
      else atomic.set(open, left)
    }
    for await (const piece of kv.list({ prefix: sealedPrefix(ledger, id) })) atomic.delete(piece.key)
    await atomic.commit()
  }
}

/** Forgets callers that have not come for long, among the next few after `cursor`; where to go on, undefined at the end. */
export const pruneCallers = async (
  kv: Deno.Kv,
  ledger: string,
  now: Millis,
  cursor: string | undefined,
): Promise<string | undefined> => {
  const list = kv.list<CallerState>(
    { prefix: callerPrefix(ledger) },
    { limit: PRUNE_CALLERS, ...(cursor === undefined ? {} : { cursor }) },
  )
  const atomic = kv.atomic()
  let rows = 0
  for await (const { key, value, versionstamp } of list) {
    rows++
    if (lastOf(value) < now - CALLER_KEPT_MS) atomic.check({ key, versionstamp }).delete(key)
  }
  await atomic.commit()
  return rows === PRUNE_CALLERS ? list.cursor : undefined
}
