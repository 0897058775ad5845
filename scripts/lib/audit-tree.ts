/**
 * What is known of a ledger's tree when an export is checked: signed checkpoints, and where the file begins in the middle,
 * the subtrees of what comes before it. Those need no trust: with one hash of them wrong, no later checkpoint fits.
 */
import { readFileSync } from 'node:fs'
import {
  fromBase64,
  ledgerOfOrigin,
  parseCheckpoint,
  parseVkey,
  type TreeHead,
  type Verifier,
  verifyNote,
} from '../../src/guard/checkpoint.ts'
import { GrowingTree, type Hash, sameHash } from '../../src/guard/merkle.ts'
import type { Anchor } from '../../src/guard/verify.ts'

export interface SignedHead extends TreeHead {
  /** Where it was read, for what is said. */
  readonly file: string
}

export interface KnownTrees {
  /** By ledger, the smallest first. */
  readonly checkpoints: ReadonlyMap<string, readonly SignedHead[]>
  /** By ledger: the tree before the file's first record. */
  readonly frontiers: ReadonlyMap<string, Frontier>
}

export interface Frontier {
  readonly size: number
  readonly hashes: readonly Hash[]
}

export const NO_TREES: KnownTrees = { checkpoints: new Map(), frontiers: new Map() }

/** A checkpoint that this file says nothing about, or that does not tell what is needed. */
export class Uncheckable extends Error {}

/** The tree to hold a ledger's checkpoints against, before its first record; undefined: there are none. */
export const watchTree = (trees: KnownTrees, ledger: string, after: Anchor | undefined): GrowingTree | undefined => {
  const heads = trees.checkpoints.get(ledger)
  const frontier = trees.frontiers.get(ledger)
  if (heads === undefined) {
    if (frontier === undefined) return undefined
    throw new Uncheckable(`--tree of ledger "${ledger}" is worth nothing without a checkpoint that is signed over it.`)
  }
  const size = frontier?.size ?? 0
  if (after !== undefined && after.seq !== size)
    throw new Uncheckable(
      `The file begins after record ${after.seq} of ledger "${ledger}": to hold a checkpoint against it, give --tree for ${after.seq} (GET /audit/tree?ledger=${ledger}&size=${after.seq}).`,
    )
  // One that ends where the file begins, or before, is about records that are not here.
  const early = heads.find((it) => it.size <= size && size > 0)
  if (early !== undefined)
    throw new Uncheckable(
      `${early.file} is signed over ${early.size} records of ledger "${ledger}": the file begins after ${size}, so it does not hold them.`,
    )
  return new GrowingTree(size, frontier?.hashes)
}

/** The size of the largest checkpoint that `seq` records reach. */
export const seenBy = (trees: KnownTrees, ledger: string, seq: number): number | undefined =>
  trees.checkpoints.get(ledger)?.findLast((it) => it.size <= seq)?.size

/** Whose checkpoints of this ledger were given, each once. */
export const originsOf = (trees: KnownTrees, ledger: string): readonly string[] => [
  ...new Set(trees.checkpoints.get(ledger)?.map((it) => it.origin)),
]

/** `LEDGER=SIZE:BASE64,…`, as `GET /audit/tree` tells it. */
export const parseFrontier = (text: string): readonly [string, Frontier] | undefined => {
  const [, ledger, size, list] =
    /^([a-z0-9][-a-z0-9]{0,62})=(0|[1-9][0-9]{0,14}):([A-Za-z0-9+/=,]*)\n?$/.exec(text) ?? []
  if (ledger === undefined || list === undefined) return undefined
  const hashes = list === '' ? [] : list.split(',').map(fromBase64)
  const whole = hashes.filter((it) => it?.length === 32) as Hash[]
  if (whole.length !== hashes.length) return undefined
  try {
    return [ledger, { size: new GrowingTree(Number(size), whole).size, hashes: whole }]
  } catch {
    return undefined
  }
}

/** A checkpoint that must not be believed. */
export class Forged extends Error {}

const readCheckpoint = async (file: string, keys: readonly Verifier[]): Promise<readonly [string, SignedHead]> => {
  const note = readFileSync(file, 'utf8')
  const head = parseCheckpoint(note)
  if (head === undefined) throw new Forged(`${file} is no checkpoint`)
  const ours = keys.filter((key) => key.name === head.origin)
  if (ours.length === 0)
    throw new Uncheckable(`${file} is of "${head.origin}": give the key of that name with --key (GET /audit/key).`)
  const holds = await Promise.all(ours.map((key) => verifyNote(note, key)))
  if (!holds.includes(true)) throw new Forged(`${file} is not signed by the key of "${head.origin}", or was altered`)
  return [ledgerOfOrigin(head.origin), { ...head, file }]
}

/** Two signed heads of one size that differ: no file can be what both say. */
const splitView = (ledger: string, one: SignedHead, other: SignedHead): string =>
  one.origin === other.origin
    ? `${one.file} and ${other.file} are both signed over ${one.size} records of ledger "${ledger}" and differ: the ledger was forked`
    : `${one.file} of "${one.origin}" and ${other.file} of "${other.origin}" are signed over other ${one.size} records: the ledger was forked, or these are two ledgers of one name`

/** Reads checkpoints from files. Throws `Forged` or `Uncheckable`. */
export const readCheckpoints = async (
  files: readonly string[],
  vkeys: readonly string[],
): Promise<KnownTrees['checkpoints']> => {
  const keys = vkeys.map((text) => {
    const key = parseVkey(text.trim())
    if (key === undefined) throw new Uncheckable(`"${text.slice(0, 80)}" is no vkey of Ed25519.`)
    return key
  })
  const found = new Map<string, SignedHead[]>()
  for (const file of files) {
    const [ledger, head] = await readCheckpoint(file, keys)
    const others = found.get(ledger) ?? []
    const other = others.find((it) => it.size === head.size && !sameHash(it.root, head.root))
    if (other !== undefined) throw new Forged(splitView(ledger, other, head))
    found.set(
      ledger,
      [...others, head].sort((a, b) => a.size - b.size),
    )
  }
  return found
}
