/**
 * Whose last admission was good: only then may the API server be asked while the ledger is still answering. Per isolate,
 * bounded, and safe to lose: without it a call waits for the ledger first.
 */

/** One entry a caller and ledger; beyond this the oldest is forgotten. */
const MAX_ENTRIES = 1000

export interface Confidence {
  has(owner: string, ledger: string): boolean
  add(owner: string, ledger: string): void
  drop(owner: string, ledger: string): void
}

export const createConfidence = (): Confidence => {
  const good = new Set<string>()
  const key = (owner: string, ledger: string) => `${ledger}\n${owner}`
  return {
    has: (owner, ledger) => good.has(key(owner, ledger)),
    add(owner, ledger) {
      const it = key(owner, ledger)
      good.delete(it)
      good.add(it)
      const [oldest] = good
      if (good.size > MAX_ENTRIES && oldest !== undefined) good.delete(oldest)
    },
    drop(owner, ledger) {
      good.delete(key(owner, ledger))
    },
  }
}
