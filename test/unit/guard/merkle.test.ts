/** The tree over a ledger's records, held to Certificate Transparency's published vectors and to properties. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  consistencyRanges,
  EMPTY_ROOT,
  GrowingTree,
  type Hash,
  inclusionRanges,
  leafHash,
  nodeHash,
  type Range,
  rangeHash,
  type Subtree,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from '../../../src/guard/merkle.ts'

/** From certificate-transparency's merkletree tests: eight leaves, and the head of each tree that they make. */
const CT_LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const CT_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const [PATH_0A, PATH_0B, PATH_0C] = [
  '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
]
const [LEAF_5, NODE_67] = [
  'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
]
const NODE_45 = '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a'
const ROOT_4 = CT_ROOTS[3] ?? ''

const leavesOf = (count: number): Hash[] => Array.from({ length: count }, (_, at) => leafHash(Uint8Array.of(at, 7)))

/** The definition itself, as RFC 6962 section 2.1 writes it: slow, and independent of what it is held against. */
const mth = (leaves: readonly Hash[]): Hash => {
  const [only] = leaves
  if (only === undefined) return EMPTY_ROOT
  if (leaves.length === 1) return only
  let half = 1
  while (half * 2 < leaves.length) half *= 2
  return nodeHash(mth(leaves.slice(0, half)), mth(leaves.slice(half)))
}

const subtreeIn =
  (leaves: readonly Hash[]) =>
  ({ height, index }: Subtree): Hash =>
    mth(leaves.slice(index * 2 ** height, (index + 1) * 2 ** height))
const hashesOf = (ranges: readonly Range[], leaves: readonly Hash[]): Hash[] =>
  ranges.map((range) => rangeHash(range, subtreeIn(leaves)))

const flipped = (hash: Hash): Hash => hash.map((byte, at) => (at === 5 ? byte ^ 1 : byte))

describe('RFC 6962', () => {
  const leaves = CT_LEAVES.map((text) => leafHash(hexToBytes(text)))

  test('L5-2 the published heads of trees of none to eight leaves', () => {
    expect(bytesToHex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    const tree = new GrowingTree()
    expect(bytesToHex(tree.root())).toBe(bytesToHex(EMPTY_ROOT))
    for (const [index, leaf] of leaves.entries()) {
      tree.push(leaf)
      expect(bytesToHex(tree.root())).toBe(CT_ROOTS[index])
      expect(bytesToHex(rangeHash({ start: 0, end: index + 1 }, subtreeIn(leaves)))).toBe(CT_ROOTS[index])
    }
  })

  test.each([
    [0, 8, [PATH_0A, PATH_0B, PATH_0C]],
    [5, 8, [LEAF_5, NODE_67, ROOT_4]],
  ])('L5-2 the published proof that leaf %i is in the tree of %i', (index, size, path) => {
    const proof = hashesOf(inclusionRanges(index, size), leaves)
    expect(proof.map(bytesToHex)).toEqual(path)
    expect(verifyInclusion(leaves[index] ?? EMPTY_ROOT, index, size, proof, hexToBytes(CT_ROOTS[size - 1] ?? ''))).toBe(
      true,
    )
  })

  test.each([
    [1, 1, []],
    [2, 5, [PATH_0B, LEAF_5]],
    [2, 8, [PATH_0B, PATH_0C]],
    [6, 8, [NODE_45, NODE_67, ROOT_4]],
  ])('L5-2 the published proof that the tree of %i begins the tree of %i', (from, size, path) => {
    const proof = hashesOf(consistencyRanges(from, size), leaves)
    expect(proof.map(bytesToHex)).toEqual(path)
    const [older, newer] = [from, size].map((it) => hexToBytes(CT_ROOTS[it - 1] ?? ''))
    expect(verifyConsistency(from, size, older ?? EMPTY_ROOT, newer ?? EMPTY_ROOT, proof)).toBe(true)
  })
})

describe('proofs', () => {
  const sizes = fc.integer({ min: 1, max: 300 })

  test('of inclusion hold for every leaf of every tree, and for nothing else', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (size, pick, other) => {
        const leaves = leavesOf(size)
        const index = pick % size
        const root = mth(leaves)
        const proof = hashesOf(inclusionRanges(index, size), leaves)
        const leaf = leaves[index] ?? EMPTY_ROOT
        expect(verifyInclusion(leaf, index, size, proof, root)).toBe(true)
        const bent = [
          verifyInclusion(flipped(leaf), index, size, proof, root),
          verifyInclusion(leaf, index, size, proof, flipped(root)),
          verifyInclusion(leaf, index, size, [...proof, root], root),
          ...(other % size === index ? [] : [verifyInclusion(leaf, other % size, size, proof, root)]),
          ...(proof.length === 0
            ? []
            : [
                verifyInclusion(leaf, index, size, proof.slice(1), root),
                verifyInclusion(leaf, index, size, proof.slice(0, -1), root),
                verifyInclusion(leaf, index, size, proof.with(other % proof.length, root), root),
              ]),
        ]
        expect(bent).not.toContain(true)
      }),
      { numRuns: 150 },
    )
  })

  test('of consistency hold for every earlier tree, and not for one that was rewritten', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (size, pick, other) => {
        const leaves = leavesOf(size)
        const from = (pick % size) + 1
        const [older, newer] = [mth(leaves.slice(0, from)), mth(leaves)]
        const proof = hashesOf(consistencyRanges(from, size), leaves)
        expect(verifyConsistency(from, size, older, newer, proof)).toBe(true)
        expect(verifyConsistency(0, size, EMPTY_ROOT, newer, [])).toBe(true)
        const at = other % from
        const rewritten = mth(leaves.slice(0, from).with(at, flipped(leaves[at] ?? EMPTY_ROOT)))
        const bent = [
          verifyConsistency(from, size, rewritten, newer, proof),
          verifyConsistency(from, size, older, flipped(newer), proof),
          verifyConsistency(from, size, older, newer, [...proof, older]),
          verifyConsistency(size + 1, size, older, newer, proof),
          verifyConsistency(0, size, older, newer, []),
          ...(proof.length === 0 ? [] : [verifyConsistency(from, size, older, newer, proof.slice(0, -1))]),
        ]
        expect(bent).not.toContain(true)
      }),
      { numRuns: 150 },
    )
  })

  test('are refused outside the tree, and are short for a ledger of any length', () => {
    for (const ask of [() => inclusionRanges(3, 3), () => inclusionRanges(-1, 3), () => consistencyRanges(4, 3)])
      expect(ask).toThrow(RangeError)
    const size = 2 ** 40 + 12_345
    expect(inclusionRanges(2 ** 35, size).length).toBeLessThanOrEqual(41)
    expect(consistencyRanges(2 ** 35 + 1, size).length).toBeLessThanOrEqual(42)
  })
})

describe('a tree that grows', () => {
  test('goes on from its subtrees, and from no other number of hashes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.nat({ max: 60 }), (size, more) => {
        const leaves = leavesOf(size + more)
        const tree = new GrowingTree(size, subtreesOf({ start: 0, end: size }).map(subtreeIn(leaves)))
        for (const leaf of leaves.slice(size)) tree.push(leaf)
        expect(bytesToHex(tree.root())).toBe(bytesToHex(mth(leaves)))
        expect(() => new GrowingTree(size + 1, [])).toThrow(RangeError)
      }),
      { numRuns: 60 },
    )
  })
})
