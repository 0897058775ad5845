/**
 * Checks exported ledgers, line by line as they are read: each line is one record, written exactly as a ledger writes
 * it, and each ledger's chain is whole. A file may hold several ledgers, one after the other.
 */
import { canonicalJson } from '../../src/guard/chain.ts'
import { recordLeaf } from '../../src/guard/checkpoint.ts'
import { type GrowingTree, sameHash } from '../../src/guard/merkle.ts'
import {
  type Anchor,
  beginning,
  checkHead,
  type Fault,
  isFault,
  type Known,
  ledgerOf,
  step,
} from '../../src/guard/verify.ts'
import { type KnownTrees, NO_TREES, originsOf, type SignedHead, seenBy, watchTree } from './audit-tree.ts'

/** A record is below 64 KiB; a longer line is none, and must not fill the memory. */
const MAX_LINE_BYTES = 131_072
const NEWLINE = 0x0a

export interface Line {
  /** From 1. */
  readonly number: number
  /** Undefined: longer than any record, or not UTF-8. */
  readonly text: string | undefined
}

export interface LedgerSummary {
  readonly ledger: string
  readonly records: number
  readonly first: number
  readonly from: string
  readonly until: string
  readonly head: Anchor
  /** Records that a checkpoint covers; absent where none was given. */
  readonly signed?: number
  /** Whose checkpoints those are. More than one is right only where `publicUrl` changed. */
  readonly origins?: readonly string[]
}

export interface AuditFault {
  readonly line: number
  /** Undefined where not even that can be told. */
  readonly ledger: string | undefined
  readonly seq: number
  readonly reason: Fault['reason'] | 'interleaved' | 'checkpoint'
  readonly message: string
}

export interface AuditReport {
  /** The ledgers that are whole, up to the fault. */
  readonly ledgers: readonly LedgerSummary[]
  readonly fault?: AuditFault
}

/** Places that are known from elsewhere, by ledger. */
export interface KnownPlaces {
  /** The file holds what comes after these. */
  readonly after: ReadonlyMap<string, Anchor>
  /** The file must hold these. */
  readonly heads: ReadonlyMap<string, Anchor>
}

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Splits at `\n` and nowhere else. What stands after the last one counts as a line if there is any. */
export const linesOf = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let parts: Uint8Array[] = []
  let length = 0
  let number = 0
  const keep = (part: Uint8Array) => {
    length += part.length
    if (length <= MAX_LINE_BYTES) parts.push(part)
  }
  const finish = (): Line => {
    const text = length <= MAX_LINE_BYTES ? decode(Buffer.concat(parts)) : undefined
    parts = []
    length = 0
    return { number: ++number, text }
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, at))
      yield finish()
      from = at + 1
    }
    keep(chunk.subarray(from))
  }
  if (length > 0) yield finish()
}

interface Parsed {
  readonly number: number
  readonly record: unknown
  /** The line is exactly what a ledger writes for this record. */
  readonly canonical: boolean
}

const parse = ({ number, text }: Line): Parsed => {
  try {
    const record: unknown = JSON.parse(text ?? '')
    return { number, record, canonical: canonicalJson(record) === text }
  } catch {
    return { number, record: undefined, canonical: false }
  }
}

interface Running {
  readonly known: Known
  readonly tree: GrowingTree | undefined
  readonly summary: LedgerSummary
}

/** A file that begins in the middle hangs on what is known from elsewhere, or on the tree that a checkpoint vouches for. */
const knownOf = (places: KnownPlaces, tree: GrowingTree | undefined, ledger: string, record: unknown): Known => {
  const after = places.after.get(ledger)
  if (after !== undefined) return after
  if (tree === undefined || tree.size === 0) return beginning(ledger)
  const { prev } = record as { readonly prev?: unknown }
  return { seq: tree.size, hash: typeof prev === 'string' ? prev : '' }
}

const isOf = ({ root }: SignedHead, tree: GrowingTree): boolean => sameHash(root, tree.root())

const endsBefore = ({ size, file }: SignedHead, seq: number): Omit<AuditFault, 'line' | 'ledger'> => ({
  seq: seq + 1,
  reason: 'checkpoint',
  message: `the records end at ${seq}: ${file} was signed over ${size}; the end was cut off, or an older state was put back`,
})

const otherHistory = ({ size, file, origin }: SignedHead): string =>
  `the first ${size} records are not those that ${file} of "${origin}" was signed over: the ledger was rewritten, or forked`

