/**
 * Several requests to one ledger as one atomic commit on Deno KV: what they may read is fetched, the decisions are made one
 * after the other on a copy, and what they changed is written at once, if nobody else has written since.
 */
import { callerKey as callerKeyOf } from '../../access.ts'
import { isFull } from '../../guard/buckets.ts'
import { type Head, recordLine } from '../../guard/chain.ts'
import {
  admit,
  append,
  type BucketRow,
  bucketKeysOf,
  type CallerState,
  ownerKey,
  switchKey,
  switchKeysOf,
} from '../../guard/ledger-core.ts'
import { change, type PlanAnswer, type PlanRequest, type PlanStore } from '../../guard/plan-core.ts'
import { isOpen, type PlanSummary } from '../../plan.ts'
import type { SwitchRow } from '../../plans.ts'
import type { Admission, AdmitRequest, Appended, AppendRequest, Millis } from '../../ports.ts'
import {
  bucketKey,
  bucketPrefix,
  callerKey,
  headKey,
  openKey,
  planAgeKey,
  planKey,
  recordKey,
  sealedKey,
  switchRowKey,
} from './keys.ts'

/** Deno KV takes at most ten keys at once. */
const MAX_GET = 10
/** How many buckets are looked through at a time for ones that are full again; an atomic takes as many checks. */
const PRUNE_ROWS = 100
/** Below the 64 KiB of a value, in characters that are one byte each: what is sealed is base64url. */
const SEALED_PIECE = 60_000

/**
 * An atomic holds at most 1,000 mutations and 800 KB. A request makes up to a record and a few small rows; a record is at
 * most 35 KB as KV keeps it (two bytes a character), and the last one may begin right below the line. A new plan may be
 * half of an atomic by itself, so it comes alone.
 */
export const MAX_BATCH = 100
const MAX_BATCH_CHARACTERS = 300_000

export type LedgerRequest = AdmitRequest | AppendRequest | PlanRequest
export type LedgerAnswer = Admission | Appended | PlanAnswer
export type Outcome = { readonly answer: LedgerAnswer } | { readonly error: unknown }

const isLarge = (request: LedgerRequest): boolean => 'do' in request && request.do === 'propose'

/** Decides one request. Where it throws it has written nothing to the store. */
const decide = (store: PlanStore, ledger: string, request: LedgerRequest): Outcome => {
  try {
    if ('do' in request) return { answer: change(store, ledger, request) }
    return { answer: 'refused' in request ? admit(store, ledger, request) : append(store, ledger, request) }
  } catch (error) {
    return { error }
  }
}

const idOf = (key: Deno.KvKey): string => JSON.stringify(key)

/** Rows as they are stored, and as they were changed; a row that is read must have been fetched. */
class Rows {
  readonly #known = new Map<string, unknown>()
  readonly changed = new Map<string, { readonly key: Deno.KvKey; readonly value: unknown }>()

  async fetch(kv: Deno.Kv, keys: readonly Deno.KvKey[]): Promise<void> {
    const missing = [...new Map(keys.map((key) => [idOf(key), key])).values()].filter(
      (it) => !this.#known.has(idOf(it)),
    )
    for (let from = 0; from < missing.length; from += MAX_GET)
      for (const { key, value } of await kv.getMany<unknown[]>(missing.slice(from, from + MAX_GET)))
        this.#known.set(idOf(key), value ?? undefined)
  }

