/**
 * The `Ledger` and `Plans` ports on Deno KV. Parallel compare-and-sets on one head would mostly fail, so there is one queue a ledger:
 * whatever waits is decided in order and made durable together, and only then answered.
 */

import type { Checkpoints } from '../../checkpoints.ts'
import { within } from '../../deadline.ts'
import { genesisHash, type Head } from '../../guard/chain.ts'
import { pageLimit } from '../../guard/ledger-core.ts'
import type { PlanRequest } from '../../guard/plan-core.ts'
import type { PlanSummary } from '../../plan.ts'
import type { Decided, Intended, Plans, Proposed, SwitchRow } from '../../plans.ts'
import type { Admission, Appended, Ledger, LedgerRecord, Ledgers, Millis } from '../../ports.ts'
import { ledgerUnavailable } from '../failures.ts'
import { commitBatch, type LedgerAnswer, type LedgerRequest, MAX_BATCH, pruneBuckets } from './batch.ts'
import { checkpointRows, readAudit } from './checkpoint-rows.ts'
import { headKey, recordKey, recordPrefix } from './keys.ts'
import { getPlan, listCallers, listPlans, listSwitches, pruneCallers, prunePlans, readStanding } from './plan-rows.ts'

/** A commit to a local disk takes milliseconds; who waits longer learns that the disk does not keep up. */
const LEDGER_DEADLINE_MS: Millis = 5_000
/** What can be committed within the deadline on a slow disk; beyond it a request is refused at once. */
const MAX_QUEUE = 2_000
/** How often, in commits, what may be forgotten is looked for. */
const PRUNE_EVERY = 256

/** What the records take, and what is left for them, in bytes. */
export type Room = () => Promise<{ readonly bytesUsed: number; readonly bytesAvailable: number }>

interface Waiting {
  readonly request: LedgerRequest
  readonly resolve: (answer: LedgerAnswer) => void
  readonly reject: (error: unknown) => void
  /** Its caller has given up: it must not be carried out any more. */
  late: boolean
}

/** Commits what waits, batch after batch, until nothing does. */
const createQueue = (kv: Deno.Kv, ledger: string) => {
  const waiting: Waiting[] = []
  let running = false
  let commits = 0
  let pruneFrom: string | undefined
  let pruneCallersFrom: string | undefined

  const commitNext = async (): Promise<void> => {
    const batch = waiting.slice(0, MAX_BATCH).filter((it) => !it.late)
    let outcomes: Awaited<ReturnType<typeof commitBatch>> = []
    try {
      if (batch.length > 0)
        outcomes = await commitBatch(
          kv,
          ledger,
          batch.map((it) => it.request),
        )
    } catch (error) {
      outcomes = batch.map(() => ({ error }))
    }
    for (const [index, outcome] of outcomes.entries()) {
      if ('error' in outcome) batch[index]?.reject(outcome.error)
      else batch[index]?.resolve(outcome.answer)
    }
    const done = new Set(batch.slice(0, outcomes.length))
    const left = waiting.filter((it) => !it.late && !done.has(it))
    waiting.splice(0, waiting.length, ...left)
    commits++
    const now = batch.at(-1)?.request.now
    // Where it fails nothing is lost but room; it is tried again.
    if (commits % PRUNE_EVERY === 0 && now !== undefined) {
      pruneFrom = await pruneBuckets(kv, ledger, now, pruneFrom).catch(() => undefined)
      await prunePlans(kv, ledger, now).catch(() => undefined)
      pruneCallersFrom = await pruneCallers(kv, ledger, now, pruneCallersFrom).catch(() => undefined)
    }
  }

  const run = async (): Promise<void> => {
    running = true
    try {
      while (waiting.length > 0) await commitNext()
    } finally {
      running = false
    }
  }

  return async (request: LedgerRequest): Promise<LedgerAnswer> => {
    if (waiting.length >= MAX_QUEUE) throw new Error(`${MAX_QUEUE} requests wait already: the disk does not keep up`)
    const { promise, resolve, reject } = Promise.withResolvers<LedgerAnswer>()
    const job: Waiting = { request, resolve, reject, late: false }
    waiting.push(job)
    // In a turn of its own, so that requests made in one turn share a commit.
    if (!running) {
      running = true
      queueMicrotask(() => void run())
    }
    return within(LEDGER_DEADLINE_MS, promise, () => {
      job.late = true
      return new Error(`not durable after ${LEDGER_DEADLINE_MS} ms`)
    })
  }
}

