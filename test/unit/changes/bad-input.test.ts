/**
 * What callers get wrong, or mean badly: each a coded refusal that says what to do, one record, and no write (THREATS.md
 * L3-2, R-5, R-6).
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type DemoCluster, startDemoCluster } from '../../../scripts/demo/server.ts'
import { type ChangeBench, KEYS, PUBLIC_URL, startChangeBench } from '../../support/change-bench.ts'

const CART = '/apis/apps/v1/namespaces/shop/deployments/cart'
const cart = { kind: 'Deployment', name: 'cart', namespace: 'shop' }
const map = (more: string, name = 'bad') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: shop }\n${more}\n`
const step = (more: object) => ({
  ...cart,
  patchType: 'json',
  patch: [{ op: 'replace', path: '/spec/replicas', ...more }],
})
const MARK = '[masked:1a2b3c4d]'
const UNKNOWN = 'demo-aaaaaaaaaaaaaaaa'

let demo: DemoCluster
let bench: ChangeBench
beforeAll(async () => {
  demo = await startDemoCluster()
})
afterAll(() => demo.stop())
afterEach(() => bench.stop())

/** Of calls and refusals: what a call leaves in the ledgers, whichever it concerns. */
const callRecords = async (): Promise<number> => {
  await bench.ports.background.settled()
  const pages = await Promise.all(['demo', 'gateway'].map((it) => bench.ports.ledgers.ledger(it).read(0, 500)))
  return pages.flatMap((it) => it.records).filter((it) => it.kind === 'call' || it.kind === 'refusal').length
}

const BAD: readonly (readonly [string, string, Readonly<Record<string, unknown>>, string, RegExp])[] = [
  ['a malformed manifest', 'resources_apply', { manifest: 'a: [' }, 'manifest_invalid', /cannot be read/],
  [
    'an alias',
    'resources_apply',
    { manifest: map('data: &a { x: "1" }\nmore: *a') },
    'manifest_invalid',
    /write each value out/,
  ],
  [
    'a deep one',
    'resources_apply',
    { manifest: map(`a: ${'['.repeat(90)}${']'.repeat(90)}`) },
    'manifest_invalid',
    /Nothing was planned/,
  ],
  [
    'a huge one',
    'resources_apply',
    { manifest: map(`data: { a: "${'x'.repeat(1_600_000)}" }`) },
    'invalid_arguments',
    /manifest/,
  ],
  [
    'a duplicate key',
    'resources_apply',
    { manifest: map('data: { a: "1", a: "2" }') },
    'manifest_invalid',
    /Nothing was planned/,
  ],
  ['an unknown field', 'resources_apply', { manifest: map('datta: { a: "1" }') }, 'not_plannable', /resources_explain/],
  ['an integer past 2^53', 'resources_apply', { manifest: map('n: 9007199254740993') }, 'manifest_invalid', /quote it/],
  [
    'one bad document of two',
    'resources_apply',
    { manifest: `${map('', 'good')}---\nkind: ConfigMap\n` },
    'manifest_invalid',
    /Manifest 2 of 2/,
  ],
  [
    'one refused document of two',
    'resources_apply',
    { manifest: `${map('', 'good')}---\n${map('datta: {}')}` },
    'not_plannable',
    /resources_explain/,
  ],
  ['the same object twice', 'resources_apply', { manifest: `${map('')}---\n${map('')}` }, 'manifest_invalid', /twice/],
  [
    'a foreign kind',
    'resources_apply',
    { manifest: map('').replace('ConfigMap', 'NoSuchKind') },
    'unknown_kind',
    /List the resource types/,
  ],
  [
    'a mask written back',
    'resources_apply',
    { manifest: map(`data: { a: "${MARK}" }`) },
    'rail_refused',
    /leave that field out/,
  ],
  [
    'a mask in a patch',
    'resources_patch',
    { ...cart, patch: { metadata: { annotations: { a: MARK } } } },
    'rail_refused',
    /leave that field out/,
  ],
  [
    'a patch that matches nothing',
    'resources_patch',
    step({ path: '/spec/nothing/here', value: 1 }),
    'cluster_rejected',
    /Check the manifest or patch/,
  ],
  [
    'a test that fails',
    'resources_patch',
    step({ op: 'test', value: 99 }),
    'cluster_rejected',
    /Check the manifest or patch/,
  ],
  [
    'an integer past 2^53 in a patch',
    'resources_patch',
    step({ value: 2 ** 53 }),
    'invalid_arguments',
    /Make it smaller/,
  ],
  [
    'a patch of another uid',
    'resources_patch',
    { ...cart, patch: { metadata: { uid: 'x' } } },
    'invalid_arguments',
    /leave them out/,
  ],
  [
    'a copy of what is masked',
    'resources_patch',
    step({ op: 'copy', from: '/spec/template/spec/containers/0/env/0/value', path: '/metadata/annotations/a' }),
    'invalid_arguments',
    /Write the new value out/,
  ],
  ['a status', 'resources_patch', { ...cart, patch: { status: { replicas: 9 } } }, 'rail_refused', /leave it out/],
  [
    'a patch of a field that is not there',
    'resources_patch',
    { ...cart, patch: { spec: { replicsa: 2 } } },
    'cluster_rejected',
    /resources_explain/,
  ],
  [
    'a patch that changes nothing',
    'resources_patch',
    { ...cart, patch: { spec: { replicas: 2 } } },
    'nothing_to_change',
    /nothing to plan/,
  ],
  ['replicas below zero', 'resources_scale', { ...cart, replicas: -1 }, 'invalid_arguments', /replicas/],
  [
    'replicas by a patch below zero',
    'resources_patch',
    { ...cart, patch: { spec: { replicas: -1 } } },
    'cluster_rejected',
    /Check the manifest or patch/,
  ],
  ['half a replica', 'resources_scale', { ...cart, replicas: 1.5 }, 'invalid_arguments', /replicas/],
  ['a missing object', 'resources_delete', { ...cart, name: 'no-such' }, 'not_found', /./],
  ['a missing workload', 'resources_scale', { ...cart, name: 'no-such', replicas: 1 }, 'not_found', /./],
  ['a revision that is not kept', 'rollout_undo', { ...cart, toRevision: 4711 }, 'invalid_arguments', /Kept are/],
  ['a missing node', 'nodes_drain', { name: 'no-such' }, 'not_found', /./],
  ['no namespace', 'resources_delete', { kind: 'Deployment', name: 'cart' }, 'invalid_arguments', /name its namespace/],
  [
    'a namespace too much',
    'resources_delete',
    { kind: 'Node', name: 'demo-worker-1', namespace: 'shop' },
    'invalid_arguments',
    /leave out namespace/,
  ],
  [
    'a system namespace',
    'resources_delete',
    { kind: 'ConfigMap', name: 'a', namespace: 'kube-system' },
    'rail_refused',
    /./,
  ],
  ['an unknown plan', 'plans_get', { id: UNKNOWN }, 'plan_unknown', /plans_list/],
  ['an unknown plan taken back', 'plans_withdraw', { id: UNKNOWN }, 'plan_unknown', /plans_list/],
  ['an id of another cluster', 'plans_get', { id: UNKNOWN.replace('demo', 'vault') }, 'plan_unknown', /plans_list/],
  ['an id that is none', 'plans_get', { id: '../demo' }, 'invalid_arguments', /the id that a plan has/],
]

