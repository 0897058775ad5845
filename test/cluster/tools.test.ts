/**
 * Every read tool against a real Kubernetes API server, with the roles that are shipped: both platforms, both eras' clients, and
 * in each pair the whole row of tools. And what RBAC says, as the agent hears it.
 */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { applyManifests, serviceAccountToken } from '../../scripts/control-plane/helpers.ts'
import { CLIENTS, connectClient, type WireClient } from '../support/clients.ts'
import { type Gateway, gatewayFor } from '../support/gateway.ts'
import { MATRIX_POLICY, runRow } from '../support/matrix.ts'
import { PLATFORMS, type RunningProduct, startProduct } from '../support/platforms.ts'

const START_MS = 120_000
const NAMESPACE = 'shop'
/** Plans are made of what the change credential may do here; none is carried out. */
const mayChange = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'bulkhead-change', namespace: NAMESPACE },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'bulkhead-change' },
  subjects: [{ kind: 'ServiceAccount', name: 'bulkhead-change', namespace: 'bulkhead' }],
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let gateway: Gateway
  let product: RunningProduct

  beforeAll(async () => {
    const cluster = inject('controlPlane')
    for (const file of ['read.yaml', 'change.yaml'])
      await applyManifests(cluster, await readFile(new URL(`../../deploy/rbac/${file}`, import.meta.url), 'utf8'))
    await applyManifests(cluster, JSON.stringify(mayChange))
    gateway = gatewayFor(
      {
        name: 'real',
        server: cluster.server,
        certificateAuthority: cluster.certificateAuthority,
        readToken: await serviceAccountToken(cluster, 'bulkhead', 'bulkhead-read'),
        changeToken: await serviceAccountToken(cluster, 'bulkhead', 'bulkhead-change'),
      },
      { policy: MATRIX_POLICY('real') },
    )
    product = await startProduct(platform, gateway.config, gateway.secrets)
  }, START_MS)
  afterAll(() => product?.stop())

  test('is ready, and an operator learns why', async () => {
    const ready = await fetch(`${product.origin}/readyz`, {
      headers: { authorization: `Bearer ${gateway.operatorKey}` },
    })
    expect({ status: ready.status, body: await ready.text() }).toMatchObject({
      status: 200,
      body: expect.stringMatching(/cluster real/),
    })
  })

  describe.each(CLIENTS)('the %s client', (name) => {
    let client: WireClient

    beforeAll(async () => {
      client = await connectClient(name, `${product.origin}/mcp`, gateway.agentKey)
    }, START_MS)
    afterAll(() => client?.close())

    test('calls every read tool', async () => {
      const pods = await client.call('pods_list', { namespace: NAMESPACE, labelSelector: 'app=web' })
      const pod = /^(web-[-a-z0-9]+)/m.exec(pods.text)?.[1] ?? ''
      await runRow(client, { namespace: NAMESPACE, pod, container: 'web', workload: 'web', metrics: false })
    })

    test('pages through a list by cursors that are good for their own query only', async () => {
      const first = await client.call('resources_list', { kind: 'ConfigMap', limit: 2 })
      const cursor = /cursor[^A-Za-z0-9_-]+([A-Za-z0-9_-]{40,})/.exec(first.text)?.[1]
      expect(cursor, first.text).toBeDefined()
      const second = await client.call('resources_list', { kind: 'ConfigMap', limit: 2, cursor })
      expect(second.isError, second.text).toBe(false)
      expect(await client.call('resources_list', { kind: 'Pod', limit: 2, cursor })).toMatchObject({
        code: 'cursor_invalid',
      })
    })

    test('R-3 hears that Secrets are not looked at without the opt-in role', async () => {
      const reply = await client.call('resources_list', { kind: 'Secret', namespace: NAMESPACE })
      expect(reply).toMatchObject({ isError: true, code: 'cluster_forbidden', text: expect.stringMatching(/opt-in/) })
    })

    test('reads a custom resource by its short name, and hears the nearest kinds for a wrong one', async () => {
      expect(await client.call('resources_list', { kind: 'Deploymnt' })).toMatchObject({ code: 'unknown_kind' })
      expect(await client.call('resources_list', { kind: 'deploy', namespace: NAMESPACE })).toMatchObject({
        isError: false,
      })
    })
  })
})