interface Kept {
  readonly ledger: Ledger
  readonly plans: Plans
  readonly checkpoints: Checkpoints
}

const createLedger = (kv: Deno.Kv, name: string, room: Room, now: () => Millis): Kept => {
  const enqueue = createQueue(kv, name)
  const ask = async <T>(action: string, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw ledgerUnavailable(name, action, error)
    }
  }
  const look = <T>(action: string, work: () => Promise<T>): Promise<T> =>
    ask(
      action,
      within(LEDGER_DEADLINE_MS, work(), () => new Error(`no answer in ${LEDGER_DEADLINE_MS} ms`)),
    )
  const change = <T>(request: PlanRequest): Promise<T> =>
    ask(request.do, enqueue(structuredClone(request)) as Promise<T>)
  const plans: Plans = {
    propose: (request) => change<Proposed>({ do: 'propose', ...request }),
    decide: (request) => change<Decided>({ do: 'decide', ...request }),
    consume: (request) => change<Intended>({ do: 'consume', ...request }),
    intend: (request) => change<Intended>({ do: 'intend', ...request }),
    outcome: (request) => change<PlanSummary | undefined>({ do: 'outcome', ...request }),
    close: (request) => change<PlanSummary | undefined>({ do: 'close', ...request }),
    setSwitch: (request) => change<SwitchRow>({ do: 'setSwitch', ...request }),
    get: (id) => look('get', () => getPlan(kv, name, id, now())),
    list: (query) => look('list', () => listPlans(kv, name, query, now())),
    standing: (owner) => look('standing', () => readStanding(kv, name, owner)),
    callers: () => look('callers', () => listCallers(kv, name)),
    switches: () => look('switches', () => listSwitches(kv, name)),
  }
  const ledger: Ledger = {
    // The queue keeps the request until it is committed: a copy, which nobody can change meanwhile.
    admit: (request) => ask('admit', enqueue(structuredClone(request)) as Promise<Admission>),
    append: (request) => ask('append', enqueue(structuredClone(request)) as Promise<Appended>),
    read: (after, limit) =>
      look('read', async () => {
        const count = pageLimit(limit)
        const records: LedgerRecord[] = []
        const range = { prefix: recordPrefix(name), start: recordKey(name, after + 1) }
        // One more than asked for tells whether there is another page.
        for await (const { value } of kv.list<string>(range, { limit: count + 1 })) {
          if (records.length === count) return { records, next: records.at(-1)?.seq ?? after }
          records.push(JSON.parse(value) as LedgerRecord)
        }
        return { records }
      }),
    status: () =>
      look('status', async () => {
        // The head last: what is known of the tree is then never ahead of it.
        const [audit, left] = await Promise.all([readAudit(kv, name), room()])
        const { value } = await kv.get<Head>(headKey(name))
        return { seq: value?.seq ?? 0, head: value?.hash ?? genesisHash(name), ...left, audit }
      }),
  }
  const rows = checkpointRows(kv, name, async () => (await kv.get<Head>(headKey(name))).value?.seq ?? 0)
  const checkpoints: Checkpoints = {
    grow: (growth) => look('grow', () => rows.grow(growth)),
    tiles: (keys) => look('tiles', () => rows.tiles(keys)),
    checkpoint: (size) => look('checkpoint', () => rows.checkpoint(size)),
    mark: (marks) => look('mark', () => rows.mark(marks)),
    prune: (upTo) => look('prune', () => rows.prune(upTo)),
  }
  return { ledger, plans, checkpoints }
}

export interface KeptLedgers {
  readonly ledgers: Ledgers
  plans(ledger: string): Plans
  checkpoints(ledger: string): Checkpoints
}

/** `now` decides what reads as expired. */
export const createLedgers = (kv: Deno.Kv, room: Room, now: () => Millis = Date.now): KeptLedgers => {
  const made = new Map<string, Kept>()
  const of = (name: string): Kept => {
    const kept = made.get(name) ?? createLedger(kv, name, room, now)
    made.set(name, kept)
    return kept
  }
  return {
    ledgers: { ledger: (name) => of(name).ledger },
    plans: (name) => of(name).plans,
    checkpoints: (name) => of(name).checkpoints,
  }
}
