import { describe, expect, test } from 'vitest'
import { auditExport } from '../../../src/http/audit.ts'
import { requirePower } from '../../../src/http/power.ts'
import type { LedgerRecord } from '../../../src/ports.ts'
import { AGENT_KEY, bench, LOOKER_KEY, OPERATOR_KEY } from './setup.ts'

const mounted = () =>
  bench((app, { config, ports }) => {
    app.get('/audit/export', requirePower({ ports, power: 'audit' }), auditExport({ config, ports }))
  })

const fill = async ({ ports }: Awaited<ReturnType<typeof mounted>>, ledger: string, count: number) => {
  for (let at = 0; at < count; at += 1)
    await ports.ledgers.ledger(ledger).append({
      now: ports.clock.now(),
      entry: {
        kind: 'operator',
        caller: { kind: 'operator', issuer: 'bulkhead', client: 'c', subject: `s-${at}` },
        action: 'filled',
      },
    })
}

const lines = (text: string): LedgerRecord[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerRecord)

describe('the audit export', () => {
  test('L5-2 gives every record of a ledger in order, over several pages, as NDJSON', async () => {
    const it = await mounted()
    await fill(it, 'prod', 450)
    const response = await it.get('/audit/export?ledger=prod', OPERATOR_KEY)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    expect(response.headers.get('bulkhead-ledger-head')).toMatch(/^[a-z]+=[0-9]+:[0-9a-f]{64}$/)
    const records = lines(await response.text())
    expect(records.map((record) => record.seq)).toEqual(Array.from({ length: 450 }, (_, at) => at + 1))
    expect(records.every((record, at) => at === 0 || record.prev === records[at - 1]?.hash)).toBe(true)
    const rest = await it.get('/audit/export?ledger=prod&after=448', OPERATOR_KEY)
    expect(lines(await rest.text()).map((record) => record.seq)).toEqual([449, 450])
    expect(await (await it.get('/audit/export?ledger=prod&after=450', OPERATOR_KEY)).text()).toBe('')
  })

  test('L5-1 is itself recorded before anything is given out', async () => {
    const it = await mounted()
    await it.get('/audit/export?ledger=prod&after=7', OPERATOR_KEY)
    expect(await it.gateway()).toMatchObject([
      {
        kind: 'operator',
        action: 'export ledger prod after 7',
        caller: { kind: 'operator', issuer: 'bulkhead', subject: 'maria@example.com' },
      },
    ])
    it.ports.ledgers.breakWhen((operation, ledger) => operation === 'append' && ledger === 'gateway')
    const response = await it.get('/audit/export?ledger=prod', OPERATOR_KEY)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'ledger_unavailable' })
  })

  test('ends where the ledger ended when it began, with its own record in the gateway’s', async () => {
    const it = await mounted()
    await fill(it, 'gateway', 300)
    let reads = 0
    it.ports.ledgers.breakWhen((operation) => {
      if (operation === 'read') reads += 1
      return false
    })
    const response = await it.get('/audit/export?ledger=gateway', OPERATOR_KEY)
    await fill(it, 'gateway', 300)
    const records = lines(await response.text())
    expect(records).toHaveLength(301)
    expect(records.at(-1)).toMatchObject({ seq: 301, action: 'export ledger gateway after 0' })
    expect(reads).toBe(2)
  })

  test('holds one page however slowly it is read', async () => {
    const it = await mounted()
    await fill(it, 'prod', 1000)
    let reads = 0
    it.ports.ledgers.breakWhen((operation) => {
      if (operation === 'read') reads += 1
      return false
    })
    const response = await it.get('/audit/export?ledger=prod', OPERATOR_KEY)
    expect(reads).toBe(1)
    const reader = response.body?.getReader()
    await reader?.read()
    expect(reads).toBeLessThanOrEqual(2)
    await reader?.cancel()
    expect(reads).toBeLessThanOrEqual(2)
  })

  test('breaks off visibly when storage fails on the way, and is refused when it fails at once', async () => {
    const it = await mounted()
    await fill(it, 'prod', 450)
    let reads = 0
    it.ports.ledgers.breakWhen((operation) => operation === 'read' && ++reads > 1)
    const response = await it.get('/audit/export?ledger=prod', OPERATOR_KEY)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    it.ports.ledgers.breakWhen((operation) => operation === 'read')
    expect((await it.get('/audit/export?ledger=prod', OPERATOR_KEY)).status).toBe(503)
  })

  test.each([
    ['ledger=prod&after=-1', 400, 'malformed_request'],
    ['ledger=prod&after=1.5', 400, 'malformed_request'],
    ['ledger=prod&after=1e3', 400, 'malformed_request'],
    ['ledger=prod&after=', 400, 'malformed_request'],
    ['ledger=prod&after=01', 400, 'malformed_request'],
    ['ledger=prod&after=99999999999999999999', 400, 'malformed_request'],
    ['ledger=prod&after=1&after=2', 400, 'malformed_request'],
    ['ledger=prod&afer=1', 400, 'malformed_request'],
    ['ledger=prod&ledger=gateway', 400, 'malformed_request'],
    ['', 404, 'unknown_cluster'],
    ['ledger=', 404, 'unknown_cluster'],
    ['ledger=staging', 404, 'unknown_cluster'],
    ['ledger=__proto__', 404, 'unknown_cluster'],
    ['ledger=constructor', 404, 'unknown_cluster'],
  ])('%s is refused, unrecorded', async (query, status, code) => {
    const it = await mounted()
    const response = await it.get(`/audit/export?${query}`, OPERATOR_KEY)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code })
    expect(await it.gateway()).toEqual([])
  })

  test('is for operators with the power to audit, and the attempt of another is recorded', async () => {
    const it = await mounted()
    expect((await it.get('/audit/export?ledger=prod')).status).toBe(401)
    expect((await it.get('/audit/export?ledger=prod', AGENT_KEY)).status).toBe(403)
    const refused = await it.get('/audit/export?ledger=prod', LOOKER_KEY)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ code: 'insufficient_scope' })
    expect(await it.gateway()).toMatchObject([
      { kind: 'authentication_failure', reason: 'agent_at_operator_route' },
      {
        kind: 'operator',
        caller: { subject: 'lead@example.com' },
        action: 'refused /audit/export: power audit is not granted',
      },
    ])
  })
})
