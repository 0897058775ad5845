/** When a ledger is signed, what follows it, and that neither a dead target nor a broken ledger goes unseen. */
import { describe, expect, test } from 'vitest'
import { linesOf, verifyLines } from '../../../scripts/lib/audit-file.ts'
import { type Config, configSchema } from '../../../src/config.ts'
import { beginAudits, createAuditor } from '../../../src/guard/auditor.ts'
import { chain, type Head, sha256Hex } from '../../../src/guard/chain.ts'
import { createSigner, originOf, parseCheckpoint, recordLeaf } from '../../../src/guard/checkpoint.ts'
import { exportLedger } from '../../../src/guard/evidence.ts'
import { growTiles } from '../../../src/guard/tiles.ts'
import { lookThrough } from '../../../src/guard/tree.ts'
import { type MemoryOptions, type MemoryPorts, memoryPorts } from '../../../src/platform/memory.ts'
import type { LedgerRecord } from '../../../src/ports.ts'
import { call } from '../../contracts/ledger-parts.ts'

const HOUR = 3_600_000
const TARGET = 'https://evidence.example.com/bulkhead'
const EXPORT = { url: TARGET, bearer: { secret: 'EVIDENCE_TOKEN' } }

const configOf = (audit: Record<string, unknown>): Config =>
  configSchema.parse({
    publicUrl: 'https://bulkhead.example.com',
    masterKey: { secret: 'BULKHEAD_KEY' },
    identity: {},
    clusters: { prod: { server: 'https://10.0.0.1:6443', credentials: { read: { token: { secret: 'T' } } } } },
    audit,
  })

const setUp = async (audit: Record<string, unknown> = {}, deliver?: MemoryOptions['deliver']) => {
  const ports = memoryPorts({
    secrets: { EVIDENCE_TOKEN: 'token-of-a-fixture' },
    ...(deliver === undefined ? {} : { deliver }),
  })
  const broken: string[] = []
  const teller = {
    async ledgerBroken(name: string, { seq }: { seq: number }): Promise<void> {
      broken.push(`${name} ${seq}`)
    },
  }
  const used = beginAudits(ports)
  const auditor = createAuditor({
    ports: used,
    config: configOf(audit),
    signer: await createSigner(new Uint8Array(32).fill(7)),
    teller,
  })
  let written = 0
  return {
    ports,
    broken,
    teller,
    async write(count: number) {
      for (let index = 0; index < count; index += 1)
        await used.ledgers.ledger('prod').append({ now: ports.clock.now(), entry: call(`c${written++}`) })
      await ports.background.settled()
    },
    /** Runs what is due. */
    work: () =>
      ports.jobs.run(async (job, ...run) =>
        job.kind === 'checkpoint' || job.kind === 'export' ? auditor.run(job, ...run) : { done: true },
      ),
    audit: async () => (await ports.ledgers.ledger('prod').status()).audit,
  }
}

/** Whoever holds the storage: what is read of the ledger is this. Answers what puts it back. */
const bend = (ports: MemoryPorts, how: (records: readonly LedgerRecord[]) => LedgerRecord[]) => {
  const ledger = ports.ledgers.ledger('prod')
  const { read } = ledger
  Object.assign(ledger, {
    async read(after: number, limit: number) {
      const { records } = await read(0, 500)
      return {
        records: how(records)
          .filter(({ seq }) => seq > after)
          .slice(0, limit),
      }
    },
  })
  return () => void Object.assign(ledger, { read })
}

const bytesOf = async function* (text: string) {
  yield new TextEncoder().encode(text)
}

/** The key of a delivery without the digest of its body. */
const placeOf = ({ headers }: MemoryPorts['delivered'][number]): string =>
  headers['idempotency-key']?.replace(/\/[0-9a-f]{16}$/, '') ?? ''

const delivered = (ports: MemoryPorts, kind: string) =>
  ports.delivered.filter((it) => it.headers['idempotency-key']?.includes(`/${kind}/`) === true)

