/**
 * Every tool over the wire, with the real clients of both eras, on both platforms, against the demo cluster: the four
 * pairs of platform and client, and in each the whole row of read tools.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoCanaries } from '../../scripts/demo/seed/canaries.ts'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { CLIENTS, connectClient, type WireClient } from '../support/clients.ts'
import { type Gateway, gatewayForChanges } from '../support/gateway.ts'
import { MATRIX_POLICY, runRow } from '../support/matrix.ts'
import { PLATFORMS, type RunningProduct, startProduct } from '../support/platforms.ts'

const START_MS = 120_000
const ERA = { v2: '2026-07-28', v1: '2025-11-25' } as const

let demo: Awaited<ReturnType<typeof startDemoCluster>>

beforeAll(async () => {
  demo = await startDemoCluster()
}, START_MS)
afterAll(() => demo?.stop())

describe.each(PLATFORMS)('on %s', (platform) => {
  let gateway: Gateway
  let product: RunningProduct

  beforeAll(async () => {
    gateway = gatewayForChanges(demo, { policy: MATRIX_POLICY('demo') })
    product = await startProduct(platform, gateway.config, gateway.secrets)
  }, START_MS)
  afterAll(() => product?.stop())

  describe.each(CLIENTS)('the %s client', (name) => {
    let client: WireClient

    beforeAll(async () => {
      client = await connectClient(name, `${product.origin}/mcp`, gateway.agentKey)
    }, START_MS)
    afterAll(() => client?.close())

    test('speaks its era, and is told what untrusted means', () => {
      expect(client.protocolVersion()).toBe(ERA[name])
      expect(client.instructions()).toMatch(/untrusted/)
    })

    test('calls every read tool, and L2-1 no canary of the demo leaves by any of them', async () => {
      const pods = await client.call('pods_list', { namespace: 'shop' })
      const pod = /^(catalog-[-a-z0-9]+)/m.exec(pods.text)?.[1] ?? ''
      const place = { namespace: 'shop', pod, container: 'app', workload: 'catalog', metrics: true }
      await runRow(client, place, (tool, reply) =>
        expect(
          Object.values(demoCanaries).filter((canary) => JSON.stringify(reply).includes(canary)),
          tool,
        ).toEqual([]),
      )
    })

    test('gets a coded error for what is wrong, and the API server is not asked', async () => {
      const before = demo.requests.length
      for (const [tool, args, code] of [
        ['no_such_tool', {}, 'unknown_tool'],
        ['pods_list', { namespaces: 'shop' }, 'invalid_arguments'],
        ['pods_list', { namespace: 7 }, 'invalid_arguments'],
        ['pods_get', { name: '--server=https://evil', namespace: 'shop' }, 'invalid_arguments'],
        ['pods_get', { name: '../../secrets', namespace: 'shop' }, 'invalid_arguments'],
        ['pods_get', { name: 'a%2fb', namespace: 'shop' }, 'invalid_arguments'],
        ['pods_get', { name: 'a'.repeat(300), namespace: 'shop' }, 'invalid_arguments'],
        ['pods_get', { name: 'саtalog', namespace: 'shop' }, 'invalid_arguments'],
      ] as const) {
        const reply = await client.call(tool, args)
        expect(reply, JSON.stringify(args)).toMatchObject({ isError: true, code })
        expect(reply.text.startsWith(`${code}: `)).toBe(true)
      }
      expect(demo.requests.length).toBe(before)
    })

    test('L2-1 gets prompts, resources and completions, and no canary by any of them', async () => {
      const { offered } = client
      const object = 'k8s://{cluster}/{group}/{version}/{resource}/{namespace}/{name}'
      expect(await offered.prompts()).toContain('diagnose-workload')
      expect(await offered.resources()).toEqual(['policy://effective'])
      expect(await offered.templates()).toEqual([object, 'plan://{id}', 'report://{id}'])
      const args = { namespace: 'shop', kind: 'Deployment', name: 'catalog' }
      expect(await offered.prompt('diagnose-workload', args)).toMatch(/Deployment "catalog" in namespace "shop"/)
      const read = [
        await offered.read('policy://effective'),
        await offered.read('k8s://demo/apps/v1/deployments/shop/catalog'),
        await offered.read('k8s://demo/core/v1/nodes/-/demo-worker-1'),
        ...(await Promise.all(
          (
            await offered.complete(
              { type: 'ref/resource', uri: object },
              { name: 'name', value: '' },
              { resource: 'configmaps', namespace: 'shop' },
            )
          ).map((name) => offered.read(`k8s://demo/core/v1/configmaps/shop/${name}`)),
        )),
      ]
      expect(read.length).toBeGreaterThan(3)
      expect(read[1]).toMatch(/^<untrusted[\s\S]*name: catalog/)
      expect(Object.values(demoCanaries).filter((canary) => read.join('\n').includes(canary))).toEqual([])
      const prompt = { type: 'ref/prompt', name: 'diagnose-workload' } as const
      expect(await offered.complete(prompt, { name: 'namespace', value: 'sh' })).toEqual(['shop'])
      expect(await offered.complete(prompt, { name: 'kind', value: 'deplo' })).toEqual(['Deployment'])
      expect(await offered.complete(prompt, { name: 'name', value: 'cat' }, args)).toEqual(['catalog'])
      await expect(offered.read('k8s://demo/apps/v1/deployments/shop/nobody')).rejects.toMatchObject({
        code: -32602,
        message: expect.stringMatching(/not_found: /),
        data: { 'bulkhead/error': { code: 'not_found', retryable: false } },
      })
      await expect(offered.read('file:///etc/passwd')).rejects.toThrow(/not_found: /)
    })

    test('is told the nearest kinds for an unknown one, and what to try for a missing object', async () => {
      expect(await client.call('resources_list', { kind: 'Deploymnt' })).toMatchObject({
        code: 'unknown_kind',
        text: expect.stringMatching(/Deployment/),
      })
      expect(await client.call('pods_get', { name: 'nobody', namespace: 'shop' })).toMatchObject({ code: 'not_found' })
    })
  })
})
