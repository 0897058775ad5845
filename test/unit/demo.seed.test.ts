/**
 * The shop that the demo cluster is filled with: six faults, each visible where an operator would look for it and gone
 * once its cause is mended, and planted values where other tests rely on finding (and not passing on) them.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canaryValues, demoCanaries, demoInjections, HIDDEN } from '../../scripts/demo/seed/canaries.ts'
import { type DemoCluster, type DemoOptions, startDemoCluster } from '../../scripts/demo/server.ts'
import type { ApiRequest } from '../contracts/apiserver.ts'
import { createRawClient, type RawClient } from '../support/raw-https.ts'

let demo: DemoCluster
let client: RawClient

const begin = async (options: DemoOptions = {}) => {
  demo = await startDemoCluster(options)
  const { server, certificateAuthority, tokens } = demo
  client = createRawClient({ server, certificateAuthority, token: tokens.admin })
}

beforeEach(() => begin())

afterEach(async () => {
  client.stop()
  await demo.stop()
})

const text = async (path: string, asked: ApiRequest = {}) => (await client.request(path, asked)).bytes.toString()
const status = async (path: string, asked: ApiRequest = {}) => (await client.request(path, asked)).status

interface Pod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels: Readonly<Record<string, string>>
  }
  readonly status: {
    readonly phase: string
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly message?: string }[]
    readonly containerStatuses?: readonly {
      readonly ready: boolean
      readonly state: { readonly waiting?: { readonly reason: string; readonly message: string } }
      readonly lastState: { readonly terminated?: { readonly reason: string; readonly exitCode: number } }
    }[]
  }
}

const list = async <T>(path: string) => (JSON.parse(await text(path)) as { items: T[] }).items

const podsOf = (app: string) =>
  list<Pod>(`/api/v1/namespaces/shop/pods?labelSelector=${encodeURIComponent(`app.kubernetes.io/name=${app}`)}`)

const waiting = (pod: Pod | undefined) => pod?.status.containerStatuses?.[0]?.state.waiting?.reason

const merge = (path: string, body: object) =>
  status(path, {
    method: 'PATCH',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
  })

const DEPLOYMENTS = '/apis/apps/v1/namespaces/shop/deployments'

const mendContainer = (app: string, container: object) =>
  merge(`${DEPLOYMENTS}/${app}`, { spec: { template: { spec: { containers: [{ name: 'app', ...container }] } } } })

const areReady = async (app: string) => {
  const pods = await podsOf(app)
  return pods.length > 0 && pods.every((pod) => pod.status.containerStatuses?.every(({ ready }) => ready) === true)
}

describe('the six faults of the shop', () => {
  it('are the only ones', async () => {
    const pods = await list<Pod>('/api/v1/pods')
    expect(pods.length).toBeGreaterThanOrEqual(40)
    expect(pods.length).toBeLessThanOrEqual(60)
    const ill = pods.filter(({ status: { phase, containerStatuses } }) => {
      return phase !== 'Succeeded' && containerStatuses?.every(({ ready }) => ready) !== true
    })
    const apps = new Set(
      ill.map(({ metadata }) => `${metadata.namespace}/${metadata.labels['app.kubernetes.io/name']}`),
    )
    expect([...apps].sort()).toEqual([
      'shop/checkout',
      'shop/inventory',
      'shop/recommendations',
      'shop/reports',
      'shop/thumbnails',
    ])
    const slices = await list<{ metadata: { labels: Record<string, string> }; endpoints: unknown[] }>(
      '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices',
    )
    const empty = slices.filter(({ endpoints }) => endpoints.length === 0)
    expect(empty.map(({ metadata }) => metadata.labels['kubernetes.io/service-name']).sort()).toEqual([
      'reports',
      'search',
    ])
  })

  it('checkout crashes, says why in its previous log, and heals with a duration that has a unit', async () => {
    const [pod] = await podsOf('checkout')
    expect(waiting(pod)).toBe('CrashLoopBackOff')
    const log = await text(`/api/v1/namespaces/shop/pods/${pod?.metadata.name}/log?previous=true`)
    expect(log).toContain('key=PAYMENT_TIMEOUT value="30" error="time: missing unit in duration"')
    expect(await mendContainer('checkout', { env: [{ name: 'PAYMENT_TIMEOUT', value: '30s' }] })).toBe(200)
    expect(await areReady('checkout')).toBe(true)
  })

  it('recommendations cannot be pulled, and heals with a tag that exists', async () => {
    const [pod] = await podsOf('recommendations')
    expect(waiting(pod)).toBe('ImagePullBackOff')
    const events = await text('/api/v1/namespaces/shop/events?fieldSelector=reason%3DFailed')
    expect(events).toContain('Failed to pull image \\"shop/recommendations:3.1.O\\"')
    expect(await mendContainer('recommendations', { image: 'shop/recommendations:3.1.0' })).toBe(200)
    expect(await areReady('recommendations')).toBe(true)
  })

  it('inventory lacks its ConfigMap, and heals when that is there', async () => {
    const [pod] = await podsOf('inventory')
    expect(waiting(pod)).toBe('CreateContainerConfigError')
    expect(pod?.status.containerStatuses?.[0]?.state.waiting?.message).toBe('configmap "inventory-config" not found')
    const made = await status('/api/v1/namespaces/shop/configmaps', {
      method: 'POST',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'inventory-config' } },
    })
    expect(made).toBe(201)
    expect(await areReady('inventory')).toBe(true)
  })

  it('search is ready but its Service selects nothing, until the selector is right', async () => {
    expect(await areReady('search')).toBe(true)
    const endpoints = () => text('/api/v1/namespaces/shop/endpoints/search')
    expect(await endpoints()).not.toContain('subsets')
    const selector = { 'app.kubernetes.io/name': 'search' }
    expect(await merge('/api/v1/namespaces/shop/services/search', { spec: { selector } })).toBe(200)
    expect(await endpoints()).toContain('"addresses":[{"ip":"10.244.')
  })

  it('reports asks for more than a node has, until it asks for less', async () => {
    const [pod] = await podsOf('reports')
    const scheduled = pod?.status.conditions.find(({ type }) => type === 'PodScheduled')
    expect(scheduled?.status).toBe('False')
    expect(scheduled?.message).toContain('2 Insufficient cpu')
    expect(await mendContainer('reports', { resources: { requests: { cpu: '500m' } } })).toBe(200)
    expect(await areReady('reports')).toBe(true)
  })

  it('thumbnails is killed for its memory, until it may have enough', async () => {
    const [pod] = await podsOf('thumbnails')
    expect(pod?.status.containerStatuses?.[0]?.lastState.terminated).toMatchObject({
      reason: 'OOMKilled',
      exitCode: 137,
    })
    expect(await mendContainer('thumbnails', { resources: { limits: { memory: '512Mi' } } })).toBe(200)
    expect(await areReady('thumbnails')).toBe(true)
  })

  it('keeps the old pods while a new image cannot be pulled', async () => {
    expect(await mendContainer('storefront', { image: 'shop/recommendations:nowhere' })).toBe(200)
    const pods = await podsOf('storefront')
    expect(pods.filter((pod) => waiting(pod) === 'ImagePullBackOff')).toHaveLength(1)
    expect(pods.filter((pod) => pod.status.containerStatuses?.[0]?.ready)).toHaveLength(3)
  })
})

describe('a Deployment of the demo', () => {
  it('keeps the pods that it has when it is scaled up, and loses the surplus when it is scaled down', async () => {
    const names = async () => (await podsOf('catalog')).map(({ metadata }) => metadata.name)
    const scale = (replicas: number) => merge(`${DEPLOYMENTS}/catalog/scale`, { spec: { replicas } })
    const before = await names()
    expect(await scale(before.length + 2)).toBe(200)
    const more = await names()
    expect(more).toHaveLength(before.length + 2)
    expect(more).toEqual(expect.arrayContaining(before))
    expect(await areReady('catalog')).toBe(true)
    expect(await scale(1)).toBe(200)
    const [last, ...rest] = await names()
    expect(rest).toEqual([])
    expect(before).toContain(last)
  })
})

describe('what the demo plants', () => {
  const everything = async () => {
    const paths = ['secrets', 'configmaps', 'events'].map((name) => `/api/v1/${name}`)
    const found = await Promise.all([...paths, '/apis/apps/v1/deployments'].map((path) => text(path)))
    const secrets = await list<{ data: Record<string, string> }>('/api/v1/secrets')
    const decoded = secrets.flatMap(({ data }) =>
      Object.values(data).map((value) => Buffer.from(value, 'base64').toString()),
    )
    const pods = await list<Pod>('/api/v1/namespaces/shop/pods')
    const logs = await Promise.all(
      pods.map(({ metadata }) => text(`/api/v1/namespaces/shop/pods/${metadata.name}/log?container=app`)),
    )
    return [...found, ...decoded, ...logs].join('\n')
  }

  it('can be found by who may read everything', async () => {
    const found = await everything()
    for (const [name, value] of Object.entries(demoCanaries)) expect(found, name).toContain(value)
    expect(found).toContain(demoInjections.annotation)
    expect(found).toContain(demoInjections.log)
    expect(found).toContain(HIDDEN)
    expect(new Set(canaryValues).size).toBe(Object.keys(demoCanaries).length)
  })

  it('holds a value in last-applied-configuration that the live object does not have', async () => {
    const ledger = JSON.parse(await text('/apis/apps/v1/namespaces/payments/deployments/ledger')) as {
      metadata: { annotations: Record<string, string> }
      spec: unknown
    }
    const applied = ledger.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']
    expect(applied).toContain(demoCanaries.lastAppliedPassword)
    expect(JSON.stringify(ledger.spec)).toContain(demoCanaries.envPassword)
    expect(JSON.stringify(ledger.spec)).not.toContain(demoCanaries.lastAppliedPassword)
  })
})

describe('the tokens of the demo', () => {
  it('let a reader see everything but Secrets, save those in monitoring, and change nothing', async () => {
    const token = demo.tokens.read
    expect(await status('/api/v1/pods', { token })).toBe(200)
    expect(await status('/apis/ops.example.com/v1/backupschedules', { token })).toBe(200)
    expect(await status('/api/v1/namespaces/shop/secrets', { token })).toBe(403)
    expect(await status('/api/v1/namespaces/shop/secrets/checkout-database', { token })).toBe(403)
    expect(await status('/api/v1/secrets', { token })).toBe(403)
    expect(await status('/api/v1/namespaces/monitoring/secrets', { token })).toBe(200)
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }
    expect(await status('/api/v1/namespaces/shop/configmaps', { method: 'POST', body, token })).toBe(403)
  })

  it('let a changer write in the shop and in monitoring only', async () => {
    const token = demo.tokens.change
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }
    expect(await status('/api/v1/namespaces/shop/configmaps', { method: 'POST', body, token })).toBe(201)
    expect(await status('/api/v1/namespaces/monitoring/configmaps', { method: 'POST', body, token })).toBe(201)
    expect(await status('/api/v1/namespaces/payments/configmaps', { method: 'POST', body, token })).toBe(403)
    expect(await status('/api/v1/namespaces/shop/secrets', { token })).toBe(403)
  })

  it('are made anew for every run', async () => {
    const { admin, read, change } = demo.tokens
    expect(new Set([admin, read, change]).size).toBe(3)
    const other = await startDemoCluster()
    await other.stop()
    expect(other.tokens.admin).not.toBe(admin)
    expect(demo.adminKubeconfig()).toContain(admin)
  })
})

describe('what reached the demo', () => {
  it('is remembered, the newest two thousand', async () => {
    await text('/version?x=1')
    expect(demo.requests.at(-1)).toEqual({ method: 'GET', path: '/version?x=1' })
  })

  it('can be a walk over many objects', async () => {
    client.stop()
    await demo.stop()
    await begin({ extraPods: 1200 })
    const names = new Set<string>()
    let token = ''
    do {
      const page = JSON.parse(await text(`/api/v1/namespaces/load/pods?limit=500&continue=${token}`)) as {
        metadata: { continue?: string }
        items: Pod[]
      }
      for (const { metadata } of page.items) names.add(metadata.name)
      token = page.metadata.continue ?? ''
    } while (token !== '')
    expect(names.size).toBe(1200)
    expect(demo.requests.filter(({ path }) => path.includes('/load/'))).toHaveLength(3)
  })
})
