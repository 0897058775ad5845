/** L2-2 for plans: whole objects stand in a plan's diff, and no secret of the demo stands in it, whoever looks at it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { demoCanaries } from '../../../scripts/demo/seed/canaries.ts'
import { type ChangeBench, type Operator, startChangeBench } from '../../support/change-bench.ts'

let bench: ChangeBench
let sam: Operator
beforeAll(async () => {
  bench = await startChangeBench()
  sam = await bench.signIn()
})
afterAll(() => bench.stop())

const KINDS = [
  ['Deployment', '/apis/apps/v1/namespaces/shop/deployments'],
  ['ConfigMap', '/api/v1/namespaces/shop/configmaps'],
  ['Pod', '/api/v1/namespaces/shop/pods'],
  ['Service', '/api/v1/namespaces/shop/services'],
] as const

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
