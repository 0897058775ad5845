/**
 * Progress over the wire, for clients of both eras on both platforms: what takes several looks tells of each, and what waits
 * tells what for. Without a token the answer is one JSON document.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { CLIENTS, connectClient, type Progress, type WireClient } from '../support/clients.ts'
import { type Gateway, gatewayForChanges } from '../support/gateway.ts'
import { PLATFORMS, type RunningProduct, startProduct } from '../support/platforms.ts'

const START_MS = 120_000

let demo: Awaited<ReturnType<typeof startDemoCluster>>
beforeAll(async () => {
  demo = await startDemoCluster()
}, START_MS)
afterAll(() => demo?.stop())

describe.each(PLATFORMS)('on %s', (platform) => {
  let gateway: Gateway
  let product: RunningProduct
  beforeAll(async () => {
    gateway = gatewayForChanges(demo, {
      policy: [
        { name: 'look', groups: ['agents'], clusters: ['demo'], verbs: ['get', 'list'], decision: 'allow' },
        { name: 'change', groups: ['agents'], clusters: ['demo'], decision: 'approve', approvers: ['operators'] },
      ],
    })
    product = await startProduct(platform, gateway.config, gateway.secrets)
  }, START_MS)
  afterAll(() => product?.stop())

  describe.each(CLIENTS)('the %s client', (name) => {
    let client: WireClient
    const types: (string | null)[] = []
    beforeAll(async () => {
      client = await connectClient(name, `${product.origin}/mcp`, gateway.agentKey, async (url, init) => {
        const response = await fetch(url, init)
        if (init?.method === 'POST') types.push(response.headers.get('content-type'))
        return response
      })
      // From the schemas the client knows which arguments to mirror in headers.
      await client.listTools()
    }, START_MS)
    afterAll(() => client?.close())

    /** What a call says on its way: it has to count up, and to come from us. */
    const heard = async (tool: string, args: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
      const told: Progress[] = []
      types.length = 0
      const reply = await client.call(tool, args, {}, (it) => told.push(it))
      expect(reply.isError, reply.text).toBe(false)
      expect(types).toEqual([expect.stringMatching(/^text\/event-stream/)])
      expect(told.map(({ progress }) => progress)).toEqual(told.map((_, at) => at + 1))
      return told.map(({ message }) => message ?? '')
    }

    test('is told of each look of a diagnosis, a walk, a log', async () => {
      const looks = await heard('diagnose', { namespace: 'shop' })
      expect(new Set(looks)).toContain('list pods')
      expect(looks.length).toBeGreaterThan(5)
      expect(await heard('changes_list', { namespace: 'shop' })).toContain('list deployments.apps')
      expect(await heard('events_list', {})).toEqual(['list events'])
      const pods = await client.call('pods_list', { namespace: 'shop' })
      const pod = /^(catalog-[-a-z0-9]+)/m.exec(pods.text)?.[1] ?? ''
      expect(await heard('pods_log', { namespace: 'shop', name: pod, container: 'app' })).toContain('get pods/log')
      expect(await heard('pods_list', { cluster: '*', namespace: 'shop' })).toEqual(['demo: list pods'])
    })

    test('is told what a plan is waiting for', async () => {
      const planned = await client.call('resources_scale', {
        kind: 'Deployment',
        name: 'catalog',
        namespace: 'shop',
        replicas: name === 'v1' ? 5 : 4,
      })
      const id = String(planned.structured?.planId)
      expect(await heard('plans_get', { id, waitSeconds: 1 })).toEqual(['pending, 0 of 1 operations begun'])
    })

    test('gets one JSON document where it does not ask', async () => {
      types.length = 0
      await client.call('events_list', {})
      expect(types).toEqual([expect.stringMatching(/^application\/json/)])
    })
  })
})
