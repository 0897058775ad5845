/**
 * The whole decision of `admit` and `append`, pure, over a small synchronous store: memory, the Durable Object (inside
 * one SQL transaction) and Deno KV (inside one atomic commit) run this same code. It reads and decides first and writes
 * last, so that whatever throws here has written nothing.
 */
import { callerKey } from '../access.ts'
import type { Standing, SwitchRow, SwitchScope } from '../plans.ts'
import type {
  Admission,
  AdmitRequest,
  Appended,
  AppendRequest,
  BucketSpec,
  FrozenBy,
  LedgerEntry,
  LedgerRecord,
  Millis,
} from '../ports.ts'
import { MAX_LEDGER_PAGE } from '../ports.ts'
import type { Alert, Sighting } from '../watch.ts'
import { type BucketState, refund, take } from './buckets.ts'
import { chain, type Head, sha256Hex } from './chain.ts'
import { type Ledgered, observe, type Watched } from './watch-core.ts'

/** A bucket as it is kept. */
export interface BucketRow extends BucketState {
  /** Records that this bucket, a quota, held back since the last one it let through; 0 for others. */
  readonly suppressed: number
}

/** What a caller has done that weighs on what it may do next. */
export interface CallerState extends Standing {
  readonly watched?: Watched
}
export const NO_PAST: CallerState = { readAt: 0, approvedAt: 0, raisedUntil: 0 }

/** The part of a caller's state that others than the ledger look at. */
export const standingOf = ({ readAt, approvedAt, raisedUntil }: Standing): Standing => ({
  readAt,
  approvedAt,
  raisedUntil,
})

/** The last time that anything was written of a caller, or will weigh on it. */
export const lastOf = ({ readAt, approvedAt, raisedUntil, watched }: CallerState): Millis =>
  Math.max(readAt, approvedAt, raisedUntil, watched?.at ?? 0)

export interface LedgerStore {
  /** The last record's; undefined: the ledger is empty. */
  head(): Head | undefined
  append(record: LedgerRecord): void
  bucket(owner: string, name: string): BucketRow | undefined
  putBucket(owner: string, name: string, row: BucketRow): void
  caller(owner: string): CallerState | undefined
  putCaller(owner: string, state: CallerState): void
  /** By `switchKey`. */
  freezeSwitch(key: string): SwitchRow | undefined
  putSwitch(key: string, row: SwitchRow): void
}

/** Names a switch: `everything`, `cluster`, `caller OWNER`. */
export const switchKey = (scope: SwitchScope): string =>
  scope.kind === 'caller' ? `caller ${ownerKey(scope.owner)}` : scope.kind

/** The switches that concern an owner, in the order in which they are asked. */
export const switchKeysOf = (owner: string): readonly string[] => [
  switchKey({ kind: 'everything' }),
  switchKey({ kind: 'cluster' }),
  switchKey({ kind: 'caller', owner }),
]

export const frozenBy = (store: LedgerStore, owner: string): FrozenBy | undefined => {
  const key = switchKeysOf(owner).find((it) => store.freezeSwitch(it)?.on === true)
  return store.freezeSwitch(key ?? '')?.scope.kind
}

const MINUTE_MS = 60_000
/**
 * Refusals that one caller may write. An agent that hits a wall again and again stays below it; one that hammers at it
 * adds 10 MB a day at most, and how often is still counted.
 */
export const REFUSAL_BURST = 120
export const REFUSALS_PER_MINUTE = 12
/**
 * Authentication failures that all addresses together may write: whoever fails to authenticate can have as many
 * addresses as they like. Two a minute are a third of a gigabyte a year.
 */
export const AUTHENTICATION_FAILURE_BURST = 100
export const AUTHENTICATION_FAILURES_PER_MINUTE = 2

/**
 * Deliveries that one hook may write: those that were accepted, as many as can wait for a diagnosis; those that were
 * refused, as authentication failures are.
 */
export const DELIVERY_BURST = 1_000
export const DELIVERIES_PER_MINUTE = 60

/** Names of buckets that the guard asks for; a quota's begins with `~` and so can never be taken from by a request. */
const BUCKET_NAME = /^[a-z]{1,32}$/
/** An owner is part of a key: Deno KV's are at most 2 KiB. Longer ones are kept as their hash. */
const MAX_OWNER_LENGTH = 512

const quota = (name: string, burst: number, perMinute: number): BucketSpec => ({
  name: `~${name}`,
  capacity: burst,
  refill: perMinute / MINUTE_MS,
  take: 1,
})
const REFUSALS = quota('refusals', REFUSAL_BURST, REFUSALS_PER_MINUTE)
const DELIVERIES = quota('deliveries', DELIVERY_BURST, DELIVERIES_PER_MINUTE)
const UNDELIVERED = quota('undelivered', AUTHENTICATION_FAILURE_BURST, AUTHENTICATION_FAILURES_PER_MINUTE)
const FAILURES = quota('failures', AUTHENTICATION_FAILURE_BURST, AUTHENTICATION_FAILURES_PER_MINUTE)

