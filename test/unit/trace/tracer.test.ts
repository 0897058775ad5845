/** Spans are recorded within bounds, sent once, and lost without harm. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createOutput } from '../../../src/guard/output/index.ts'
import { createExporter, EXPORT_DEADLINE_MS, MAX_EXPORTS } from '../../../src/guard/trace/exporter.ts'
import { otlpBody, type RecordedTrace } from '../../../src/guard/trace/otlp.ts'
import { createTracer, MAX_SPANS } from '../../../src/guard/trace/tracer.ts'
import { createMetrics } from '../../../src/http/metrics.ts'
import { memoryPorts } from '../../../src/platform/memory.ts'
import { spansIn } from '../../support/otlp-receiver.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

const bench = (ratio = 1) => {
  const ports = memoryPorts()
  const metrics = createMetrics()
  const sent: RecordedTrace[] = []
  const begin = createTracer({ ports, meter: metrics, ratio, send: (trace) => sent.push(trace) })
  const { line: clean } = createOutput({
    markKey: new Uint8Array(32),
    random: ports.random,
    maxBytes: 48_000,
    logBytes: 100_000,
    personalData: 'mask',
  })
  return { ports, metrics, sent, begin, clean, root: { name: 'root', kind: 'server', attributes: {} } as const }
}

const counted = (text: string, outcome: string): number =>
  Number(new RegExp(`^bulkhead_trace_spans_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)

describe('the tracer', () => {
  test('keeps who is within whom, and when each began and ended', () => {
    const { begin, ports, sent, root } = bench()
    const span = begin(root)
    ports.clock.advance(5)
    const child = span?.child('child', 'client', { a: 1 })
    ports.clock.advance(7)
    child?.child('grandchild', 'internal').end()
    child?.end({ b: true })
    child?.end({ b: false })
    expect(sent).toEqual([])
    span?.end({ c: 'x' })
    span?.end()
    expect(sent).toHaveLength(1)
    const [grandchild, middle, first] = sent[0]?.spans ?? []
    expect([first?.parentSpanId, middle?.parentSpanId, grandchild?.parentSpanId]).toEqual([
      undefined,
      first?.spanId,
      middle?.spanId,
    ])
    expect(middle).toMatchObject({ name: 'child', kind: 'client', attributes: { a: 1, b: true } })
    expect((middle?.ended ?? 0) - (middle?.began ?? 0)).toBe(7)
    expect((first?.ended ?? 0) - (first?.began ?? 0)).toBe(12)
    expect(child?.traceparent).toBe(`00-${sent[0]?.traceId}-${middle?.spanId}-01`)
  })

  test('what is still open when the first span ends goes as unfinished; what comes later is dropped', () => {
    const { begin, metrics, sent, root } = bench()
    const span = begin(root)
    const late = span?.child('hangs', 'client')
    span?.end()
    late?.end({ later: true })
    late?.child('after', 'internal').end()
    expect(sent[0]?.spans.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['root', {}],
      ['hangs', { 'bulkhead.unfinished': true }],
    ])
    expect(counted(metrics.render(), 'dropped')).toBe(1)
  })

  test('a trace has a bound of spans, and those beyond it are counted', () => {
    const { begin, metrics, sent, root } = bench()
    const span = begin(root)
    for (let at = 0; at < MAX_SPANS + 10; at += 1) span?.child('child', 'internal').end()
    span?.end()
    expect(sent[0]?.spans).toHaveLength(MAX_SPANS)
    expect(sent[0]?.spans.at(-1)?.name).toBe('root')
    expect(counted(metrics.render(), 'dropped')).toBe(11)
  })

  test('the caller decides where it says so, else the ratio', () => {
    const parent = { traceId: TRACE, spanId: SPAN, sampled: true, state: 'rojo=1' }
    const never = bench(0)
    expect(never.begin(never.root)).toBeUndefined()
    never.begin({ ...never.root, parent })?.end()
    expect(never.sent).toMatchObject([{ traceId: TRACE, state: 'rojo=1', spans: [{ parentSpanId: SPAN }] }])
    const always = bench(1)
    expect(always.begin({ ...always.root, parent: { ...parent, sampled: false } })).toBeUndefined()
    expect(always.begin(always.root)?.traceId).toMatch(/^[0-9a-f]{32}$/)
    const some = bench(0.25)
    const chosen = Array.from({ length: 4_000 }, () => some.begin(some.root)).filter((it) => it !== undefined)
    // Five standard deviations around a thousand.
    expect(Math.abs(chosen.length - 1_000)).toBeLessThan(140)
  })
})

describe('a trace as it is sent', () => {
  test('L2-1 passes guard/output, whoever put a value into it', () => {
    const { clean } = bench()
    const secret = ['ghp', 'a1B2'.repeat(9)].join('_')
    const body = otlpBody(
      {
        traceId: TRACE,
        state: `rojo=${secret}`,
        spans: [
          {
            spanId: SPAN,
            name: `name ${secret}`,
            kind: 'client',
            began: 1,
            ended: 2,
            attributes: { 'a.b': `x ${secret}\nnext`, n: 7, half: 0.5, yes: true, 'error.type': '503' },
          },
        ],
      },
      { name: 'bulkhead', version: '0.0.0' },
      clean,
    )
    expect(body).not.toContain(secret)
    const [span] = spansIn({ body })
    expect(span).toMatchObject({
      traceId: TRACE,
      kind: 3,
      startTimeUnixNano: '1000000',
      endTimeUnixNano: '2000000',
      status: { code: 2 },
      attributes: { n: 7, yes: true, 'a.b': expect.stringMatching(/^x \[masked:[0-9a-f]{8}\] next$/) },
    })
    expect(span).not.toHaveProperty('traceState')
    expect(body).toContain('{"key":"half","value":{"doubleValue":0.5}}')
  })
})

describe('the exporter', () => {
  afterEach(() => void vi.useRealTimers())

  const trace: RecordedTrace = {
    traceId: TRACE,
    spans: [{ spanId: SPAN, name: 'a', kind: 'server', began: 1, ended: 2, attributes: {} }],
  }
  const exporter = (deliver: (signal: AbortSignal) => Promise<number>, headers = {}) => {
    const { ports, metrics, clean } = bench()
    const notifier = {
      deliver: async (_: string, __: unknown, signal: AbortSignal) => {
        delivered += 1
        return deliver(signal)
      },
    }
    let delivered = 0
    const to = { url: 'https://collector.example.com/v1/traces', headers, ratio: 1 }
    const send = createExporter({ ports: { ...ports, notifier }, to, meter: metrics, version: '0.0.0', clean })
    return { send, ports, metrics, delivered: () => delivered }
  }

  test('a collector that hangs holds so many and no more, and as long as the deadline', async () => {
    vi.useFakeTimers()
    const it = exporter(() => new Promise(() => undefined))
    for (let at = 0; at < MAX_EXPORTS + 3; at += 1) it.send(trace)
    await vi.advanceTimersByTimeAsync(1)
    expect([it.delivered(), counted(it.metrics.render(), 'dropped')]).toEqual([MAX_EXPORTS, 3])
    await vi.advanceTimersByTimeAsync(EXPORT_DEADLINE_MS)
    await it.ports.background.settled()
    expect(counted(it.metrics.render(), 'lost')).toBe(MAX_EXPORTS)
    it.send(trace)
    await vi.advanceTimersByTimeAsync(1)
    expect(it.delivered()).toBe(MAX_EXPORTS + 1)
  })

  test('one whose request was cancelled holds its place no longer than the deadline', async () => {
    vi.useFakeTimers()
    const it = exporter(() => new Promise(() => undefined))
    for (let at = 0; at < MAX_EXPORTS; at += 1) it.send(trace)
    it.ports.clock.advance(EXPORT_DEADLINE_MS)
    it.send(trace)
    await vi.advanceTimersByTimeAsync(1)
    expect(it.delivered()).toBe(MAX_EXPORTS + 1)
    await vi.advanceTimersByTimeAsync(EXPORT_DEADLINE_MS)
    await it.ports.background.settled()
  })

  test('a secret that is missing loses the trace, and is no line in the log', async () => {
    const it = exporter(async () => 200, { 'x-key': { secret: 'NOT_THERE' } })
    it.send(trace)
    await it.ports.background.settled()
    expect(counted(it.metrics.render(), 'lost')).toBe(1)
    expect([it.delivered(), it.ports.lines]).toEqual([0, []])
  })
})
