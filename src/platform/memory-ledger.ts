/** A ledger and its plans in memory: the same decisions as everywhere, kept in maps. Unbounded, for tests alone. */
import type { Checkpoints } from '../checkpoints.ts'
import type { Head } from '../guard/chain.ts'
import { genesisHash, recordLine } from '../guard/chain.ts'
import type { BucketRow, CallerState } from '../guard/ledger-core.ts'
import { admit, append, NO_PAST, ownerKey, pageLimit, standingOf } from '../guard/ledger-core.ts'
import { asOf, change, type PlanRequest, type PlanStore } from '../guard/plan-core.ts'
import { isOpen, type PlanRow, type PlanSummary } from '../plan.ts'
import { type Decided, type Intended, MAX_PLANS_PAGE, type Plans, type Proposed, type SwitchRow } from '../plans.ts'
import type { Ledger, LedgerRecord } from '../ports.ts'
import { ledgerUnavailable } from './failures.ts'
import { createMemoryCheckpoints, type MemoryLines } from './memory-checkpoints.ts'

export type LedgerOperation =
  | 'admit'
  | 'append'
  | 'read'
  | 'status'
  | PlanRequest['do']
  | 'get'
  | 'list'
  | 'standing'
  | 'callers'
  | 'switches'
  | keyof Checkpoints

/**
 * What a test does to an operation before it happens: `true` breaks it, a promise makes it wait. `after` breaks it when
 * it has happened and nobody has been told.
 */
export type Break = boolean | 'after' | Promise<void>

/** As much as a Durable Object has, so that a test can watch the room shrink. */
const ROOM_BYTES = 10_000_000_000

export interface MemoryLedger {
  readonly ledger: Ledger
  readonly plans: Plans
  readonly checkpoints: Checkpoints
}

/** `broken` is asked before each operation. `now` decides what reads as expired. */
export const createMemoryLedger = (
  name: string,
  broken: (operation: LedgerOperation) => Break,
  now: () => number,
): MemoryLedger => {
  const kept: MemoryLines = { lines: [], pruned: 0 }
  const buckets = new Map<string, BucketRow>()
  const plans = new Map<string, PlanSummary>()
  const sealed = new Map<string, string>()
  const callers = new Map<string, CallerState>()
  const switches = new Map<string, SwitchRow>()
  let head: Head | undefined
  const key = (owner: string, bucket: string) => `${bucket} ${owner}`
  const store: PlanStore = {
    head: () => head,
    append(record) {
      kept.lines.push(recordLine(record))
      head = record
    },
    bucket: (owner, bucket) => buckets.get(key(owner, bucket)),
    putBucket(owner, bucket, row) {
      buckets.set(key(owner, bucket), row)
    },
    caller: (owner) => callers.get(owner),
    putCaller: (owner, state) => void callers.set(owner, state),
    freezeSwitch: (it) => switches.get(it),
    putSwitch: (it, row) => void switches.set(it, row),
    plan: (id) => plans.get(id),
    putPlan(plan, text) {
      plans.set(plan.id, plan)
      if (text !== undefined) sealed.set(plan.id, text)
    },
    openPlans: (owner) => [...plans.values()].filter((it) => it.owner === owner && isOpen(it.state)),
  }
  const operate = async <T>(operation: LedgerOperation, work: () => T): Promise<T> => {
    try {
      const how = broken(operation)
      if (how instanceof Promise) await how
      if (how === true) throw new Error('broken by the test')
      const result = work()
      if (how === 'after') throw new Error('broken by the test, behind the effect')
      return result
    } catch (error) {
      throw ledgerUnavailable(name, operation, error)
    }
  }
  const audit = createMemoryCheckpoints(kept, operate)
  /** Copied, as it is on its way to a Durable Object: nobody may change a record afterwards. */
  const ask = <T>(request: PlanRequest): Promise<T> =>
    operate(request.do, () => structuredClone(change(store, name, structuredClone(request))) as T)
  const newestFirst = (all: Iterable<PlanSummary>): PlanSummary[] =>
    [...all].toSorted((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1))
  return {
    checkpoints: audit.checkpoints,
    ledger: {
      admit: (request) => operate('admit', () => admit(store, name, structuredClone(request))),
      append: (request) => operate('append', () => append(store, name, structuredClone(request))),
      read: (after, limit) =>
        operate('read', () => {
          const from = Math.max(0, after - kept.pruned)
          const records = kept.lines.slice(from, from + pageLimit(limit)).map((it) => JSON.parse(it) as LedgerRecord)
          const last = from + records.length
          return last < kept.lines.length ? { records, next: kept.pruned + last } : { records }
        }),
      status: () =>
        operate('status', () => {
          const bytesUsed = kept.lines.reduce((sum, line) => sum + line.length, 0)
          return {
            seq: head?.seq ?? 0,
            head: head?.hash ?? genesisHash(name),
            bytesUsed,
            bytesAvailable: ROOM_BYTES - bytesUsed,
            audit: audit.state(),
          }
        }),
    },
    plans: {
      propose: (request) => ask<Proposed>({ do: 'propose', ...request }),
      decide: (request) => ask<Decided>({ do: 'decide', ...request }),
      consume: (request) => ask<Intended>({ do: 'consume', ...request }),
      intend: (request) => ask<Intended>({ do: 'intend', ...request }),
      outcome: (request) => ask<PlanSummary | undefined>({ do: 'outcome', ...request }),
      close: (request) => ask<PlanSummary | undefined>({ do: 'close', ...request }),
      setSwitch: (request) => ask<SwitchRow>({ do: 'setSwitch', ...request }),
      get: (id) =>
        operate('get', () => {
          const plan = plans.get(id)
          return plan === undefined
            ? undefined
            : structuredClone<PlanRow>({ ...asOf(plan, now()), sealed: sealed.get(id) ?? '' })
        }),
      list: ({ owner, states, limit, before }) =>
        operate('list', () =>
          newestFirst(plans.values())
            .map((it) => asOf(it, now()))
            .filter((it) => owner === undefined || it.owner === owner)
            .filter((it) => states === undefined || states.includes(it.state))
            .filter(
              (it) =>
                before === undefined ||
                it.created < before.created ||
                (it.created === before.created && it.id < before.id),
            )
            .slice(0, Math.min(limit, MAX_PLANS_PAGE)),
        ),
      standing: (owner) => operate('standing', () => standingOf(callers.get(ownerKey(owner)) ?? NO_PAST)),
      callers: () =>
        operate('callers', () => {
          const owners = new Set([...callers.keys(), ...[...buckets.keys()].map((it) => it.slice(it.indexOf(' ') + 1))])
          return [...owners]
            .filter((owner) => owner !== '')
            .slice(0, MAX_PLANS_PAGE)
            .map((owner) => ({
              owner,
              ...standingOf(callers.get(owner) ?? NO_PAST),
              alerts: callers.get(owner)?.watched?.alerts ?? [],
              buckets: [...buckets].flatMap(([at, { level, capacity }]) =>
                at.endsWith(` ${owner}`) && !at.startsWith('~')
                  ? [{ name: at.slice(0, at.indexOf(' ')), level: level / 1000, capacity: capacity / 1000 }]
                  : [],
              ),
            }))
        }),
      switches: () => operate('switches', () => [...switches.values()]),
    },
  }
}
