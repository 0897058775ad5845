/** What every `Checkpoints` promises (src/checkpoints.ts): in memory, on a Durable Object and on Deno KV. */
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Checkpoints } from '../../src/checkpoints.ts'
import {
  createSigner,
  originOf,
  parseCheckpoint,
  parseVkey,
  recordLeaf,
  signCheckpoint,
  verifyNote,
  vkeyOf,
} from '../../src/guard/checkpoint.ts'
import {
  consistencyRanges,
  EMPTY_ROOT,
  GrowingTree,
  inclusionRanges,
  verifyConsistency,
  verifyInclusion,
} from '../../src/guard/merkle.ts'
import { frontierOf, hashesOf, type Looked, lookThrough } from '../../src/guard/tree.ts'
import { verify } from '../../src/guard/verify.ts'
import type { Ledger } from '../../src/ports.ts'
import { type Check, equal, ok } from './assert.ts'
import { call, type MadeLedger, NOW, readAll } from './ledger-parts.ts'

export interface MadeCheckpoints extends MadeLedger {
  readonly checkpoints: Checkpoints
}
export type MakeCheckpoints = () => Promise<MadeCheckpoints>

const SEED = new Uint8Array(32).fill(7)
const PUBLIC_URL = 'https://bulkhead.example.com'
const never = new AbortController().signal

const fill = async (ledger: Ledger, count: number, prefix: string): Promise<void> => {
  await Promise.all(
    Array.from({ length: count }, (_, index) => ledger.append({ now: NOW, entry: call(`${prefix}${index}`) })),
  )
}

const look = async ({ name, ledger, checkpoints }: MadeCheckpoints, signal = never): Promise<Looked> => {
  const signer = await createSigner(SEED)
  const clock = { now: () => NOW }
  const parts = { ledger, checkpoints, name, origin: originOf(PUBLIC_URL, name), signer, clock }
  return lookThrough(parts, await ledger.status(), signal)
}

const signed = async (made: MadeCheckpoints): Promise<{ size: number; root: Uint8Array; note: string }> => {
  const looked = await look(made)
  ok(looked.found === 'signed', `signed, not ${JSON.stringify(looked)}`)
  const { note } = looked.checkpoint
  const head = parseCheckpoint(note)
  ok(head !== undefined, 'a checkpoint')
  return { ...head, note }
}

const rootOf = (hashes: readonly string[]): Uint8Array => {
  const tree = new GrowingTree()
  for (const hash of hashes) tree.push(recordLeaf(hash))
  return tree.root()
}

