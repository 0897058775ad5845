/**
 * A ledger's tree as it is kept, pure: in tiles of up to 256 hashes (after https://c2sp.org/tlog-tiles). Level 0 has the
 * leaves' hashes, each hash of level n + 1 is the head of one full tile of level n; what is between is computed. So a
 * proof takes a handful of small rows whatever the ledger's length, also of records that are no longer kept.
 */
import { concatBytes } from '@noble/hashes/utils.js'
import type { Tile } from '../checkpoints.ts'
import { GrowingTree, type Hash, type Range, type Subtree, subtreesOf } from './merkle.ts'

const HEIGHT = 8
const WIDTH = 2 ** HEIGHT
const HASH_BYTES = 32

const keyOf = (level: number, index: number): string => `${level}/${index}`

/** Where a subtree's hashes begin: tile, and place in it. Subtrees never cross a tile's edge. */
const placeOf = ({ height, index }: Subtree) => {
  const level = Math.floor(height / HEIGHT)
  const leaves = 2 ** (height % HEIGHT)
  const at = index * leaves
  return { key: keyOf(level, Math.floor(at / WIDTH)), at: at % WIDTH, leaves }
}

/** The tiles from which the hashes of these ranges are computed. */
export const tilesFor = (ranges: readonly Range[]): readonly string[] => [
  ...new Set(ranges.flatMap(subtreesOf).map((it) => placeOf(it).key)),
]

const byKey = (tiles: readonly Tile[]): ReadonlyMap<string, Uint8Array> =>
  new Map(tiles.map(({ key, hashes }) => [key, hashes]))

/** Reads subtrees from tiles. Throws a RangeError where one is missing or too short: the tree is not whole. */
export const subtreeReader = (tiles: readonly Tile[]): ((subtree: Subtree) => Hash) => {
  const kept = byKey(tiles)
  return (subtree) => {
    const { key, at, leaves } = placeOf(subtree)
    const hashes = kept.get(key)
    if (hashes === undefined || hashes.length < (at + leaves) * HASH_BYTES)
      throw new RangeError(`Read tile ${key}: hash ${at + leaves - 1} is not there`)
    return headOf(
      Array.from({ length: leaves }, (_, n) => hashes.subarray((at + n) * HASH_BYTES, (at + n + 1) * HASH_BYTES)),
    )
  }
}

const headOf = (hashes: readonly Hash[]): Hash => {
  const tree = new GrowingTree()
  for (const hash of hashes) tree.push(hash)
  return tree.root()
}

/** The tiles at the right edge of a tree that are not full: what it takes to go on. */
export const openTiles = (size: number): readonly string[] => {
  const keys: string[] = []
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / WIDTH))
    if (count % WIDTH !== 0) keys.push(keyOf(level, Math.floor(count / WIDTH)))
  return keys
}

/**
 * The tiles that change when `leaves` are added to a tree of `size`, of which `open` are the `openTiles`. Throws a
 * RangeError where those do not fit the size.
 */
export const growTiles = (size: number, open: readonly Tile[], leaves: readonly Hash[]): readonly Tile[] => {
  const kept = byKey(open)
  const changed = new Map<string, Hash[]>()
  const counts: number[] = []
  const push = (level: number, hash: Hash): void => {
    const count = counts[level] ?? Math.floor(size / WIDTH ** level)
    const key = keyOf(level, Math.floor(count / WIDTH))
    const hashes = changed.get(key) ?? hashesOf(kept.get(key), count % WIDTH, key)
    hashes.push(hash)
    changed.set(key, hashes)
    counts[level] = count + 1
    if (hashes.length === WIDTH) push(level + 1, headOf(hashes))
  }
  for (const leaf of leaves) push(0, leaf)
  return [...changed].map(([key, hashes]) => ({ key, hashes: concatBytes(...hashes) }))
}

const hashesOf = (bytes: Uint8Array = new Uint8Array(), count: number, key: string): Hash[] => {
  if (bytes.length !== count * HASH_BYTES)
    throw new RangeError(`Go on with tile ${key}: ${count} hashes were expected, it has ${bytes.length / HASH_BYTES}`)
  return Array.from({ length: count }, (_, n) => bytes.slice(n * HASH_BYTES, (n + 1) * HASH_BYTES))
}
