/**
 * Every change tool on a real Kubernetes API server, with the shipped roles, on both platforms: planned by an agent,
 * approved on the console in a real browser, carried out, and the object is what the plan said. And what a real API
 * server alone can show: disruption budgets, conflicts of managers, an update that comes in between.
 */
import { readFile } from 'node:fs/promises'
import { loadAll } from 'js-yaml'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { clusterJson, clusterRequest } from '../../scripts/control-plane/client.ts'
import { applyManifests, serviceAccountToken } from '../../scripts/control-plane/helpers.ts'
import { waitFor } from '../../scripts/control-plane/wait.ts'
import { tools } from '../../src/tools/index.ts'
import { approveInBrowser, launch } from '../browser/drive.ts'
import { connectClient, type WireClient } from '../support/clients.ts'
import { type Gateway, gatewayFor } from '../support/gateway.ts'
import { helmSecret, installedByHelm } from '../support/helm-release.ts'
import { PLATFORMS, type RunningProduct, startProduct } from '../support/platforms.ts'

const START_MS = 120_000
const TEST_MS = 60_000
const deploy = (file: string) => readFile(new URL(`../../deploy/rbac/${file}`, import.meta.url), 'utf8')
const cluster = inject('controlPlane')

/** An opt-in file, bound in one namespace as its comment says. */
const optIn = async (file: string, namespace: string): Promise<void> => {
  for (const it of loadAll(await deploy(file)) as { metadata: object }[])
    await applyManifests(cluster, JSON.stringify({ ...it, metadata: { ...it.metadata, namespace } }))
}

