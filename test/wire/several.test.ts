/**
 * One call over several clusters, with the real clients of both eras on both platforms: two demo clusters and one that
 * nobody serves. The ledger of each holds its own call, and only that.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { freePort } from '../../scripts/local/free-port.ts'
import { CLIENTS, connectClient, type WireClient } from '../support/clients.ts'
import { type Gateway, gatewayForDemo } from '../support/gateway.ts'
import { PLATFORMS, type RunningProduct, startProduct } from '../support/platforms.ts'

const START_MS = 120_000

type Demo = Awaited<ReturnType<typeof startDemoCluster>>

let east: Demo
let west: Demo
let nobody: number
beforeAll(async () => {
  ;[east, west, nobody] = await Promise.all([startDemoCluster(), startDemoCluster(), freePort()])
}, START_MS)
afterAll(() => Promise.all([east?.stop(), west?.stop()]))

/** Two behind one gateway, each with its own authority and token. */
const gatewayForFleet = (): Gateway => {
  const gateway = gatewayForDemo(east, 'east')
  const cluster = (server: string, certificateAuthority: string, token: string) => ({
    server,
    certificateAuthority: { secret: certificateAuthority },
    credentials: { read: { token: { secret: token } } },
  })
  return {
    ...gateway,
    secrets: { ...gateway.secrets, WEST_CA: west.certificateAuthority, WEST_TOKEN: west.tokens.read },
    config: {
      ...gateway.config,
      clusters: {
        east: cluster(east.server, 'CLUSTER_CA', 'READ_TOKEN'),
        west: cluster(west.server, 'WEST_CA', 'WEST_TOKEN'),
        lost: cluster(`https://127.0.0.1:${nobody}`, 'CLUSTER_CA', 'READ_TOKEN'),
        hidden: cluster(east.server, 'CLUSTER_CA', 'READ_TOKEN'),
      },
      policy: [
        {
          name: 'look',
          groups: ['agents'],
          clusters: ['east', 'west', 'lost'],
          verbs: ['get', 'list'],
          decision: 'allow',
        },
      ],
    },
  }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let gateway: Gateway
  let product: RunningProduct
  beforeAll(async () => {
    gateway = gatewayForFleet()
    product = await startProduct(platform, gateway.config, gateway.secrets)
  }, START_MS)
  afterAll(() => product?.stop())

  const recordsOf = async (ledger: string): Promise<readonly Record<string, unknown>[]> => {
    const response = await fetch(`${product.origin}/audit/export?ledger=${ledger}`, {
      headers: { authorization: `Bearer ${gateway.operatorKey}` },
    })
    const text = (await response.text()).trim()
    return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line))
  }

  describe.each(CLIENTS)('the %s client', (name) => {
    let client: WireClient
    const mirrored: (string | null)[] = []
    beforeAll(async () => {
      client = await connectClient(name, `${product.origin}/mcp`, gateway.agentKey, (url, init) => {
        mirrored.push(new Headers(init?.headers).get('mcp-param-cluster'))
        return fetch(url, init)
      })
      // From the schemas the client knows which arguments to mirror in headers.
      await client.listTools()
    }, START_MS)
    afterAll(() => client?.close())

    test('hears each under its name, what is missing first, and each ledger holds its own call', async () => {
      const before = await Promise.all(['east', 'west', 'lost', 'hidden'].map(recordsOf))
      const reply = await client.call('pods_list', { cluster: '*', namespace: 'shop' })
      expect(reply.isError, reply.text).toBe(false)
      expect(reply.text).toMatch(/^Incomplete: 1 of 3 clusters gave no answer/)
      expect(Array.from(reply.text.matchAll(/^== (\S+)/gm), ([, it]) => it)).toEqual(['east', 'west', 'lost:'])
      for (const it of ['east', 'west'])
        expect(reply.text).toMatch(new RegExp(`^== ${it}\n<untrusted[^\n]*>\n[\\s\\S]*?^catalog-`, 'm'))
      expect(reply.text).toMatch(/^== lost: cluster_unreachable: /m)
      await expect
        .poll(async () => {
          const after = await Promise.all(['east', 'west', 'lost', 'hidden'].map(recordsOf))
          return after.map((records, at) =>
            records
              .slice(before[at]?.length)
              .filter(({ kind }) => kind !== 'credential')
              .map(({ kind, outcome, code }) => outcome ?? code ?? kind),
          )
        })
        .toEqual([['call', 'ok'], ['call', 'ok'], expect.arrayContaining(['cluster_unreachable']), []])
    })

    test('names them, by the header too where its era has it', async () => {
      mirrored.length = 0
      const reply = await client.call('nodes_top', { cluster: 'west, east' })
      expect(Array.from(reply.text.matchAll(/^== (\S+)$/gm), ([, it]) => it)).toEqual(['west', 'east'])
      expect(mirrored).toContain(name === 'v2' ? 'west, east' : null)
    })

    test('is refused with a code where one cluster must be named', async () => {
      for (const [tool, args] of [
        ['pods_get', { cluster: '*', namespace: 'shop', name: 'redis-0' }],
        ['diagnose', { cluster: 'east,west' }],
        ['pods_list', { cluster: 'east,', namespace: 'shop' }],
      ] as const)
        expect(await client.call(tool, args), tool).toMatchObject({ isError: true, code: 'invalid_arguments' })
    })
  })
})
