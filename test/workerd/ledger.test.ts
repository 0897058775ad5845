/** The ledger on a Durable Object keeps the contract, across evictions and aborts. */
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test, vi } from 'vitest'
import { REFUSAL_BURST } from '../../src/guard/ledger-core.ts'
import type { BulkheadEnv } from '../../src/platform/cloudflare/index.ts'
import { createLedgers, LEDGER_DEADLINE_MS } from '../../src/platform/cloudflare/ledgers.ts'
import type { BucketSpec } from '../../src/ports.ts'
import { rejects } from '../contracts/assert.ts'
import { checkpointsContract, type MadeCheckpoints } from '../contracts/checkpoints.ts'
import { fragileLedgerContract, ledgerContract } from '../contracts/ledger.ts'
import { admission, agent, bucket, call, NOW, refusal, verified } from '../contracts/ledger-parts.ts'
import { type MadePlans, plansContract } from '../contracts/plans.ts'
import { CALLERS_KEPT, fillAfterCallersLeft, watchContract } from '../contracts/watch.ts'

const { LEDGER } = env as unknown as BulkheadEnv
const { ledgers, plans, checkpoints } = createLedgers(LEDGER, { clusters: {} })

let made = 0
const make = async () => {
  const name = `prod-${++made}`
  return {
    name,
    ledger: ledgers.ledger(name),
    other: ledgers.ledger(`other-${made}`),
    plans: plans(name),
    checkpoints: checkpoints(name),
    async restart() {
      // An object that was never asked anything is not there to be evicted.
      await ledgers.ledger(name).status()
      await evictDurableObject(LEDGER.getByName(name))
    },
    crash: () => abortAllDurableObjects(),
  } satisfies MadePlans & MadeCheckpoints & { crash(): Promise<void> }
}

describe('Plans', () => {
  for (const { name, run } of [...plansContract, ...watchContract]) test(name, () => run(make))
})

describe('Checkpoints', () => {
  for (const { name, run } of checkpointsContract) test(name, () => run(make))
})

describe('Ledger', () => {
  for (const { name, run } of ledgerContract) test(name, () => run(make))
  for (const { name, run } of fragileLedgerContract) test(name, () => run(make))
})

const european = {
  server: 'https://10.0.0.1:6443',
  jurisdiction: 'eu',
  credentials: { read: { token: { secret: 'TOKEN' } } },
} as const

const object = (name: string) => LEDGER.getByName(name)

test('an object holds one ledger, and none of another name', async () => {
  const { name, ledger } = await make()
  await ledger.admit(admission('c1', []))
  await expect((async () => object(name).status('another'))()).rejects.toThrow(`this object holds "${name}"`)
})

test('whatever fails is ledger_unavailable, with the reason for the operator alone', async () => {
  const { name, ledger } = await make()
  await ledger.status()
  await runInDurableObject(object(name), (_, { storage }) => storage.sql.exec('DROP TABLE records').toArray())
  const error = await rejects(() => ledger.admit(admission('c1', [])), 'ledger_unavailable', 'a missing table')
  expect(error.message).not.toContain('records')
  expect(error.detail).toContain('no such table: records')
})

test('a failed write takes nothing: tokens and record stand or fall together', async () => {
  const { name, ledger } = await make()
  const all = [bucket('calls', 1, 1)]
  await ledger.status()
  const run = (text: string) => runInDurableObject(object(name), (_, { storage }) => storage.sql.exec(text).toArray())
  await run(`CREATE TRIGGER full BEFORE INSERT ON buckets BEGIN SELECT RAISE(ABORT, 'no room'); END`)
  await rejects(() => ledger.admit(admission('c1', all)), 'ledger_unavailable', 'a full disk')
  await run('DROP TRIGGER full')
  expect(await ledger.admit(admission('c2', all))).toEqual({ admitted: true, seq: 1 })
  expect((await verified({ name, ledger })).length).toBe(1)
})

test('tables from a newer version are left alone and refused', async () => {
  const { name, ledger, restart } = await make()
  await ledger.admit(admission('c1', []))
  const run = (text: string) => runInDurableObject(object(name), (_, { storage }) => storage.sql.exec(text).toArray())
  await run(`UPDATE meta SET value = '99' WHERE key = 'schema'`)
  await restart()
  const error = await rejects(() => ledger.status(), 'ledger_unavailable', 'a newer schema')
  expect(error.detail).toContain('version 99')
})