export const ownerKey = (owner: string): string =>
  owner.length <= MAX_OWNER_LENGTH ? owner : `sha256:${sha256Hex(owner)}`

const LIMITED = ['refusal', 'authentication_failure', 'delivery'] as const
type LimitedEntry = Extract<LedgerEntry, { kind: (typeof LIMITED)[number] }>
const isLimited = (entry: LedgerEntry): entry is LimitedEntry => LIMITED.some((kind) => kind === entry.kind)

/** Whose quota an entry is written from. All authentication failures share one. */
const limitOf = (entry: LimitedEntry): { readonly owner: string; readonly spec: BucketSpec } => {
  switch (entry.kind) {
    case 'refusal':
      return { owner: ownerKey(callerKey(entry.caller)), spec: REFUSALS }
    case 'authentication_failure':
      return { owner: '', spec: FAILURES }
    case 'delivery':
      return {
        owner: `hook ${entry.hook}`,
        spec: ['accepted', 'begun'].includes(entry.outcome) ? DELIVERIES : UNDELIVERED,
      }
  }
}

type BucketKey = readonly [owner: string, name: string]

/** Every bucket row that a request may read or write, for a store that has to fetch them beforehand. */
export const bucketKeysOf = (request: AdmitRequest | AppendRequest): readonly BucketKey[] => {
  const entries = 'refused' in request ? [request.entry, request.refused] : [request.entry]
  const quotas = entries.filter(isLimited).map((entry): BucketKey => {
    const { owner, spec } = limitOf(entry)
    return [owner, spec.name]
  })
  if ('refused' in request) {
    const owner = ownerKey(request.bucketOwner)
    return [...quotas, ...request.buckets.map((spec): BucketKey => [owner, spec.name])]
  }
  const { refund: back } = request
  return back === undefined ? quotas : [...quotas, [ownerKey(back.bucketOwner), back.bucket]]
}

/** Appends, whatever it is. */
export const record = (
  store: LedgerStore,
  ledger: string,
  now: Millis,
  entry: LedgerEntry,
): { readonly seq: number } => {
  const it = chain(store.head(), entry, now, ledger)
  store.append(it)
  return { seq: it.seq }
}

/** Appends the entry, or counts it where its quota is used up; the sequence number of what was written. */
const write = (store: LedgerStore, ledger: string, now: Millis, entry: LedgerEntry): { readonly seq?: number } => {
  if (!isLimited(entry)) return record(store, ledger, now, entry)
  const { owner, spec } = limitOf(entry)
  const row = store.bucket(owner, spec.name)
  const suppressed = (row?.suppressed ?? 0) + (entry.suppressed ?? 0)
  const { ok, state } = take(row, spec, now)
  const written = ok ? record(store, ledger, now, { ...entry, suppressed }) : {}
  store.putBucket(owner, spec.name, { ...state, suppressed: ok ? 0 : suppressed + 1 })
  return written
}

const checkNames = (names: readonly string[]): void => {
  const wrong = names.find((name, index) => !BUCKET_NAME.test(name) || names.indexOf(name) !== index)
  if (wrong !== undefined) throw new RangeError(`Take from bucket "${wrong}": not a name, or named twice`)
}

/** What taking from every bucket comes to: all of it, to be put by the caller, or the longest wait. */
export type TakenAll = Required<Pick<Ledgered, 'used'>> &
  (
    | { readonly ok: true; readonly put: () => void }
    | { readonly ok: false; readonly bucket: string; readonly retryAfterMs: Millis }
  )

export const takeAll = (store: LedgerStore, owner: string, buckets: readonly BucketSpec[], now: Millis): TakenAll => {
  checkNames(buckets.map((spec) => spec.name))
  const key = ownerKey(owner)
  const taken = buckets.map((spec) => ({ name: spec.name, ...take(store.bucket(key, spec.name), spec, now) }))
  const [first, ...rest] = taken.filter((it) => !it.ok)
  if (first === undefined) {
    const put = () => {
      for (const { name, state } of taken) store.putBucket(key, name, { ...state, suppressed: 0 })
    }
    const used = taken.map(({ name, state: { level, capacity } }) => ({
      bucket: name,
      percent: capacity === 0 ? 100 : Math.floor((100 * (capacity - level)) / capacity),
    }))
    return { ok: true, put, used }
  }
  // The longest wait: whoever comes back after it is not refused by the next bucket.
  const { name, retryAfterMs } = rest.reduce((a, b) => (b.retryAfterMs > a.retryAfterMs ? b : a), first)
  return { ok: false, bucket: name, retryAfterMs, used: [{ bucket: name, percent: 100 }] }
}

/** What the watch rules make of a request. Nothing is written before `put`. */
export interface Watching {
  /** Of `alerts`, those that stop the very request. */
  readonly stops: boolean
  put(): void
  /** The answer, with what fired. */
  tell<T extends object>(answer: T): T & { readonly alerts?: readonly Alert[] }
}
const UNWATCHED: Watching = { stops: false, put: () => undefined, tell: (answer) => answer }

