/** The ledger for the console: newest first, filtered, and its chain checked. Bounded: an export checks all of it. */
import { beginning, isFault, type Known, step } from '../../guard/verify.ts'
import { type Ledger, type LedgerRecord, type LedgerStatus, MAX_LEDGER_PAGE } from '../../ports.ts'

/** A screen or two. */
const PAGE = 50
/** Pages that a filter looks through before it says that the rest is older. */
const MAX_PAGES = 6
/** Records that the button checks; what is more is for verify-audit. A page takes some 20 ms. */
const MAX_CHECKED = 20_000

export interface Verification {
  readonly whole: boolean
  /** All that is kept was read. */
  readonly complete: boolean
  readonly records: number
  readonly head: string
  readonly fault?: string
}

export interface Newest {
  readonly records: readonly LedgerRecord[]
  /** Pass as `before` for the next page; absent: the beginning was reached. */
  readonly older?: number
}

/** Records with `seq < before`, newest first. */
export const newest = async (
  ledger: Ledger,
  { seq: last, audit }: LedgerStatus,
  kind: string,
  before: number | undefined,
): Promise<Newest> => {
  const first = Math.max(1, audit.first)
  let end = Math.min(before ?? last + 1, last + 1)
  const found: LedgerRecord[] = []
  const size = kind === '' ? PAGE : MAX_LEDGER_PAGE
  for (let pages = 0; pages < MAX_PAGES && end > first && found.length < PAGE; pages += 1) {
    const after = Math.max(first - 1, end - 1 - size)
    const { records } = await ledger.read(after, end - 1 - after)
    const matching = records.filter((it) => it.seq < end && (kind === '' || it.kind === kind)).toReversed()
    const taken = matching.slice(0, PAGE - found.length)
    found.push(...taken)
    end = taken.length < matching.length ? (taken.at(-1)?.seq ?? end) : after + 1
  }
  return end > first ? { records: found, older: end } : { records: found }
}

/** Checks the chain, its newest part where it is long. */
export const checkChain = async (
  ledger: Ledger,
  { seq: last, head, audit }: LedgerStatus,
  name: string,
): Promise<Verification> => {
  const gone = Math.max(0, audit.first - 1)
  const from = Math.max(gone, last - MAX_CHECKED)
  let known: Known | undefined = from === 0 ? beginning(name) : undefined
  let records = 0
  for (let after = from; after < last; ) {
    const page = await ledger.read(after, MAX_LEDGER_PAGE)
    for (const [index, record] of page.records.entries()) {
      // Where the check begins in the middle, the first record is what the others hang on.
      if (known === undefined) known = record
      else {
        const result = step(known, record, name, page.records[index + 1])
        if (isFault(result))
          return { whole: false, complete: from === gone, records, head: `${last}:${head}`, fault: result.message }
        known = result
      }
      records += 1
    }
    after = page.next ?? last
  }
  return { whole: true, complete: from === gone, records, head: `${last}:${head}` }
}