describe('a checkpoint', () => {
  test('is begun by the first record and comes back by itself, never without new records', async () => {
    const { ports, write, work, audit } = await setUp()
    await write(3)
    await work()
    expect((await audit()).checkpoint).toMatchObject({ size: 3, time: ports.clock.now() })
    await write(2)
    await work()
    expect((await audit()).checkpoint?.size).toBe(3)
    ports.clock.advance(HOUR - 1)
    await work()
    expect((await audit()).checkpoint?.size).toBe(3)
    ports.clock.advance(1)
    await work()
    expect((await audit()).checkpoint?.size).toBe(5)
    const { note } = (await audit()).checkpoint ?? { note: '' }
    ports.clock.advance(5 * HOUR)
    await work()
    expect((await audit()).checkpoint?.note).toBe(note)
    ports.jobs.restart()
    await write(1)
    ports.clock.advance(HOUR)
    await work()
    expect((await audit()).checkpoint?.size).toBe(6)
    expect(parseCheckpoint(note)?.origin).toBe('bulkhead.example.com/prod')
  })

  test('is enqueued once for each ledger, and again where that failed', async () => {
    const { ports, write } = await setUp()
    const { enqueue } = ports.jobs
    let asked = 0
    Object.assign(ports.jobs, {
      enqueue: (...it: Parameters<typeof enqueue>) => {
        asked += 1
        return asked === 1 ? Promise.reject(new Error('down')) : enqueue(...it)
      },
    })
    await write(1)
    expect(ports.lines).toMatchObject([{ event: 'background_failed' }])
    await write(4)
    expect(asked).toBe(2)
    expect(await ports.jobs.waiting('audit-prod')).toMatchObject([{ key: 'checkpoint' }])
  })

  test('a ledger that is no longer configured is left alone', async () => {
    const { ports, work } = await setUp()
    await ports.jobs.enqueue('audit-gone', 'checkpoint', { kind: 'checkpoint', ledger: 'gone' })
    await work()
    expect(await ports.jobs.waiting('audit-gone')).toEqual([])
  })

  test('L5-2 a ledger that is broken is not signed: it is told once, logged each time, and mends by itself', async () => {
    const { ports, broken, write, work, audit } = await setUp()
    await write(2)
    const ledger = ports.ledgers.ledger('prod')
    const { read } = ledger
    Object.assign(ledger, {
      async read(...it: Parameters<typeof read>) {
        const page = await read(...it)
        return { ...page, records: page.records.map((record): LedgerRecord => ({ ...record, cut: 7 })) }
      },
    })
    await work()
    ports.clock.advance(HOUR)
    await work()
    expect((await audit()).checkpoint).toBeUndefined()
    expect((await audit()).fault).toMatchObject({ reason: 'flip', seq: 1 })
    expect(broken).toEqual(['prod 1'])
    expect(ports.lines.filter((it) => it.event === 'ledger_broken')).toHaveLength(2)
    Object.assign(ledger, { read })
    ports.clock.advance(HOUR)
    await work()
    expect(await audit()).toMatchObject({ checkpoint: { size: 2 } })
    expect((await audit()).fault).toBeUndefined()
  })
})

test('a ledger that goes on, and is broken at a later place too, is still broken at the first', async () => {
  const { ports, broken, write, work, audit } = await setUp()
  await write(4)
  let at = 2
  bend(ports, (all) => all.map((record) => (record.seq === at ? { ...record, cut: 7 } : record)))
  await work()
  at = 4
  ports.clock.advance(HOUR)
  await work()
  expect((await audit()).fault).toMatchObject({ reason: 'flip', seq: 2 })
  expect(broken).toEqual(['prod 2'])
  expect(ports.lines.filter((it) => it.event === 'ledger_broken').map((it) => it.record)).toEqual([2, 4])
})

test('L5-2 a fault whose telling cannot be kept is told at the next attempt', async () => {
  const { ports, broken, teller, write, work, audit } = await setUp()
  await write(2)
  bend(ports, (all) => all.map((record) => ({ ...record, cut: 7 })))
  const { ledgerBroken } = teller
  Object.assign(teller, { ledgerBroken: () => Promise.reject(new Error('down')) })
  await work().catch(() => undefined)
  expect((await audit()).fault).toBeUndefined()
  Object.assign(teller, { ledgerBroken })
  ports.clock.advance(HOUR)
  await work()
  ports.clock.advance(HOUR)
  await work()
  expect(broken).toEqual(['prod 1'])
  expect((await audit()).fault).toMatchObject({ reason: 'flip', seq: 1 })
})