  get<T>(key: Deno.KvKey): T | undefined {
    const id = idOf(key)
    const changed = this.changed.get(id)
    if (changed !== undefined) return changed.value as T
    if (!this.#known.has(id)) throw new Error(`Read ${id}: it was not fetched`)
    return this.#known.get(id) as T | undefined
  }

  put(key: Deno.KvKey, value: unknown): void {
    this.changed.set(idOf(key), { key, value })
  }
}

/** The owners whose past and switches a request may look at; a plan's own owner is known when the plan is. */
const ownersOf = (request: LedgerRequest, plan: PlanSummary | undefined): readonly string[] => {
  const watched = 'watch' in request && request.watch !== undefined ? [callerKeyOf(request.watch.caller)] : []
  if (!('do' in request)) return 'refused' in request ? [request.bucketOwner, ...watched] : watched
  if (request.do === 'propose') return [request.row.owner, ...watched]
  return plan === undefined ? watched : [plan.owner, ...watched]
}

const planIdOf = (request: LedgerRequest): string | undefined =>
  'do' in request ? ('id' in request ? request.id : request.do === 'propose' ? request.row.id : undefined) : undefined

const fetchRows = async (kv: Deno.Kv, ledger: string, requests: readonly LedgerRequest[]): Promise<Rows> => {
  const rows = new Rows()
  const ids = requests.flatMap((it) => planIdOf(it) ?? [])
  await rows.fetch(kv, [
    ...ids.map((id) => planKey(ledger, id)),
    ...requests.flatMap((request) =>
      'do' in request ? [] : bucketKeysOf(request).map(([owner, name]) => bucketKey(ledger, owner, name)),
    ),
    ...requests.flatMap((request) =>
      'do' in request && request.do === 'setSwitch' ? [switchRowKey(ledger, switchKey(request.row.scope))] : [],
    ),
  ])
  const second = requests.flatMap((request) => {
    const id = planIdOf(request)
    const plan = id === undefined ? undefined : rows.get<PlanSummary>(planKey(ledger, id))
    const buckets = 'do' in request && 'buckets' in request ? (request.buckets ?? []) : []
    return ownersOf(request, plan).flatMap((owner) => [
      ...switchKeysOf(owner).map((key) => switchRowKey(ledger, key)),
      callerKey(ledger, ownerKey(owner)),
      openKey(ledger, ownerKey(owner)),
      ...buckets.map(({ name }) => bucketKey(ledger, ownerKey(owner), name)),
    ])
  })
  await rows.fetch(kv, second)
  const proposals = requests.flatMap((it) => ('do' in it && it.do === 'propose' ? [it.row.owner] : []))
  const open = proposals.flatMap((owner) => rows.get<string[]>(openKey(ledger, ownerKey(owner))) ?? [])
  await rows.fetch(
    kv,
    open.map((id) => planKey(ledger, id)),
  )
  return rows
}

/**
 * Answers the first of `requests`, at least one and as many as fit into a commit, in their order. Throws when the commit
 * failed: then nothing is known of any of them.
 */
export const commitBatch = async (
  kv: Deno.Kv,
  ledger: string,
  waiting: readonly LedgerRequest[],
): Promise<readonly Outcome[]> => {
  const large = waiting.findIndex(isLarge)
  const requests = large === -1 ? waiting : waiting.slice(0, Math.max(1, large))
  const [rows, stored] = await Promise.all([fetchRows(kv, ledger, requests), kv.get<Head>(headKey(ledger))])
  const lines: { readonly seq: number; readonly line: string }[] = []
  let head = stored.value ?? undefined
  let characters = 0
  const store: PlanStore = {
    head: () => head,
    append(record) {
      const line = recordLine(record)
      characters += line.length
      lines.push({ seq: record.seq, line })
      head = { seq: record.seq, hash: record.hash, time: record.time }
    },
    bucket: (owner, name) => rows.get<BucketRow>(bucketKey(ledger, owner, name)),
    putBucket: (owner, name, row) => rows.put(bucketKey(ledger, owner, name), row),
    caller: (owner) => rows.get<CallerState>(callerKey(ledger, owner)),
    putCaller: (owner, state) => rows.put(callerKey(ledger, owner), state),
    freezeSwitch: (key) => (key === '' ? undefined : rows.get<SwitchRow>(switchRowKey(ledger, key))),
    putSwitch: (key, row) => rows.put(switchRowKey(ledger, key), row),
    plan: (id) => rows.get<PlanSummary>(planKey(ledger, id)),
    putPlan(plan, sealed) {
      const owner = openKey(ledger, ownerKey(plan.owner))
      const others = (rows.get<string[]>(owner) ?? []).filter((id) => id !== plan.id)
      const ids = isOpen(plan.state) ? [...others, plan.id] : others
      rows.put(owner, ids.length === 0 ? undefined : ids)
      rows.put(planKey(ledger, plan.id), plan)
      if (sealed === undefined) return
      rows.put(planAgeKey(ledger, plan.created, plan.id), true)
      for (let from = 0, index = 0; from < sealed.length; from += SEALED_PIECE, index += 1)
        rows.put(sealedKey(ledger, plan.id, index), sealed.slice(from, from + SEALED_PIECE))
    },
    openPlans: (owner) =>
      (rows.get<string[]>(openKey(ledger, ownerKey(owner))) ?? []).flatMap(
        (id) => rows.get<PlanSummary>(planKey(ledger, id)) ?? [],
      ),
  }
  const outcomes: Outcome[] = []
  for (const request of requests) {
    if (characters > MAX_BATCH_CHARACTERS) break
    outcomes.push(decide(store, ledger, request))
  }
  const atomic = kv.atomic().check(stored)
  for (const { seq, line } of lines) atomic.set(recordKey(ledger, seq), line)
  for (const { key, value } of rows.changed.values())
    if (value === undefined) atomic.delete(key)
    else atomic.set(key, value)
  // Also where no record was written: whoever else has read the rows must find that they changed.
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
