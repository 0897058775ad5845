/** The ledger on Deno KV keeps the contract, survives the process, and lets nobody else write. */

import { createLedgers } from '../../src/platform/deno/ledgers.ts'
import { openStorage } from '../../src/platform/deno/storage.ts'
import type { Ledger } from '../../src/ports.ts'
import { equal, ok, rejects } from '../contracts/assert.ts'
import { checkpointsContract, type MadeCheckpoints } from '../contracts/checkpoints.ts'
import { ledgerContract } from '../contracts/ledger.ts'
import { admission, bucket, call, NOW, rush, verified } from '../contracts/ledger-parts.ts'
import { type MadePlans, plansContract } from '../contracts/plans.ts'
import { CALLERS_KEPT, fillAfterCallersLeft, watchContract } from '../contracts/watch.ts'
import { withFolder } from './suites.ts'

const open = async (path: string) => {
  const storage = await openStorage(path)
  return { storage, ...createLedgers(storage.kv, storage.room) }
}

/** A ledger whose storage is closed and opened again under it, as a new process would. */
const openLedger = async (folder: string) => {
  const path = `${folder}/bulkhead.kv`
  let opened = await open(path)
  const underWay = new Set<Promise<unknown>>()
  const watched = <T>(answer: Promise<T>): Promise<T> => {
    underWay.add(answer)
    return answer.finally(() => underWay.delete(answer))
  }
  /** A port of whatever is open now, whose answers are watched. */
  const asking = <T extends object>(port: () => T): T =>
    new Proxy({} as T, {
      get:
        (_, name) =>
        (...given: unknown[]) =>
          watched((Reflect.get(port(), name) as (...given: unknown[]) => Promise<unknown>).apply(port(), given)),
    })
  const through = (name: string): Ledger => asking(() => opened.ledgers.ledger(name))
  const made: MadePlans & MadeCheckpoints = {
    name: 'prod',
    plans: asking(() => opened.plans('prod')),
    checkpoints: asking(() => opened.checkpoints('prod')),
    ledger: through('prod'),
    other: through('test'),
    async restart() {
      await Promise.allSettled(underWay)
      opened.storage.close()
      opened = await open(path)
    },
  }
  return { made, close: () => opened.storage.close() }
}

for (const { name, run } of ledgerContract) {
  Deno.test(`Ledger: ${name}`, () =>
    withFolder(async (folder) => {
      const { made, close } = await openLedger(folder)
      try {
        await run(async () => made)
      } finally {
        close()
      }
    }))
}

for (const { name, run } of checkpointsContract) {
  Deno.test(`Checkpoints: ${name}`, () =>
    withFolder(async (folder) => {
      const { made, close } = await openLedger(folder)
      try {
        await run(async () => made)
      } finally {
        close()
      }
    }))
}

for (const { name, run } of [...plansContract, ...watchContract]) {
  Deno.test(`Plans: ${name}`, () =>
    withFolder(async (folder) => {
      const { made, close } = await openLedger(folder)
      try {
        await run(async () => made)
      } finally {
        close()
      }
    }))
}

Deno.test('a second process on the same storage is refused, and let in when the first has gone', () =>
  withFolder(async (folder) => {
    const path = `${folder}/bulkhead.kv`
    const first = await openStorage(path)
    const error = await rejects(() => openStorage(path), 'not_ready', 'a second one')
    ok(error.message.includes('another process holds'), error.message)
    const child = await new Deno.Command(Deno.execPath(), {
      args: ['run', '--unstable-kv', '-A', '--no-check', new URL('writer.ts', import.meta.url).pathname, path],
    }).output()
    ok(!child.success && new TextDecoder().decode(child.stderr).includes('another process holds'), 'another process')
    first.close()
    ;(await openStorage(path)).close()
  }))

Deno.test('a storage of a newer layout is refused and left alone', () =>
  withFolder(async (folder) => {
    const path = `${folder}/bulkhead.kv`
    const { kv, close } = await openStorage(path)
    await kv.set(['meta', 'schema'], 99)
    close()
    const error = await rejects(() => openStorage(path), 'not_ready', 'a newer layout')
    ok(error.message.includes('layout version 99'), error.message)
    await rejects(() => openStorage(`${path}/is-a-file/bulkhead.kv`), 'not_ready', 'a folder that cannot be')
    const made = await openStorage(`${folder}/new/folders/bulkhead.kv`)
    made.close()
    equal((await Deno.stat(`${folder}/new`)).mode?.toString(8).slice(-3), '700', 'who may look in')
  }))

