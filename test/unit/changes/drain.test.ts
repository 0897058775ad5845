/**
 * A drain under way: the freeze switch turned while an eviction is in flight, between two, and while a disruption budget is
 * waited for; pods that wait let others pass; and a run that is told to stop is not the plan's end.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DemoCluster, startDemoCluster } from '../../../scripts/demo/server.ts'
import { type ChangeBench, type Operator, startChangeBench } from '../../support/change-bench.ts'

const PODS = '/api/v1/namespaces/shop/pods'
const BUDGETS = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets'
const NODE = 'drained'
const HELD = ['a-held', 'c-held'] as const
const FREE = ['b-free', 'd-free'] as const
const ALL = ['a-held', 'b-free', 'c-held', 'd-free'] as const

let bench: ChangeBench
let demo: DemoCluster
let sam: Operator
/** When a real eviction of that pod has reached the API server and is not carried out yet. */
let onEviction: (pod: string) => Promise<void> = async () => undefined
/** The same of a dry run. */
let onDryRun: (pod: string) => Promise<void> = async () => undefined

const post = async (path: string, body: object): Promise<void> => {
  const { status } = await bench.admin('POST', path, body, 'application/json')
  expect(status).toBe(201)
}
const budget = () =>
  post(BUDGETS, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'held' },
    spec: { minAvailable: HELD.length, selector: { matchLabels: { app: 'held' } } },
  })

beforeEach(async () => {
  onEviction = async () => undefined
  onDryRun = async () => undefined
  demo = await startDemoCluster({
    async before({ method, path }) {
      const [, pod, query = ''] = /\/pods\/([a-z-]+)\/eviction(\?.*)?$/.exec(path) ?? []
      if (method === 'POST' && pod !== undefined) await (query.includes('dryRun') ? onDryRun : onEviction)(pod)
    },
  })
  bench = await startChangeBench({ manual: true, demo })
  sam = await bench.signIn()
  await post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } })
  for (const name of ALL)
    await post(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name.slice(2) } },
      spec: { nodeName: NODE, containers: [{ name: 'app', image: 'registry.example.com/shop/app:1.0.0' }] },
    })
}, 60_000)
afterEach(async () => {
  await bench.stop()
  await demo.stop()
})

/** An approved drain, which nobody has begun. */
const drain = async (): Promise<string> => {
  const { plan, text } = await bench.call('nodes_drain', { name: NODE, force: true })
  expect(plan?.state, text).toBe('pending')
  expect((await sam.approve(plan?.planId ?? '', { name: NODE })).status).toBe(303)
  bench.writes()
  return plan?.planId ?? ''
}
const rowOf = async (id: string) => bench.ports.plans('demo').get(id)
/** Pods that were evicted since the last question, in order. */
const evicted = () => bench.writes().flatMap((it) => /\/pods\/([a-z-]+)\/eviction$/.exec(it)?.[1] ?? [])
const left = async (): Promise<readonly string[]> => {
  const found = await Promise.all(ALL.map(async (name) => ((await bench.object(`${PODS}/${name}`)) ? [name] : [])))
  return found.flat()
}
const freeze = async (scope: string, value: string, on = '1') =>
  expect((await sam.post('/console/switches', { scope, value, on, reason: 'stop' })).status).toBeLessThan(400)
const later = async (ms: number): Promise<void> => {
  bench.ports.clock.advance(ms)
  await bench.work()
}

const SCOPES = [
  ['cluster', 'demo'],
  ['everything', ''],
  ['caller', JSON.stringify(['bulkhead', 'ci-agent', 'ci-agent'])],
] as const

