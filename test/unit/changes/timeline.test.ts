/** What changes_list tells of changes that the whole product made, and of those that others made, in the demo cluster. */
import { afterEach, expect, test } from 'vitest'
import { type ChangeBench, startChangeBench } from '../../support/change-bench.ts'

let bench: ChangeBench
afterEach(() => bench.stop())

const CART = '/apis/apps/v1/namespaces/shop/deployments/cart'
const place = { kind: 'Deployment', name: 'cart', namespace: 'shop' }

test("Bulkhead's own change is told once, with the caller in the place of its field manager", async () => {
  bench = await startChangeBench({ decision: 'allow' })
  const { plan } = await bench.call('rollout_pause', place)
  expect(plan?.state).toBe('applied')
  const { text } = await bench.call('changes_list', place)
  expect(text).toMatch(/\tledger\tDeployment\/cart\tci-agent\tpatch by rollout_pause: done/)
  expect(text).not.toMatch(/managedFields\tDeployment\/cart\tbulkhead/)
  // Of another object nothing of it is told.
  const others = await bench.call('changes_list', { ...place, name: 'catalog' })
  expect(others.text).not.toContain('rollout_pause')
})

test("another's is told by who wrote it and what it owns, with what has a secret's shape masked", async () => {
  bench = await startChangeBench()
  const token = ['ghp', 'a1B2'.repeat(9)].join('_')
  const body = { spec: { template: { metadata: { annotations: { 'example.com/restarted': 'now' } } } } }
  expect((await bench.admin('PATCH', `${CART}?fieldManager=kubectl-edit`, body)).status).toBe(200)
  const labels = { metadata: { labels: { tier: 'one' } } }
  expect((await bench.admin('PATCH', `${CART}?fieldManager=${token}`, labels)).status).toBe(200)
  const { text } = await bench.call('changes_list', { ...place, since: '1h' })
  expect(text).toMatch(/\tkubectl-edit\trevision 2: \+ annotations\.example\.com\/restarted: now\trollout/)
  expect(text).toMatch(/\t\[masked:[0-9a-f]{8}\]\tupdated: owns metadata\.labels\.tier/)
  expect(text).not.toContain(token)
})

test('a diagnosis tells what changed before the trouble, without a request more', async () => {
  bench = await startChangeBench({ decision: 'allow' })
  const scope = { namespace: 'shop' }
  const { calls } = (await bench.call('diagnose', scope)).plan as unknown as { calls: number }
  expect((await bench.call('rollout_pause', place)).plan?.state).toBe('applied')
  const body = { spec: { minReadySeconds: 7 } }
  const catalog = '/apis/apps/v1/namespaces/shop/deployments/catalog?fieldManager=kubectl-edit'
  expect((await bench.admin('PATCH', catalog, body)).status).toBe(200)
  const { text, plan } = await bench.call('diagnose', scope)
  const report = plan as unknown as { calls: number; changes: readonly { source: string; who: string; what: string }[] }
  expect(report.changes).toContainEqual(
    expect.objectContaining({ source: 'ledger', who: 'ci-agent', what: 'patch by rollout_pause: done' }),
  )
  expect(report.changes).toContainEqual(
    expect.objectContaining({
      who: 'kubectl-edit',
      what: expect.stringMatching(/^updated: owns spec\.minReadySeconds/),
    }),
  )
  expect(report.changes.length).toBeLessThanOrEqual(20)
  expect(report.calls).toBe(calls)
  expect(text).toMatch(
    /Changed shortly before:\n- .*Deployment shop\/catalog: updated: owns spec\.minReadySeconds.*, by kubectl-edit/s,
  )
})
