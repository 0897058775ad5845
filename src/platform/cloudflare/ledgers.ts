/** The `Ledger`, `Plans` and `Checkpoints` ports over Durable Objects: one round trip a method, each with a deadline, every failure the same error. */
import type { Checkpoint, Checkpoints, Tile } from '../../checkpoints.ts'
import type { Config } from '../../config.ts'
import { within } from '../../deadline.ts'
import type { PlanRequest } from '../../guard/plan-core.ts'
import type { PlanRow, PlanSummary } from '../../plan.ts'
import type { CallerRow, Decided, Intended, Plans, Proposed, SwitchRow } from '../../plans.ts'
import type { Admission, Ledger, LedgerRecord, LedgerStatus, Ledgers, Millis } from '../../ports.ts'
import { GATEWAY_LEDGER } from '../../ports.ts'
import { ledgerUnavailable } from '../failures.ts'
import type { LedgerObject } from './ledger.ts'

/**
 * An object on the other side of the world answers in half a second, one that has to be woken there in one. Well below
 * the 30 s of a whole call, so that the caller learns why.
 */
export const LEDGER_DEADLINE_MS: Millis = 5_000

/** A request that was lost may have been carried out: repeated, it would take and record twice. */
const NO_RETRY = { retry: { maxRetries: 0 } } as const

/** What stands for "no jurisdiction" among those that the gateway remembers. */
const ANYWHERE = 'none'

type Namespace = DurableObjectNamespace<LedgerObject>

export interface Storage {
  readonly ledgers: Ledgers
  plans(ledger: string): Plans
  checkpoints(ledger: string): Checkpoints
}

/** `now` decides what reads as expired. */
export const createLedgers = (
  namespace: Namespace,
  config: Pick<Config, 'clusters'>,
  now: () => Millis = Date.now,
): Storage => {
  /** Ledgers whose jurisdiction was found unchanged; at most one a cluster. */
  const settled = new Set<string>()

  const jurisdictionOf = (name: string) => config.clusters[name]?.jurisdiction
  // A stub is cheap, and one that has failed once fails for good: each request gets its own.
  const stubOf = (name: string) => {
    const jurisdiction = jurisdictionOf(name)
    const home = jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction)
    return home.getByName(name, NO_RETRY)
  }

  /** Changing a cluster's jurisdiction would silently start an empty ledger: refused instead. One question an isolate. */
  const settle = async (name: string): Promise<void> => {
    if (name === GATEWAY_LEDGER || settled.has(name)) return
    const wanted = jurisdictionOf(name) ?? ANYWHERE
    const found = await namespace.getByName(GATEWAY_LEDGER, NO_RETRY).jurisdiction(name, wanted)
    if (found !== wanted) {
      throw new Error(
        `the ledger lives in jurisdiction "${found}" and is configured for "${wanted}": give the cluster a new name, or the old jurisdiction`,
      )
    }
    settled.add(name)
  }

  const ask = async <T>(name: string, action: string, work: () => Promise<T>): Promise<T> => {
    const answer = async () => {
      await settle(name)
      return work()
    }
    try {
      return await within(LEDGER_DEADLINE_MS, answer(), () => new Error(`no answer in ${LEDGER_DEADLINE_MS} ms`))
    } catch (error) {
      throw ledgerUnavailable(name, action, error)
    }
  }

  const ledgers: Ledgers = {
    ledger: (name): Ledger => ({
      admit: (request) => ask<Admission>(name, 'admit', async () => stubOf(name).admit(name, request)),
      append: (request) => ask(name, 'append', async () => stubOf(name).append(name, request)),
      read: (after, limit) =>
        ask(name, 'read', async () => {
          const { lines, next } = await stubOf(name).read(name, after, limit)
          const records = lines.map((line) => JSON.parse(line) as LedgerRecord)
          return next === undefined ? { records } : { records, next }
        }),
      status: () => ask<LedgerStatus>(name, 'status', async () => stubOf(name).status(name)),
    }),
  }

  const plans = (name: string): Plans => {
    const change = <T>(request: PlanRequest): Promise<T> =>
      ask(name, request.do, async () => (await stubOf(name).change(name, request)) as T)
    return {
      propose: (request) => change<Proposed>({ do: 'propose', ...request }),
      decide: (request) => change<Decided>({ do: 'decide', ...request }),
      consume: (request) => change<Intended>({ do: 'consume', ...request }),
      intend: (request) => change<Intended>({ do: 'intend', ...request }),
      outcome: (request) => change<PlanSummary | undefined>({ do: 'outcome', ...request }),
      close: (request) => change<PlanSummary | undefined>({ do: 'close', ...request }),
      setSwitch: (request) => change<SwitchRow>({ do: 'setSwitch', ...request }),
      get: (id) => ask(name, 'get', async () => (await stubOf(name).plan(name, id, now())) as PlanRow | undefined),
      list: (query) =>
        ask(name, 'list', async () => (await stubOf(name).plans(name, query, now())) as readonly PlanSummary[]),
      standing: (owner) => ask(name, 'standing', async () => stubOf(name).standing(name, owner)),
      callers: () => ask(name, 'callers', async () => (await stubOf(name).callers(name)) as readonly CallerRow[]),
      switches: () => ask(name, 'switches', async () => (await stubOf(name).switches(name)) as readonly SwitchRow[]),
    }
  }

  const checkpoints = (name: string): Checkpoints => ({
    grow: (growth) => ask(name, 'grow', async () => stubOf(name).grow(name, growth)),
    tiles: (keys) => ask(name, 'tiles', async () => (await stubOf(name).tiles(name, keys)) as readonly Tile[]),
    checkpoint: (size) =>
      ask(name, 'checkpoint', async () => (await stubOf(name).checkpoint(name, size)) as Checkpoint | undefined),
    mark: (marks) => ask(name, 'mark', async () => stubOf(name).mark(name, marks)),
    prune: (upTo) => ask(name, 'prune', async () => stubOf(name).prune(name, upTo)),
  })

  return { ledgers, plans, checkpoints }
}
