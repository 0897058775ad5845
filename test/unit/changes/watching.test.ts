/**
 * Watching for trouble, over the wire: a burst raises or freezes, an operator sees it and releases, a new token changes
 * nothing, a decoy is enough, and what the console and people are told.
 */
import { afterEach, describe, expect, test } from 'vitest'
import { GATEWAY_LEDGER } from '../../../src/ports.ts'
import { type BenchOptions, type ChangeBench, KEYS, startChangeBench } from '../../support/change-bench.ts'

const OWNER = JSON.stringify(['bulkhead', 'ci-agent', 'ci-agent'])
const HOUR = 3_600_000
const scale = (replicas: number) => ({ kind: 'Deployment', name: 'cart', namespace: 'shop', replicas })
const missing = (n: number) => ({ kind: 'ConfigMap', name: `guess-${n}`, namespace: 'shop' })
/** No rule lets anybody look there: refused by policy, not by a rail. */
const POLICY = (decision: string) => [
  { name: 'not-prod', groups: ['agents'], clusters: ['demo'], namespaces: ['monitoring'], decision: 'deny' },
  { name: 'look', groups: ['agents'], clusters: ['demo'], verbs: ['get', 'list'], decision: 'allow' },
  {
    name: 'change',
    groups: ['agents'],
    clusters: ['demo'],
    verbs: ['create', 'update', 'patch', 'delete'],
    decision,
  },
]
const REFUSED = { kind: 'Pod', name: 'any', namespace: 'monitoring' }

let bench: ChangeBench
afterEach(() => bench.stop())

const start = async (
  watch: Readonly<Record<string, unknown>>,
  decision = 'allow',
  more: BenchOptions['config'] = {},
) => {
  bench = await startChangeBench({ config: { policy: POLICY(decision), watch, ...more } })
}
const deny = async (count: number, key?: string) => {
  for (let n = 0; n < count; n += 1)
    expect((await bench.call('resources_get', REFUSED, { key })).code).toBe('policy_denied')
}
/** The rules that fired, with what they did. */
const fired = async () =>
  (await bench.records('watch')).flatMap((it) => (it.kind === 'watch' ? [`${it.rule} ${it.acted}`] : []))
/** The freeze is carried to the other ledgers by a job. */
const settle = async () => {
  await bench.work()
  await bench.work()
}

