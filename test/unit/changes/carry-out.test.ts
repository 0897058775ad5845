/**
 * From an approval to the last OUTCOME, and everything that may come between: storage that fails or hangs at every call,
 * objects that change, clicks in parallel, a switch that is turned, an API server that does not answer.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LedgerRecord } from '../../../src/ports.ts'
import { type ChangeBench, type Operator, startChangeBench } from '../../support/change-bench.ts'
import { withSilence } from '../../support/silence.ts'

const CART = '/apis/apps/v1/namespaces/shop/deployments/cart'
const scale = (replicas: number) => ({ kind: 'Deployment', name: 'cart', namespace: 'shop', replicas })
const twoMaps = ['one', 'two']
  .map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: shop }\ndata: { a: "1" }\n`)
  .join('---\n')

let bench: ChangeBench
let sam: Operator
beforeEach(async () => {
  bench = await startChangeBench({ manual: true })
  sam = await bench.signIn()
  bench.writes()
})
afterEach(async () => bench.stop())

const planned = async (tool: string, args: Readonly<Record<string, unknown>>): Promise<string> => {
  const { plan, text } = await bench.call(tool, args)
  expect(plan?.state, text).toBe('pending')
  return plan?.planId ?? ''
}
const stateOf = async (id: string) => (await bench.ports.plans('demo').get(id))?.state
const rowOf = async (id: string) => bench.ports.plans('demo').get(id)
const kinds = async (): Promise<LedgerRecord['kind'][]> =>
  (await bench.records()).map((it) => it.kind).filter((it) => ['intent', 'effect', 'plan_end'].includes(it))

describe('L6-2 at most once', () => {
  test('100 parallel approvals of one plan: one decision, one write', async () => {
    const id = await planned('resources_scale', scale(3))
    const answers = await Promise.all(Array.from({ length: 100 }, () => sam.approve(id)))
    expect(answers.filter((it) => it.status === 303)).toHaveLength(1)
    expect(answers.filter((it) => it.status === 409)).toHaveLength(99)
    await Promise.all(
      Array.from({ length: 10 }, () =>
        bench.app.runJob({ kind: 'apply', cluster: 'demo', plan: id }, 1, new AbortController().signal),
      ),
    )
    await bench.work()
    expect(bench.writes()).toEqual([`PATCH ${CART}/scale`])
    expect(await stateOf(id)).toBe('applied')
  })

  test('a plan that was carried out is not carried out again, whoever runs its job', async () => {
    const id = await planned('resources_scale', scale(3))
    await sam.approve(id)
    await bench.work()
    bench.writes()
    for (let run = 0; run < 3; run += 1)
      await bench.app.runJob({ kind: 'apply', cluster: 'demo', plan: id }, run, new AbortController().signal)
    expect(bench.writes()).toEqual([])
  })

  test('the same call finds the same plan, and a reason in other words changes nothing', async () => {
    const id = await planned('resources_scale', { ...scale(3), reason: 'load' })
    expect(await planned('resources_scale', { ...scale(3), reason: 'more load' })).toBe(id)
    expect(await planned('resources_scale', scale(4))).not.toBe(id)
  })
})

describe('L6-4 what changed since', () => {
  test('a status that changes all the time changes nothing of the plan', async () => {
    const id = await planned('resources_scale', scale(3))
    for (let second = 0; second < 60; second += 1) {
      bench.ports.clock.advance(1_000)
      await bench.admin('PATCH', `${CART}/status`, { status: { observedGeneration: second + 2 } })
    }
    await sam.approve(id)
    await bench.work()
    expect(await stateOf(id)).toBe('applied')
  })

  test('nor does the count of rollouts, which the Deployment controller writes a moment after one', async () => {
    const id = await planned('resources_scale', scale(3))
    const annotations = { 'deployment.kubernetes.io/revision': '99' }
    expect((await bench.admin('PATCH', CART, { metadata: { annotations } })).status).toBe(200)
    await sam.approve(id)
    await bench.work()
    expect(await stateOf(id)).toBe('applied')
  })

  test.each([
    [
      'a spec that changed before the approval',
      async () => bench.admin('PATCH', CART, { spec: { minReadySeconds: 7 } }),
    ],
    ['a label that changed', async () => bench.admin('PATCH', CART, { metadata: { labels: { x: 'y' } } })],
    [
      'an object that was deleted and made anew under the same name',
      async () => {
        const { body } = await bench.admin('GET', CART)
        await bench.admin('DELETE', CART)
        const { name, namespace, labels } = body.metadata as Record<string, unknown>
        return bench.admin(
          'POST',
          CART.slice(0, CART.lastIndexOf('/')),
          { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels }, spec: body.spec },
          'application/json',
        )
      },
    ],
  ])('%s makes it stale, and nothing is written', async (_, meddle) => {
    const id = await planned('resources_scale', scale(3))
    expect((await meddle()).status).toBeLessThan(300)
    bench.writes()
    await sam.approve(id)
    await bench.work()
    expect(await stateOf(id)).toBe('stale')
    expect(bench.writes()).toEqual([])
    expect((await bench.records('plan_end')).length).toBe(1)
  })

  test('a plan that waited too long is expired', async () => {
    const id = await planned('resources_scale', scale(3))
    bench.ports.clock.advance(11 * 60_000)
    expect((await sam.approve(id)).status).toBe(410)
    expect((await bench.call('plans_get', { id })).plan?.state).toBe('expired')
  })

  test('one that was approved and not begun in time expires, too', async () => {
    const id = await planned('resources_scale', scale(3))
    await sam.approve(id)
    bench.ports.clock.advance(11 * 60_000)
    await bench.work()
    expect(await stateOf(id)).toBe('expired')
    expect(bench.writes()).toEqual([])
  })

  test('a plan edited in storage does not open', async () => {
    const id = await planned('resources_scale', scale(3))
    const plans = bench.ports.plans('demo')
    const row = await plans.get(id)
    if (row === undefined) throw new Error('no plan')
    const forged = { ...row, id: `${row.id.slice(0, -1)}a`, decision: 'allow' as const, state: 'approved' as const }
    await plans.propose({
      now: bench.ports.clock.now(),
      row: { ...forged, digest: 'f'.repeat(64) },
      cap: 100,
      entry: { kind: 'plan_end', plan: forged.id, state: 'forged' },
    })
    await bench.app.runJob({ kind: 'apply', cluster: 'demo', plan: forged.id }, 1, new AbortController().signal)
    expect(await stateOf(forged.id)).toBe('stale')
    expect(bench.writes()).toEqual([])
  })
})

describe('L5-1 no INTENT, no write', () => {
  const OPERATIONS = ['get', 'consume', 'intend', 'outcome', 'close'] as const

  test.each(
    OPERATIONS.flatMap((operation) =>
      [1, 2, 3].flatMap((nth) =>
        (['before', 'after', 'hang', 'never'] as const).map((how) => [operation, nth, how] as const),
      ),
    ),
  )(
    'storage fails at %s, call %s, %s: every write has its INTENT, and in the end the ledger knows what happened',
    async (operation, nth, how) => {
      const id = await planned('resources_apply', { manifest: twoMaps })
      await sam.approve(id)
      let seen = 0
      await withSilence(async (never) => {
        bench.ports.ledgers.breakWhen((it) => {
          if (it !== operation) return false
          seen += 1
          if (seen !== nth) return false
          if (how === 'never') return never()
          return how === 'before' ? true : how === 'after' ? 'after' : Promise.reject(new Error('hung up'))
        })
        await bench.work()
      })
      bench.ports.ledgers.breakWhen(() => false)
      // Whatever it was, the job comes back; or it has come back and done it.
      if (seen >= nth) expect((await bench.ports.jobs.waiting('demo'))[0]?.code).toBe('ledger_unavailable')
      // Later runs: what was left is found out and finished, or given up.
      for (let run = 0; run < 6; run += 1) {
        bench.ports.clock.advance(40_000)
        await bench.app.runJob({ kind: 'apply', cluster: 'demo', plan: id }, run, new AbortController().signal)
      }
      const intents = (await bench.records('intent')).length
      const writes = bench.writes()
      expect(writes.length).toBeLessThanOrEqual(intents)
      // Each object at most once.
      expect(writes.length).toBeLessThanOrEqual(2)
      const row = await rowOf(id)
      expect(row?.steps.some((it) => it.state === 'intended')).toBe(false)
      expect(['applied', 'partly_applied', 'refused', 'unknown']).toContain(row?.state)
      const there = (
        await Promise.all(['one', 'two'].map((it) => bench.object(`/api/v1/namespaces/shop/configmaps/${it}`)))
      ).filter((it) => it !== undefined)
      // What the plan says is done is there, and nothing that it calls not done.
      expect(row?.steps.filter((it) => it.state === 'done')).toHaveLength(there.length)
    },
  )

  test('records stand in order: INTENT, OUTCOME, for each operation', async () => {
    const id = await planned('resources_apply', { manifest: twoMaps })
    await sam.approve(id)
    await bench.work()
    expect(await kinds()).toEqual(['intent', 'effect', 'intent', 'effect'])
    expect(bench.writes()).toHaveLength(2)
  })
})

describe('L5-5 the switch', () => {
  test('a freeze between two operations stops the next one', async () => {
    const id = await planned('resources_apply', { manifest: twoMaps })
    await sam.approve(id)
    let outcomes = 0
    bench.ports.ledgers.breakWhen((operation) => {
      if (operation !== 'outcome') return false
      outcomes += 1
      // The switch is turned while the first write is being recorded.
      if (outcomes === 1)
        return sam
          .post('/console/switches', { scope: 'cluster', value: 'demo', on: '1', reason: 'stop' })
          .then(() => undefined)
      return false
    })
    await bench.work()
    expect(bench.writes()).toHaveLength(1)
    expect(await stateOf(id)).toBe('partly_applied')
    expect((await rowOf(id))?.code).toBe('frozen')
  })

  test('a frozen caller is refused everywhere, an operator’s session ends with their freeze', async () => {
    const kim = await bench.signIn()
    const owner = JSON.stringify(['bulkhead', 'ci-agent', 'ci-agent'])
    await sam.post('/console/switches', { scope: 'caller', value: owner, on: '1', reason: 'probing' })
    for (const [tool, args] of [
      ['pods_list', {}],
      ['resources_scale', scale(3)],
    ] as const)
      expect((await bench.call(tool, args)).code).toBe('frozen')
    await sam.post('/console/switches', { scope: 'caller', value: owner, on: '0', reason: 'cleared' })
    expect((await bench.call('pods_list', {})).code).toBeUndefined()
    const me = JSON.stringify(['bulkhead', 'sam@example.com', 'sam@example.com'])
    await sam.post('/console/switches', { scope: 'caller', value: me, on: '1', reason: 'lost laptop' })
    expect((await kim.get('/console')).status).toBe(303)
  })
})

describe('the applied object', () => {
  test('is what the diff said', async () => {
    const id = await planned('resources_scale', scale(5))
    await sam.approve(id)
    await bench.work()
    expect((await bench.object(CART))?.spec).toMatchObject({ replicas: 5 })
  })

  test('goes back with rollout_undo, values that were masked included', async () => {
    const before = (await bench.object(CART))?.spec as { template: unknown }
    await bench.admin('PATCH', CART, { spec: { template: { metadata: { annotations: { n: '2' } } } } })
    const id = await planned('rollout_undo', { kind: 'Deployment', name: 'cart', namespace: 'shop' })
    await sam.approve(id)
    await bench.work()
    expect(await stateOf(id)).toBe('applied')
    expect((await bench.object(CART))?.spec).toMatchObject({ template: before.template })
  })
})