test('buckets that are full again are forgotten, those that still say something are kept', async () => {
  const { name, ledger } = await make()
  const owners = (owner: string, buckets: readonly BucketSpec[], now = NOW) =>
    ledger.admit({ ...admission(owner, buckets, now), bucketOwner: owner })
  await owners('fills in a second', [bucket('calls', 1, 1, 1000)])
  await owners('fills in a day', [bucket('calls', 1, 1, 86_400_000)])
  await owners('never fills', [bucket('calls', 1, 1)])
  const entry = refusal('flood', { ...agent, client: 'flooding-agent' })
  await Promise.all(Array.from({ length: REFUSAL_BURST + 1 }, () => ledger.append({ now: NOW, entry })))
  await Promise.all(
    Array.from({ length: 256 }, (_, index) => ledger.append({ now: NOW + 3_600_000, entry: call(`${index}`) })),
  )
  const kept = await runInDurableObject(object(name), (_, { storage }) =>
    storage.sql.exec<{ owner: string }>('SELECT owner FROM buckets ORDER BY owner').toArray(),
  )
  expect(kept.map((row) => row.owner)).toEqual([
    JSON.stringify(['bulkhead', 'flooding-agent', 'ci-agent']),
    'fills in a day',
    'never fills',
  ])
})

test('callers that have not come for long are forgotten', async () => {
  const { name, ledger } = await make()
  await fillAfterCallersLeft({ ledger })
  const kept = await runInDurableObject(object(name), (_, { storage }) =>
    storage.sql.exec<{ owner: string }>('SELECT owner FROM callers').toArray(),
  )
  expect(kept.map((row) => row.owner)).toEqual(CALLERS_KEPT)
})

test('tables of earlier versions are brought up to date, with what they hold', async () => {
  const { name, ledger, plans: kept } = await make()
  await ledger.admit({ ...admission('c1', []), reads: true })
  const run = (text: string) => runInDurableObject(object(name), (_, { storage }) => storage.sql.exec(text).toArray())
  for (const table of ['tiles', 'checkpoints', 'audit']) await run(`DROP TABLE ${table}`)
  await run('DROP INDEX callers_by_last')
  await run('ALTER TABLE callers DROP COLUMN last')
  await run('ALTER TABLE callers DROP COLUMN watched')
  await run(`UPDATE meta SET value = '2' WHERE key = 'schema'`)
  // Not `restart`, which asks the object first: it would miss the tables.
  await evictDurableObject(object(name))
  const owner = admission('', []).bucketOwner
  expect(await kept.standing(owner)).toEqual({ readAt: NOW, approvedAt: 0, raisedUntil: 0 })
  expect(await run('SELECT last, watched FROM callers')).toEqual([{ last: NOW, watched: null }])
  expect((await ledger.status()).audit).toEqual({ first: 1 })
})

test('a cluster whose jurisdiction changes is refused, not given a new, empty ledger', async () => {
  const name = `prod-${++made}`
  const { ledgers: before } = createLedgers(LEDGER, { clusters: {} })
  await before.ledger(name).admit(admission('c1', []))
  const { ledgers: after } = createLedgers(LEDGER, { clusters: { [name]: european } })
  const error = await rejects(() => after.ledger(name).status(), 'ledger_unavailable', 'another jurisdiction')
  expect(error.detail).toContain('lives in jurisdiction "none" and is configured for "eu"')
})

test('a jurisdiction is part of where a cluster ledger lives; the gateway has none', async () => {
  // workerd has no jurisdictions: the namespace is a stand-in that notes what it is asked for.
  const asked: string[] = []
  const namespace = (where: string) => ({
    jurisdiction: namespace,
    getByName: (name: string) => {
      asked.push(`${where}/${name}`)
      return { status: async () => ({ seq: 0 }), jurisdiction: async (_: string, wanted: string) => wanted }
    },
  })
  const { ledgers } = createLedgers(namespace('anywhere') as unknown as typeof LEDGER, { clusters: { prod: european } })
  for (const name of ['prod', 'prod', 'gateway']) await ledgers.ledger(name).status()
  expect(asked).toEqual(['anywhere/gateway', 'eu/prod', 'eu/prod', 'anywhere/gateway'])
})

test('an object that does not answer in time is ledger_unavailable', async () => {
  vi.useFakeTimers()
  try {
    const silent = {
      getByName: () => ({ status: () => new Promise(() => undefined), jurisdiction: async () => 'none' }),
    }
    const ledger = createLedgers(silent as unknown as typeof LEDGER, { clusters: {} }).ledgers.ledger('prod')
    const answer = rejects(() => ledger.status(), 'ledger_unavailable', 'silence')
    await vi.advanceTimersByTimeAsync(LEDGER_DEADLINE_MS)
    expect((await answer).detail).toContain('no answer in 5000 ms')
  } finally {
    vi.useRealTimers()
  }
})
