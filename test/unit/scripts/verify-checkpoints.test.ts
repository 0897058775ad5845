/** `verify-audit --checkpoint`: what a chain cannot show by itself, and checkpoints that must not be believed. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuditReport, linesOf, verifyLines } from '../../../scripts/lib/audit-file.ts'
import { type KnownTrees, NO_TREES, readCheckpoints, type SignedHead } from '../../../scripts/lib/audit-tree.ts'
import { toBase64 } from '../../../src/guard/base64.ts'
import { chain, type Head, recordLine } from '../../../src/guard/chain.ts'
import { createSigner, recordLeaf, type Signer, signCheckpoint, vkeyOf } from '../../../src/guard/checkpoint.ts'
import { GrowingTree, type Hash, rangeHash, type Subtree, subtreesOf } from '../../../src/guard/merkle.ts'
import { call, NOW } from '../../contracts/ledger-parts.ts'

const COUNT = 11
const SIGNED = 8
const OLDER = 5

/** A whole ledger; records from `from` on are others than usual, and hang together as well. */
const historyOf = (ledger: string, count = COUNT, from = count + 1) => {
  const lines: string[] = []
  const heads: Head[] = []
  for (let seq = 1; seq <= count; seq++) {
    const record = chain(heads.at(-1), call(`${seq < from ? 'c' : 'other-'}${seq}`), NOW + seq, ledger)
    heads.push(record)
    lines.push(recordLine(record))
  }
  return { lines, leaves: heads.map(({ hash }) => recordLeaf(hash)) }
}
const { lines, leaves } = historyOf('prod')
const rootOf = (size: number, of: readonly Hash[] = leaves): Hash => {
  const tree = new GrowingTree()
  for (const leaf of of.slice(0, size)) tree.push(leaf)
  return tree.root()
}
const subtree = ({ height, index }: Subtree): Hash => {
  const tree = new GrowingTree()
  for (const leaf of leaves.slice(index * 2 ** height, (index + 1) * 2 ** height)) tree.push(leaf)
  return tree.root()
}
const frontierOf = (size: number): string =>
  `prod=${size}:${subtreesOf({ start: 0, end: size }).map(subtree).map(toBase64).join(',')}`

const ORIGIN = 'bulkhead.example.com/prod'
let folder: string
let signer: Signer
let key: string
const keep = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const fileOf = (of: readonly string[]): string => of.map((line) => `${line}\n`).join('')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-test-'))
  signer = await createSigner(new Uint8Array(32).fill(7))
  key = vkeyOf(ORIGIN, signer.publicKey)
  for (const [name, size] of [
    ['newest.txt', SIGNED],
    ['older.txt', OLDER],
  ] as const)
    keep(name, await signCheckpoint({ origin: ORIGIN, size, root: rootOf(size) }, signer))
})
afterAll(() => rmSync(folder, { recursive: true }))

const bytesOf = async function* (text: string) {
  yield new TextEncoder().encode(text)
}

const check = async (of: readonly string[], trees: KnownTrees = NO_TREES): Promise<AuditReport> =>
  verifyLines(linesOf(bytesOf(fileOf(of))), { after: new Map(), heads: new Map() }, trees)

const treesOf = async (...files: string[]): Promise<KnownTrees> => ({
  checkpoints: await readCheckpoints(
    files.map((it) => join(folder, it)),
    [key],
  ),
  frontiers: new Map(),
})

/** Signed by the same key: a checkpoint of another history, or of another name. */
const sign = async (name: string, root: Hash, size = SIGNED, origin = ORIGIN): Promise<string> =>
  keep(name, await signCheckpoint({ origin, size, root }, signer))

const run = (...args: string[]): Promise<{ code: number; said: string }> =>
  new Promise((resolve) => {
    const script = new URL('../../../scripts/verify-audit.ts', import.meta.url).pathname
    execFile(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: out + err }),
    )
  })

