/** What the demo says of usage: as metrics-server would, of what runs and of nothing else, and adding up. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DemoCluster, startDemoCluster } from '../../scripts/demo/server.ts'
import { parseQuantity } from '../../src/kube/quantity.ts'
import { createRawClient, type RawClient } from '../support/raw-https.ts'

interface Usage {
  readonly cpu: string
  readonly memory: string
}
interface Measured {
  readonly kind?: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly usage?: Usage
  readonly containers?: readonly { readonly name: string; readonly usage: Usage }[]
}
interface Pod extends Measured {
  readonly spec: { readonly nodeName?: string }
  readonly status: { readonly containerStatuses?: readonly { readonly name: string; readonly state: object }[] }
}

const METRICS = '/apis/metrics.k8s.io/v1beta1'
let demo: DemoCluster
let client: RawClient

beforeAll(async () => {
  demo = await startDemoCluster()
  client = createRawClient({
    server: demo.server,
    certificateAuthority: demo.certificateAuthority,
    token: demo.tokens.read,
  })
})
afterAll(async () => {
  client.stop()
  await demo.stop()
})

const read = async <T>(path: string): Promise<T> => JSON.parse((await client.request(path)).bytes.toString()) as T
const list = async <T>(path: string): Promise<readonly T[]> => (await read<{ items: readonly T[] }>(path)).items
const keyOf = ({ metadata }: Measured) => `${metadata.namespace}/${metadata.name}`
const cores = (usage: Usage | undefined): number => parseQuantity(usage?.cpu) ?? 0

describe('usage in the demo', () => {
  it('is of the containers that run', async () => {
    const pods = await list<Pod>('/api/v1/pods')
    const running = pods.flatMap((pod) => {
      const names = (pod.status.containerStatuses ?? []).filter(({ state }) => 'running' in state).map((it) => it.name)
      return names.length === 0 ? [] : [`${keyOf(pod)}: ${names.join()}`]
    })
    const measured = await list<Measured>(`${METRICS}/pods`)
    const shown = measured.map((it) => `${keyOf(it)}: ${it.containers?.map(({ name }) => name).join()}`)
    expect(shown.sort()).toEqual(running.sort())
    expect(pods.length).toBeGreaterThan(measured.length)
    for (const { usage } of measured.flatMap((it) => it.containers ?? [])) {
      expect(cores(usage)).toBeGreaterThan(0)
      expect(parseQuantity(usage.memory)).toBeGreaterThan(0)
    }
  })

  it('of a node is more than that of its pods, and less than the node has', async () => {
    const nodes = await list<Measured>(`${METRICS}/nodes`)
    const on = new Map((await list<Pod>('/api/v1/pods')).map((pod) => [keyOf(pod), pod.spec.nodeName]))
    const pods = await list<Measured>(`${METRICS}/pods`)
    expect(nodes).toHaveLength(3)
    for (const node of nodes) {
      const here = pods.filter((pod) => on.get(keyOf(pod)) === node.metadata.name)
      const used = here.flatMap((pod) => pod.containers ?? []).reduce((sum, { usage }) => sum + cores(usage), 0)
      expect(cores(node.usage)).toBeGreaterThan(used)
      expect(cores(node.usage)).toBeLessThan(4)
    }
  })

  it('is got as it is listed, within one namespace too, and cannot be written', async () => {
    const [first] = await list<Measured>(`${METRICS}/namespaces/shop/pods`)
    const one = await read<Measured>(`${METRICS}/namespaces/shop/pods/${first?.metadata.name}`)
    expect(one).toMatchObject({ kind: 'PodMetrics', metadata: { name: first?.metadata.name, namespace: 'shop' } })
    expect((await client.request(`${METRICS}/namespaces/shop/pods/nobody`)).status).toBe(404)
    const admin = createRawClient({
      server: demo.server,
      certificateAuthority: demo.certificateAuthority,
      token: demo.tokens.admin,
    })
    const refused = await admin.request(`${METRICS}/nodes/demo-worker-1`, { method: 'DELETE' })
    admin.stop()
    expect(refused.status).toBe(405)
  })
})
