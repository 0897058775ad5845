/** The metered Worker from outside: one call's bill, what it does after its answer included. */
import { setTimeout as delay } from 'node:timers/promises'
import { type BenchCluster, type BulkheadOptions, type RunningBulkhead, startBulkhead } from '../bulkhead.ts'
import { type Bill, TAKE_PATH, type Taken } from './bill.ts'

const ENTRY = new URL('worker.ts', import.meta.url).pathname
/** What a call leaves to be done after its answer begins at once; nothing new for this long means that it is done. */
const QUIET_MS = 60
const DEADLINE_MS = 10_000

export const startMetered = (cluster: BenchCluster, options: Omit<BulkheadOptions, 'entry'> = {}) =>
  startBulkhead(cluster, { ...options, entry: ENTRY })

const KEYS = ['cluster', 'durable', 'rowsRead', 'rowsWritten', 'cacheReads', 'cacheWrites'] as const

const add = (a: Bill, b: Bill): Bill =>
  Object.fromEntries(KEYS.map((key) => [key, a[key] + b[key]])) as Record<(typeof KEYS)[number], number>

const isEmpty = (bill: Bill): boolean => KEYS.every((key) => bill[key] === 0)

/** Everything since the last time, once nothing is under way any more. */
export const takeBill = async ({ origin }: RunningBulkhead): Promise<Bill> => {
  const once = async () => (await (await fetch(origin + TAKE_PATH)).json()) as Taken
  const until = Date.now() + DEADLINE_MS
  let last = await once()
  let { bill } = last
  while (Date.now() < until) {
    await delay(QUIET_MS)
    const next = await once()
    bill = add(bill, next.bill)
    if (last.pending + next.pending === 0 && isEmpty(next.bill)) return bill
    last = next
  }
  throw new Error(`The calls did not come to rest within ${DEADLINE_MS} ms.`)
}