/** What was named or reached for the first time is held back with the call itself; what was counted had its answer. */
const STOPPING: ReadonlySet<Alert['rule']> = new Set<Alert['rule']>(['decoys', 'firstSeenAfter'])

export const watch = (
  store: LedgerStore,
  ledger: string,
  now: Millis,
  sighting: Sighting | undefined,
  facts: Ledgered = {},
): Watching => {
  if (sighting === undefined) return UNWATCHED
  const { caller, limits } = sighting
  const owner = ownerKey(callerKey(caller))
  const { watched, alerts } = observe(store.caller(owner)?.watched, sighting, facts, now)
  return {
    stops: alerts.some(({ rule, acted }) => acted === 'frozen' && STOPPING.has(rule)),
    tell: (answer) => (alerts.length === 0 ? answer : { ...answer, alerts }),
    put() {
      for (const alert of alerts) {
        record(store, ledger, now, { kind: 'watch', caller, ...alert })
        if (alert.acted === 'frozen') freeze(store, ledger, now, callerKey(caller), alert)
      }
      if (watched === undefined) return
      const past = store.caller(owner) ?? NO_PAST
      const raisedUntil = alerts.some((it) => it.acted === 'raised') ? now + limits.raiseForMs : 0
      store.putCaller(owner, { ...past, raisedUntil: Math.max(past.raisedUntil, raisedUntil), watched })
    },
  }
}

/** What stands as `by` where a rule turned a switch. */
export const ruleName = (rule: Alert['rule']): string => `watch: ${rule}`

const freeze = (store: LedgerStore, ledger: string, now: Millis, owner: string, { rule, what }: Alert): void => {
  const scope: SwitchScope = { kind: 'caller', owner }
  const key = switchKey(scope)
  if (store.freezeSwitch(key)?.on === true) return
  const turned = { on: true, by: ruleName(rule), reason: what }
  record(store, ledger, now, { kind: 'switch', scope: scope.kind, owner, ...turned })
  store.putSwitch(key, { scope, at: now, frozenAt: now, ...turned })
}

const frozenRefusal = (entry: LedgerEntry): LedgerEntry =>
  entry.kind === 'refusal' ? { ...entry, code: 'frozen' } : entry

/** Takes from all buckets and writes the entry, or takes from none and writes the refusal. */
export const admit = (store: LedgerStore, ledger: string, request: AdmitRequest): Admission => {
  const { now, bucketOwner } = request
  const frozen = frozenBy(store, bucketOwner)
  if (frozen !== undefined)
    return { admitted: false, frozen, ...write(store, ledger, now, frozenRefusal(request.refused)) }
  const taken = takeAll(store, bucketOwner, request.buckets, now)
  const watching = watch(store, ledger, now, request.watch, taken)
  if (watching.stops && request.entry.kind === 'call') {
    const written = write(store, ledger, now, frozenRefusal(request.refused))
    watching.put()
    return watching.tell({ admitted: false, frozen: 'caller', ...written })
  }
  if (!taken.ok) {
    const { bucket, retryAfterMs } = taken
    const written = write(store, ledger, now, request.refused)
    watching.put()
    return watching.tell({ admitted: false, bucket, retryAfterMs, ...written })
  }
  const written = write(store, ledger, now, request.entry)
  taken.put()
  if (request.reads === true) noteRead(store, ownerKey(bucketOwner), now)
  watching.put()
  return watching.tell({ admitted: true, ...written })
}

/** Once since the last approval says all that is asked: no write for each call. */
const noteRead = (store: LedgerStore, owner: string, now: Millis): void => {
  const past = store.caller(owner) ?? NO_PAST
  if (past.readAt <= past.approvedAt) store.putCaller(owner, { ...past, readAt: Math.max(now, past.approvedAt + 1) })
}

/** Writes the entry and gives back what was reserved and not used. */
export const append = (store: LedgerStore, ledger: string, request: AppendRequest): Appended => {
  const { now, entry } = request
  // What a frozen caller still had under way says nothing new.
  const isFrozen = request.watch !== undefined && frozenBy(store, callerKey(request.watch.caller)) !== undefined
  const watching = watch(store, ledger, now, isFrozen ? undefined : request.watch)
  const putRefund = request.refund === undefined ? undefined : refunding(store, request.refund)
  const written = write(store, ledger, now, entry)
  putRefund?.()
  watching.put()
  return watching.tell(written)
}

const refunding = (store: LedgerStore, { bucket, bucketOwner, tokens }: NonNullable<AppendRequest['refund']>) => {
  checkNames([bucket])
  const owner = ownerKey(bucketOwner)
  const row = store.bucket(owner, bucket)
  // A bucket that was forgotten was full.
  if (row === undefined) return undefined
  const refunded = refund(row, tokens)
  return () => store.putBucket(owner, bucket, { ...refunded, suppressed: 0 })
}

/** How many records a page holds, whatever was asked for. */
export const pageLimit = (limit: number): number => Math.min(MAX_LEDGER_PAGE, Math.max(1, Math.trunc(limit) || 1))
