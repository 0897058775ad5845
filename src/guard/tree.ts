/**
 * A ledger's tree over its storage: grown by the records that are new, checked as it grows, signed when it has come to
 * the end, and asked for proofs. What does not fit is a fault, and then nothing is signed.
 */
import type { AuditState, Checkpoint, Checkpoints } from '../checkpoints.ts'
import { BulkheadError } from '../errors.ts'
import { type Clock, type Ledger, type LedgerStatus, MAX_LEDGER_PAGE } from '../ports.ts'
import { parseCheckpoint, recordLeaf, type Signer, signCheckpoint } from './checkpoint.ts'
import {
  consistencyRanges,
  GrowingTree,
  type Hash,
  type Range,
  rangeHash,
  sameHash,
  subtreesOf,
  verifyConsistency,
} from './merkle.ts'
import { growTiles, openTiles, subtreeReader, tilesFor } from './tiles.ts'
import { beginning, type FaultReason, isFault, type Known, step } from './verify.ts'

export interface TreeParts {
  readonly ledger: Ledger
  readonly checkpoints: Checkpoints
  /** The ledger's name. */
  readonly name: string
  readonly origin: string
  readonly signer: Signer
  readonly clock: Clock
}

export type Looked =
  | { readonly found: 'signed'; readonly checkpoint: Checkpoint }
  /** No record since the last checkpoint. */
  | { readonly found: 'nothing' }
  /** Time was up, or somebody else grew it meanwhile: go on soon. */
  | { readonly found: 'more' }
  | { readonly found: 'fault'; readonly reason: FaultReason | 'tree'; readonly seq: number }

const knownOf = (name: string, { grown }: AuditState): Known =>
  grown === undefined ? beginning(name) : { seq: grown.size, hash: grown.hash, time: grown.time }

/** Adds the next page of records; where it ends now, or why it cannot go on. */
const growPage = async (
  { ledger, checkpoints, name }: TreeParts,
  from: Known,
  last: number,
): Promise<Known | Looked> => {
  const { records } = await ledger.read(from.seq, Math.min(MAX_LEDGER_PAGE, last - from.seq))
  let known = from
  for (const [index, record] of records.entries()) {
    const next = step(known, record, name, records[index + 1])
    if (isFault(next)) return { found: 'fault', reason: next.reason, seq: next.seq }
    known = next
  }
  const { seq, hash, time } = known
  if (seq === from.seq || time === undefined) return { found: 'fault', reason: 'gap', seq: seq + 1 }
  try {
    const open = await checkpoints.tiles(openTiles(from.seq))
    const leaves = records.map((record) => recordLeaf(record.hash))
    const tiles = growTiles(from.seq, open, leaves)
    return (await checkpoints.grow({ from: from.seq, grown: { size: seq, hash, time }, tiles }))
      ? known
      : { found: 'more' }
  } catch (error) {
    if (error instanceof RangeError) return { found: 'fault', reason: 'tree', seq: from.seq }
    throw error
  }
}

const sign = async (parts: TreeParts, known: Known, newest: Checkpoint | undefined): Promise<Looked> => {
  const { checkpoints, origin, signer, clock } = parts
  const whole = { start: 0, end: known.seq }
  const earlier = newest === undefined ? undefined : { start: 0, end: newest.size }
  const hashOf = await readRanges(checkpoints, earlier === undefined ? [whole] : [whole, earlier])
  if (hashOf === undefined) return { found: 'fault', reason: 'tree', seq: known.seq }
  const signed = parseCheckpoint(newest?.note ?? '')
  // A tree that does not begin with what was signed before would be another history: never signed.
  if (earlier !== undefined && (signed === undefined || !sameHash(hashOf(earlier), signed.root)))
    return { found: 'fault', reason: 'tree', seq: earlier.end }
  const note = await signCheckpoint({ origin, size: known.seq, root: hashOf(whole) }, signer)
  const checkpoint = { size: known.seq, time: clock.now(), note }
  const grown = { size: known.seq, hash: known.hash, time: known.time ?? '' }
  return (await checkpoints.grow({ from: known.seq, grown, tiles: [], checkpoint }))
    ? { found: 'signed', checkpoint }
    : { found: 'more' }
}