describe('the export', () => {
  test('brings every record and every checkpoint in order, in batches that end, with what makes them the same twice', async () => {
    const { ports, write, work, audit } = await setUp({ export: EXPORT })
    await write(620)
    await work()
    expect(ports.delivered.map(placeOf)).toEqual([
      'prod/records/1-500',
      'prod/records/501-620',
      'prod/checkpoint/620-620',
    ])
    expect(ports.delivered[0]).toMatchObject({
      url: TARGET,
      headers: {
        authorization: 'Bearer token-of-a-fixture',
        'content-type': 'application/x-ndjson',
        'bulkhead-ledger': 'prod',
        'bulkhead-first': '1',
        'bulkhead-last': '500',
      },
    })
    expect(ports.delivered[2]?.body).toBe((await audit()).checkpoint?.note)
    expect((await audit()).exported).toBe(620)
    await write(1)
    ports.clock.advance(HOUR)
    await work()
    expect(ports.delivered.slice(3).map(placeOf)).toEqual(['prod/records/621-621', 'prod/checkpoint/621-621'])
    const file = delivered(ports, 'records').map((it) => it.body)
    const report = await verifyLines(linesOf(bytesOf(file.join(''))), {
      after: new Map(),
      heads: new Map(),
    })
    expect(report).toMatchObject({ ledgers: [{ ledger: 'prod', records: 621 }] })
    expect(report.fault).toBeUndefined()
  })

  test.each([
    ['answers 500', () => 500, 'http_500'],
    ['redirects', () => 302, 'http_302'],
    [
      'is not there',
      () => {
        throw new TypeError('connect to 192.0.2.7 refused')
      },
      'unreachable',
    ],
  ])(
    'a target that %s delays checkpoints not at all, is seen, and gets the same batch when it is back',
    async (_, fail, code) => {
      let dead = true
      const { ports, write, work, audit } = await setUp({ export: EXPORT }, () => (dead ? fail() : 200))
      const since = ports.clock.now()
      await write(2)
      await work()
      expect(await audit()).toMatchObject({ checkpoint: { size: 2 }, exportTrouble: { code, since } })
      await write(3)
      ports.clock.advance(HOUR)
      await work()
      expect(await audit()).toMatchObject({ checkpoint: { size: 5 }, exportTrouble: { code, since } })
      expect((await audit()).exported).toBeUndefined()
      dead = false
      ports.delivered.length = 0
      ports.jobs.restart()
      ports.clock.advance(15 * 60_000)
      await work()
      expect(ports.delivered.map(placeOf)).toEqual([
        'prod/records/1-2',
        'prod/checkpoint/2-2',
        'prod/records/3-5',
        'prod/checkpoint/5-5',
      ])
      expect(await audit()).toMatchObject({ exported: 5 })
      expect((await audit()).exportTrouble).toBeUndefined()
      expect(JSON.stringify([ports.lines, await audit()])).not.toContain('192.0.2.7')
    },
  )

  test('records count as taken only with the checkpoint that proves them', async () => {
    const { ports, write, work, audit } = await setUp({ export: EXPORT }, () => (++posts === 2 ? 503 : 200))
    let posts = 0
    await write(4)
    await work()
    expect((await audit()).exported).toBeUndefined()
    ports.clock.advance(60_000)
    await work()
    expect(ports.delivered.map(placeOf)).toEqual([
      'prod/records/1-4',
      'prod/checkpoint/4-4',
      'prod/records/1-4',
      'prod/checkpoint/4-4',
    ])
    expect((await audit()).exported).toBe(4)
  })

  test('time that is up is not the target’s fault, and the same batch comes again', async () => {
    let dead = true
    const { ports, write, work, audit } = await setUp({ export: EXPORT }, () => (dead ? 500 : 200))
    await write(3)
    await work()
    dead = false
    await ports.checkpoints('prod').mark({ exportTrouble: null })
    const before = await audit()
    const over = new AbortController()
    const parts = {
      ports: {
        ...ports,
        notifier: {
          async deliver(): Promise<number> {
            over.abort()
            throw new DOMException('aborted', 'AbortError')
          },
        },
      },
      target: EXPORT,
      name: 'prod',
      broken: () => Promise.reject(new Error('nothing is broken')),
    }
    expect(await exportLedger(parts, 1, over.signal)).toEqual({ done: false, afterMs: 1 })
    expect(await audit()).toEqual(before)
  })

  test('a missing secret is trouble like any other', async () => {
    const { write, work, audit } = await setUp({ export: { ...EXPORT, bearer: { secret: 'ABSENT' } } })
    await write(1)
    await work()
    expect((await audit()).exportTrouble?.code).toBe('secret_unavailable')
  })
})

