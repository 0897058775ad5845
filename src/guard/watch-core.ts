/**
 * The watch rules, pure: what is known of a caller and what it was just seen to do become what is known from now on, and
 * the rules that fire. Plain counts and names (THREATS.md L5-5): nothing learns, nothing is weighed. A rule that fired is
 * quiet for its span, unless it freezes: then nothing comes after it until an operator has released the caller.
 */
import type { Millis } from '../ports.ts'
import { type Alert, type PastAlert, RAISING_RULES, type Sighting, type WatchRule } from '../watch.ts'
import { sha256Hex } from './chain.ts'
import { counted, totalOf, type Window } from './window.ts'

const MINUTE_MS: Millis = 60_000
const HOUR_MS: Millis = 60 * MINUTE_MS
const DAY_MS: Millis = 24 * HOUR_MS

/** Within which a rule counts, and how long it is quiet after it fired. */
const SPAN_MS: Readonly<Record<WatchRule, Millis>> = {
  denialsPerMinute: MINUTE_MS,
  notFoundPerMinute: MINUTE_MS,
  decoys: MINUTE_MS,
  identicalPlansPerHour: HOUR_MS,
  firstSeenAfter: MINUTE_MS,
  budgetPercent: MINUTE_MS,
}

/** Pairs of verb and place that are remembered of a caller: some forty types in a dozen namespaces. The oldest goes first. */
export const MAX_SEEN = 512
/** 48 bits: two of 512 that look alike are one in two thousand million. */
const SEEN_DIGITS = 12
/** Plans that are told apart; whoever asks for the same one again and again asks for few. */
export const MAX_PLANS_TOLD_APART = 8
/** For the console; the ledger has them all. */
export const MAX_ALERTS_KEPT = 5
/** A row is written that seldom where nothing else is new, so that it outlives its lifetime while its caller calls. */
const TOUCH_MS: Millis = DAY_MS

/** What is kept of a caller for the rules. */
export interface Watched {
  /** When it was first seen. */
  readonly since: Millis
  /** When this was last written. */
  readonly at: Millis
  readonly windows: Readonly<Partial<Record<WatchRule, Window>>>
  readonly firedAt: Readonly<Partial<Record<WatchRule, Millis>>>
  /** Digests of accesses, oldest first. */
  readonly seen: readonly string[]
  /** By the plan's digest, the one asked for last at the end. */
  readonly plans: readonly { readonly digest: string; readonly window: Window }[]
  /** Oldest first. */
  readonly alerts: readonly PastAlert[]
}

/** What only the ledger itself knows of the request. */
export interface Ledgered {
  /** How much of each budget is used, in whole percent. */
  readonly used?: readonly { readonly bucket: string; readonly percent: number }[]
  /** The digest of the plan that is proposed. */
  readonly plan?: string
}

export interface Observed {
  /** Absent: nothing is new. */
  readonly watched?: Watched
  readonly alerts: readonly Alert[]
}

const newcomer = (now: Millis): Watched => ({
  since: now,
  at: now,
  windows: {},
  firedAt: {},
  seen: [],
  plans: [],
  alerts: [],
})

export const observe = (
  before: Watched | undefined,
  sighting: Sighting,
  { used = [], plan }: Ledgered,
  now: Millis,
): Observed => {
  const { limits, denied = false, notFound = false, decoys = [], accesses = [] } = sighting
  const alerts: Alert[] = []
  let next = before ?? newcomer(now)

  const actOf = (rule: WatchRule): Alert['acted'] => {
    if (limits.freeze.includes(rule)) return 'frozen'
    return RAISING_RULES.includes(rule) ? 'raised' : 'recorded'
  }

  /** False while the rule is quiet. */
  const fire = (rule: WatchRule, what: string): boolean => {
    const acted = actOf(rule)
    const last = next.firedAt[rule]
    if (acted !== 'frozen' && last !== undefined && now >= last && now < last + SPAN_MS[rule]) return false
    alerts.push({ rule, what, acted })
    next = {
      ...next,
      firedAt: { ...next.firedAt, [rule]: now },
      alerts: [...next.alerts, { rule, what, acted, at: now }].slice(-MAX_ALERTS_KEPT),
    }
    return true
  }

  const burst = (rule: 'denialsPerMinute' | 'notFoundPerMinute', words: string): void => {
    const window = counted(next.windows[rule] ?? [], now, SPAN_MS[rule])
    const total = totalOf(window)
    // Counted anew after it fired: whoever was released does not stand at the brink.
    const fired = total >= limits[rule] && fire(rule, `${total} ${words}`)
    next = { ...next, windows: { ...next.windows, [rule]: fired ? [] : window } }
  }

  const repeated = (digest: string): void => {
    const rule = 'identicalPlansPerHour'
    const window = counted(next.plans.find((it) => it.digest === digest)?.window ?? [], now, SPAN_MS[rule])
    const total = totalOf(window)
    const fired = total >= limits[rule] && fire(rule, `the same plan asked for ${total} times`)
    const others = next.plans.filter((it) => it.digest !== digest)
    next = { ...next, plans: [...others, { digest, window: fired ? [] : window }].slice(-MAX_PLANS_TOLD_APART) }
  }

  const firstSeen = (): void => {
    const digests = new Map(accesses.map((it) => [sha256Hex(it).slice(0, SEEN_DIGITS), it]))
    for (const digest of next.seen) digests.delete(digest)
    const [first, ...rest] = digests.values()
    if (first === undefined) return
    next = { ...next, seen: [...next.seen, ...digests.keys()].slice(-MAX_SEEN) }
    if (now - next.since >= limits.firstSeenAfterMs)
      fire('firstSeenAfter', rest.length === 0 ? first : `${first}, and ${rest.length} more`)
  }

  const [decoy] = decoys
  if (decoy !== undefined) fire('decoys', decoy)
  if (denied) burst('denialsPerMinute', 'calls refused by policy or rails')
  if (notFound) burst('notFoundPerMinute', 'names that the API server does not know')
  if (plan !== undefined) repeated(plan)
  firstSeen()
  const full = used.find(({ percent }) => percent >= limits.budgetPercent)
  if (full !== undefined) fire('budgetPercent', `${full.percent} % of ${full.bucket}`)

  const isNew = next !== before || now - next.at >= TOUCH_MS
  return isNew ? { watched: { ...next, at: now }, alerts } : { alerts }
}
