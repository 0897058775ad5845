/** A change as operators see it: planned, approved, carried out; its spans, its counts, and nothing of what it changes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ChangeBench, KEYS, startChangeBench } from '../../support/change-bench.ts'
import { spansIn } from '../../support/otlp-receiver.ts'
import { parseMetrics } from '../../support/prometheus.ts'

const COLLECTOR = 'https://collector.example.com/v1/traces'
const INTERNAL = 1
const CANARY = ['fixture', 'canary', '9c1d'].join('-')

let bench: ChangeBench
beforeAll(async () => {
  bench = await startChangeBench({ config: { telemetry: { traces: { url: COLLECTOR, ratio: 1 } } } })
})
afterAll(() => bench.stop())

test('a plan, its approval and its job are counted and traced', async () => {
  const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${CANARY}, namespace: shop }\ndata: { a: ${CANARY}-2 }\n`
  const { plan } = await bench.call('resources_apply', { manifest, reason: `because ${CANARY}` })
  expect(plan?.state).toBe('pending')
  const operator = await bench.signIn()
  expect((await operator.approve(plan?.planId ?? '')).status).toBe(303)
  await bench.work()
  await bench.ports.background.settled()
  const bodies = bench.ports.delivered.filter(({ url }) => url === COLLECTOR).map(({ body }) => body)
  const traces = bodies.map((body) => spansIn({ body }))
  const traceOf = (name: string) => traces.find((spans) => spans.some((it) => it.name === name)) ?? []
  const namesIn = (name: string) =>
    traceOf(name)
      .map((it) => it.name)
      .toSorted()
  // Its dry run beside what tells how large it is.
  expect(namesIn('tools/call resources_apply')).toEqual(
    expect.arrayContaining(['ledger admit', 'GET configmaps', 'POST configmaps', 'guard output']),
  )
  const job = traceOf('job apply')
  const root = job.find((it) => it.name === 'job apply')
  expect(root).toMatchObject({ kind: INTERNAL, attributes: { 'k8s.cluster.name': 'demo', 'bulkhead.outcome': 'done' } })
  // The dry run once more, and the write.
  const writes = job.filter((it) => it.attributes['http.request.method'] === 'POST' && it.name !== 'POST')
  const [step] = job.filter((it) => it.parentSpanId === root?.spanId && it.name === 'plan operation')
  expect(step?.attributes).toEqual({ 'bulkhead.operation': 'create', 'bulkhead.k8s.resource': 'configmaps' })
  expect(writes.map((it) => [it.name, it.parentSpanId])).toEqual([
    ['POST configmaps', step?.spanId],
    ['POST configmaps', step?.spanId],
  ])
  expect(bodies.filter((body) => body.includes(CANARY) || body.includes(plan?.planId ?? CANARY))).toEqual([])
  expect(JSON.stringify(bench.ports.lines)).not.toContain(CANARY)

  const headers = { authorization: `Bearer ${KEYS.operator}` }
  const families = parseMetrics((await bench.request('/metrics', { headers })).body)
  // The ledgers' own jobs are none of this plan's.
  const counted = (family: string) =>
    [...(families.get(family)?.samples ?? [])].filter(([series]) => !series.includes('kind="checkpoint"'))
  const labelled = (family: string, labels: string) => [[`${family}{${labels}}`, 1]]
  for (const [family, labels] of [
    ['bulkhead_plans_total', 'cluster="demo",decision="approve"'],
    ['bulkhead_plan_decisions_total', 'cluster="demo",verdict="approved"'],
    ['bulkhead_plans_ended_total', 'cluster="demo",state="applied"'],
    ['bulkhead_operations_total', 'cluster="demo",outcome="done"'],
    ['bulkhead_jobs_total', 'kind="apply",outcome="done"'],
  ] as const)
    expect(counted(family)).toEqual(labelled(family, labels))
})

test('what policy and rails refuse is counted by what refused', async () => {
  const kubeSystem = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: kube-system }\ndata: { a: b }\n'
  const { code } = await bench.call('resources_apply', { manifest: kubeSystem })
  expect(code).toBe('rail_refused')
  const headers = { authorization: `Bearer ${KEYS.operator}` }
  const families = parseMetrics((await bench.request('/metrics', { headers })).body)
  expect(families.get('bulkhead_refusals_total')?.samples.get('bulkhead_refusals_total{by="rail"}')).toBe(1)
})