describe('signed records that are broken', () => {
  /** A history whose chain is whole, with another record from `from` on. */
  const rewritten = (records: readonly LedgerRecord[], from: number): LedgerRecord[] => {
    const made: LedgerRecord[] = []
    let head: Head | undefined
    for (const { seq, time } of records) {
      head = chain(head, call(`${seq < from ? 'c' : 'other-'}${seq - 1}`), Date.parse(time), 'prod')
      made.push(head as LedgerRecord)
    }
    return made
  }
  test.each<[string, number, (records: readonly LedgerRecord[]) => LedgerRecord[]]>([
    ['one missing, the next altered', 3, (all) => all.toSpliced(2, 2, { ...all[3], cut: 7 } as LedgerRecord)],
    ['one missing', 3, (all) => all.toSpliced(2, 1)],
    ['the first missing', 1, (all) => all.slice(1)],
    ['all missing', 1, () => []],
    ['one altered', 4, (all) => all.with(3, { ...all[3], cut: 7 } as LedgerRecord)],
    ['the end written anew', 1, (all) => rewritten(all, 7)],
    ['all written anew', 1, (all) => rewritten(all, 1)],
  ])('L5-2 %s: nothing is exported, signed or deleted; it is told once and mends by itself', async (_, seq, how) => {
    let dead = true
    const it = await setUp({ export: EXPORT, keep: '1d' }, () => (dead ? 500 : 200))
    const { ports, broken, write, work, audit } = it
    await write(8)
    await work()
    expect(await audit()).toMatchObject({ checkpoint: { size: 8 } })
    const mend = bend(ports, (all) => [...how(all.slice(0, 8)), ...all.slice(8)])
    dead = false
    ports.delivered.length = 0
    ports.clock.advance(HOUR)
    await work()
    for (let hours = 0; hours < 60; hours += 20) {
      ports.clock.advance(20 * HOUR)
      await write(1)
      await work()
    }
    expect(ports.delivered).toEqual([])
    expect(await audit()).toMatchObject({
      first: 1,
      checkpoint: { size: 8 },
      fault: { reason: 'records', seq },
      exportTrouble: { code: 'records_broken' },
    })
    expect((await audit()).exported).toBeUndefined()
    expect(broken).toEqual([`prod ${seq}`])
    mend()
    await write(1)
    ports.clock.advance(HOUR)
    await work()
    ports.clock.advance(HOUR)
    await work()
    ports.clock.advance(HOUR)
    await work()
    expect(await audit()).toMatchObject({ checkpoint: { size: 12 }, exported: 12, first: 10 })
    expect((await audit()).fault).toBeUndefined()
  })

  test('L5-2 what is proved in front of a hole is still brought away, and stays', async () => {
    let dead = true
    const { ports, write, work, audit } = await setUp({ export: EXPORT, keep: '1d' }, () => (dead ? 500 : 200))
    await write(8)
    await work()
    bend(ports, (all) => all.slice(0, 7))
    dead = false
    ports.delivered.length = 0
    for (let days = 0; days < 3; days += 1) {
      ports.clock.advance(30 * HOUR)
      await work()
    }
    expect(ports.delivered.map(placeOf)).toEqual(['prod/records/1-7'])
    expect(await audit()).toMatchObject({ first: 1, exported: 7, fault: { reason: 'records', seq: 8 } })
  })

  test('L5-2 no batch stands for another one that was signed: each is proved, also of many', async () => {
    const { ports, write, work, audit } = await setUp({ export: EXPORT })
    await write(520)
    const { deliver } = ports.notifier
    Object.assign(ports.notifier, {
      // The moment after the first batch.
      deliver: (...it: Parameters<typeof deliver>) => {
        bend(ports, (all) => rewritten(all, 511))
        return deliver(...it)
      },
    })
    await work()
    expect(ports.delivered.map(placeOf)).toEqual(['prod/records/1-500'])
    expect(await audit()).toMatchObject({ exported: 500, fault: { reason: 'records', seq: 501 } })
  })

  test('what another run exported and let be deleted meanwhile is no fault', async () => {
    const { ports, broken, write, work, audit } = await setUp({ export: EXPORT })
    await write(8)
    const ledger = ports.ledgers.ledger('prod')
    const { read } = ledger
    let reads = 0
    Object.assign(ledger, {
      async read(...it: Parameters<typeof read>) {
        reads += 1
        // The first is the look's.
        if (reads === 2) {
          await ports.checkpoints('prod').mark({ exported: 8 })
          await ports.checkpoints('prod').prune(7)
        }
        return read(...it)
      },
    })
    await work()
    await work()
    expect(reads).toBe(2)
    expect(broken).toEqual([])
    expect(await audit()).toMatchObject({ first: 8, exported: 8 })
    expect((await audit()).fault).toBeUndefined()
  })

  test('a fault that the export has passed, or that nobody exports any more, does not stop the signing', async () => {
    for (const audit of [{ export: EXPORT }, {}]) {
      const it = await setUp(audit)
      await it.write(4)
      await it.work()
      await it.ports.checkpoints('prod').mark({ fault: { reason: 'records', seq: 3, since: 0 } })
      await it.write(1)
      it.ports.clock.advance(HOUR)
      await it.work()
      expect(await it.audit()).toMatchObject({ checkpoint: { size: 5 } })
      expect((await it.audit()).fault).toBeUndefined()
    }
  })

  test('a target that is new goes on behind what was deleted for its age', async () => {
    const before = await setUp({ keep: '1d' })
    await before.write(4)
    before.ports.clock.advance(30 * HOUR)
    await before.write(2)
    await before.work()
    expect(await before.audit()).toMatchObject({ first: 5, pruned: 4, checkpoint: { size: 6 } })
    const target = { url: TARGET, bearer: { secret: 'EVIDENCE_TOKEN' } }
    const broken = () => Promise.reject(new Error('nothing is broken'))
    const parts = { ports: before.ports, target, name: 'prod', broken }
    expect(await exportLedger(parts, 1, new AbortController().signal)).toEqual({ done: true })
    expect(before.ports.delivered.map(placeOf)).toEqual(['prod/records/5-6', 'prod/checkpoint/6-6'])
  })
})

