/**
 * One diagnosis through the product in this process: the app on memory ports, so that the clock is the test's, in front of
 * a cluster over TLS. Whatever leaves for the API server is counted.
 */
import { createApp } from '../../../src/app.ts'
import { configSchema } from '../../../src/config.ts'
import { memoryPorts } from '../../../src/platform/memory.ts'
import type { TransportInit } from '../../../src/ports.ts'
import { type Report, reportSchema } from '../../../src/report.ts'
import { offer, renderPlan, tools } from '../../../src/tools/index.ts'
import { type GatewayCluster, gatewayFor } from '../gateway.ts'
import { createNodeTransport } from '../node-transport.ts'
import type { Situation } from './format.ts'
import { fill, milliseconds } from './placeholders.ts'
import type { Planted } from './planter.ts'

const PUBLIC_URL = 'https://bulkhead.example.com'
/** POST, but they ask and store nothing. */
const QUESTION = /\/selfsubject(?:access|rules)?reviews(?:\?|$)/

export interface Diagnosed {
  readonly report: Report
  /** `METHOD path` of every request that could have changed something. */
  readonly writes: readonly string[]
}

export const diagnoseSituation = async (
  cluster: GatewayCluster,
  situation: Situation,
  planted: Planted,
): Promise<Diagnosed> => {
  const { server, certificateAuthority } = cluster
  const transport = createNodeTransport({ server, certificateAuthority })
  const writes: string[] = []
  const gateway = gatewayFor(cluster)
  const ports = memoryPorts({
    now: Date.now() + milliseconds(situation.expected.after),
    secrets: gateway.secrets,
    clusters: {
      [cluster.name]: {
        server,
        send(url, init) {
          const path = url.slice(server.length)
          if (init.method !== 'GET' && !QUESTION.test(path)) writes.push(`${init.method} ${path}`)
          return transport.fetch(path, init as TransportInit)
        },
      },
    },
  })
  const app = createApp(ports, configSchema.parse({ ...gateway.config, publicUrl: PUBLIC_URL }), {
    tools,
    offer,
    renderPlan,
  })
  try {
    const response = await app.fetch(
      new Request(`${PUBLIC_URL}/mcp`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${gateway.agentKey}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'diagnose', arguments: fill(situation.expected.scope, planted) },
        }),
      }),
    )
    const body = (await response.json()) as { result?: { structuredContent?: unknown } }
    const parsed = reportSchema.safeParse(body.result?.structuredContent)
    if (!parsed.success) throw new Error(`No report: ${response.status} ${JSON.stringify(body).slice(0, 2000)}`)
    return { report: parsed.data as unknown as Report, writes }
  } finally {
    await ports.background.settled()
    transport.stop()
  }
}
