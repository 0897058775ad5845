/**
 * What operators see, on both platforms over the wire: a real client's call is a tree of spans at a collector on loopback
 * and holds nothing that the cluster or the caller said; a collector that is down changes nothing; /metrics is what a
 * scraper takes.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { canaryValues } from '../../scripts/demo/seed/canaries.ts'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { EXPORT_DEADLINE_MS } from '../../src/guard/trace/exporter.ts'
import { GAUGES, HISTOGRAMS } from '../../src/http/metrics.ts'
import { COUNTERS } from '../../src/meter.ts'
import { CLIENTS, connectClient, type WireClient } from '../support/clients.ts'
import { type Gateway, gatewayForDemo } from '../support/gateway.ts'
import { payload, signed } from '../support/hook-bench.ts'
import { MANNERS, type Receiver, type SeenSpan, startReceiver } from '../support/otlp-receiver.ts'
import { PLATFORMS, type RunningProduct, startProduct } from '../support/platforms.ts'
import { parseMetrics } from '../support/prometheus.ts'

/** What docs/telemetry.md tells to write. */
const [, DOCUMENTED = ''] =
  /```yaml\n(telemetry:\n.*?)```/s.exec(readFileSync(new URL('../../docs/telemetry.md', import.meta.url), 'utf8')) ?? []
const { telemetry } = parse(DOCUMENTED) as {
  readonly telemetry: { readonly traces: Readonly<Record<string, unknown>> }
}

const START_MS = 120_000
const WAIT = { timeout: 20_000 }

const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
const [INTERNAL, SERVER, CLIENT] = [1, 2, 3]

let demo: Awaited<ReturnType<typeof startDemoCluster>>
beforeAll(async () => {
  demo = await startDemoCluster()
}, START_MS)
afterAll(() => demo?.stop())