test('two looks that overlap: the later one goes on, and finds no fault in what the other one did', async () => {
  const { ports, write } = await setUp()
  await write(4)
  const ledger = ports.ledgers.ledger('prod')
  const checkpoints = ports.checkpoints('prod')
  const signer = await createSigner(new Uint8Array(32).fill(7))
  const origin = originOf('https://bulkhead.example.com', 'prod')
  const parts = { ledger, checkpoints, name: 'prod', origin, signer, clock: ports.clock }
  const { signal } = new AbortController()
  const look = async (it = parts) => lookThrough(it, await ledger.status(), signal)
  await look()
  await write(3)
  let isFirst = true
  const overtaken = {
    ...checkpoints,
    async tiles(keys: readonly string[]) {
      if (isFirst) {
        isFirst = false
        const { records } = await ledger.read(4, 1)
        const [{ seq, hash, time }] = records as [LedgerRecord]
        const tiles = growTiles(4, await checkpoints.tiles(keys), [recordLeaf(hash)])
        expect(await checkpoints.grow({ from: 4, grown: { size: seq, hash, time }, tiles })).toBe(true)
      }
      return checkpoints.tiles(keys)
    },
  }
  expect(await look({ ...parts, checkpoints: overtaken })).toEqual({ found: 'more' })
  expect(await look({ ...parts, checkpoints: overtaken })).toMatchObject({ found: 'signed', checkpoint: { size: 7 } })
})