describe('against a checkpoint', () => {
  test('a whole ledger passes, and says how far it is signed', async () => {
    const trees = await treesOf('newest.txt', 'older.txt')
    expect(await check(lines, trees)).toMatchObject({ ledgers: [{ records: COUNT, signed: SIGNED }] })
    expect((await check(lines.slice(0, SIGNED), trees)).fault).toBeUndefined()
  })

  test('L5-2 what is cut off at the end is found, and only by the checkpoint', async () => {
    const trees = await treesOf('newest.txt')
    for (let kept = 1; kept < SIGNED; kept += 1) {
      expect((await check(lines.slice(0, kept))).fault).toBeUndefined()
      expect((await check(lines.slice(0, kept), trees)).fault).toMatchObject({ reason: 'checkpoint', seq: kept + 1 })
    }
    expect((await check([], trees)).fault).toMatchObject({ reason: 'checkpoint', ledger: 'prod', seq: 1 })
    expect((await check(historyOf('test').lines, trees)).fault).toMatchObject({ reason: 'checkpoint', ledger: 'prod' })
  })

  test('L5-2 an older state that was put back and went on is found, and only by the checkpoint', async () => {
    const trees = await treesOf('newest.txt')
    for (let from = 1; from <= SIGNED; from += 1) {
      const { lines: rolledBack } = historyOf('prod', COUNT + 5, from)
      expect((await check(rolledBack)).fault).toBeUndefined()
      expect((await check(rolledBack, trees)).fault).toMatchObject({ reason: 'checkpoint', seq: SIGNED })
    }
  })

  test('L5-2 a fork is found at the first checkpoint behind it, also by an older one', async () => {
    const { lines: forked } = historyOf('prod', COUNT, 4)
    expect((await check(forked, await treesOf('newest.txt', 'older.txt'))).fault).toMatchObject({ seq: OLDER })
    expect((await check(forked, await treesOf('older.txt'))).fault).toMatchObject({ reason: 'checkpoint', seq: OLDER })
    // What came after the older one, it cannot know.
    expect((await check(historyOf('prod', COUNT, 7).lines, await treesOf('older.txt'))).fault).toBeUndefined()
  })

  test('L5-2 no flip, deletion, insertion or swap passes', async () => {
    const trees = await treesOf('newest.txt', 'older.txt')
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('flip', 'delete', 'insert', 'swap'),
        fc.nat(SIGNED - 2),
        fc.nat(100),
        async (how, at, place) => {
          const line = lines[at] ?? ''
          const bent = {
            flip: () => lines.with(at, `${line.slice(0, place)}~${line.slice(place + 1)}`),
            delete: () => lines.toSpliced(at, 1),
            insert: () => lines.toSpliced(at, 0, historyOf('prod', COUNT, 1).lines[at] ?? ''),
            swap: () => lines.with(at, lines[at + 1] ?? '').with(at + 1, line),
          }[how]()
          expect((await check(bent, trees)).fault).toBeDefined()
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('two checkpoints of one size that differ', () => {
  test('L5-2 are a fork, in either order, whatever the file holds', async () => {
    const forked = historyOf('prod', COUNT, 4)
    const fork = await sign('fork.txt', rootOf(SIGNED, forked.leaves))
    const mine = join(folder, 'newest.txt')
    const all = keep('all.ndjson', fileOf(lines))
    for (const [one, other] of [
      [mine, fork],
      [fork, mine],
    ] as const) {
      const args = ['--checkpoint', one, '--checkpoint', other, '--key', key]
      expect(await run(all, ...args)).toMatchObject({ code: 1, said: expect.stringMatching(/FAULT.*was forked/) })
    }
    const twice = ['--checkpoint', mine, '--checkpoint', mine, '--key', key]
    expect(await run(all, ...twice)).toMatchObject({ code: 0 })
  })

  test('L5-2 are each held against the records', async () => {
    const heads = [rootOf(SIGNED), rootOf(SIGNED, historyOf('prod', COUNT, 4).leaves)].map(
      (root, nth): SignedHead => ({ origin: ORIGIN, size: SIGNED, root, file: `checkpoint-${nth}` }),
    )
    for (const order of [heads, heads.toReversed()]) {
      const trees = { checkpoints: new Map([['prod', order]]), frontiers: new Map() }
      expect((await check(lines, trees)).fault).toMatchObject({ reason: 'checkpoint', seq: SIGNED })
    }
  })

  test('L5-2 of two hosts are not mixed unseen', async () => {
    const elsewhere = 'other.example.com/prod'
    const all = keep('all.ndjson', fileOf(lines))
    const keys = ['--key', key, '--key', vkeyOf(elsewhere, signer.publicKey)]
    const given = ['--checkpoint', join(folder, 'newest.txt'), '--checkpoint']
    const moved = await sign('moved.txt', rootOf(OLDER), OLDER, elsewhere)
    expect(await run(all, ...given, moved, ...keys)).toMatchObject({
      code: 0,
      said: expect.stringContaining(`by ${elsewhere} and ${ORIGIN}: right only where publicUrl changed`),
    })
    const foreign = await sign('foreign.txt', rootOf(SIGNED, historyOf('prod', COUNT, 1).leaves), SIGNED, elsewhere)
    expect(await run(all, ...given, foreign, ...keys)).toMatchObject({
      code: 1,
      said: expect.stringContaining('two ledgers of one name'),
    })
  })
})

describe('the command', () => {
  test('L5-2 says that all is whole and signed, and what was cut off', async () => {
    const all = keep('all.ndjson', fileOf([...lines, ...historyOf('gateway', 2).lines]))
    const good = await run(
      all,
      '--checkpoint',
      join(folder, 'newest.txt'),
      '--checkpoint',
      join(folder, 'older.txt'),
      '--key',
      key,
    )
    expect(good).toMatchObject({ code: 0, said: expect.stringContaining('signed up to 8; 3 after it are not yet') })
    expect(good.said).toContain('NOT SIGNED: no checkpoint of gateway was given')
    expect(good.said).not.toContain('no checkpoint of prod')
    expect((await run(all)).said).not.toContain('NOT SIGNED')
    const cut = keep('cut.ndjson', fileOf(lines.slice(0, 6)))
    const short = await run(cut, '--checkpoint', join(folder, 'newest.txt'), '--key', key)
    expect(short).toMatchObject({
      code: 1,
      said: expect.stringMatching(/FAULT .*ledger prod.*checkpoint.*records end at 6/),
    })
  })

  test('L5-2 refuses a checkpoint of another key or that was altered, and one without its key', async () => {
    const all = keep('all.ndjson', fileOf(lines))
    const other = await createSigner(new Uint8Array(32).fill(8))
    const head = { origin: ORIGIN, size: SIGNED, root: rootOf(SIGNED) }
    const forged = keep('forged.txt', await signCheckpoint(head, other))
    const altered = keep('altered.txt', (await signCheckpoint(head, signer)).replace('\n8\n', '\n7\n'))
    for (const path of [forged, altered])
      expect(await run(all, '--checkpoint', path, '--key', key)).toMatchObject({
        code: 1,
        said: expect.stringContaining('is not signed by the key'),
      })
    const none = await run(all, '--checkpoint', join(folder, 'newest.txt'))
    expect(none).toMatchObject({ code: 2, said: expect.stringContaining('give the key of that name') })
    const wrong = await run(all, '--checkpoint', join(folder, 'newest.txt'), '--key', `${key}x`)
    expect(wrong).toMatchObject({ code: 2, said: expect.stringContaining('is no vkey') })
    expect(await run(all, '--checkpoint', keep('none.txt', 'hello\n'), '--key', key)).toMatchObject({ code: 1 })
  })

  test('L5-2 a ledger whose beginning is no longer kept is checked by the tree before it, and by nothing less', async () => {
    const rest = keep('rest.ndjson', fileOf(lines.slice(OLDER)))
    const newest = ['--checkpoint', join(folder, 'newest.txt'), '--key', key]
    expect(await run(rest, ...newest, '--tree', frontierOf(OLDER))).toMatchObject({
      code: 0,
      said: expect.stringContaining('6 records, 6 to 11'),
    })
    expect(await run(rest, ...newest)).toMatchObject({ code: 1, said: expect.stringContaining('--tree') })
    const older = ['--checkpoint', join(folder, 'older.txt'), '--key', key, '--tree', frontierOf(OLDER)]
    expect(await run(rest, ...older)).toMatchObject({ code: 2, said: expect.stringContaining('does not hold them') })
    expect(await run(rest, '--tree', frontierOf(OLDER))).toMatchObject({
      code: 2,
      said: expect.stringContaining('worth nothing'),
    })
    const bent = frontierOf(OLDER).replace(/:(.)/, (_, first: string) => `:${first === 'A' ? 'B' : 'A'}`)
    expect(await run(rest, ...newest, '--tree', bent)).toMatchObject({
      code: 1,
      said: expect.stringContaining('(checkpoint)'),
    })
    const rewritten = keep('rewritten.ndjson', fileOf(historyOf('prod', COUNT, 3).lines.slice(OLDER)))
    expect(await run(rewritten, ...newest, '--tree', frontierOf(OLDER))).toMatchObject({ code: 1 })
    expect(await run(rest, ...newest, '--tree', 'prod=5:zzz')).toMatchObject({
      code: 2,
      said: expect.stringContaining('is no tree'),
    })
  })
})

test('the heads of the fixtures are those of the definition', () => {
  expect(rootOf(COUNT)).toEqual(rangeHash({ start: 0, end: COUNT }, subtree))
})
