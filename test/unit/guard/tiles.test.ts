/** Tiles hold the same tree as its leaves, grown in any steps, and every proof comes from a few of them. */
import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_TILES, type Tile } from '../../../src/checkpoints.ts'
import {
  consistencyRanges,
  GrowingTree,
  type Hash,
  inclusionRanges,
  leafHash,
  rangeHash,
  verifyConsistency,
  verifyInclusion,
} from '../../../src/guard/merkle.ts'
import { growTiles, openTiles, subtreeReader, tilesFor } from '../../../src/guard/tiles.ts'

const leavesOf = (count: number): Hash[] =>
  Array.from({ length: count }, (_, at) => leafHash(new Uint8Array(new Uint32Array([at]).buffer)))
const LEAVES = leavesOf(70_000)
const rootOf = (size: number): Hash => {
  const tree = new GrowingTree()
  for (const leaf of LEAVES.slice(0, size)) tree.push(leaf)
  return tree.root()
}

/** As a ledger's storage does it: only the open tiles are read, only the changed ones are written. */
const grownIn = (steps: readonly number[]): Map<string, Tile> => {
  const kept = new Map<string, Tile>()
  let size = 0
  for (const step of steps) {
    const open = openTiles(size).flatMap((key) => kept.get(key) ?? [])
    for (const tile of growTiles(size, open, LEAVES.slice(size, size + step))) kept.set(tile.key, tile)
    size += step
  }
  return kept
}

const readFrom = (kept: ReadonlyMap<string, Tile>, keys: readonly string[]) =>
  subtreeReader(keys.flatMap((key) => kept.get(key) ?? []))

describe('tiles', () => {
  test('give the heads and proofs of the whole tree, whatever the steps in which it grew', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        (steps, pick) => {
          const kept = grownIn(steps)
          const size = steps.reduce((sum, it) => sum + it, 0)
          const from = (pick % size) + 1
          const whole = { start: 0, end: size }
          const root = rangeHash(whole, readFrom(kept, tilesFor([whole])))
          expect(bytesToHex(root)).toBe(bytesToHex(rootOf(size)))
          const inclusion = inclusionRanges(from - 1, size)
          const proof = inclusion.map((range) => rangeHash(range, readFrom(kept, tilesFor(inclusion))))
          expect(verifyInclusion(LEAVES[from - 1] ?? root, from - 1, size, proof, root)).toBe(true)
          const consistency = consistencyRanges(from, size)
          const shown = consistency.map((range) => rangeHash(range, readFrom(kept, tilesFor(consistency))))
          expect(verifyConsistency(from, size, rootOf(from), root, shown)).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('a third level begins behind 65,536 leaves', () => {
    const kept = grownIn([65_535, 1, 4_464])
    expect(kept.get('2/0')?.hashes.length).toBe(32)
    expect(kept.get('1/0')?.hashes.length).toBe(256 * 32)
    const whole = { start: 0, end: 70_000 }
    expect(bytesToHex(rangeHash(whole, readFrom(kept, tilesFor([whole]))))).toBe(bytesToHex(rootOf(70_000)))
  })

  test('no proof of a ledger of any length asks for more than a few', () => {
    const size = 2 ** 45 - 1
    for (const ranges of [
      inclusionRanges(2 ** 44 + 77, size),
      consistencyRanges(2 ** 44 - 1, size),
      [{ start: 0, end: size }],
    ])
      expect(tilesFor(ranges).length).toBeLessThanOrEqual(MAX_TILES)
    expect(openTiles(size).length).toBeLessThanOrEqual(6)
  })

  test('a tree that is not whole is told, and not guessed', () => {
    const kept = grownIn([300])
    const whole = { start: 0, end: 300 }
    expect(() => rangeHash(whole, readFrom(kept, ['0/0', '1/0']))).toThrow(/tile 0\/1/)
    expect(() => rangeHash({ start: 0, end: 301 }, readFrom(kept, ['0/0', '0/1', '1/0']))).toThrow(RangeError)
    expect(() => growTiles(300, [], LEAVES.slice(300, 301))).toThrow(/44 hashes were expected, it has 0/)
  })
})