Deno.test('killed without notice: what was answered is recorded, and no more than the budget was admitted', () =>
  withFolder(async (folder) => {
    const path = `${folder}/bulkhead.kv`
    const child = new Deno.Command(Deno.execPath(), {
      args: ['run', '--unstable-kv', '-A', '--no-check', new URL('writer.ts', import.meta.url).pathname, path],
      stdout: 'piped',
    }).spawn()
    // The writer tells of each admission once it is answered; it is killed while it is at it.
    let told = ''
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      told += chunk
      if (told.split('\n').length > 10) {
        try {
          child.kill('SIGKILL')
        } catch {
          break // it was done before
        }
      }
    }
    await child.status
    const answered = told.split('\n').slice(0, -1)
    ok(answered.length >= 10, `${answered.length} answers before the end`)
    const { storage, ledgers } = await open(path)
    try {
      const ledger = ledgers.ledger('prod')
      const before = await verified({ name: 'prod', ledger })
      const recorded = new Set(before.map((it) => it.kind === 'call' && it.call))
      ok(
        answered.every((it) => recorded.has(it)),
        'each answer is in the ledger',
      )
      const after = await rush(ledger, 100, 'after')
      ok(answered.length + after.admitted <= 50, `${answered.length} and ${after.admitted} admitted`)
      const calls = (await verified({ name: 'prod', ledger })).filter((it) => it.kind === 'call')
      equal(calls.length, 50, 'call records')
    } finally {
      storage.close()
    }
  }))

Deno.test('a commit that fails takes nothing and answers nobody', () =>
  withFolder(async (folder) => {
    const { kv, room, close } = await openStorage(`${folder}/bulkhead.kv`)
    let fail = true
    const failing = new Proxy(kv, {
      get(target, key) {
        const value = Reflect.get(target, key, target)
        if (key !== 'atomic' || !fail) return typeof value === 'function' ? value.bind(target) : value
        const atomic = { check: () => atomic, set: () => atomic, commit: () => Promise.reject(new Error('disk full')) }
        return () => atomic
      },
    })
    const ledger = createLedgers(failing, room).ledgers.ledger('prod')
    const all = [bucket('calls', 1, 1)]
    const error = await rejects(() => ledger.admit(admission('c1', all)), 'ledger_unavailable', 'a full disk')
    ok(error.detail?.includes('disk full'), 'the operator sees why')
    fail = false
    equal(await ledger.admit(admission('c2', all)), { admitted: true, seq: 1 }, 'the token is still there')
    close()
    await rejects(() => ledger.status(), 'ledger_unavailable', 'closed storage')
  }))

Deno.test('two writers that got past the lock cannot break the chain: one of them is refused', () =>
  withFolder(async (folder) => {
    const { kv, room, close } = await openStorage(`${folder}/bulkhead.kv`)
    const [one, two] = [createLedgers(kv, room).ledgers.ledger('prod'), createLedgers(kv, room).ledgers.ledger('prod')]
    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) =>
        (index % 2 === 0 ? one : two).admit(admission(`c${index}`, [bucket('calls', 50, 1)])),
      ),
    )
    const admitted = answers.filter((it) => it.status === 'fulfilled' && it.value.admitted).length
    const calls = (await verified({ name: 'prod', ledger: one })).filter((it) => it.kind === 'call')
    equal(calls.length, admitted, 'call records')
    ok(admitted <= 50, `${admitted} admitted`)
    close()
  }))

Deno.test('more requests than can wait are refused at once', () =>
  withFolder(async (folder) => {
    const { storage, ledgers } = await open(`${folder}/bulkhead.kv`)
    const ledger = ledgers.ledger('prod')
    const answers = await Promise.allSettled(
      Array.from({ length: 2100 }, (_, index) => ledger.append({ now: NOW, entry: call(`c${index}`) })),
    )
    const refused = answers.filter((it) => it.status === 'rejected').length
    equal(refused, 100, 'refused')
    equal((await verified({ name: 'prod', ledger })).length, 2000, 'records')
    storage.close()
  }))

Deno.test('buckets that are full again are forgotten, those that still say something are kept', () =>
  withFolder(async (folder) => {
    const { storage, ledgers } = await open(`${folder}/bulkhead.kv`)
    const ledger = ledgers.ledger('prod')
    const take = (owner: string, perMs: number) =>
      ledger.admit({ ...admission(owner, [bucket('calls', 1, 1, perMs)]), bucketOwner: owner })
    await take('fills in a second', 1000)
    await take('never fills', 0)
    for (let index = 0; index < 260; index++) {
      await ledger.append({ now: NOW + 3_600_000, entry: call(`c${index}`) })
    }
    const owners: Deno.KvKeyPart[] = []
    for await (const { key } of storage.kv.list({ prefix: ['ledger', 'prod', 'bucket'] })) owners.push(key[3] ?? '')
    equal(owners, ['never fills'], 'kept')
    storage.close()
  }))

Deno.test('callers that have not come for long are forgotten', () =>
  withFolder(async (folder) => {
    const { storage, ledgers } = await open(`${folder}/bulkhead.kv`)
    await fillAfterCallersLeft({ ledger: ledgers.ledger('prod') })
    const owners: Deno.KvKeyPart[] = []
    for await (const { key } of storage.kv.list({ prefix: ['ledger', 'prod', 'caller'] })) owners.push(key[3] ?? '')
    equal(owners, CALLERS_KEPT, 'kept')
    storage.close()
  }))