describe('whatever fails', () => {
  /** Until the clock has gone far enough for every retry. */
  const settle = async ({ ports, work }: Awaited<ReturnType<typeof setUp>>) => {
    for (let round = 0; round < 8; round += 1) {
      ports.clock.advance(15 * 60_000)
      await work().catch(() => undefined)
    }
  }

  test.each([true, 'after'] as const)(
    'L5-2 storage that fails (%s) at any one call, and a process lost behind it, lose nothing and sign nothing twice',
    async (how) => {
      for (let nth = 1; ; nth += 1) {
        const it = await setUp({ export: EXPORT, keep: '1d' })
        await it.write(3)
        let calls = 0
        it.ports.ledgers.breakWhen((operation) =>
          operation !== 'append' && operation !== 'admit' && ++calls === nth ? how : false,
        )
        await it.work().catch(() => undefined)
        it.ports.jobs.restart()
        it.ports.ledgers.breakWhen(() => false)
        await settle(it)
        await it.write(2)
        await settle(it)
        expect(await it.audit(), `call ${nth}`).toMatchObject({ checkpoint: { size: 5 }, exported: 5 })
        expect((await it.audit()).fault).toBeUndefined()
        const bodies = new Map(it.ports.delivered.map((one) => [placeOf(one), one.body]))
        for (const one of it.ports.delivered) {
          expect(bodies.get(placeOf(one)), 'the same place, the same body').toBe(one.body)
          expect(one.headers['idempotency-key']).toBe(`${placeOf(one)}/${sha256Hex(one.body).slice(0, 16)}`)
        }
        const file = [...bodies].flatMap(([key, body]) => (key.includes('/records/') ? [body] : [])).join('')
        const head = parseCheckpoint(it.ports.delivered.at(-1)?.body ?? '')
        const checkpoints = new Map([['prod', head === undefined ? [] : [{ ...head, file: 'the newest' }]]])
        const places = { after: new Map(), heads: new Map() }
        const report = await verifyLines(linesOf(bytesOf(file)), places, { checkpoints, frontiers: new Map() })
        expect(report, `call ${nth}`).toEqual({ ledgers: [expect.objectContaining({ records: 5, signed: 5 })] })
        if (calls < nth) {
          // Each call of a checkpoint and of its export was among them.
          expect(nth).toBeGreaterThan(11)
          break
        }
      }
    },
  )
})

describe('retention', () => {
  test('L5-2 deletes what is older than audit.keep, never above a checkpoint', async () => {
    const { ports, write, work, audit } = await setUp({ keep: '1d' })
    await write(700)
    ports.clock.advance(30 * HOUR)
    await write(5)
    await work()
    expect(await audit()).toMatchObject({ first: 701, checkpoint: { size: 705 } })
    ports.clock.advance(30 * HOUR)
    await work()
    expect((await audit()).first).toBe(705)
    await write(3)
    ports.clock.advance(HOUR)
    await work()
    expect(await audit()).toMatchObject({ first: 706, checkpoint: { size: 708 } })
  })

  test('L5-2 deletes nothing while a ledger is broken', async () => {
    const { ports, write, work, audit } = await setUp({ keep: '1d' })
    await write(10)
    await work()
    await write(2)
    const mend = bend(ports, (all) => all.map((it) => (it.seq > 10 ? { ...it, cut: 7 } : it)) as LedgerRecord[])
    for (let days = 0; days < 3; days += 1) {
      ports.clock.advance(30 * HOUR)
      await work()
    }
    expect(await audit()).toMatchObject({ first: 1, fault: { seq: 11 } })
    mend()
    ports.clock.advance(HOUR)
    await work()
    expect(await audit()).toMatchObject({ first: 1, checkpoint: { size: 12 } })
    ports.clock.advance(HOUR)
    await work()
    expect((await audit()).first).toBe(12)
  })

  test('L5-2 keeps what the target has not taken, however old', async () => {
    let dead = true
    const { ports, write, work, audit } = await setUp({ keep: '1d', export: EXPORT }, () => (dead ? 500 : 200))
    await write(10)
    await work()
    ports.clock.advance(60 * HOUR)
    await write(1)
    await work()
    expect(await audit()).toMatchObject({ first: 1, checkpoint: { size: 11 } })
    dead = false
    ports.clock.advance(HOUR)
    await work()
    ports.clock.advance(HOUR)
    await work()
    expect(await audit()).toMatchObject({ first: 11, exported: 11 })
  })
})