describe.each(PLATFORMS)('on %s', (platform) => {
  let product: RunningProduct
  let receiver: Receiver
  let gateway: Gateway
  let client: WireClient
  const SECRETS = { COLLECTOR_TOKEN: hex(16), COLLECTOR_TENANT: hex(8), AM_TOKEN: hex(16) }

  beforeAll(async () => {
    receiver = await startReceiver()
    const made = gatewayForDemo(demo)
    gateway = {
      ...made,
      secrets: { ...made.secrets, ...SECRETS },
      config: {
        ...made.config,
        hooks: { am: { type: 'alertmanager', bearer: { secret: 'AM_TOKEN' }, cluster: 'demo', groups: ['agents'] } },
        // To the receiver, and nothing that a test does not ask for.
        telemetry: { traces: { ...telemetry.traces, url: receiver.url, ratio: 0 } },
      },
    }
    product = await startProduct(platform, gateway.config, gateway.secrets)
    client = await connectClient('v2', `${product.origin}/mcp`, gateway.agentKey)
  }, START_MS)
  afterAll(async () => {
    await client?.close()
    await product?.stop()
    await receiver?.stop()
  })

  /** A call within a trace of the caller's own; its spans, once they are there. */
  const traced = async (tool: string, args: Readonly<Record<string, unknown>>, by: WireClient = client) => {
    const [traceId, parent] = [hex(16), hex(8)]
    const meta = { traceparent: `00-${traceId}-${parent}-01`, tracestate: 'rojo=00f067aa0ba902b7' }
    const reply = await by.call(tool, args, meta)
    await expect.poll(() => receiver.spans(traceId).length, WAIT).toBeGreaterThan(0)
    const spans = receiver.spans(traceId)
    const named = (name: string): readonly SeenSpan[] => spans.filter((it) => it.name === name)
    return { traceId, parent, reply, spans, named, root: spans.find((it) => it.parentSpanId === parent) }
  }

  const metrics = async () => {
    const headers = { authorization: `Bearer ${gateway.operatorKey}` }
    const response = await fetch(`${product.origin}/metrics`, { headers })
    return parseMetrics(await response.text())
  }
  const counted = async (family: keyof typeof COUNTERS, labels: string): Promise<number> =>
    (await metrics()).get(family)?.samples.get(`${family}{${labels}}`) ?? 0

  test.each(CLIENTS)('%s: a call with a traceparent in _meta is a tree below the caller’s own span', async (era) => {
    const own = await connectClient(era, `${product.origin}/mcp`, gateway.agentKey)
    const { reply, root, spans, named, traceId } = await traced('pods_list', { namespace: 'shop' }, own)
    const revision = own.protocolVersion()
    await own.close()
    expect(revision).toMatch(/^20/)
    expect(reply.isError).toBe(false)
    expect(root).toMatchObject({
      name: 'tools/call pods_list',
      kind: SERVER,
      traceState: 'rojo=00f067aa0ba902b7',
      attributes: {
        'mcp.method.name': 'tools/call',
        'mcp.protocol.version': revision,
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'pods_list',
        'k8s.cluster.name': 'demo',
        'bulkhead.outcome': 'ok',
      },
    })
    expect(root?.status).toBeUndefined()
    const children = [named('ledger admit'), named('GET pods'), named('guard output')]
    expect(children.map((it) => it.map(({ kind, parentSpanId }) => [kind, parentSpanId]))).toEqual([
      [[INTERNAL, root?.spanId]],
      [[CLIENT, root?.spanId]],
      [[INTERNAL, root?.spanId]],
    ])
    const [request] = named('GET pods')
    expect(request?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'k8s.cluster.name': 'demo',
      'bulkhead.k8s.verb': 'list',
      'bulkhead.k8s.resource': 'pods',
    })
    // The API server may join in, below the very request.
    expect(demo.requests.map((it) => it.traceparent)).toContain(`00-${traceId}-${request?.spanId}-01`)
    expect(children.flat().flatMap(({ status }) => status ?? [])).toEqual([])
    for (const it of spans) expect(Number(it.endTimeUnixNano)).toBeGreaterThanOrEqual(Number(it.startTimeUnixNano))
    expect(receiver.seen.at(-1)).toMatchObject({
      path: '/v1/traces',
      headers: {
        authorization: `Bearer ${SECRETS.COLLECTOR_TOKEN}`,
        'x-scope-orgid': SECRETS.COLLECTOR_TENANT,
        'content-type': 'application/json',
      },
    })
  })

  test('what was refused, or failed, says so by its code', async () => {
    const { root, named } = await traced('pods_get', { name: 'nobody-0', namespace: 'shop' })
    expect(root?.attributes).toMatchObject({ 'bulkhead.outcome': 'not_found', 'error.type': 'tool_error' })
    expect(root?.status).toEqual({ code: 2 })
    expect(named('GET pods')[0]).toMatchObject({
      status: { code: 2 },
      attributes: { 'http.response.status_code': 404, 'error.type': '404' },
    })
  })

  test('L2-1 L5-4 nothing that a caller or a cluster said is in a trace', async () => {
    const before = receiver.seen.length
    const said = ['decoy-of-a-test', 'selector-of-a-test', 'pattern-of-a-test', 'tool-of-a-test']
    const calls = [
      ['resources_get', { apiVersion: 'v1', kind: 'Secret', name: 'checkout-database', namespace: 'shop' }],
      ['resources_list', { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', labelSelector: `x=${said[1]}` }],
      ['pods_log', { name: 'redis-0', namespace: 'shop', match: said[2] }],
      ['pods_get', { name: said[0], namespace: 'shop' }],
      ['events_list', { namespace: 'shop' }],
      ['helm_get', { name: 'grafana', namespace: 'monitoring', part: 'values' }],
      [said[3] ?? '', {}],
    ] as const
    for (const [tool, args] of calls) await traced(tool, args)
    const sent = receiver.seen.slice(before).map(({ body }) => body)
    expect(sent).toHaveLength(calls.length)
    const kept = [gateway.agentKey, gateway.operatorKey, 'test-agent', 'test-owner', ...Object.values(gateway.secrets)]
    const names = ['checkout-database', 'redis-0', '"shop"', 'namespaces/shop', 'labelSelector']
    for (const word of [...canaryValues, ...kept, ...said, ...names])
      expect(
        sent.filter((body) => body.includes(word)),
        word,
      ).toEqual([])
  })

  test('a caller that does not ask is not traced, and hostile context is no context', async () => {
    const before = receiver.seen.length
    const id = `${hex(16)}-${hex(8)}`
    const hostile = [
      undefined,
      `00-${id}-00`,
      `ff-${id}-01`,
      `00-${'0'.repeat(32)}-${hex(8)}-01`,
      `00-${id}-01-more`,
      'x',
      7,
      {},
    ]
    for (const traceparent of hostile) {
      const reply = await client.call('clusters_list', {}, traceparent === undefined ? {} : { traceparent })
      expect(reply.isError, String(traceparent)).toBe(false)
    }
    // The next one that asks is the only one that came.
    await traced('clusters_list', {})
    expect(receiver.seen.length).toBe(before + 1)
  })

  test('a delivery and its job are one trace, with the diagnosis in it', async () => {
    const [traceId, parent] = [hex(16), hex(8)]
    const body = JSON.stringify({ ...payload('alertmanager'), groupKey: `telemetry ${traceId}` })
    const response = await fetch(`${product.origin}/hooks/am`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        traceparent: `00-${traceId}-${parent}-01`,
        ...signed('am', body, Date.now(), gateway.secrets),
      },
      body,
    })
    expect(response.status).toBe(202)
    await expect.poll(() => receiver.spans(traceId).map(({ name }) => name), WAIT).toContain('job diagnose')
    const spans = receiver.spans(traceId)
    const of = (name: string) => spans.find((it) => it.name === name)
    const [delivery, job, call] = [of('POST /hooks/:name'), of('job diagnose'), of('execute_tool diagnose')]
    expect(delivery).toMatchObject({ kind: SERVER, parentSpanId: parent, attributes: { 'bulkhead.hook': 'am' } })
    expect(job).toMatchObject({ kind: INTERNAL, parentSpanId: delivery?.spanId })
    expect(call).toMatchObject({ kind: INTERNAL, parentSpanId: job?.spanId })
    const requests = spans.filter((it) => it.parentSpanId === call?.spanId && it.kind === CLIENT)
    expect(requests.length).toBeGreaterThan(3)
    expect(canaryValues.filter((canary) => JSON.stringify(spans).includes(canary))).toEqual([])
    expect(await counted('bulkhead_hook_deliveries_total', 'hook="am",outcome="accepted"')).toBe(1)
    expect(await counted('bulkhead_jobs_total', 'kind="diagnose",outcome="again"')).toBeGreaterThan(0)
  })

  test.each(MANNERS.filter((it) => it !== 'well'))(
    'a collector that %s changes nothing for the caller',
    async (manner) => {
      const lost = () => counted('bulkhead_trace_spans_total', 'outcome="lost"')
      const before = await lost()
      const expected = await client.call('pods_list', { namespace: 'shop' })
      receiver.behave(manner)
      try {
        const began = Date.now()
        const reply = await client.call(
          'pods_list',
          { namespace: 'shop' },
          { traceparent: `00-${hex(16)}-${hex(8)}-01` },
        )
        expect(Date.now() - began).toBeLessThan(EXPORT_DEADLINE_MS)
        expect(reply.text.split('\n').length).toBe(expected.text.split('\n').length)
        expect(reply.isError).toBe(false)
        await expect.poll(lost, WAIT).toBeGreaterThan(before)
        expect(receiver.seen.map(({ path }) => path)).not.toContain('/elsewhere')
      } finally {
        receiver.behave('well')
      }
    },
  )

  test('L5-4 /metrics is what a scraper takes, and tells of calls, refusals, budgets, clusters and traces', async () => {
    const before = await counted('bulkhead_apiserver_requests_total', 'cluster="demo",method="GET",outcome="404"')
    await client.call('pods_get', { name: 'nobody-1', namespace: 'shop' })
    const families = await metrics()
    const told = Object.entries({ ...COUNTERS, ...HISTOGRAMS, ...GAUGES }).map(([name]) => name)
    expect([...families.keys()].toSorted()).toEqual(told.toSorted())
    const sample = (family: string, labels: string): number | undefined =>
      families.get(family)?.samples.get(`${family}{${labels}}`)
    expect(sample('bulkhead_apiserver_requests_total', 'cluster="demo",method="GET",outcome="404"')).toBe(before + 1)
    expect(sample('bulkhead_calls_total', 'tool="pods_list",outcome="ok"')).toBeGreaterThan(0)
    expect(sample('bulkhead_trace_spans_total', 'outcome="sent"')).toBeGreaterThan(0)
    expect(sample('bulkhead_cluster_breaker', 'cluster="demo"')).toBe(0)
    const text = JSON.stringify([...families].map(([name, { samples }]) => [name, [...samples.keys()]]))
    expect([...canaryValues, 'nobody-1', 'shop', gateway.agentKey].filter((it) => text.includes(it))).toEqual([])
  })
})
