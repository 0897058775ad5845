/**
 * The Merkle tree over a ledger's records, pure: RFC 6962 section 2.1, hashes, heads and both kinds of proof. A proof is
 * told as ranges of leaves first, so that whoever keeps the tree can fetch just what it needs (`tiles.ts`); who checks one
 * needs nothing but SHA-256.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'

/** 32 bytes. */
export type Hash = Uint8Array

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)
export const EMPTY_ROOT: Hash = sha256(new Uint8Array())

export const leafHash = (data: Uint8Array): Hash => sha256(concatBytes(LEAF, data))
export const nodeHash = (left: Hash, right: Hash): Hash => sha256(concatBytes(NODE, left, right))

export const sameHash = (a: Hash, b: Hash): boolean => a.length === b.length && a.every((byte, at) => byte === b[at])

/** Leaves from `start` (counted from 0) up to, and without, `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** A complete subtree: the `index`-th of those with 2^height leaves. */
export interface Subtree {
  readonly height: number
  readonly index: number
}

/** The largest power of two below `size`, which is at least 2. Not by bits: those end at 32. */
const split = (size: number): number => {
  let half = 1
  while (half * 2 < size) half *= 2
  return half
}

/** The complete subtrees that a range of a proof or a whole tree is made of, the largest first. */
export const subtreesOf = ({ start, end }: Range): readonly Subtree[] => {
  const found: Subtree[] = []
  for (let at = start; at < end; ) {
    let height = 0
    let leaves = 1
    while (at % (leaves * 2) === 0 && at + leaves * 2 <= end) {
      height += 1
      leaves *= 2
    }
    found.push({ height, index: at / leaves })
    at += leaves
  }
  return found
}

/** The head of the tree whose complete subtrees, the largest first, have these hashes. */
export const foldHashes = (hashes: readonly Hash[]): Hash =>
  hashes.length === 0 ? EMPTY_ROOT : hashes.reduceRight((right, left) => nodeHash(left, right))

/** The hash of one range, from the hashes of its complete subtrees. */
export const rangeHash = (range: Range, hashOf: (subtree: Subtree) => Hash): Hash =>
  foldHashes(subtreesOf(range).map(hashOf))

const checkSizes = (smaller: number, size: number): void => {
  if (!(Number.isSafeInteger(smaller) && Number.isSafeInteger(size) && smaller >= 0 && smaller <= size))
    throw new RangeError(`Prove ${smaller} of ${size}: not within the tree`)
}

/** PATH(index, D[size]): what is hashed with the leaf, in this order, to get the head. */
export const inclusionRanges = (index: number, size: number): readonly Range[] => {
  checkSizes(index, size - 1)
  const path: Range[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + split(end - start)
    if (index < middle) {
      path.push({ start: middle, end })
      end = middle
    } else {
      path.push({ start, end: middle })
      start = middle
    }
  }
  return path.reverse()
}

/** PROOF(from, D[size]): what shows that the tree of `size` begins with the tree of `from`. */
export const consistencyRanges = (from: number, size: number): readonly Range[] => {
  checkSizes(from, size)
  if (from === 0 || from === size) return []
  const path: Range[] = []
  let [start, end] = [0, size]
  // Down to the subtree that ends with `from`.
  while (end !== from) {
    const middle = start + split(end - start)
    if (from <= middle) {
      path.push({ start: middle, end })
      end = middle
    } else {
      path.push({ start, end: middle })
      start = middle
    }
  }
  // Where nothing was left aside that hash is the older head, which whoever checks has already.
  return start === 0 ? path.reverse() : [{ start, end }, ...path.reverse()]
}

/** RFC 9162 section 2.1.3.2. */
export const verifyInclusion = (
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Hash[],
  root: Hash,
): boolean => {
  if (!(Number.isSafeInteger(size) && Number.isSafeInteger(index) && index >= 0 && index < size)) return false
  let node = index
  let last = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else hash = nodeHash(hash, sibling)
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && sameHash(hash, root)
}

/** RFC 9162 section 2.1.4.2. `from` may be 0: every tree begins with the empty one. */
export const verifyConsistency = (
  from: number,
  size: number,
  older: Hash,
  newer: Hash,
  proof: readonly Hash[],
): boolean => {
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(size) && from >= 0 && from <= size)) return false
  if (from === 0) return proof.length === 0 && sameHash(older, EMPTY_ROOT)
  if (from === size) return proof.length === 0 && sameHash(older, newer)
  let node = from - 1
  let last = size - 1
  while (node % 2 === 1) {
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  // A power of two is a complete subtree: its head is the first hash, and is not sent.
  const [first, ...rest] = node === 0 ? [older, ...proof] : proof
  if (first === undefined) return false
  let [oldHash, newHash] = [first, first]
  for (const sibling of rest) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      oldHash = nodeHash(sibling, oldHash)
      newHash = nodeHash(sibling, newHash)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else newHash = nodeHash(newHash, sibling)
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && sameHash(oldHash, older) && sameHash(newHash, newer)
}

/** A tree that only grows: one leaf at a time, in memory of its logarithm. */
export class GrowingTree {
  size: number
  /** The complete subtrees, the largest first. */
  readonly #hashes: Hash[]

  /** From the hashes of the complete subtrees of a tree of `size`. Throws where their number is another. */
  constructor(size = 0, hashes: readonly Hash[] = []) {
    if (subtreesOf({ start: 0, end: size }).length !== hashes.length)
      throw new RangeError(`Go on from a tree of ${size}: ${hashes.length} hashes are not its subtrees`)
    this.size = size
    this.#hashes = [...hashes]
  }

  push(leaf: Hash): void {
    let hash = leaf
    for (let size = this.size; size % 2 === 1; size = (size - 1) / 2) {
      const left = this.#hashes.pop()
      if (left !== undefined) hash = nodeHash(left, hash)
    }
    this.#hashes.push(hash)
    this.size += 1
  }

  root(): Hash {
    return foldHashes(this.#hashes)
  }
}