/** Whether somebody else has grown the tree meanwhile: what was read may then be of two states, which is no fault. */
const isOvertaken = async ({ ledger }: TreeParts, from: Known): Promise<boolean> =>
  ((await ledger.status()).audit.grown?.size ?? 0) !== from.seq

/** Looks through what is new since the last checkpoint and signs the whole. Ends early where `signal` is aborted. */
export const lookThrough = async (parts: TreeParts, status: LedgerStatus, signal: AbortSignal): Promise<Looked> => {
  const { seq: last, audit } = status
  let known = knownOf(parts.name, audit)
  if (last < known.seq) return { found: 'fault', reason: 'head', seq: last + 1 }
  if (last === (audit.checkpoint?.size ?? 0)) return { found: 'nothing' }
  while (known.seq < last) {
    if (signal.aborted) return { found: 'more' }
    const grown = await growPage(parts, known, last)
    if ('found' in grown)
      return grown.found === 'fault' && (await isOvertaken(parts, known)) ? { found: 'more' } : grown
    known = grown
  }
  return sign(parts, known, audit.checkpoint)
}

/** Reads what it takes for the hashes of these ranges; undefined where the tree is not whole. */
const readRanges = async (
  checkpoints: Checkpoints,
  ranges: readonly Range[],
): Promise<((range: Range) => Hash) | undefined> => {
  const hashOf = subtreeReader(await checkpoints.tiles(tilesFor(ranges)))
  try {
    const hashes = new Map(ranges.map((range) => [`${range.start}-${range.end}`, rangeHash(range, hashOf)]))
    return ({ start, end }) => hashes.get(`${start}-${end}`) ?? new Uint8Array()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The hashes of these ranges of the tree, in their order. Throws `internal` where the tree is not whole. */
export const hashesOf = async (checkpoints: Checkpoints, ranges: readonly Range[]): Promise<readonly Hash[]> => {
  const hashOf = await readRanges(checkpoints, ranges)
  if (hashOf === undefined)
    throw new BulkheadError('internal', 'The ledger’s tree is not whole, so nothing can be proved by it.')
  return ranges.map(hashOf)
}

const frontierRanges = (size: number): readonly Range[] =>
  subtreesOf({ start: 0, end: size }).map(({ height, index }) => {
    const leaves = 2 ** height
    return { start: index * leaves, end: (index + 1) * leaves }
  })

/** The complete subtrees of a tree of `size`, the largest first: what it takes to go on from there. */
export const frontierOf = (checkpoints: Checkpoints, size: number): Promise<readonly Hash[]> =>
  hashesOf(checkpoints, frontierRanges(size))

/**
 * Whether the tree that a checkpoint is signed over has just these leaves behind its first `after` ones. What is kept of the
 * tree is not trusted for it: with one hash of it wrong the signed head does not come out.
 */
export const isSigned = async (
  checkpoints: Checkpoints,
  after: number,
  leaves: readonly Hash[],
  { size, note }: Checkpoint,
): Promise<boolean> => {
  const signed = parseCheckpoint(note)
  const last = after + leaves.length
  if (signed?.size !== size || last > size) return false
  const [before, proof] = [frontierRanges(after), consistencyRanges(last, size)]
  const hashOf = await readRanges(checkpoints, [...before, ...proof])
  if (hashOf === undefined) return false
  const tree = new GrowingTree(after, before.map(hashOf))
  for (const leaf of leaves) tree.push(leaf)
  return verifyConsistency(last, size, tree.root(), signed.root, proof.map(hashOf))
}