describe('L5-5 raised', () => {
  test.each(['allow', 'confirm'] as const)(
    'a burst of denials: what policy would %s now waits for an operator, and an hour later no more',
    async (decision) => {
      await start({ denialsPerMinute: 5 }, decision)
      const asked = { form: true, answer: 'accept' } as const
      expect((await bench.call('resources_scale', scale(3), asked)).plan?.state).toBe('applied')
      await deny(4)
      expect((await bench.call('resources_scale', scale(4), asked)).plan?.state).toBe('applied')
      await deny(1)
      expect(await fired()).toEqual(['denialsPerMinute raised'])
      bench.writes()
      const { plan, rounds } = await bench.call('resources_scale', scale(5), asked)
      expect(plan, 'raised').toMatchObject({ state: 'pending', decision: 'approve' })
      expect([rounds, bench.writes()]).toEqual([0, []])
      // A raise takes nothing from what may be read.
      expect((await bench.call('resources_get', missing(0))).code).toBe('not_found')
      bench.ports.clock.advance(HOUR + 1)
      const after = await bench.call('resources_scale', scale(6), asked)
      expect(after.plan, after.text).toMatchObject({ state: 'applied' })
    },
  )

  test('a yes of the client that comes after the burst is not enough: the plan waits for an operator', async () => {
    await start({ denialsPerMinute: 2 }, 'confirm')
    bench.writes()
    const asked = { form: true, answer: 'accept', meanwhile: () => deny(2) } as const
    const { plan, rounds, text } = await bench.call('resources_scale', scale(3), asked)
    expect([rounds, plan?.state], text).toEqual([1, 'pending'])
    expect(bench.writes()).toEqual([])
    const sam = await bench.signIn()
    await sam.approve(plan?.planId ?? '')
    await bench.work()
    expect((await bench.call('plans_get', { id: plan?.planId })).plan?.state).toBe('applied')
  })

  test('names that the API server does not know are counted; lists that find nothing are not', async () => {
    await start({ notFoundPerMinute: 4 })
    for (let n = 0; n < 3; n += 1) expect((await bench.call('resources_get', missing(n))).code).toBe('not_found')
    for (let n = 0; n < 5; n += 1)
      await bench.call('resources_list', { kind: 'ConfigMap', namespace: 'shop', labelSelector: 'none=such' })
    expect(await fired()).toEqual([])
    // Also by a change, whose dry run finds nothing.
    expect((await bench.call('resources_patch', { ...missing(9), patch: { data: { a: 'b' } } })).code).toBe('not_found')
    expect(await fired()).toEqual(['notFoundPerMinute raised'])
    expect((await bench.call('resources_scale', scale(3))).plan?.state).toBe('pending')
  })

  test('tools and clusters that are not open to the caller count as refusals: its own ledger is the gateway', async () => {
    await start({ denialsPerMinute: 3 })
    for (let n = 0; n < 2; n += 1) await bench.call('pods_list', { cluster: `guess-${n}` })
    await bench.call('no_such_tool', {})
    const { raisedUntil } = await bench.ports.plans(GATEWAY_LEDGER).standing(OWNER)
    expect(raisedUntil).toBe(bench.ports.clock.now() + HOUR)
    expect((await bench.call('resources_scale', scale(3))).plan?.state).toBe('pending')
    const sam = await bench.signIn()
    expect((await sam.get('/console/callers')).body).toContain('denialsPerMinute')
  })

  test('rails count as policy does', async () => {
    await start({ denialsPerMinute: 2 })
    const change = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kube-root-ca.crt', namespace: 'kube-system' }
    for (let n = 0; n < 2; n += 1)
      expect((await bench.call('resources_patch', { ...change, patch: { data: { a: 'b' } } })).code).toBe(
        'rail_refused',
      )
    expect(await fired()).toEqual(['denialsPerMinute raised'])
  })

  test('the same plan asked for again and again', async () => {
    await start({ identicalPlansPerHour: 3 }, 'approve')
    const first = await bench.call('resources_scale', scale(3))
    await bench.call('resources_scale', { ...scale(3), reason: 'please' })
    await bench.call('resources_scale', scale(4))
    expect(await fired()).toEqual([])
    const third = await bench.call('resources_scale', { ...scale(3), reason: 'pretty please' })
    expect(third.plan?.planId).toBe(first.plan?.planId)
    expect(await fired()).toEqual(['identicalPlansPerHour raised'])
  })
})

