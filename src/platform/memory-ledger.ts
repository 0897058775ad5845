/** A ledger in memory: the same decisions as everywhere, kept in two maps. Unbounded, for tests alone. */
import type { Head } from '../guard/chain.ts'
import { genesisHash, recordLine } from '../guard/chain.ts'
import type { BucketRow, LedgerStore } from '../guard/ledger-core.ts'
import { admit, append, pageLimit } from '../guard/ledger-core.ts'
import type { Ledger, LedgerRecord } from '../ports.ts'
import { ledgerUnavailable } from './failures.ts'

export type LedgerOperation = 'admit' | 'append' | 'read' | 'status'

/** As much as a Durable Object has, so that a test can watch the room shrink. */
const ROOM_BYTES = 10_000_000_000

/** `broken` is asked before each operation; true: storage is down. */
export const createMemoryLedger = (name: string, broken: (operation: LedgerOperation) => boolean): Ledger => {
  const lines: string[] = []
  const buckets = new Map<string, BucketRow>()
  let head: Head | undefined
  const key = (owner: string, bucket: string) => `${bucket} ${owner}`
  const store: LedgerStore = {
    head: () => head,
    append(record) {
      lines.push(recordLine(record))
      head = record
    },
    bucket: (owner, bucket) => buckets.get(key(owner, bucket)),
    putBucket(owner, bucket, row) {
      buckets.set(key(owner, bucket), row)
    },
  }
  const operate = async <T>(operation: LedgerOperation, work: () => T): Promise<T> => {
    try {
      if (broken(operation)) throw new Error('broken by the test')
      return work()
    } catch (error) {
      throw ledgerUnavailable(name, operation, error)
    }
  }
  return {
    // Requests are copied, as they are on their way to a Durable Object: nobody may change a record afterwards.
    admit: (request) => operate('admit', () => admit(store, name, structuredClone(request))),
    append: (request) => operate('append', () => append(store, name, structuredClone(request))),
    read: (after, limit) =>
      operate('read', () => {
        const from = Math.max(0, after)
        const page = lines.slice(from, from + pageLimit(limit)).map((line) => JSON.parse(line) as LedgerRecord)
        const last = from + page.length
        return last < lines.length ? { records: page, next: last } : { records: page }
      }),
    status: () =>
      operate('status', () => {
        const bytesUsed = lines.reduce((sum, line) => sum + line.length, 0)
        return {
          seq: head?.seq ?? 0,
          head: head?.hash ?? genesisHash(name),
          bytesUsed,
          bytesAvailable: ROOM_BYTES - bytesUsed,
        }
      }),
  }
}
