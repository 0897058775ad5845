/**
 * What each decision lets happen, for every change tool and every kind of client. Writes are counted at the API server:
 * without what a decision requires there is none (THREATS.md L6-3, L6-5).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DemoCluster, startDemoCluster } from '../../../scripts/demo/server.ts'
import { tools } from '../../../src/tools/index.ts'
import { type Asked, type ChangeBench, type Decision, startChangeBench } from '../../support/change-bench.ts'

const cart = { kind: 'Deployment', name: 'cart', namespace: 'shop' }
const CONFIG_MAP = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: notes, namespace: shop }\ndata: { a: "${value}" }\n`

/** One call of every change tool that would change something, whatever was changed before. `n` differs each time. */
const CALLS: Readonly<Record<string, (n: number) => Readonly<Record<string, unknown>>>> = {
  resources_apply: (n) => ({ manifest: CONFIG_MAP(String(n)) }),
  resources_patch: (n) => ({ ...cart, patch: { metadata: { annotations: { 'example.com/n': String(n) } } } }),
  resources_delete: () => ({ kind: 'ConfigMap', name: 'to-delete', namespace: 'shop' }),
  resources_scale: () => ({ ...cart, replicas: 3 }),
  rollout_restart: () => cart,
  rollout_undo: () => ({ kind: 'Deployment', name: 'checkout', namespace: 'shop' }),
  rollout_pause: () => ({ kind: 'Deployment', name: 'cart', namespace: 'shop' }),
  rollout_resume: () => ({ kind: 'Deployment', name: 'orders', namespace: 'shop' }),
  nodes_cordon: () => ({ name: 'demo-worker-1' }),
  nodes_uncordon: () => ({ name: 'demo-worker-2' }),
  nodes_drain: () => ({ name: 'demo-worker-1', force: true, deleteEmptyDir: true }),
  pods_evict: () => ({ name: 'evictable', namespace: 'shop' }),
  jobs_run: () => ({ cronJob: 'nightly-report', namespace: 'shop' }),
  helm_rollback: () => ({ name: 'grafana', namespace: 'monitoring' }),
}

const CLIENTS: Readonly<Record<string, Asked>> = {
  'no elicitation': {},
  'form, accepted': { form: true, answer: 'accept' },
  'form, declined': { form: true, answer: 'decline' },
  'form, cancelled': { form: true, answer: 'cancel' },
  'url alone, accepted': { url: true, answer: 'accept' },
  'form and url, accepted': { form: true, url: true, answer: 'accept' },
  // A stateless server cannot ask a client of the 2025 era, whatever it declares: its plans wait on the console.
  'of the 2025 era': { legacy: true },
  'of the 2025 era, form and url': { legacy: true, form: true, url: true, answer: 'accept' },
}

/** Whether the client can be asked by a form at all. */
const isAsked = ({ form, legacy }: Asked): boolean => form === true && legacy !== true

/** The plan stands on the console, undecided, with what decides it. */
const waitsOnConsole = async (it: ChangeBench, planId: string | undefined): Promise<void> => {
  const page = await (await it.signIn()).get(`/console/plans/${planId}`)
  expect(page.status).toBe(200)
  expect(page.body).toContain(`action="/console/plans/${planId}/approve"`)
}

let demo: DemoCluster
const benches = new Map<Decision, ChangeBench>()
let n = 0

/** What each tool needs to find, made anew: a case must not live on what another left. */
const prepare = async (bench: ChangeBench): Promise<void> => {
  const put = (path: string, body: unknown) => bench.admin('POST', path, body, 'application/json')
  const shop = '/api/v1/namespaces/shop'
  await put(`${shop}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'to-delete' } })
  await put(`${shop}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'evictable' },
    spec: { containers: [{ name: 'app', image: 'shop/cart:2.3.1' }] },
  })
  await put('/apis/batch/v1/namespaces/shop/cronjobs', {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly-report' },
    spec: {
      schedule: '0 3 * * *',
      jobTemplate: {
        spec: {
          template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'shop/cart:2.3.1' }] } },
        },
      },
    },
  })
  const deployments = '/apis/apps/v1/namespaces/shop/deployments'
  await bench.admin('PATCH', `${deployments}/cart`, { spec: { paused: false, replicas: 2 } })
  await bench.admin('PATCH', `${deployments}/orders`, { spec: { paused: true } })
  await bench.admin('PATCH', `${deployments}/checkout`, {
    spec: { template: { metadata: { annotations: { 'example.com/n': String(++n) } } } },
  })
  await bench.admin('PATCH', '/api/v1/nodes/demo-worker-1', { spec: { unschedulable: false } })
  await bench.admin('PATCH', '/api/v1/nodes/demo-worker-2', { spec: { unschedulable: true } })
  await bench.admin('DELETE', '/apis/policy/v1/namespaces/shop/poddisruptionbudgets')
  // Restarts and Jobs are told apart by their time, whichever bench asked for them.
  for (const it of benches.values()) it.ports.clock.advance(60_000)
  bench.writes()
}