describe('one call', () => {
  test.each(BAD)('%s', async (_, tool, args, code, words) => {
    bench = await startChangeBench({ demo, manual: true })
    bench.writes()
    const reply = await bench.call(tool, args)
    expect(reply.code, reply.text).toBe(code)
    expect(reply.text).toMatch(words)
    expect(reply.text).not.toContain('x'.repeat(300))
    await bench.work()
    expect(bench.writes()).toEqual([])
    expect(await callRecords()).toBe(1)
    expect(await bench.records('plan')).toEqual([])
  })

  test('two patches that differ by a fraction are two plans', async () => {
    bench = await startChangeBench({ demo, manual: true })
    const ratio = (n: number) =>
      bench.call('resources_patch', {
        ...cart,
        patchType: 'json',
        patch: [
          { op: 'add', path: '/metadata/annotations/n', value: String(n) },
          { op: 'test', path: '/spec/replicas', value: 2, weight: n },
        ],
      })
    const [one, two] = [await ratio(0.5), await ratio(1.5)]
    expect(one.plan?.state, one.text).toBe('pending')
    expect(two.plan?.planId, two.text).not.toBe(one.plan?.planId)
  })
})

describe('a plan id', () => {
  const planned = async (): Promise<string> => {
    const { plan, text } = await bench.call('resources_scale', { ...cart, replicas: 3 })
    expect(plan?.state, text).toBe('pending')
    return plan?.planId ?? ''
  }

  test.each(['plans_get', 'plans_withdraw'])('%s: of another caller, or edited, it is none', async (tool) => {
    bench = await startChangeBench({ demo, manual: true })
    const id = await planned()
    const edited = `${id.slice(0, -1)}${id.endsWith('a') ? 'b' : 'a'}`
    for (const [wrong, key] of [
      [id, KEYS.stranger],
      [edited, KEYS.agent],
    ] as const) {
      const { code } = await bench.call(tool, { id: wrong }, { key })
      expect(code).toBe('plan_unknown')
    }
    expect((await bench.ports.plans('demo').get(id))?.state).toBe('pending')
  })

  test('the same call of another caller is another plan', async () => {
    bench = await startChangeBench({ demo, manual: true })
    const id = await planned()
    const { plan } = await bench.call('resources_scale', { ...cart, replicas: 3 }, { key: KEYS.stranger })
    expect(plan?.planId).not.toBe(id)
  })

  test('expired: it cannot be taken back, nor approved', async () => {
    bench = await startChangeBench({ demo, manual: true })
    const id = await planned()
    bench.ports.clock.advance(11 * 60_000)
    expect((await bench.call('plans_withdraw', { id })).code).toBe('plan_expired')
    expect((await (await bench.signIn()).approve(id)).status).toBe(410)
    expect(bench.writes()).toEqual([])
  })

  test('L6-3 whoever opens its link without the right to it approves nothing', async () => {
    bench = await startChangeBench({ demo, manual: true })
    const id = await planned()
    const path = `/console/plans/${id}/approve`
    const sam = await bench.signIn()
    const opened = [
      // By GET, as a prefetcher does; by the agent's key; by nobody; by the owner of the agent's key; by another group.
      await sam.get(path),
      await bench.request(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEYS.agent}`, origin: PUBLIC_URL },
      }),
      await bench.request(path, { method: 'POST', headers: { origin: PUBLIC_URL } }),
      await (await bench.signIn(KEYS.owner)).approve(id),
      await (await bench.signIn(KEYS.outsider)).approve(id),
    ]
    for (const { status } of opened) expect(status).toBeGreaterThanOrEqual(400)
    await bench.work()
    expect((await bench.ports.plans('demo').get(id))?.state).toBe('pending')
    expect(bench.writes()).toEqual([])
  })
})

describe('L6-3 an answer that nobody gave', () => {
  /** As a client of 2026-07-28 would repeat its call, with what it likes in it. */
  const repeated = async (
    args: object,
    more: object,
  ): Promise<{ code: string | undefined; state: string | undefined }> => {
    const response = await bench.request('/mcp', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEYS.agent}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'resources_scale',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name: 'resources_scale',
          arguments: args,
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientInfo': { name: 'forger', version: '0' },
            'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {}, url: {} } },
          },
          ...more,
        },
      }),
    })
    const { result } = JSON.parse(response.body) as {
      result?: {
        requestState?: string
        structuredContent?: { state?: string }
        _meta?: { 'bulkhead/error'?: { code?: string } }
      }
    }
    return {
      code: result?._meta?.['bulkhead/error']?.code,
      state: result?.requestState ?? result?.structuredContent?.state,
    }
  }
  const yes = { inputResponses: { plan: { action: 'accept', content: { confirm: true } } } }
  const wanted = { ...cart, replicas: 3 }

  test('with no state, a made-up one, or that of other arguments, it confirms nothing', async () => {
    bench = await startChangeBench({ demo, manual: true, decision: 'confirm' })
    bench.writes()
    const { state } = await repeated(wanted, {})
    if (state === undefined) throw new Error('Nobody was asked.')
    const flipped = `${state.slice(0, -2)}${state.endsWith('A') ? 'BB' : 'AA'}`
    expect((await repeated(wanted, { ...yes, requestState: 'e30' })).code).toBe('plan_unknown')
    expect((await repeated(wanted, { ...yes, requestState: flipped })).code).toBe('plan_unknown')
    expect((await repeated({ ...cart, replicas: 0 }, { ...yes, requestState: state })).code).toBe('plan_unknown')
    // No state: asked again, with the answer unheard.
    expect((await repeated(wanted, yes)).code).toBeUndefined()
    await bench.work()
    expect(bench.writes()).toEqual([])
    expect(await bench.records('decision')).toEqual([])
  })

  test('to a plan that waits for approval, even with its true state, it is no approval', async () => {
    bench = await startChangeBench({ demo, manual: true, decision: 'approve' })
    bench.writes()
    const { state } = await repeated(wanted, {})
    expect((await repeated(wanted, { ...yes, requestState: state })).state).toBe('pending')
    await bench.work()
    expect(bench.writes()).toEqual([])
    expect(await bench.records('decision')).toEqual([])
  })
})

test('L6-4 a webhook that answers the dry run differently each time makes the plan stale', async () => {
  let n = 0
  bench = await startChangeBench({
    demo,
    manual: true,
    async meddle(method, path, response) {
      if (method !== 'PATCH' || !path.startsWith(CART) || !path.includes('dryRun')) return response
      const body = (await response.json()) as { metadata: Record<string, unknown> }
      n += 1
      return Response.json({ ...body, metadata: { ...body.metadata, annotations: { 'example.com/n': String(n) } } })
    },
  })
  const { plan, text } = await bench.call('resources_patch', { ...cart, patch: { spec: { minReadySeconds: 9 } } })
  expect(plan?.state, text).toBe('pending')
  bench.writes()
  await (await bench.signIn()).approve(plan?.planId ?? '')
  await bench.work()
  expect((await bench.ports.plans('demo').get(plan?.planId ?? ''))?.state).toBe('stale')
  expect(n).toBeGreaterThan(1)
  expect(bench.writes()).toEqual([])
})
