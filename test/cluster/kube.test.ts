/** The read client against the real API server: the same checks as on the demo cluster. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { applyManifests } from '../../scripts/control-plane/helpers.ts'
import { waitFor } from '../../scripts/control-plane/wait.ts'
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts'
import { createDiscoveryMemory } from '../../src/kube/discovery.ts'
import { type Ground, kubeClientChecks } from '../contracts/kube-client.ts'
import { createNodeTransport } from '../support/node-transport.ts'
import { mapCache } from '../support/scripted-transport.ts'

const controlPlane = inject('controlPlane')
const signal = new AbortController().signal
const transports: { stop(): void }[] = []

const connect = (token: string): KubeClient => {
  const { server, certificateAuthority } = controlPlane
  const transport = createNodeTransport({ server, certificateAuthority })
  transports.push(transport)
  return createKubeClient({
    cluster: 'real',
    server,
    transport,
    token: async () => token,
    clock: { now: Date.now },
    cache: mapCache(),
    memory: createDiscoveryMemory(),
    version: '0.0.0',
  })
}

/** What the shop of these tests has not: a pod of two containers. */
const SIDECAR = `
apiVersion: v1
kind: Pod
metadata: { name: with-sidecar, namespace: shop, labels: { app: with-sidecar } }
spec:
  containers:
    - { name: main, image: registry.example.com/shop/web:1.4.2 }
    - { name: proxy, image: registry.example.com/shop/proxy:1.0.0 }
`

const ground = (): Ground => ({
  admin: connect(controlPlane.tokens.admin),
  reader: connect(controlPlane.tokens.reader),
  stranger: connect('nobody-s-token'),
  secret: {
    name: 'payments-credentials',
    bytes: { username: 'fixture-user'.length, password: 'fixture-password-not-a-secret'.length },
    canary: 'fixture-password-not-a-secret',
  },
  pods: {
    running: 'app=web',
    crashing: 'app=payments',
    unscheduled: 'app=report-builder',
    several: { selector: 'app=with-sidecar', containers: ['main', 'proxy'] },
  },
  custom: { kind: 'Coupon', shortName: 'cpn', type: 'coupons.shop.example.com', column: 'Percent' },
})

/** All pods that the checks read logs of have come as far as they get. */
const settled = async (client: KubeClient): Promise<boolean> => {
  const pods = await client.resolve('pods', undefined, signal)
  const statusOf = async (labelSelector: string) => {
    const { columns, rows } = await client.listTable(pods, { namespace: 'shop', labelSelector }, signal)
    const [status, restarts] = ['Status', 'Restarts'].map((name) => columns.findIndex((it) => it.name === name))
    return rows.map(({ cells }) => [cells[status ?? -1], Number.parseInt(String(cells[restarts ?? -1]), 10)] as const)
  }
  const running = [...(await statusOf('app=web')), ...(await statusOf('app=with-sidecar'))]
  const crashing = await statusOf('app=payments')
  return (
    running.length === 4 &&
    running.every(([status]) => status === 'Running') &&
    crashing.length > 0 &&
    crashing.every(([, restarts]) => restarts > 0)
  )
}

beforeAll(async () => {
  await applyManifests(controlPlane, SIDECAR)
  const client = connect(controlPlane.tokens.admin)
  await waitFor(() => settled(client), { what: 'the pods of the shop', deadlineMs: 45_000 })
})
afterAll(() => {
  for (const transport of transports) transport.stop()
})

describe('on the real API server', () => {
  for (const { name, run } of kubeClientChecks) test(name, () => run(ground()))

  test('a client certificate is a credential too', async () => {
    const { server, certificateAuthority, adminCertificate: client } = controlPlane
    const transport = createNodeTransport({ server, certificateAuthority, client })
    transports.push(transport)
    const kube = createKubeClient({
      cluster: 'real',
      server,
      transport,
      clock: { now: Date.now },
      cache: mapCache(),
      memory: createDiscoveryMemory(),
      version: '0.0.0',
    })
    expect((await kube.whoAmI(signal)).groups).toContain('system:authenticated')
  })
})