beforeAll(async () => {
  demo = await startDemoCluster()
  for (const decision of ['allow', 'confirm', 'approve', 'deny'] as const)
    benches.set(decision, await startChangeBench({ decision, demo }))
}, 60_000)
afterAll(async () => {
  for (const bench of benches.values()) await bench.stop()
  await demo.stop()
})

const bench = (decision: Decision): ChangeBench => {
  const it = benches.get(decision)
  if (it === undefined) throw new Error('not started')
  return it
}

test('every change tool has a call here', () => {
  const changing = tools.filter((tool) => tool.kind === 'change' && tool.name !== 'plans_withdraw')
  expect(Object.keys(CALLS).toSorted()).toEqual(changing.map((tool) => tool.name).toSorted())
})

describe.each(Object.keys(CALLS))('%s', (tool) => {
  const args = () => CALLS[tool]?.(++n) ?? {}

  describe.each(Object.entries(CLIENTS))('client: %s', (name, asked) => {
    test('L6-3 approve: no client can make it happen; the plan waits', async () => {
      const it = bench('approve')
      await prepare(it)
      const reply = await it.call(tool, args(), asked)
      await it.work()
      expect(reply.plan, reply.text).toMatchObject({ state: 'pending', decision: 'approve' })
      expect(it.writes()).toEqual([])
      if (asked.legacy === true) expect(reply.rounds).toBe(0)
      await waitsOnConsole(it, reply.plan?.planId)
    })

    test('L6-5 confirm: only a yes of the one who was asked makes it happen', async () => {
      const it = bench('confirm')
      await prepare(it)
      const reply = await it.call(tool, args(), asked)
      await it.work()
      const accepted = isAsked(asked) && asked.answer === 'accept'
      if (accepted) expect(reply.plan, reply.text).toMatchObject({ state: 'applied' })
      else if (isAsked(asked)) expect(reply.code, reply.text).toBe('plan_refused')
      else expect(reply.plan, reply.text).toMatchObject({ state: 'pending', decision: 'confirm' })
      expect(reply.rounds, name).toBe(isAsked(asked) ? 1 : 0)
      expect(it.writes().length > 0).toBe(accepted)
      if (!isAsked(asked)) await waitsOnConsole(it, reply.plan?.planId)
    })

    test('L6-5 deny: a refusal with its rule, and no write', async () => {
      const it = bench('deny')
      it.writes()
      const reply = await it.call(tool, args(), asked)
      // A tool that no rule could ever let happen is not shown.
      expect([reply.code, reply.rounds]).toEqual(['unknown_tool', 0])
      expect(it.writes()).toEqual([])
    })

    test('allow: carried out at once, and nobody is asked', async () => {
      const it = bench('allow')
      await prepare(it)
      const reply = await it.call(tool, args(), asked)
      expect(reply.plan, reply.text).toMatchObject({ state: 'applied', decision: 'allow' })
      expect(reply.rounds).toBe(0)
      expect(it.writes().length).toBeGreaterThan(0)
    })
  })

  test('L6-3 approved on the console: carried out', async () => {
    const it = bench('approve')
    await prepare(it)
    const { plan } = await it.call(tool, args())
    const sam = await it.signIn()
    const view = await sam.get(`/console/plans/${plan?.planId}`)
    const typed = /Type the name of the [^:]+: ([^<]+)/.exec(view.body)?.[1]
    const answer = await sam.approve(plan?.planId ?? '', typed === undefined ? {} : { name: typed })
    expect([answer.status, answer.location]).toEqual([303, `/console/plans/${plan?.planId}`])
    await it.work()
    const { plan: after, text } = await it.call('plans_get', { id: plan?.planId })
    expect(after?.state, text).toBe('applied')
    expect(it.writes().length).toBeGreaterThan(0)
  })
})