/** A chart's objects, as its revisions 1 and 2 render them. */
const chartOf = (revision: 1 | 2) => {
  const labels = { 'app.kubernetes.io/instance': 'shelf', 'helm.sh/chart': `shelf-1.${revision}.0` }
  const pods = (app: string) => ({
    selector: { matchLabels: { app } },
    template: {
      metadata: { labels: { app } },
      spec: {
        containers: [
          { name: app, image: `registry.example.com/shop/${app}:${revision}`, ports: [{ containerPort: 80 }] },
        ],
      },
    },
  })
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `shelf-${revision}`, labels }, data: { a: '1' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shelf' },
      spec: { type: 'NodePort', selector: { app: 'shelf' }, ports: [{ name: 'http', port: 80 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shelf', labels },
      spec: { replicas: 1, ...pods('shelf') },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'cellar' },
      spec: {
        ...pods('cellar'),
        template: {
          metadata: { labels: { app: 'cellar' } },
          spec: { containers: [{ name: 'cellar', image: 'registry.example.com/shop/cellar:1' }] },
        },
        serviceName: 'cellar',
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
  ]
}

let browser: Browser
beforeAll(async () => {
  browser = await launch()
  for (const file of ['read.yaml', 'change.yaml', 'change-nodes.yaml'])
    await applyManifests(cluster, await deploy(file))
}, START_MS)
afterAll(() => browser?.close())

describe.each(PLATFORMS)('on %s', (platform) => {
  const namespace = `changes-${platform}`
  const node = `changes-node-${platform}`
  let gateway: Gateway
  let product: RunningProduct
  let client: WireClient

  const get = (path: string) => clusterJson(cluster, { path }) as Promise<Record<string, never>>
  const patch = (path: string, body: object) =>
    clusterRequest(cluster, { method: 'PATCH', path, contentType: 'application/merge-patch+json', body })
  const web = `/apis/apps/v1/namespaces/${namespace}/deployments/web`
  const settings = `/api/v1/namespaces/${namespace}/configmaps/settings`

  /** Planned, approved by a person in a browser, carried out. */
  const approved = async (tool: string, args: Readonly<Record<string, unknown>>): Promise<string> => {
    const { structured, text } = await client.call(tool, args)
    const { planId, state } = (structured ?? {}) as { planId?: string; state?: string }
    expect(state, text).toBe('pending')
    return approveInBrowser(browser, product.origin, gateway.operatorKey, planId ?? '')
  }

  beforeAll(async () => {
    const fixtures = await readFile(new URL('fixtures/changes.yaml', import.meta.url), 'utf8')
    await applyManifests(cluster, fixtures.replaceAll('NAMESPACE', namespace))
    const release = { name: 'shelf', namespace }
    for (const file of ['secrets-optin.yaml', 'change-releases.yaml']) await optIn(file, namespace)
    for (const it of [
      ...chartOf(2).map((object) => installedByHelm(object, release)),
      helmSecret({ ...release, revision: 1, status: 'superseded', objects: chartOf(1) }),
      helmSecret({ ...release, revision: 2, status: 'deployed', objects: chartOf(2) }),
    ])
      await applyManifests(cluster, JSON.stringify(it))
    // A node of this test's own: nobody else's pods may be moved.
    await applyManifests(
      cluster,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: node, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
        spec: { taints: [{ key: 'bulkhead.test/only', effect: 'NoSchedule' }] },
      }),
    )
    const made = gatewayFor(
      {
        name: 'real',
        server: cluster.server,
        certificateAuthority: cluster.certificateAuthority,
        readToken: await serviceAccountToken(cluster, 'bulkhead', 'bulkhead-read'),
      },
      {
        policy: [
          { name: 'look', groups: ['agents'], clusters: ['real'], verbs: ['get', 'list'], decision: 'allow' },
          {
            name: 'change',
            groups: ['agents'],
            clusters: ['real'],
            verbs: ['create', 'patch', 'delete'],
            decision: 'approve',
            approvers: ['operators'],
          },
        ],
      },
    )
    const clusters = made.config.clusters as { real: { credentials: object } }
    gateway = {
      ...made,
      config: {
        ...made.config,
        clusters: {
          real: {
            ...clusters.real,
            credentials: { ...clusters.real.credentials, change: { token: { secret: 'CHANGE_TOKEN' } } },
          },
        },
      },
      secrets: { ...made.secrets, CHANGE_TOKEN: await serviceAccountToken(cluster, 'bulkhead', 'bulkhead-change') },
    }
    product = await startProduct(platform, gateway.config, gateway.secrets)
    client = await connectClient('v2', `${product.origin}/mcp`, gateway.agentKey)
    await waitFor(
      async () => ((await get(web)).status as { readyReplicas?: number } | undefined)?.readyReplicas === 2,
      {
        what: 'the Deployment to be ready',
        deadlineMs: 60_000,
      },
    )
  }, START_MS)
  afterAll(async () => {
    await client?.close()
    await product?.stop()
  })

  /** Each tool: its arguments, and what the cluster must say afterwards. */
  const rows: readonly (readonly [string, () => Readonly<Record<string, unknown>>, () => Promise<unknown>])[] = [
    [
      'resources_apply',
      () => ({
        manifest: ['fresh-one', 'fresh-two']
          .map(
            (name) =>
              `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: ${namespace} }\ndata: { a: "1" }\n`,
          )
          .join('---\n'),
      }),
      async () => expect((await get(`/api/v1/namespaces/${namespace}/configmaps/fresh-two`)).data).toEqual({ a: '1' }),
    ],
    [
      'resources_patch',
      () => ({ kind: 'ConfigMap', name: 'settings', namespace, patch: { data: { mode: 'green' } } }),
      async () => expect((await get(settings)).data).toEqual({ mode: 'green' }),
    ],
    [
      'resources_delete',
      () => ({ kind: 'ConfigMap', name: 'to-delete', namespace }),
      async () =>
        expect(
          (await clusterRequest(cluster, { path: `/api/v1/namespaces/${namespace}/configmaps/to-delete` })).status,
        ).toBe(404),
    ],
    [
      'resources_scale',
      () => ({ kind: 'Deployment', name: 'web', namespace, replicas: 3 }),
      async () => expect((await get(web)).spec).toMatchObject({ replicas: 3 }),
    ],
    [
      'rollout_restart',
      () => ({ kind: 'Deployment', name: 'web', namespace }),
      async () => {
        expect(JSON.stringify((await get(web)).spec)).toContain('restartedAt')
        // What comes next goes back by ReplicaSets, and the controller makes the new one in its own time.
        const sets = `/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=app%3Dweb`
        await waitFor(async () => ((await get(sets)) as { items?: unknown[] }).items?.length === 2, {
          what: 'the second ReplicaSet',
          deadlineMs: 30_000,
        })
      },
    ],
    [
      'rollout_undo',
      () => ({ kind: 'Deployment', name: 'web', namespace }),
      async () => {
        const spec = JSON.stringify((await get(web)).spec)
        expect(spec).not.toContain('restartedAt')
        expect(spec).toContain('fixture-password-not-a-secret')
      },
    ],
    [
      'rollout_pause',
      () => ({ kind: 'Deployment', name: 'web', namespace }),
      async () => expect((await get(web)).spec).toMatchObject({ paused: true }),
    ],
    [
      'rollout_resume',
      () => ({ kind: 'Deployment', name: 'web', namespace }),
      async () => expect((await get(web)).spec).not.toHaveProperty('paused', true),
    ],
    [
      'nodes_cordon',
      () => ({ name: node }),
      async () => expect((await get(`/api/v1/nodes/${node}`)).spec).toMatchObject({ unschedulable: true }),
    ],
    [
      'nodes_uncordon',
      () => ({ name: node }),
      async () => expect((await get(`/api/v1/nodes/${node}`)).spec).not.toHaveProperty('unschedulable'),
    ],
    [
      'nodes_drain',
      () => ({ name: node, force: true }),
      async () => {
        const { items } = (await get(`/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`)) as {
          items?: { metadata: { deletionTimestamp?: string } }[]
        }
        expect((items ?? []).filter((it) => it.metadata.deletionTimestamp === undefined)).toEqual([])
      },
    ],
    [
      'pods_evict',
      () => ({ name: 'evictable', namespace }),
      async () => {
        const { status, text } = await clusterRequest(cluster, {
          path: `/api/v1/namespaces/${namespace}/pods/evictable`,
        })
        expect(status === 404 || text.includes('deletionTimestamp')).toBe(true)
      },
    ],
    [
      'jobs_run',
      () => ({ cronJob: 'nightly', namespace }),
      async () => {
        const { items } = (await get(`/apis/batch/v1/namespaces/${namespace}/jobs`)) as {
          items?: { metadata: { name: string } }[]
        }
        expect(items?.map((it) => it.metadata.name)).toEqual([expect.stringMatching(/^nightly-manual-/)])
      },
    ],
    [
      'helm_rollback',
      () => ({ name: 'shelf', namespace }),
      async () => {
        const apps = `/apis/apps/v1/namespaces/${namespace}`
        const core = `/api/v1/namespaces/${namespace}`
        const statusOf = async (path: string) => (await clusterRequest(cluster, { path })).status
        expect(JSON.stringify((await get(`${apps}/deployments/shelf`)).spec)).toContain('shop/shelf:1')
        expect(await statusOf(`${core}/configmaps/shelf-1`)).toBe(200)
        expect(await statusOf(`${core}/configmaps/shelf-2`)).toBe(404)
        // What the chart says of them is what it said before: filled in by the API server, and left alone.
        for (const path of [`${apps}/statefulsets/cellar`, `${core}/services/shelf`])
          expect(JSON.stringify((await get(path)).metadata), path).not.toContain('"manager":"bulkhead"')
        const labels = async (revision: number) =>
          (await get(`${core}/secrets/sh.helm.release.v1.shelf.v${revision}`)).metadata as unknown as { labels: object }
        expect((await labels(2)).labels).toMatchObject({ status: 'superseded' })
        expect((await labels(3)).labels).toMatchObject({ status: 'deployed', version: '3' })
        const { text } = await client.call('helm_get', { name: 'shelf', namespace, part: 'manifest' })
        expect(text).toMatch(/chart shelf-1\.1\.0, app 9, deployed: Rollback to 1/)
      },
    ],
  ]

  const pod = (name: string, nodeName?: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      containers: [{ name: 'app', image: 'registry.example.com/shop/app:1.0.0' }],
    },
  })

  test('every change tool has a row', () => {
    const changing = tools.filter((tool) => tool.kind === 'change' && tool.name !== 'plans_withdraw')
    expect(rows.map(([tool]) => tool).toSorted()).toEqual(changing.map((tool) => tool.name).toSorted())
  })

  test.each(rows)(
    '%s: planned, approved in a browser, applied',
    async (tool, args, check) => {
      if (tool === 'nodes_drain')
        for (const name of ['moved-one', 'moved-two']) await applyManifests(cluster, JSON.stringify(pod(name, node)))
      if (tool === 'pods_evict') await applyManifests(cluster, JSON.stringify(pod('evictable')))
      expect(await approved(tool, args())).toBe('applied')
      await check()
    },
    TEST_MS,
  )

  test(
    'rollout_undo of a StatefulSet goes back by its ControllerRevision',
    async () => {
      const store = `/apis/apps/v1/namespaces/${namespace}/statefulsets/store`
      await patch(store, { spec: { template: { metadata: { annotations: { n: '2' } } } } })
      await waitFor(
        async () => {
          const status = (await get(store)).status as unknown as { currentRevision?: string; updateRevision?: string }
          return status.updateRevision !== undefined && status.updateRevision !== status.currentRevision
            ? true
            : (
                (await get(`/apis/apps/v1/namespaces/${namespace}/controllerrevisions?labelSelector=app%3Dstore`)) as {
                  items?: unknown[]
                }
              ).items?.length === 2
        },
        { what: 'the second revision', deadlineMs: 30_000 },
      )
      expect(await approved('rollout_undo', { kind: 'StatefulSet', name: 'store', namespace })).toBe('applied')
      expect(JSON.stringify((await get(store)).spec)).not.toContain('"n":"2"')
    },
    TEST_MS,
  )

  test(
    'applying again what an apply of ours created meets no conflict of our own making',
    async () => {
      const manifest = (value: string) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ours, namespace: ${namespace} }\ndata: { a: "${value}" }\n`
      expect(await approved('resources_apply', { manifest: manifest('1') })).toBe('applied')
      expect(await approved('resources_apply', { manifest: manifest('2') })).toBe('applied')
      expect((await get(`/api/v1/namespaces/${namespace}/configmaps/ours`)).data).toEqual({ a: '2' })
    },
    TEST_MS,
  )

  test(
    "names the owners of fields that are somebody else's, and takes them only when asked",
    async () => {
      const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, namespace: ${namespace} }\ndata: { mode: red }\n`
      await patch(`${settings}?fieldManager=somebody-else`, { data: { mode: 'yellow' } })
      const refused = await client.call('resources_apply', { manifest })
      expect(refused.code).toBe('field_conflict')
      expect(refused.text).toMatch(/somebody-else: \.data\.mode/)
      expect(await approved('resources_apply', { manifest, force: true })).toBe('applied')
      expect((await get(settings)).data).toMatchObject({ mode: 'red' })
    },
    TEST_MS,
  )

  test(
    'L6-2 a spec that changed between plan and approval makes the plan stale',
    async () => {
      const { structured } = await client.call('resources_scale', {
        kind: 'Deployment',
        name: 'web',
        namespace,
        replicas: 4,
      })
      await patch(web, { spec: { minReadySeconds: platform === 'deno' ? 3 : 2 } })
      const { planId = '' } = structured as { planId?: string }
      expect(await approveInBrowser(browser, product.origin, gateway.operatorKey, planId)).toBe('stale')
      expect((await get(web)).spec).not.toMatchObject({ replicas: 4 })
    },
    TEST_MS,
  )

  test(
    'L7-3 a plan says which disruption budget covers its pods',
    async () => {
      const { structured } = await client.call('resources_scale', {
        kind: 'Deployment',
        name: 'web',
        namespace,
        replicas: 0,
      })
      expect(structured?.blastRadius).toMatchObject({
        workloads: [expect.objectContaining({ name: 'web', after: 0, last: true })],
        disruptionBudgets: [expect.objectContaining({ name: 'web' })],
      })
    },
    TEST_MS,
  )

  test(
    'L3-2 an unknown field is refused before anybody is asked',
    async () => {
      const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: odd, namespace: ${namespace} }\ndatta: { a: "1" }\n`
      expect((await client.call('resources_apply', { manifest })).code).toMatch(/^(cluster_rejected|not_plannable)$/)
    },
    TEST_MS,
  )

  test(
    'what needs a namespace that does not exist is not plannable, and says what to do',
    async () => {
      const manifest =
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: not-there-yet }\ndata: { a: "1" }\n'
      const { code, text } = await client.call('resources_apply', { manifest })
      // The shipped role says nothing of other namespaces.
      expect(code, text).toMatch(/^(not_plannable|cluster_forbidden)$/)
    },
    TEST_MS,
  )
})
