/** Storage that never answers: whoever asked is told so, by a code, and nothing was done; and what was lost is begun again. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LedgerOperation } from '../../../src/platform/memory-ledger.ts'
import { type ChangeBench, type Operator, startChangeBench } from '../../support/change-bench.ts'
import { withSilence } from '../../support/silence.ts'

const scale = { kind: 'Deployment', name: 'cart', namespace: 'shop', replicas: 3 }

let bench: ChangeBench
let sam: Operator
beforeEach(async () => {
  bench = await startChangeBench({ manual: true })
  sam = await bench.signIn()
}, 60_000)
afterEach(() => bench.stop())

const planned = async (): Promise<string> => (await bench.call('resources_scale', scale)).plan?.planId ?? ''

/** `work` while that operation of the cluster's storage never answers. */
const silent = <T>(operation: LedgerOperation, ledger: string, work: () => Promise<T>): Promise<T> =>
  withSilence(async (never) => {
    let met = 0
    bench.ports.ledgers.breakWhen((it, name) => {
      if (it !== operation || name !== ledger) return false
      met += 1
      return never()
    })
    const answer = await work()
    bench.ports.ledgers.breakWhen(() => false)
    expect(met).toBeGreaterThan(0)
    return answer
  })

describe('an agent is told', () => {
  test.each([
    ['admit', 'pods_list', {}],
    ['admit', 'resources_scale', scale],
    ['standing', 'resources_scale', scale],
    ['propose', 'resources_scale', scale],
    ['list', 'plans_list', {}],
  ] as const)(
    'L5-1 storage silent at %s of %s: ledger_unavailable, and nothing written',
    async (operation, tool, args) => {
      bench.writes()
      const { code, plan } = await silent(operation, 'demo', () => bench.call(tool, args))
      expect(code).toBe('ledger_unavailable')
      expect(plan).toBeUndefined()
      expect(bench.writes()).toEqual([])
    },
  )

  test.each(['get', 'decide'] as const)('of its own plan, silent at %s', async (operation) => {
    const id = await planned()
    const tool = operation === 'get' ? 'plans_get' : 'plans_withdraw'
    expect((await silent(operation, 'demo', () => bench.call(tool, { id }))).code).toBe('ledger_unavailable')
    expect((await bench.call('plans_get', { id })).plan?.state).toBe('pending')
  })
})

describe('an operator is told', () => {
  test.each([
    ['get', 'demo', (id: string) => sam.get(`/console/plans/${id}`)],
    ['get', 'demo', (id: string) => sam.approve(id)],
    ['decide', 'demo', (id: string) => sam.approve(id)],
    ['decide', 'demo', (id: string) => sam.post(`/console/plans/${id}/refuse`, { reason: 'no' })],
    ['switches', 'gateway', () => sam.get('/console')],
  ] as const)('silent at %s of %s: a page with the code, and nothing decided', async (operation, ledger, work) => {
    const id = await planned()
    const { status, body } = await silent(operation, ledger, () => work(id))
    expect(status).toBe(503)
    expect(body).toContain('ledger_unavailable')
    expect((await bench.call('plans_get', { id })).plan?.state).toBe('pending')
  })

  test('which cluster is silent, and sees the others', async () => {
    const { status, body } = await silent('list', 'demo', () => sam.get('/console'))
    expect(status).toBe(200)
    expect(body).toContain('ledger_unavailable')
  })
})

describe('a queue that never answers', () => {
  test('leaves the decision as it stands, and whoever looks at the plan later begins it', async () => {
    const id = await planned()
    const jobs = bench.ports.jobs as { enqueue: ChangeBench['ports']['jobs']['enqueue'] }
    const { enqueue } = jobs
    const answer = await withSilence((never) => {
      jobs.enqueue = never
      return sam.approve(id)
    })
    jobs.enqueue = enqueue
    expect(answer.status).toBe(503)
    expect((await bench.ports.plans('demo').get(id))?.state).toBe('approved')
    await bench.work()
    expect((await bench.ports.plans('demo').get(id))?.state).toBe('approved')
    bench.ports.clock.advance(10_000)
    await sam.get('/console?state=all')
    await bench.work()
    expect((await bench.ports.plans('demo').get(id))?.state).toBe('applied')
  })

  test.each([
    ['the agent', async (id: string) => bench.call('plans_get', { id })],
    ['the agent’s list', async () => bench.call('plans_list', {})],
    ['the operator', async (id: string) => sam.get(`/console/plans/${id}`)],
    ['the operator’s list', async () => sam.get('/console?state=all')],
  ] as const)('a plan under way whose job is gone is found by %s', async (_, look) => {
    const id = (await bench.call('resources_apply', { manifest: twoMaps })).plan?.planId ?? ''
    await sam.approve(id)
    // Lost behind the first OUTCOME: with its run, and with the queue's memory.
    let outcomes = 0
    bench.ports.ledgers.breakWhen((operation) => {
      if (operation === 'outcome') outcomes += 1
      return operation === 'intend' && outcomes === 1
    })
    await bench.work()
    bench.ports.ledgers.breakWhen(() => false)
    expect((await bench.ports.plans('demo').get(id))?.state).toBe('applying')
    bench.ports.jobs.lose()
    bench.ports.clock.advance(10_000)
    await bench.work()
    expect((await bench.ports.plans('demo').get(id))?.state).toBe('applying')
    await look(id)
    await bench.work()
    expect((await bench.ports.plans('demo').get(id))?.state).toBe('applied')
  })
})

const twoMaps = ['one', 'two']
  .map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: shop }\ndata: { a: "1" }\n`)
  .join('---\n')
