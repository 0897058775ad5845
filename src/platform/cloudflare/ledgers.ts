/** The `Ledger` port over Durable Objects: one round trip a method, each with a deadline, every failure the same error. */
import type { Config } from '../../config.ts'
import { within } from '../../deadline.ts'
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

export const createLedgers = (namespace: Namespace, config: Pick<Config, 'clusters'>): Ledgers => {
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

  return {
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
}
