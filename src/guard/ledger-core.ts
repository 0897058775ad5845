/**
 * The whole decision of `admit` and `append`, pure, over a small synchronous store: memory, the Durable Object (inside
 * one SQL transaction) and Deno KV (inside one atomic commit) run this same code. It reads and decides first and writes
 * last, so that whatever throws here has written nothing.
 */
import { callerKey } from '../access.ts'
import type { Admission, AdmitRequest, AppendRequest, BucketSpec, LedgerEntry, LedgerRecord, Millis } from '../ports.ts'
import { MAX_LEDGER_PAGE } from '../ports.ts'
import { type BucketState, refund, take } from './buckets.ts'
import { chain, type Head, sha256Hex } from './chain.ts'

/** A bucket as it is kept. */
export interface BucketRow extends BucketState {
  /** Records that this bucket, a quota, held back since the last one it let through; 0 for others. */
  readonly suppressed: number
}

export interface LedgerStore {
  /** The last record's; undefined: the ledger is empty. */
  head(): Head | undefined
  append(record: LedgerRecord): void
  bucket(owner: string, name: string): BucketRow | undefined
  putBucket(owner: string, name: string, row: BucketRow): void
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
const FAILURES = quota('failures', AUTHENTICATION_FAILURE_BURST, AUTHENTICATION_FAILURES_PER_MINUTE)

const ownerKey = (owner: string): string => (owner.length <= MAX_OWNER_LENGTH ? owner : `sha256:${sha256Hex(owner)}`)

type LimitedEntry = Extract<LedgerEntry, { kind: 'refusal' | 'authentication_failure' }>
const isLimited = (entry: LedgerEntry): entry is LimitedEntry =>
  entry.kind === 'refusal' || entry.kind === 'authentication_failure'

/** Whose quota an entry is written from. All authentication failures share one. */
const limitOf = (entry: LimitedEntry): { readonly owner: string; readonly spec: BucketSpec } =>
  entry.kind === 'refusal'
    ? { owner: ownerKey(callerKey(entry.caller)), spec: REFUSALS }
    : { owner: '', spec: FAILURES }

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

/** Appends the entry, or counts it where its quota is used up; the sequence number of what was written. */
const write = (store: LedgerStore, ledger: string, now: Millis, entry: LedgerEntry): { readonly seq?: number } => {
  const appendEntry = (it: LedgerEntry) => {
    const record = chain(store.head(), it, now, ledger)
    store.append(record)
    return { seq: record.seq }
  }
  if (!isLimited(entry)) return appendEntry(entry)
  const { owner, spec } = limitOf(entry)
  const row = store.bucket(owner, spec.name)
  const suppressed = (row?.suppressed ?? 0) + (entry.suppressed ?? 0)
  const { ok, state } = take(row, spec, now)
  const written = ok ? appendEntry({ ...entry, suppressed }) : {}
  store.putBucket(owner, spec.name, { ...state, suppressed: ok ? 0 : suppressed + 1 })
  return written
}

const checkNames = (names: readonly string[]): void => {
  const wrong = names.find((name, index) => !BUCKET_NAME.test(name) || names.indexOf(name) !== index)
  if (wrong !== undefined) throw new RangeError(`Take from bucket "${wrong}": not a name, or named twice`)
}

/** Takes from all buckets and writes the entry, or takes from none and writes the refusal. */
export const admit = (store: LedgerStore, ledger: string, request: AdmitRequest): Admission => {
  const { now, buckets } = request
  checkNames(buckets.map((spec) => spec.name))
  const owner = ownerKey(request.bucketOwner)
  const taken = buckets.map((spec) => ({ name: spec.name, ...take(store.bucket(owner, spec.name), spec, now) }))
  const [first, ...rest] = taken.filter((it) => !it.ok)
  if (first !== undefined) {
    // The longest wait: whoever comes back after it is not refused by the next bucket.
    const { name, retryAfterMs } = rest.reduce((a, b) => (b.retryAfterMs > a.retryAfterMs ? b : a), first)
    return { admitted: false, bucket: name, retryAfterMs, ...write(store, ledger, now, request.refused) }
  }
  const written = write(store, ledger, now, request.entry)
  for (const { name, state } of taken) store.putBucket(owner, name, { ...state, suppressed: 0 })
  return { admitted: true, ...written }
}

/** Writes the entry and gives back what was reserved and not used. */
export const append = (store: LedgerStore, ledger: string, request: AppendRequest): { readonly seq?: number } => {
  if (request.refund === undefined) return write(store, ledger, request.now, request.entry)
  const { bucket, tokens } = request.refund
  checkNames([bucket])
  const owner = ownerKey(request.refund.bucketOwner)
  const row = store.bucket(owner, bucket)
  // A bucket that was forgotten was full.
  const refunded = row === undefined ? undefined : refund(row, tokens)
  const written = write(store, ledger, request.now, request.entry)
  if (refunded !== undefined) store.putBucket(owner, bucket, { ...refunded, suppressed: 0 })
  return written
}

/** How many records a page holds, whatever was asked for. */
export const pageLimit = (limit: number): number => Math.min(MAX_LEDGER_PAGE, Math.max(1, Math.trunc(limit) || 1))