describe('L5-5 a freeze', () => {
  test.each(SCOPES)('of %s while an eviction is in flight: it ends as it ends, and no other follows', async (...it) => {
    const id = await drain()
    onEviction = async (pod) => {
      if (pod === 'b-free') await freeze(...it)
    }
    await bench.work()
    expect(evicted()).toEqual(['a-held', 'b-free'])
    expect(await left()).toEqual(['c-held', 'd-free'])
    expect(await rowOf(id)).toMatchObject({ state: 'partly_applied', code: 'frozen' })
    // What was begun is known to its end.
    expect((await bench.records('intent')).length).toBe((await bench.records('effect')).length)
    await later(60_000)
    expect(evicted()).toEqual([])
  })

  test('between two evictions stops the next one', async () => {
    const id = await drain()
    let outcomes = 0
    bench.ports.ledgers.breakWhen((operation) => {
      if (operation !== 'outcome') return false
      outcomes += 1
      // The cordon's, and the first eviction's: behind it.
      return outcomes === 2 ? freeze('cluster', 'demo') : false
    })
    await bench.work()
    expect(evicted()).toEqual(['a-held'])
    expect(await left()).toEqual(['b-free', 'c-held', 'd-free'])
    expect(await rowOf(id)).toMatchObject({ state: 'partly_applied', code: 'frozen' })
  })

  test.each(SCOPES)(
    'of %s while a disruption budget is waited for ends the plan, whatever the budget',
    async (...it) => {
      await budget()
      const id = await drain()
      await bench.work()
      expect(await rowOf(id)).toMatchObject({ state: 'applying' })
      await freeze(...it)
      await later(10_000)
      expect(await rowOf(id)).toMatchObject({ state: 'partly_applied', code: 'frozen' })
      await bench.admin('DELETE', `${BUDGETS}/held`)
      await freeze(...it, '0')
      evicted()
      await later(60_000)
      expect(evicted()).toEqual([])
      expect(await left()).toEqual(HELD)
    },
  )

  test('of another caller concerns nobody else', async () => {
    await budget()
    const id = await drain()
    await bench.work()
    await freeze('caller', JSON.stringify(['bulkhead', 'another', 'another']))
    await later(10_000)
    expect(await rowOf(id)).toMatchObject({ state: 'applying' })
  })

  test('while the API server does not answer ends a plan that was not begun', async () => {
    const id = await drain()
    await demo.stop()
    await bench.work()
    expect(await rowOf(id)).toMatchObject({ state: 'approved' })
    await freeze('cluster', 'demo')
    await later(10_000)
    expect(await rowOf(id)).toMatchObject({ state: 'refused', code: 'frozen' })
    expect(await bench.records('intent')).toEqual([])
  })
})

describe('a disruption budget that is empty', () => {
  test('holds its own pods, and lets the others go', async () => {
    await budget()
    const id = await drain()
    await bench.work()
    expect(evicted()).toEqual(FREE)
    expect(await left()).toEqual(HELD)
    expect((await rowOf(id))?.steps.map((it) => it.state)).toEqual(['done', 'waiting', 'done', 'waiting', 'done'])
    await bench.admin('DELETE', `${BUDGETS}/held`)
    await later(10_000)
    expect(evicted()).toEqual(HELD)
    expect(await rowOf(id)).toMatchObject({ state: 'applied' })
  })

  test('is said in the plan, once; a single eviction is refused at once', async () => {
    await budget()
    const { plan } = await bench.call('nodes_drain', { name: NODE, force: true })
    const warnings = (plan?.warnings ?? []) as readonly string[]
    expect(warnings.filter((it) => it.includes('waits for it'))).toHaveLength(1)
    expect((await bench.call('pods_evict', { name: 'a-held', namespace: 'shop' })).code).toBe('disruption_budget')
  })

  test('for a quarter of an hour in which nothing moved ends the plan', async () => {
    await budget()
    const id = await drain()
    await bench.work()
    await later(14 * 60_000)
    expect(await rowOf(id)).toMatchObject({ state: 'applying' })
    await later(2 * 60_000)
    expect(await rowOf(id)).toMatchObject({ state: 'partly_applied', code: 'disruption_budget' })
    expect(await left()).toEqual(HELD)
  })

  test('only when the eviction itself arrives is waited for, too: that write did nothing', async () => {
    const id = await drain()
    let tried = 0
    onEviction = async (pod) => {
      if (pod === 'c-held') tried += 1
      if (tried === 1) await bench.admin('POST', BUDGETS, emptied, 'application/json')
    }
    await bench.work()
    expect(tried).toBe(1)
    expect(await left()).toEqual(['c-held'])
    expect(await rowOf(id)).toMatchObject({ state: 'applying' })
    await bench.admin('DELETE', `${BUDGETS}/one`)
    await later(10_000)
    expect(await rowOf(id)).toMatchObject({ state: 'applied' })
    expect(await left()).toEqual([])
  })
})

const emptied = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'one' },
  spec: { minAvailable: 1, selector: { matchLabels: { app: 'held' } } },
}

describe('a run that is told to stop', () => {
  test('L6-2 goes on in the next one: its end is not the plan’s', async () => {
    const id = await drain()
    const stop = new AbortController()
    onDryRun = async (pod) => {
      if (pod === 'c-held') stop.abort(new Error('the run is over'))
    }
    const job = { kind: 'apply', cluster: 'demo', plan: id } as const
    expect(await bench.app.runJob(job, 1, stop.signal)).toMatchObject({ done: false })
    expect(await rowOf(id)).toMatchObject({ state: 'applying' })
    expect(evicted()).toEqual(['a-held', 'b-free'])
    await bench.work()
    expect(evicted()).toEqual(['c-held', 'd-free'])
    expect(await rowOf(id)).toMatchObject({ state: 'applied' })
  })
})
