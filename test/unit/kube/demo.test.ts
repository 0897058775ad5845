/** The read client against the demo cluster, over real TLS on loopback. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoCanaries } from '../../../scripts/demo/seed/canaries.ts'
import { type DemoCluster, startDemoCluster } from '../../../scripts/demo/server.ts'
import { createAuthority } from '../../../scripts/lib/pki.ts'
import { BulkheadError } from '../../../src/errors.ts'
import { createKubeClient, type KubeClient } from '../../../src/kube/client.ts'
import { createDiscoveryMemory } from '../../../src/kube/discovery.ts'
import { type Ground, kubeClientChecks } from '../../contracts/kube-client.ts'
import { createNodeTransport } from '../../support/node-transport.ts'
import { mapCache } from '../../support/scripted-transport.ts'

let demo: DemoCluster
const transports: { stop(): void }[] = []

const connect = (token: string, certificateAuthority = demo.certificateAuthority): KubeClient => {
  const transport = createNodeTransport({ server: demo.server, certificateAuthority })
  transports.push(transport)
  return createKubeClient({
    cluster: 'demo',
    server: demo.server,
    transport,
    token: async () => token,
    clock: { now: Date.now },
    cache: mapCache(),
    memory: createDiscoveryMemory(),
    version: '0.0.0',
  })
}

const ground = (): Ground => ({
  admin: connect(demo.tokens.admin),
  reader: connect(demo.tokens.read),
  stranger: connect('nobody-s-token'),
  secret: {
    name: 'checkout-database',
    bytes: {
      username: 'checkout'.length,
      password: demoCanaries.databasePassword.length,
      url: demoCanaries.databaseUrl.length,
    },
    canary: demoCanaries.databasePassword,
  },
  pods: {
    running: 'app.kubernetes.io/name=storefront',
    crashing: 'app.kubernetes.io/name=checkout',
    unscheduled: 'app.kubernetes.io/name=reports',
    several: { selector: 'app.kubernetes.io/name=orders', containers: ['app', 'metrics'] },
  },
  custom: { kind: 'BackupSchedule', shortName: 'bks', type: 'backupschedules.ops.example.com', column: 'Schedule' },
})

beforeAll(async () => {
  demo = await startDemoCluster()
})
afterAll(async () => {
  for (const transport of transports) transport.stop()
  await demo.stop()
})

describe('on the demo cluster', () => {
  for (const { name, run } of kubeClientChecks) test(name, () => run(ground()))

  test('an expired continue token is cursor_expired', async () => {
    const client = connect(demo.tokens.read)
    const signal = new AbortController().signal
    const pods = await client.resolve('pods', undefined, signal)
    const { continue: token = '' } = await client.listTable(pods, { limit: 1 }, signal)
    demo.expireContinueTokens()
    await expect(client.listTable(pods, { limit: 1, continue: token }, signal)).rejects.toMatchObject({
      code: 'cursor_expired',
    })
  })

  test('L4-4 a certificate of another authority is cluster_unreachable, and no request arrives', async () => {
    const other = await createAuthority('somebody-else')
    const before = demo.requests.length
    const outcome = connect(demo.tokens.read, other.certificate).version(new AbortController().signal)
    const error = await outcome.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BulkheadError)
    expect(error).toMatchObject({ code: 'cluster_unreachable' })
    expect(demo.requests).toHaveLength(before)
  })
})