/** Reads to the end or to the first fault. Throws `Uncheckable` where a checkpoint cannot be held against this file. */
export const verifyLines = async (
  lines: AsyncIterable<Line>,
  places: KnownPlaces,
  trees: KnownTrees = NO_TREES,
): Promise<AuditReport> => {
  const done: LedgerSummary[] = []
  let running: Running | undefined
  let last = 0

  /** Ends a ledger: it must have come as far as it was known to. */
  const close = (): AuditFault | undefined => {
    if (running === undefined) return undefined
    const { known, summary } = running
    const missing = trees.checkpoints.get(summary.ledger)?.find((it) => it.size > known.seq)
    const head = places.heads.get(summary.ledger)
    const short = head !== undefined && known.seq < head.seq ? checkHead(known, head) : undefined
    running = undefined
    if (short !== undefined) return { line: last, ledger: summary.ledger, ...short }
    if (missing !== undefined) return { line: last, ledger: summary.ledger, ...endsBefore(missing, known.seq) }
    const signed = seenBy(trees, summary.ledger, known.seq)
    done.push(signed === undefined ? summary : { ...summary, signed, origins: originsOf(trees, summary.ledger) })
    return undefined
  }

  const take = (current: Parsed, following: Parsed | undefined): AuditFault | undefined => {
    const ledger = ledgerOf(current.record) ?? running?.summary.ledger
    if (ledger !== undefined && running?.summary.ledger !== ledger) {
      const ended = close()
      if (ended !== undefined) return ended
      if (done.some((it) => it.ledger === ledger)) {
        const message = `a record of ledger "${ledger}" stands after those of another ledger: ledgers follow each other whole`
        return { line: current.number, ledger, seq: 0, reason: 'interleaved', message }
      }
    }
    const at = { line: current.number, ledger }
    const tree = running === undefined ? watchTree(trees, ledger ?? '', places.after.get(ledger ?? '')) : running.tree
    const known = running?.known ?? knownOf(places, tree, ledger ?? '', current.record)
    const next = step(known, current.record, ledger ?? '', following?.record)
    if (isFault(next)) return { ...at, ...next }
    if (!current.canonical) {
      const message = `record ${next.seq} is not written as a ledger writes it: the line was altered`
      return { ...at, seq: next.seq, reason: 'malformed', message }
    }
    const head = places.heads.get(ledger ?? '')
    const other = head?.seq === next.seq ? checkHead(next, head) : undefined
    if (other !== undefined) return { ...at, ...other }
    tree?.push(recordLeaf(next.hash))
    const signed = trees.checkpoints.get(ledger ?? '')?.filter((it) => it.size === next.seq) ?? []
    const foreign = tree === undefined ? undefined : signed.find((it) => !isOf(it, tree))
    if (foreign !== undefined) return { ...at, seq: next.seq, reason: 'checkpoint', message: otherHistory(foreign) }
    const before = running?.summary
    running = {
      known: next,
      tree,
      summary: {
        ledger: ledger ?? '',
        records: (before?.records ?? 0) + 1,
        first: before?.first ?? next.seq,
        from: before?.from ?? next.time,
        until: next.time,
        head: { seq: next.seq, hash: next.hash },
      },
    }
    last = current.number
    return undefined
  }

  const report = (fault: AuditFault | undefined): AuditReport =>
    fault === undefined ? { ledgers: done } : { ledgers: done, fault }

  // One line ahead: only the record after a gap tells whether two have changed places.
  let current: Parsed | undefined
  for await (const line of lines) {
    const following = parse(line)
    const fault = current === undefined ? undefined : take(current, following)
    if (fault !== undefined) return report(fault)
    current = following
  }
  const fault = (current === undefined ? undefined : take(current, undefined)) ?? close()
  if (fault !== undefined) return report(fault)
  const isAbsent = (ledger: string): boolean => !done.some((it) => it.ledger === ledger)
  const unsigned = [...trees.checkpoints].find(([ledger]) => isAbsent(ledger))
  if (unsigned?.[1][0] !== undefined)
    return report({ line: last, ledger: unsigned[0], ...endsBefore(unsigned[1][0], 0) })
  const absent = [...places.heads.keys()].find(isAbsent)
  if (absent === undefined) return report(undefined)
  const message = `no record of ledger "${absent}": it was known to reach ${places.heads.get(absent)?.seq}`
  return report({ line: last, ledger: absent, seq: 1, reason: 'head', message })
}
