/** L2-2 for plans: whole objects stand in a plan's diff, and no secret of the demo stands in it, whoever looks at it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoCanaries } from '../../../scripts/demo/seed/canaries.ts'
import { type ChangeBench, type Operator, startChangeBench } from '../../support/change-bench.ts'

let bench: ChangeBench
let sam: Operator
beforeAll(async () => {
  const notify = [
    { name: 'own', webhook: { url: 'https://hooks.example.com/in', hmac: { secret: 'HOOK_KEY' } }, on: ['plan'] },
  ]
  bench = await startChangeBench({ config: { notify } })
  sam = await bench.signIn()
})
afterAll(() => bench.stop())

const KINDS = [
  ['Deployment', '/apis/apps/v1/namespaces/shop/deployments'],
  ['ConfigMap', '/api/v1/namespaces/shop/configmaps'],
  ['Pod', '/api/v1/namespaces/shop/pods'],
  ['Service', '/api/v1/namespaces/shop/services'],
] as const

const JSON_PATCH = 'application/json-patch+json'

const found = (text: string): string[] => Object.values(demoCanaries).filter((canary) => text.includes(canary))

test.each(KINDS)('L2-2 no canary is in the plan to delete or patch a %s, nor on its page', async (kind, path) => {
  const { body } = await bench.admin('GET', path)
  const names = (body.items as { metadata: { name: string } }[]).map((it) => it.metadata.name)
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) {
    const target = { kind, name, namespace: 'shop' }
    const replies = [
      await bench.call('resources_delete', target),
      await bench.call('resources_patch', { ...target, patch: { metadata: { annotations: { n: '1' } } } }),
    ]
    for (const { plan, text } of replies) {
      expect(found(text + JSON.stringify(plan)), name).toEqual([])
      if (plan === undefined) continue
      expect(found((await sam.get(`/console/plans/${plan.planId}`)).body), name).toEqual([])
      expect(found(JSON.stringify(await bench.ports.plans('demo').get(plan.planId))), name).toEqual([])
    }
  }
})

test('L2-2 none is in any record', async () => {
  expect(found(JSON.stringify(await bench.records()))).toEqual([])
})

test('L2-2 none is in what people are told of plans', async () => {
  await bench.work()
  expect(bench.ports.delivered.length).toBeGreaterThan(0)
  expect(found(JSON.stringify(bench.ports.delivered))).toEqual([])
})

describe('L2-2 a value that is masked where it stands stays masked in a plan', () => {
  const TARGET = { kind: 'Deployment', name: 'orders', namespace: 'shop' }
  const PATH = '/apis/apps/v1/namespaces/shop/deployments/orders'
  const ENV = '/spec/template/spec/containers/0/env'
  const step = (op: string, path: string, more: object) => ({
    ...TARGET,
    patchType: 'json',
    patch: [{ op, path, ...more }],
  })

  test.each([
    ['whose variable is renamed', (at: number) => step('replace', `${ENV}/${at}/name`, { value: 'LOG_LEVEL' })],
    ['that is copied', (at: number) => step('copy', '/metadata/annotations/note', { from: `${ENV}/${at}/value` })],
    ['that is moved', (at: number) => step('move', `${ENV}/${at}/description`, { from: `${ENV}/${at}/value` })],
    ['that is guessed', (at: number) => step('test', `${ENV}/${at}/value`, { value: 'a-guess' })],
  ])('%s', async (_, args) => {
    const env = [{ name: 'LEDGER_PASSWORD', value: demoCanaries.envPassword }]
    const made = await bench.admin('PATCH', PATH, [{ op: 'add', path: ENV, value: env }], JSON_PATCH)
    expect(made.status).toBe(200)
    const { body } = await bench.admin('GET', PATH)
    const template = (body.spec as { template: { spec: { containers: { env: { value?: string }[] }[] } } }).template
    const at = template.spec.containers[0]?.env.findIndex((it) => found(it.value ?? '').length > 0) ?? -1
    expect(at).toBeGreaterThanOrEqual(0)
    const { plan, text } = await bench.call('resources_patch', args(at))
    expect(found(text + JSON.stringify(plan ?? {}))).toEqual([])
    if (plan === undefined) expect(text).toMatch(/^(invalid_arguments|cluster_rejected)/)
    else expect(found((await sam.get(`/console/plans/${plan.planId}`)).body)).toEqual([])
  })
})

test('L6-3 what a diff does not show says so, and nobody approves it unseen', async () => {
  const target = { kind: 'Deployment', name: 'cart', namespace: 'shop' }
  const annotations = (value: string) => ({ ...target, patch: { metadata: { annotations: { note: value } } } })
  const seen = await bench.call('resources_patch', annotations('plain\u200b text'))
  expect(seen.plan?.warnings).toEqual(expect.arrayContaining([expect.stringMatching(/characters that nobody sees/)]))
  expect(seen.plan?.diffCut).toBe(false)
  await bench.admin('PATCH', '/apis/apps/v1/namespaces/shop/deployments/cart', {
    metadata: { annotations: { note: 'plain text' } },
  })
  const unseen = await bench.call('resources_patch', annotations('plain\u200b text'))
  expect(unseen.plan).toMatchObject({ state: 'pending', diffCut: true })
  expect((await sam.approve(unseen.plan?.planId ?? '')).status).toBeGreaterThanOrEqual(400)
})

test('L6-3 what a new Service asks for is in its diff, what it would be given is not', async () => {
  const manifest = (port: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: fresh, namespace: shop }\nspec: { type: NodePort, ports: [{ port: 80${port} }] }\n`
  const { plan } = await bench.call('resources_apply', { manifest: manifest(', nodePort: 31234') })
  expect(plan?.diff).toMatch(/^\+.*nodePort: 31234$/m)
  expect((await bench.call('resources_apply', { manifest: manifest('') })).plan?.diff).not.toMatch(/nodePort/)
})