describe('L5-5 frozen', () => {
  const notify = [
    { name: 'own', webhook: { url: 'https://hooks.example.com/in', hmac: { secret: 'HOOK_KEY' } }, on: ['freeze'] },
  ]

  test('a burst freezes the caller in every ledger, people are told, and an operator releases it on the console', async () => {
    await start({ denialsPerMinute: 5, freeze: true }, 'allow', { notify })
    await deny(5)
    expect((await bench.call('resources_get', missing(0))).code).toBe('frozen')
    expect((await bench.call('resources_scale', scale(3))).code).toBe('frozen')
    await settle()
    for (const ledger of [GATEWAY_LEDGER, 'demo'])
      expect(await bench.ports.plans(ledger).switches(), ledger).toMatchObject([
        { on: true, by: 'watch: denialsPerMinute', scope: { kind: 'caller', owner: OWNER } },
      ])
    expect((await bench.records('switch')).length).toBe(1)
    const told = bench.ports.delivered.map(({ body }) => JSON.parse(body) as { event: string; facts: object })
    expect(told).toMatchObject([
      {
        event: 'freeze',
        facts: { By: 'watch: denialsPerMinute', Reason: '5 calls refused by policy or rails' },
        url: 'https://bulkhead.example.com/console/switches',
      },
    ])

    const sam = await bench.signIn()
    const callers = (await sam.get('/console/callers')).body
    expect(callers).toContain('5 calls refused by policy or rails')
    expect(callers).toContain('<span class="badge bad">frozen</span>')
    expect((await sam.get('/console/switches')).body).toContain('watch: denialsPerMinute')
    const records = (await sam.get('/console/ledger/demo?kind=watch')).body
    expect(records).toContain('ci-agent frozen by denialsPerMinute: 5 calls refused by policy or rails')

    const release = { scope: 'caller', value: OWNER, on: '0', reason: 'a test of ours' }
    expect((await sam.post('/console/switches', release)).status).toBe(200)
    bench.ports.clock.advance(1_000)
    expect((await bench.call('resources_scale', scale(3))).plan?.state).toBe('applied')
    await settle()
    // The counters begin anew: one more refusal is one.
    await deny(4)
    expect((await bench.call('resources_get', missing(0))).code).toBe('not_found')
    await deny(1)
    expect((await bench.call('resources_get', missing(0))).code).toBe('frozen')
  })

  test('a new token of the same caller neither begins anew nor escapes', async () => {
    await start({ denialsPerMinute: 5, freeze: true })
    await deny(4, KEYS.agent)
    await deny(1, KEYS.next)
    for (const key of [KEYS.agent, KEYS.next])
      expect((await bench.call('resources_get', missing(0), { key })).code).toBe('frozen')
    expect(await fired()).toEqual(['denialsPerMinute frozen'])
  })

  test('a ledger that does not answer is frozen when it does; what an operator released since stays released', async () => {
    await start({ denialsPerMinute: 2, freeze: true })
    bench.ports.ledgers.breakWhen((operation, ledger) => operation === 'setSwitch' && ledger === GATEWAY_LEDGER)
    await deny(2)
    await settle()
    expect(await bench.ports.plans(GATEWAY_LEDGER).switches()).toEqual([])
    bench.ports.ledgers.breakWhen(() => false)
    bench.ports.clock.advance(10_000)
    await settle()
    expect(await bench.ports.plans(GATEWAY_LEDGER).switches()).toMatchObject([{ on: true }])
    expect(await bench.ports.plans('demo').switches()).toMatchObject([{ on: true }])
  })

  test('without a record nothing is let through: a ledger that fails refuses the call that would have fired', async () => {
    await start({ denialsPerMinute: 1, freeze: true })
    bench.ports.ledgers.breakWhen((operation, ledger) => operation === 'admit' && ledger === 'demo')
    expect((await bench.call('resources_get', REFUSED)).code).toBe('ledger_unavailable')
    bench.ports.ledgers.breakWhen(() => false)
    expect(await fired()).toEqual([])
  })

  test('rules that freeze are named one by one', async () => {
    await start({ denialsPerMinute: 2, notFoundPerMinute: 2, freeze: ['notFoundPerMinute'] })
    await deny(2)
    expect(await fired()).toEqual(['denialsPerMinute raised'])
    for (let n = 0; n < 2; n += 1) expect((await bench.call('resources_get', missing(n))).code).toBe('not_found')
    expect(await fired()).toEqual(['denialsPerMinute raised', 'notFoundPerMinute frozen'])
    expect((await bench.call('resources_get', missing(2))).code).toBe('frozen')
  })
})

