/** A rollback of the demo's Helm release through the whole product: what it leaves, what it shows, what makes it stale. */
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { demoCanaries } from '../../../scripts/demo/seed/canaries.ts'
import { type ChangeBench, type Operator, startChangeBench } from '../../support/change-bench.ts'

const GRAFANA = { name: 'grafana', namespace: 'monitoring' }
const CORE = '/api/v1/namespaces/monitoring'
const revision = (number: number) => `${CORE}/secrets/sh.helm.release.v1.grafana.v${number}`

let bench: ChangeBench
let sam: Operator
beforeEach(async () => {
  bench = await startChangeBench()
  sam = await bench.signIn()
})
afterEach(() => bench.stop())

interface Release {
  readonly version: number
  readonly manifest: string
  readonly info: { readonly status: string; readonly description: string }
}
interface Secret {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly data: { readonly release: string }
}
const secretAt = async (number: number) => (await bench.object(revision(number))) as unknown as Secret
/** As Helm reads it. */
const read = ({ data }: Secret): Release => {
  const base64 = Buffer.from(data.release, 'base64').toString()
  return JSON.parse(gunzipSync(Buffer.from(base64, 'base64')).toString()) as Release
}

const planned = async (args: object = {}) => {
  const { plan, text } = await bench.call('helm_rollback', { ...GRAFANA, ...args })
  expect(plan?.state, text).toBe('pending')
  return { id: plan?.planId ?? '', plan, text }
}
const approve = async (id: string): Promise<string | undefined> => {
  await sam.approve(id, { name: 'grafana' })
  await bench.work()
  return (await bench.call('plans_get', { id })).plan?.state
}

test('leaves objects and release as Helm would', async () => {
  await bench.admin('PATCH', `${CORE}/configmaps/grafana`, { data: { 'by-hand.ini': 'kept' } })
  const before = await secretAt(2)
  const { id } = await planned()
  expect(await approve(id)).toBe('applied')
  const [was, now] = [await secretAt(3), await secretAt(4)]
  expect([was.metadata.labels.status, read(was).info.status]).toEqual(['superseded', 'superseded'])
  expect(now.metadata.labels).toMatchObject({ name: 'grafana', owner: 'helm', status: 'deployed', version: '4' })
  expect(read(now)).toMatchObject({
    version: 4,
    manifest: read(before).manifest,
    info: { status: 'deployed', description: 'Rollback to 2' },
  })
  expect(JSON.stringify(await bench.object('/apis/apps/v1/namespaces/monitoring/deployments/grafana'))).toContain(
    '"image":"grafana:12.1.1"',
  )
  expect(await bench.object(`${CORE}/configmaps/grafana-dashboards`)).toMatchObject({
    metadata: { annotations: { 'meta.helm.sh/release-name': 'grafana' } },
  })
  expect(await bench.object(`${CORE}/configmaps/grafana`)).toMatchObject({ data: { 'by-hand.ini': 'kept' } })
  expect(await bench.object('/apis/policy/v1/namespaces/monitoring/poddisruptionbudgets/grafana')).toBeUndefined()
  // And back again, from there.
  expect(await approve((await planned()).id)).toBe('applied')
  expect(read(await secretAt(5)).info.description).toBe('Rollback to 3')
})

test('L2-2 no value of the release is shown, recorded or kept in the open', async () => {
  const stored = (await secretAt(3)).data.release
  const secrets = [demoCanaries.helmPassword, btoa(demoCanaries.helmPassword), stored, atob(stored)]
  const found = (text: string) => secrets.filter((it) => text.includes(it))
  const { id, plan, text } = await planned()
  expect(text).toMatch(/release: '\[masked:/)
  expect(found(text + JSON.stringify(plan))).toEqual([])
  expect(found((await sam.get(`/console/plans/${id}`)).body)).toEqual([])
  expect(found(JSON.stringify(await bench.ports.plans('demo').get(id)))).toEqual([])
  expect(await approve(id)).toBe('applied')
  expect(found(JSON.stringify(await bench.records()))).toEqual([])
})

test('is not said to drift from the release that it rolls back', async () => {
  const { plan } = await planned()
  expect(plan?.managedBy).toEqual([])
  const { plan: other } = await bench.call('resources_scale', { kind: 'Deployment', ...GRAFANA, replicas: 2 })
  expect(other?.managedBy).toMatchObject([{ manager: 'helm', owner: 'release monitoring/grafana' }])
})

test('L6-2 the same call finds the same plan, and another use of Helm makes it stale before anything is written', async () => {
  const { id } = await planned({ reason: 'a' })
  bench.ports.clock.advance(5_000)
  expect((await planned({ reason: 'b' })).id).toBe(id)
  const newest = read(await secretAt(3))
  const upgraded = gzipSync(JSON.stringify({ ...newest, info: { ...newest.info, status: 'superseded' } }))
  await bench.admin('PATCH', revision(3), {
    metadata: { labels: { status: 'superseded' } },
    data: { release: btoa(upgraded.toString('base64')) },
  })
  bench.writes()
  expect(await approve(id)).toBe('stale')
  expect(bench.writes()).toEqual([])
})

test('L4-2 without the opt-in role nothing is planned, and the refusal names it', async () => {
  const role = '/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring/rolebindings/bulkhead-change-releases'
  await bench.admin('DELETE', role)
  const { code, text } = await bench.call('helm_rollback', GRAFANA)
  expect(code, text).toBe('cluster_forbidden')
  expect(text).toContain('deploy/rbac/change-releases.yaml')
})
