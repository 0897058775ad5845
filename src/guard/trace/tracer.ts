/**
 * Records the spans of one trace and hands them on when its first span has ended. Bounded, whatever a call does: what is
 * beyond is counted and gone. Whether a trace is recorded at all is the caller's wish where it says one, else a die that
 * `ratio` weighs.
 */
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Meter } from '../../meter.ts'
import type { Ports } from '../../ports.ts'
import type { Attributes, BeginTrace, Span, SpanKind, TraceContext } from '../../trace.ts'
import type { Recorded, RecordedTrace } from './otlp.ts'

/** A diagnosis sends some fifty requests; the rest of a trace that has more tells nobody more. */
export const MAX_SPANS = 128
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8
/** The die: the low end of a trace id is random to everybody, as OpenTelemetry's samplers by ratio have it. */
const DIE_DIGITS = 8

export interface TracerParts {
  readonly ports: Pick<Ports, 'clock' | 'random'>
  readonly meter: Meter
  /** Of the traces that nobody else decided on, 0 to 1. */
  readonly ratio: number
  readonly send: (trace: RecordedTrace) => void
}

export const createTracer = ({ ports, meter, ratio, send }: TracerParts): BeginTrace => {
  const now = () => ports.clock.now()
  const draw = (bytes: number): string => bytesToHex(ports.random(bytes))

  const record = (traceId: string, parent: TraceContext | undefined) => {
    const spans: Recorded[] = []
    /** Each ends itself; in the order in which they began. */
    const open = new Set<(attributes: Attributes) => void>()
    let begun = 0
    let isOver = false

    const begin = (
      name: string,
      kind: SpanKind,
      attributes: Attributes,
      parentSpanId: string | undefined,
      began = now(),
    ): Span => {
      const spanId = draw(SPAN_ID_BYTES)
      const isFirst = begun === 0
      begun += 1
      const isKept = begun <= MAX_SPANS && !isOver
      if (!isKept) meter.count('bulkhead_trace_spans_total', { outcome: 'dropped' })
      const finish = (more: Attributes): void => {
        if (!open.delete(finish)) return
        spans.push({ spanId, parentSpanId, name, kind, began, ended: now(), attributes: { ...attributes, ...more } })
      }
      if (isKept) open.add(finish)
      return {
        traceId,
        traceparent: `00-${traceId}-${spanId}-01`,
        child: (childName, childKind, childAttributes = {}) => begin(childName, childKind, childAttributes, spanId),
        end(more = {}) {
          finish(more)
          if (!isFirst || isOver) return
          isOver = true
          for (const unfinished of open) unfinished({ 'bulkhead.unfinished': true })
          send({ traceId, state: parent?.state, spans })
        },
      }
    }
    return begin
  }

  const isChosen = (traceId: string): boolean =>
    Number.parseInt(traceId.slice(-DIE_DIGITS), 16) < ratio * 16 ** DIE_DIGITS

  return ({ name, kind, attributes, parent, at }) => {
    const traceId = parent?.traceId ?? draw(TRACE_ID_BYTES)
    if (!(parent?.sampled ?? isChosen(traceId))) return undefined
    return record(traceId, parent)(name, kind, attributes, parent?.spanId, at)
  }
}
