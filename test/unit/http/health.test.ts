import { describe, expect, test, vi } from 'vitest'
import type { AuditState } from '../../../src/checkpoints.ts'
import { BulkheadError } from '../../../src/errors.ts'
import { type Check, createRounds, healthz, ledgerCheck, READY_CACHE_MS, readyz } from '../../../src/http/health.ts'
import { bench, OPERATOR_KEY } from './setup.ts'

const mounted = (checks: readonly Check[]) =>
  bench((app, { ports }) => {
    app.get('/healthz', healthz)
    app.get('/readyz', readyz(createRounds({ checks, clock: ports.clock, reason: (error) => error.message })))
  })

const good: Check = { name: 'configuration', run: async () => undefined }
const bad: Check = {
  name: 'cluster prod',
  run: () => Promise.reject(new BulkheadError('cluster_unreachable', 'No connection to prod.', { detail: '10.0.0.1' })),
}

describe('health', () => {
  test('/healthz is bare', async () => {
    const { get } = await mounted([bad])
    const response = await get('/healthz')
    expect([response.status, await response.text()]).toEqual([200, 'ok\n'])
  })

  test('/readyz tells strangers the status and operators the reasons', async () => {
    const ready = await mounted([good])
    const yes = await ready.get('/readyz')
    expect([yes.status, await yes.text()]).toEqual([200, 'ready\n'])
    const { get } = await mounted([good, bad])
    const no = await get('/readyz')
    expect([no.status, await no.text()]).toEqual([503, 'not ready\n'])
    const reasons = await get('/readyz', OPERATOR_KEY)
    expect(reasons.status).toBe(503)
    expect(await reasons.json()).toEqual({
      ready: false,
      checks: [
        { name: 'configuration', ok: true },
        { name: 'cluster prod', ok: false, code: 'cluster_unreachable', reason: 'No connection to prod.' },
      ],
    })
  })

  test('/readyz is good while one of several clusters is, with its ledger, and shows which is not', async () => {
    const of = (cluster: string, ok: boolean, name = `cluster ${cluster}`): Check => ({
      ...(ok ? good : bad),
      name,
      cluster,
    })
    const statusOf = async (...checks: readonly Check[]) => (await (await mounted(checks)).get('/readyz')).status
    expect(await statusOf(good, of('prod', false), of('eu', true))).toBe(200)
    expect(await statusOf(good, of('prod', false), of('eu', false))).toBe(503)
    expect(await statusOf(good, of('prod', false))).toBe(503)
    expect(await statusOf(bad, of('prod', true))).toBe(503)
    // A cluster whose ledger is down serves nothing.
    expect(await statusOf(good, of('prod', true), of('prod', false, 'ledger prod'), of('eu', false))).toBe(503)
    const { get } = await mounted([good, of('prod', false), of('eu', true)])
    expect(await (await get('/readyz', OPERATOR_KEY)).json()).toMatchObject({
      ready: true,
      checks: [{ ok: true }, { cluster: 'prod', ok: false, code: 'cluster_unreachable' }, { cluster: 'eu', ok: true }],
    })
  })

  test('/readyz refuses a key that is wrong rather than calling its owner a stranger', async () => {
    const { get } = await mounted([good])
    expect((await get('/readyz', 'unknown')).status).toBe(401)
  })

  test('/readyz runs one round for a flood, and again when the last is a few seconds old', async () => {
    let rounds = 0
    const { get, ports } = await mounted([
      {
        name: 'counted',
        run: async () => {
          rounds += 1
          return undefined
        },
      },
    ])
    await Promise.all(Array.from({ length: 50 }, () => get('/readyz')))
    ports.clock.advance(READY_CACHE_MS - 1)
    await get('/readyz')
    expect(rounds).toBe(1)
    ports.clock.advance(1)
    await get('/readyz')
    expect(rounds).toBe(2)
  })

  test('/readyz gives up on a check that hangs, and names it', async () => {
    const { get } = await mounted([good, { name: 'cluster prod', run: () => new Promise(() => undefined) }])
    vi.useFakeTimers()
    try {
      const response = get('/readyz', OPERATOR_KEY)
      await vi.advanceTimersByTimeAsync(4000)
      expect(await (await response).json()).toMatchObject({
        ready: false,
        checks: [{ ok: true }, { name: 'cluster prod', ok: false, code: 'not_ready', reason: 'No answer within 4 s.' }],
      })
    } finally {
      vi.useRealTimers()
    }
  })

  test('a ledger is good while it answers, warns at 80 % of its room, and is bad when it is down', async () => {
    const check = (bytesUsed: number, bytesAvailable: number, audit: AuditState = { first: 1 }) =>
      ledgerCheck('prod', () => ({
        admit: () => Promise.reject(new Error('not asked')),
        append: () => Promise.reject(new Error('not asked')),
        read: () => Promise.reject(new Error('not asked')),
        status: async () => ({ seq: 1, head: '', bytesUsed, bytesAvailable, audit }),
      }))
    const run = (it: Check) => it.run(new AbortController().signal)
    expect(await run(check(799, 201))).toBeUndefined()
    const fault = { reason: 'flip', seq: 7, since: 0 }
    const exportTrouble = { code: 'http_500', since: Date.UTC(2026, 10, 1) }
    const checkpoint = { size: 50, time: 0, note: '' }
    expect(await run(check(1, 9, { first: 1, fault, checkpoint, exported: 40, exportTrouble }))).toEqual({
      broken: true,
      warning:
        'The ledger prod is BROKEN at record 7 (flip): nothing of it is signed any more. See docs/audit.md. ' +
        'audit.export takes nothing of the ledger prod since 2026-11-01T00:00:00.000Z (http_500): 10 records wait.',
    })
    expect(await run(check(800, 200))).toEqual({
      warning: 'The ledger prod uses 80 % of its room: export it and see docs/storage.md.',
    })
    const { get, ports } = await mounted([ledgerCheck('prod', () => ports.ledgers.ledger('prod')), check(9, 1)])
    const body: unknown = await (await get('/readyz', OPERATOR_KEY)).json()
    expect(body).toMatchObject({ ready: true, checks: [{ ok: true }, { ok: true, warning: expect.any(String) }] })
    ports.clock.advance(READY_CACHE_MS)
    ports.ledgers.breakWhen(() => true)
    expect((await get('/readyz')).status).toBe(503)
  })
})
