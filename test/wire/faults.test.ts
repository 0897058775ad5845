/**
 * test/faults.ts through the whole product: each fault gives the answer that the table says, in time, and nothing that
 * looks like an answer and is none.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CALL_DEADLINE_MS } from '../../src/guard/call.ts'
import { BREAKER_FAILURES } from '../../src/kube/breaker.ts'
import { type Ask, type Fault, faults } from '../faults.ts'
import { connectClient, type ToolReply, type WireClient } from '../support/clients.ts'
import { type FaultyServers, PAGE_LIMIT, startFaultyServers, WALK_LIMIT } from '../support/faulty-server.ts'
import { type Gateway, gatewayFor } from '../support/gateway.ts'
import { PLATFORMS, type RunningProduct, startProduct } from '../support/platforms.ts'

const START_MS = 120_000
/** What the wire and a busy machine may add to the product's own deadline. */
const SLACK_MS = 5_000
/** Calls at once that do not wait: more would only wait for the processor, and be late for that. */
const PARALLEL = 4

interface Told extends ToolReply {
  readonly ms: number
}

let servers: FaultyServers
let gateway: Gateway
beforeAll(async () => {
  servers = await startFaultyServers()
  const clusters = Object.fromEntries(
    Object.entries(servers.servers).map(([name, server]) => [
      name,
      {
        server,
        certificateAuthority: { secret: 'CLUSTER_CA' },
        credentials: { read: { token: { secret: 'READ_TOKEN' } } },
      },
    ]),
  )
  gateway = gatewayFor(
    {
      name: 'well',
      server: '',
      certificateAuthority: servers.certificateAuthority,
      readToken: servers.readToken,
    },
    {
      clusters,
      policy: [{ name: 'look', groups: ['agents'], verbs: ['get', 'list'], resources: ['*'], decision: 'allow' }],
    },
  )
}, START_MS)
afterAll(() => servers?.stop())

const cases = faults.flatMap((fault) => Object.keys(fault.becomes).map((ask) => ({ fault, ask: ask as Ask })))
const keyOf = (fault: Fault, ask: Ask) => `${fault.name} ${ask}`

/** Ages, the envelope's boundary, cursors and what the demo's programs write go on; everything else is the same. */
const lasting = (text: string): string =>
  text
    .replace(/<(\/?untrusted).*>/g, '<$1>')
    .replace(/path=\S+/g, 'path')
    .replace(/cluster \S+ and cursor \S+/g, 'cursor')
    .replace(/[0-9]+/g, 'N')

describe.each(PLATFORMS)('on %s', (platform) => {
  let product: RunningProduct
  let client: WireClient
  const told = new Map<string, Told>()

  const ask = async (fault: Fault, what: Ask): Promise<ToolReply> => {
    const common = { cluster: fault.name, namespace: 'shop' }
    if (what === 'get') return client.call('resources_get', { ...common, kind: 'Pod', name: servers.pod })
    if (what === 'log') return client.call('pods_log', { ...common, name: servers.pod, container: 'app', tail: 5 })
    if (what === 'list') return client.call('pods_list', common)
    if (what === 'walk') return client.call('pods_list', { ...common, limit: WALK_LIMIT })
    const first = await client.call('pods_list', { ...common, limit: PAGE_LIMIT })
    const cursor = /cursor "?([-\w.]{20,})/.exec(first.text)?.[1] ?? ''
    return client.call('pods_list', { ...common, limit: PAGE_LIMIT, cursor })
  }

  const tell = async ({ fault, ask: what }: (typeof cases)[number]): Promise<void> => {
    const began = performance.now()
    const reply = await ask(fault, what)
    told.set(keyOf(fault, what), { ...reply, ms: performance.now() - began })
  }

  beforeAll(async () => {
    product = await startProduct(platform, gateway.config, gateway.secrets)
    client = await connectClient('v2', `${product.origin}/mcp`, gateway.agentKey)
    // From the schemas the client knows which arguments to mirror in headers.
    await client.listTools()
    const quick = cases.filter(({ fault }) => fault.slow !== true)
    const queue = quick.values()
    const worker = async () => {
      for (const it of queue) await tell(it)
    }
    await Promise.all([
      ...cases.filter(({ fault }) => fault.slow === true).map(tell),
      ...Array.from({ length: PARALLEL }, worker),
    ])
  }, START_MS)
  afterAll(async () => {
    await client?.close()
    await product?.stop()
  })

  test.each(cases)('$fault.name: $ask', ({ fault, ask: what }) => {
    const reply = told.get(keyOf(fault, what))
    const well = told.get(`well ${what}`)
    expect(well?.isError).toBe(false)
    const becomes = fault.becomes[what]
    expect(reply?.ms).toBeLessThan(CALL_DEADLINE_MS + SLACK_MS)
    if (becomes === 'whole') {
      expect(lasting(reply?.text ?? '')).toBe(lasting(well?.text ?? ''))
    } else if (becomes === 'marked') {
      expect(reply?.isError).toBe(false)
      expect(reply?.text).toMatch(what === 'log' ? /\ufffd/ : /9007199254740993/)
    } else {
      expect({ code: reply?.code, text: reply?.text }).toMatchObject({ code: becomes })
      expect(reply?.isError).toBe(true)
      // No row, no object, no line of what was read before it went wrong; and nothing of the server's own words.
      expect(reply?.text).not.toMatch(/Running|containers:|untrusted|words|<html|doctype/)
    }
  })

  test('L7-2 a server that is down is not asked again: the breaker says when, and the metrics say so', async () => {
    const down = faults.find((it) => it.name === 'down') ?? expect.fail('no fault is called down')
    for (let count = 0; count < BREAKER_FAILURES; count += 1) await ask(down, 'list')
    const reply = await ask(down, 'list')
    expect(reply.text).toMatch(/^cluster_unreachable: .* was not sent\. Ask again in [0-9]+ s/)
    const metrics = await fetch(`${product.origin}/metrics`, {
      headers: { authorization: `Bearer ${gateway.operatorKey}` },
    }).then((it) => it.text())
    expect(metrics).toContain('bulkhead_cluster_breaker{cluster="down"} 2')
    expect(metrics).toContain('bulkhead_cluster_breaker{cluster="well"} 0')
  })
})
