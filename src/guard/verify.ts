/**
 * Checks a ledger's hash chain, pure and without trust in whoever gave the records. It names the first record at which
 * the chain breaks and how. What it cannot see by itself: records missing at the end, and a chain that was rewritten as
 * a whole; for those it wants the head as it was noted elsewhere.
 */
import { RECORD_VERSION } from '../ports.ts'
import { genesisHash, type Head, recordHash } from './chain.ts'

/** How a chain is broken at a record. */
export type FaultReason =
  /** Not a record at all. */
  | 'malformed'
  /** A format that this program does not know. */
  | 'version'
  /** A record of another ledger. */
  | 'foreign'
  /** The content does not match its own hash: it was altered. */
  | 'flip'
  /** Records are missing before it. */
  | 'gap'
  /** It and its neighbour changed places. */
  | 'swap'
  /** A record with this number stood here already: one of them was put in. */
  | 'repeat'
  /** Numbered right, but it does not hang on the record before it: one of the two was replaced. */
  | 'fork'
  /** Earlier than the record before it. */
  | 'time'
  /** The chain does not end where it was known to end. */
  | 'head'

export interface Fault {
  readonly reason: FaultReason
  /** The number of the record at fault, or where one should be. */
  readonly seq: number
  readonly message: string
}

/** A place in a chain that is known from elsewhere. */
export type Anchor = Pick<Head, 'seq' | 'hash'>

const HASH = /^[0-9a-f]{64}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** The fields that every version of a record has. */
interface Frame extends Head {
  readonly v: unknown
  readonly ledger: string
  readonly prev: string
}

const isFrame = (value: unknown): value is Frame => {
  if (typeof value !== 'object' || value === null) return false
  const { seq, hash, prev, time, ledger } = value as Partial<Record<keyof Frame, unknown>>
  const text = (it: unknown, pattern: RegExp) => typeof it === 'string' && pattern.test(it)
  return (
    Number.isSafeInteger(seq) &&
    Number(seq) >= 1 &&
    text(hash, HASH) &&
    text(prev, HASH) &&
    text(time, TIME) &&
    typeof ledger === 'string'
  )
}

const intact = (record: Frame): boolean => {
  try {
    return recordHash({ ...record }) === record.hash
  } catch {
    return false // not canonical JSON, so never hashed by a ledger
  }
}

/** What a file holds may be anything: quoted, escaped and short. */
const shown = (value: unknown): string => String(JSON.stringify(value)).slice(0, 80)

/** The ledger that a record says it is of; undefined where it is no record. */
export const ledgerOf = (record: unknown): string | undefined => (isFrame(record) ? record.ledger : undefined)

/** What is known of the chain so far: nothing, an anchor, or the last record that was good. */
export type Known = Anchor & { readonly time?: string }

export const beginning = (ledger: string): Known => ({ seq: 0, hash: genesisHash(ledger) })

/**
 * Whether `record` follows `known` in `ledger`: the new head, or the fault. `following` is the record after it where there
 * is one; it only tells a swap from a gap.
 */
export const step = (known: Known, record: unknown, ledger: string, following?: unknown): Head | Fault => {
  const seq = known.seq + 1
  const fault = (reason: FaultReason, message: string, at = seq): Fault => ({ reason, seq: at, message })
  if (!isFrame(record)) return fault('malformed', `record ${seq} was expected: this is no record`)
  if (record.v !== RECORD_VERSION) {
    return fault('version', `record ${seq} has format version ${shown(record.v)}: this program knows ${RECORD_VERSION}`)
  }
  if (record.ledger !== ledger) {
    return fault('foreign', `record ${seq} of ledger "${ledger}" was expected: this is one of ${shown(record.ledger)}`)
  }
  if (!intact(record)) {
    return fault('flip', `the content of record ${seq} does not match its hash: it was altered`)
  }
  if (record.seq > seq) {
    const swapped = isFrame(following) && following.ledger === ledger && following.seq === seq
    return swapped
      ? fault('swap', `record ${seq} was expected: this is ${record.seq}, and ${seq} stands after it`)
      : fault('gap', `record ${seq} was expected: this is ${record.seq}; ${record.seq - seq} missing`)
  }
  if (record.seq < seq) {
    return fault('repeat', `record ${seq} was expected: number ${record.seq} stood earlier`, record.seq)
  }
  if (record.prev !== known.hash) {
    return fault('fork', `record ${seq} does not follow the record before it: one of the two was replaced`)
  }
  if (known.time !== undefined && record.time < known.time) {
    return fault('time', `record ${seq} is of ${record.time}: earlier than the record before it, ${known.time}`)
  }
  return { seq: record.seq, hash: record.hash, time: record.time }
}

export const isFault = (result: Head | Fault): result is Fault => 'reason' in result

/** Compares the record numbered `expected.seq`, or the end of a chain that does not reach it, with what was noted. */
export const checkHead = (known: Known, expected: Anchor): Fault | undefined => {
  if (known.seq === expected.seq && known.hash === expected.hash) return undefined
  const message =
    known.seq < expected.seq
      ? `the chain ends at record ${known.seq}: it was known to reach ${expected.seq}`
      : `record ${expected.seq} has the hash ${known.hash}: it was known as ${expected.hash}`
  return { reason: 'head', seq: Math.min(known.seq + 1, expected.seq), message }
}

export interface VerifyOptions {
  readonly ledger: string
  /** The records begin after this one, instead of at the ledger's beginning. */
  readonly after?: Anchor
  /** The chain must hold this record. */
  readonly head?: Anchor
}

/** The first fault in a ledger's records, oldest first; undefined: the chain is whole. */
export const verify = (records: Iterable<unknown>, options: VerifyOptions): Fault | undefined => {
  const { ledger, after, head } = options
  const all = [...records]
  let known: Known = after ?? beginning(ledger)
  for (const [index, record] of all.entries()) {
    const next = step(known, record, ledger, all[index + 1])
    if (isFault(next)) return next
    known = next
    if (head !== undefined && known.seq === head.seq && known.hash !== head.hash) return checkHead(known, head)
  }
  return head !== undefined && known.seq < head.seq ? checkHead(known, head) : undefined
}