export const checkpointsContract: readonly Check<MakeCheckpoints>[] = [
  {
    name: 'L5-2 a signature is the same on every platform, and every platform checks it',
    async run() {
      const signer = await createSigner(SEED)
      equal(bytesToHex(signer.publicKey), 'ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c', 'the key')
      const note = await signCheckpoint({ origin: 'a.example/prod', size: 0, root: EMPTY_ROOT }, signer)
      const key = parseVkey(vkeyOf('a.example/prod', signer.publicKey))
      ok(key !== undefined && (await verifyNote(note, key)), 'its own signature')
      ok(key !== undefined && !(await verifyNote(note.replace('\n0\n', '\n1\n'), key)), 'of another text')
    },
  },
  {
    name: 'a new ledger has no tree, and nothing of it is signed',
    async run(make) {
      const made = await make()
      equal((await made.ledger.status()).audit, { first: 0 }, 'what is known')
      equal(await look(made), { found: 'nothing' }, 'a look')
      equal(await made.checkpoints.checkpoint(0), undefined, 'a checkpoint')
      equal(await made.checkpoints.tiles(['0/0']), [], 'tiles')
    },
  },
  {
    name: 'L5-2 a checkpoint covers every record, and the next one is consistent with it, across a restart',
    async run(make) {
      const made = await make()
      await fill(made.ledger, 700, 'a')
      const first = await signed(made)
      equal(await look(made), { found: 'nothing' }, 'a look without new records')
      await made.restart()
      await fill(made.ledger, 333, 'b')
      const second = await signed(made)
      equal([first.size, second.size], [700, 1033], 'sizes')
      const hashes = (await readAll(made.ledger)).map((it) => it.hash)
      equal(bytesToHex(first.root), bytesToHex(rootOf(hashes.slice(0, 700))), 'the first head')
      equal(bytesToHex(second.root), bytesToHex(rootOf(hashes)), 'the second head')
      const proof = await hashesOf(made.checkpoints, consistencyRanges(700, 1033))
      ok(verifyConsistency(700, 1033, first.root, second.root, proof), 'the one begins the other')
      const { audit } = await made.ledger.status()
      equal(
        [audit.grown?.size, audit.checkpoint?.size, audit.checkpoint?.note],
        [1033, 1033, second.note],
        'the newest',
      )
      equal((await made.checkpoints.checkpoint(0))?.note, first.note, 'the first')
      equal((await made.checkpoints.checkpoint(701))?.note, second.note, 'the first of at least 701')
      equal(await made.checkpoints.checkpoint(1034), undefined, 'one of more than there is')
      const looks = await look({ ...made, name: 'another' })
      equal(looks.found, 'nothing', 'nothing new, whoever asks')
    },
  },
  {
    name: 'a tree grows from the size that it has, and from no other',
    async run(make) {
      const made = await make()
      await fill(made.ledger, 3, 'a')
      const aborted = AbortSignal.abort()
      equal(await look(made, aborted), { found: 'more' }, 'a look without time')
      const both = await Promise.all([look(made), look(made)])
      ok(
        both.some((it) => it.found === 'signed'),
        'one of two that look at once',
      )
      const grown = { size: 4, hash: '0'.repeat(64), time: '2026-11-01T12:00:00.000Z' }
      equal(await made.checkpoints.grow({ from: 2, grown, tiles: [] }), false, 'from a size that is over')
      const { audit } = await made.ledger.status()
      equal([audit.grown?.size, audit.checkpoint?.size], [3, 3], 'its size, and what is signed')
      const again = { size: 3, hash: audit.grown?.hash ?? '', time: audit.grown?.time ?? '' }
      const twice = { from: 3, grown: again, tiles: [], checkpoint: { size: 3, time: NOW, note: 'another' } }
      equal(await made.checkpoints.grow(twice), false, 'a size that is signed already')
      ok(audit.checkpoint?.note === (await made.checkpoints.checkpoint(3))?.note, 'the checkpoint that was first')
    },
  },
  {
    name: 'L5-2 a record that was changed, and a tree that was, are faults, and nothing is signed',
    async run(make) {
      const made = await make()
      await fill(made.ledger, 5, 'a')
      const altered: Ledger = {
        ...made.ledger,
        status: () => made.ledger.status(),
        async read(after, limit) {
          const page = await made.ledger.read(after, limit)
          return {
            ...page,
            records: page.records.map((it) => (it.seq === 3 ? { ...it, ledger: it.ledger, cut: 9 } : it)),
          }
        },
      }
      equal(await look({ ...made, ledger: altered }), { found: 'fault', reason: 'flip', seq: 3 }, 'a changed record')
      await signed(made)
      await fill(made.ledger, 2, 'b')
      const bent: Checkpoints = {
        ...made.checkpoints,
        grow: (growth) => made.checkpoints.grow(growth),
        checkpoint: (size) => made.checkpoints.checkpoint(size),
        mark: (marks) => made.checkpoints.mark(marks),
        prune: (upTo) => made.checkpoints.prune(upTo),
        async tiles(keys) {
          const tiles = await made.checkpoints.tiles(keys)
          return tiles.map(({ key, hashes }) => ({
            key,
            hashes: hashes.map((byte, at) => (at === 40 || at === 41 ? 0 : byte)),
          }))
        },
      }
      equal(await look({ ...made, checkpoints: bent }), { found: 'fault', reason: 'tree', seq: 5 }, 'a changed tree')
      equal((await made.ledger.status()).audit.checkpoint?.size, 5, 'the newest checkpoint')
    },
  },
  {
    name: 'marks stay until they are taken away, and what was exported never goes back',
    async run(make) {
      const made = await make()
      const fault = { reason: 'flip', seq: 3, since: NOW }
      const exportTrouble = { code: 'http_500', since: NOW }
      await Promise.all([
        made.checkpoints.mark({ fault }),
        made.checkpoints.mark({ exported: 70, pruned: 60, exportTrouble }),
      ])
      await made.restart()
      equal((await made.ledger.status()).audit, { first: 0, fault, exported: 70, exportTrouble, pruned: 60 }, 'marked')
      await made.checkpoints.mark({ fault: null, exported: 60, pruned: 50, exportTrouble: null })
      equal((await made.ledger.status()).audit, { first: 0, exported: 70, pruned: 60 }, 'taken away')
    },
  },
  {
    name: 'L5-2 only what is signed is deleted, never the last record, and every proof still holds',
    async run(make) {
      const made = await make()
      const { ledger, checkpoints } = made
      await fill(ledger, 650, 'a')
      equal(await checkpoints.prune(10), 1, 'the first without a checkpoint')
      const { size, root } = await signed(made)
      const before = await readAll(ledger)
      equal(await checkpoints.prune(100), 101, 'the first')
      equal(await checkpoints.prune(50), 101, 'what is gone already')
      equal(await checkpoints.prune(10_000), 601, 'a page at a time')
      equal(await checkpoints.prune(10_000), 650, 'the last one stays')
      await made.restart()
      await fill(ledger, 40, 'b')
      equal(await checkpoints.prune(10_000), 651, 'not above the checkpoint')
      const after = await readAll(ledger, 7)
      equal(
        after.map((it) => it.seq),
        Array.from({ length: 40 }, (_, at) => at + 651),
        'what is kept, by pages',
      )
      const anchor = { seq: 650, hash: before.at(-1)?.hash ?? '' }
      equal(verify(after, { ledger: made.name, after: anchor }), undefined, 'the chain goes on')
      equal((await ledger.status()).audit.first, 651, 'the oldest')
      const leaf = recordLeaf(before[76]?.hash ?? '')
      const proof = await hashesOf(checkpoints, inclusionRanges(76, size))
      ok(verifyInclusion(leaf, 76, size, proof, root), 'a record that is gone is proved')
      const next = await signed(made)
      const tree = new GrowingTree(650, await frontierOf(checkpoints, 650))
      for (const { hash } of after) tree.push(recordLeaf(hash))
      equal(bytesToHex(tree.root()), bytesToHex(next.root), 'what is kept leads to the next checkpoint')
    },
  },
]
