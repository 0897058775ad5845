/**
 * Several requests to one ledger as one atomic commit on Deno KV: what they read is fetched, the decisions are made one
 * after the other on a copy, and what they changed is written at once, if nobody else has written since.
 */
import { isFull } from '../../guard/buckets.ts'
import { type Head, recordLine } from '../../guard/chain.ts'
import { admit, append, type BucketRow, bucketKeysOf, type LedgerStore } from '../../guard/ledger-core.ts'
import type { Admission, AdmitRequest, AppendRequest, Millis } from '../../ports.ts'
import { bucketKey, bucketPrefix, headKey, recordKey } from './keys.ts'

/** Deno KV takes at most ten keys at once. */
const MAX_GET = 10
/** How many buckets are looked through at a time for ones that are full again; an atomic takes as many checks. */
const PRUNE_ROWS = 100

/**
 * An atomic holds at most 1,000 mutations and 800 KB. A request makes up to a record and four buckets; a record is at
 * most 35 KB as KV keeps it (two bytes a character), and the last one may begin right below the line.
 */
export const MAX_BATCH = 100
const MAX_BATCH_CHARACTERS = 300_000

export type LedgerRequest = AdmitRequest | AppendRequest
export type LedgerAnswer = Admission | { readonly seq?: number }
export type Outcome = { readonly answer: LedgerAnswer } | { readonly error: unknown }

/** Decides one request. Where it throws it has written nothing to the store. */
const decide = (store: LedgerStore, ledger: string, request: LedgerRequest): Outcome => {
  try {
    return { answer: 'refused' in request ? admit(store, ledger, request) : append(store, ledger, request) }
  } catch (error) {
    return { error }
  }
}

const unique = (keys: readonly Deno.KvKey[]): Deno.KvKey[] => [
  ...new Map(keys.map((key) => [JSON.stringify(key), key])).values(),
]

const fetchBuckets = async (kv: Deno.Kv, keys: readonly Deno.KvKey[]): Promise<Map<string, BucketRow>> => {
  const rows = new Map<string, BucketRow>()
  for (let from = 0; from < keys.length; from += MAX_GET) {
    const entries = await kv.getMany<BucketRow[]>(keys.slice(from, from + MAX_GET))
    for (const { key, value } of entries) if (value !== null) rows.set(JSON.stringify(key), value)
  }
  return rows
}

/**
 * Answers the first of `requests`, at least one and as many as fit into a commit, in their order. Throws when the commit
 * failed: then nothing is known of any of them.
 */
export const commitBatch = async (
  kv: Deno.Kv,
  ledger: string,
  requests: readonly LedgerRequest[],
): Promise<readonly Outcome[]> => {
  const keys = requests.flatMap((request) =>
    bucketKeysOf(request).map(([owner, name]) => bucketKey(ledger, owner, name)),
  )
  const [known, stored] = await Promise.all([fetchBuckets(kv, unique(keys)), kv.get<Head>(headKey(ledger))])
  const lines: { readonly seq: number; readonly line: string }[] = []
  const changed = new Map<string, { readonly key: Deno.KvKey; readonly row: BucketRow }>()
  let head = stored.value ?? undefined
  let characters = 0
  const store: LedgerStore = {
    head: () => head,
    append(record) {
      const line = recordLine(record)
      characters += line.length
      lines.push({ seq: record.seq, line })
      head = { seq: record.seq, hash: record.hash, time: record.time }
    },
    bucket(owner, name) {
      const id = JSON.stringify(bucketKey(ledger, owner, name))
      return changed.get(id)?.row ?? known.get(id)
    },
    putBucket(owner, name, row) {
      const key = bucketKey(ledger, owner, name)
      changed.set(JSON.stringify(key), { key, row })
    },
  }
  const outcomes: Outcome[] = []
  for (const request of requests) {
    if (characters > MAX_BATCH_CHARACTERS) break
    outcomes.push(decide(store, ledger, request))
  }
  const atomic = kv.atomic().check(stored)
  for (const { seq, line } of lines) atomic.set(recordKey(ledger, seq), line)
  for (const { key, row } of changed.values()) atomic.set(key, row)
  // Also where no record was written: whoever else has read the buckets must find that they changed.
  atomic.set(headKey(ledger), head ?? null)
  const result = await atomic.commit()
  if (!result.ok) throw new Error('somebody else writes to this storage: only one process may')
  return outcomes
}

/** Forgets buckets that are full again, among the next few after `cursor`; where to go on, undefined at the end. */
export const pruneBuckets = async (
  kv: Deno.Kv,
  ledger: string,
  now: Millis,
  cursor: string | undefined,
): Promise<string | undefined> => {
  const list = kv.list<BucketRow>(
    { prefix: bucketPrefix(ledger) },
    { limit: PRUNE_ROWS, ...(cursor === undefined ? {} : { cursor }) },
  )
  const atomic = kv.atomic()
  let rows = 0
  for await (const { key, value, versionstamp } of list) {
    rows++
    if (value.suppressed === 0 && isFull(value, now)) atomic.check({ key, versionstamp }).delete(key)
  }
  await atomic.commit()
  return rows === PRUNE_ROWS ? list.cursor : undefined
}