describe('L5-5 decoys', () => {
  const decoys = ['secrets/shop/backup-admin', 'deployments/shop/honey', 'nodes/-/old-node', 'pods/monitoring/bait']
  const WAYS: readonly (readonly [what: string, tool: string, args: Readonly<Record<string, unknown>>])[] = [
    ['a get', 'resources_get', { kind: 'Secret', name: 'backup-admin', namespace: 'shop' }],
    ['a description', 'resources_describe', { kind: 'Secret', name: 'backup-admin', namespace: 'shop' }],
    [
      'a list that selects it',
      'resources_list',
      { kind: 'Secret', namespace: 'shop', fieldSelector: 'metadata.name=backup-admin' },
    ],
    [
      'a list over all namespaces that selects it',
      'resources_list',
      { kind: 'Secret', fieldSelector: 'type=Opaque,metadata.name==backup-admin' },
    ],
    [
      'a question about it',
      'access_check',
      { verb: 'get', resource: 'secrets', namespace: 'shop', name: 'backup-admin' },
    ],
    ['a log that policy refuses', 'pods_log', { name: 'bait', namespace: 'monitoring' }],
    ['a change', 'resources_scale', { kind: 'Deployment', name: 'honey', namespace: 'shop', replicas: 2 }],
    [
      'a change of several, the last of which',
      'resources_apply',
      {
        manifest: ['fine', 'backup-admin']
          .map((name) => `apiVersion: v1\nkind: Secret\nmetadata: { name: ${name}, namespace: shop }\n`)
          .join('---\n'),
      },
    ],
    ['an object without a namespace', 'resources_get', { kind: 'Node', name: 'old-node' }],
  ]

  test.each(WAYS)('%s names one: the caller is frozen at once, and gets nothing of it', async (_, tool, args) => {
    await start({ decoys, freeze: true }, 'approve')
    bench.writes()
    const { code } = await bench.call(tool, args)
    expect(code).toBeDefined()
    expect(await fired()).toEqual(['decoys frozen'])
    expect((await bench.call('pods_list', { namespace: 'shop' })).code).toBe('frozen')
    const [record] = await bench.records('watch')
    expect(decoys).toContain(record?.kind === 'watch' ? record.what : '')
    expect(bench.writes()).toEqual([])
  })

  test('what an answer looks at by itself nobody has named', async () => {
    // The demo's inventory refers to a ConfigMap that is not there, and a diagnosis asks for it.
    await start({ decoys: ['configmaps/shop/inventory-config'], freeze: true })
    const { text } = await bench.call('diagnose', { namespace: 'shop' })
    expect(text).toContain('ConfigMap shop/inventory-config does not exist')
    expect(await fired()).toEqual([])
    await bench.call('resources_get', { kind: 'ConfigMap', name: 'inventory-config', namespace: 'shop' })
    expect(await fired()).toEqual(['decoys frozen'])
  })

  test('neighbours of a decoy are none', async () => {
    await start({ decoys, freeze: true })
    for (const args of [
      { kind: 'Secret', name: 'backup-admin', namespace: 'payments' },
      { kind: 'ConfigMap', name: 'backup-admin', namespace: 'shop' },
      { kind: 'Secret', name: 'backup-admin-2', namespace: 'shop' },
    ])
      await bench.call('resources_get', args)
    expect(await fired()).toEqual([])
  })
})

describe('L5-5 recorded', () => {
  test('what a caller that is known does for the first time', async () => {
    await start({ firstSeenAfter: '2d' })
    await bench.call('pods_list', { namespace: 'shop' })
    bench.ports.clock.advance(72 * HOUR)
    await bench.call('pods_list', { namespace: 'shop' })
    expect(await fired()).toEqual([])
    await bench.call('resources_list', { kind: 'Secret', namespace: 'shop' })
    expect(await fired()).toEqual(['firstSeenAfter recorded'])
    const [record] = await bench.records('watch')
    expect(record).toMatchObject({ what: 'list secrets in shop', caller: { client: 'ci-agent' } })
    expect((await bench.call('resources_scale', scale(3))).plan?.state).toBe('applied')
  })

  test('how much of a budget is used', async () => {
    const limits = { callsPerMinute: 10, changesPerHour: 20, bytesPerMinute: 1_000_000_000, pendingPlans: 10 }
    await start({}, 'allow', { limits })
    for (let n = 0; n < 8; n += 1) await bench.call('pods_list', { namespace: 'shop' })
    expect(await fired()).toEqual([])
    await bench.call('pods_list', { namespace: 'shop' })
    expect(await fired()).toEqual(['budgetPercent recorded'])
  })
})

test('a read is admitted in one round trip, with what the rules need; the outcome is one more, behind the answer', async () => {
  await start({ decoys: ['secrets/shop/backup-admin'] })
  await bench.call('pods_list', { namespace: 'shop' })
  await bench.ports.background.settled()
  const asked: string[] = []
  bench.ports.ledgers.breakWhen((operation, ledger) => {
    asked.push(`${ledger} ${operation}`)
    return false
  })
  await bench.call('pods_list', { namespace: 'shop' })
  await bench.ports.background.settled()
  expect(asked).toEqual(['demo admit', 'demo append'])
})
