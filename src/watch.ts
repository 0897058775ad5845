/**
 * The words of the watch rules (`watch` in bulkhead.yaml, THREATS.md L5-5). A rule is known by the name of its key. Its
 * threshold comes with each request, from the configuration; what was counted lives in the ledger, with the caller.
 */
import type { Millis, RecordedCaller } from './ports.ts'

export const WATCH_RULES = [
  'denialsPerMinute',
  'notFoundPerMinute',
  'decoys',
  'identicalPlansPerHour',
  'firstSeenAfter',
  'budgetPercent',
] as const
export type WatchRule = (typeof WATCH_RULES)[number]

/**
 * Rules that speak of trouble: they raise the caller, or freeze it with `freeze: true`. The others tell of what is merely
 * new or much, and only record unless `freeze` names them.
 */
export const RAISING_RULES: readonly WatchRule[] = [
  'denialsPerMinute',
  'notFoundPerMinute',
  'decoys',
  'identicalPlansPerHour',
]

export interface WatchLimits {
  readonly denialsPerMinute: number
  readonly notFoundPerMinute: number
  readonly identicalPlansPerHour: number
  readonly firstSeenAfterMs: Millis
  readonly budgetPercent: number
  readonly raiseForMs: Millis
  readonly freeze: readonly WatchRule[]
}

/** What one request to a ledger shows of its caller; counted in the transaction of that request. */
export interface Sighting {
  readonly caller: RecordedCaller
  readonly limits: WatchLimits
  /** Policy or a rail refused the call. */
  readonly denied?: boolean
  /** The API server knew nothing of a name that the caller gave. */
  readonly notFound?: boolean
  /** Decoys that were named, as the configuration writes them. */
  readonly decoys?: readonly string[]
  /** `get secrets in shop`, …: what it was let do, clean and fit for a record. */
  readonly accesses?: readonly string[]
}

/** A rule that fired. */
export interface Alert {
  readonly rule: WatchRule
  /** In words of ours, with the configuration's or an access's names. */
  readonly what: string
  readonly acted: 'recorded' | 'raised' | 'frozen'
}

export interface PastAlert extends Alert {
  readonly at: Millis
}
