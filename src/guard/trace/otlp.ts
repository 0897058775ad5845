/**
 * Spans in OTLP's JSON form (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids in hex, integers of 64
 * bits as strings. Every word of a span passes guard/output here, as whatever else leaves: what they are made of is ours,
 * and this is what holds if somebody forgets it.
 */
import type { Attributes, SpanKind } from '../../trace.ts'
import type { Output } from '../output/index.ts'

export interface Recorded {
  readonly spanId: string
  readonly parentSpanId?: string | undefined
  readonly name: string
  readonly kind: SpanKind
  /** Milliseconds since the Unix epoch. */
  readonly began: number
  readonly ended: number
  readonly attributes: Attributes
}

export interface RecordedTrace {
  readonly traceId: string
  /** The caller's `tracestate`. */
  readonly state?: string | undefined
  readonly spans: readonly Recorded[]
}

const KIND: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3 }
/** STATUS_CODE_ERROR; what did not fail has no status (the convention leaves it unset). */
const FAILED = { code: 2 }

const nanos = (ms: number): string => `${Math.round(ms)}000000`

const anyValue = (value: string | number | boolean) => {
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'string') return { stringValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

const listOf = (attributes: Readonly<Record<string, string | number | boolean>>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))

export const otlpBody = (
  { traceId, state, spans }: RecordedTrace,
  service: Readonly<Record<'name' | 'version', string>>,
  clean: Output['line'],
): string => {
  // A vendor's own text: what guard/output would change is no state any more.
  const kept = state !== undefined && clean({ state }).state === state ? { traceState: state } : {}
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: listOf({ 'service.name': service.name, 'service.version': service.version }) },
        scopeSpans: [
          {
            scope: service,
            spans: spans.map(({ spanId, parentSpanId, name, kind, began, ended, attributes }) => ({
              traceId,
              spanId,
              ...(parentSpanId === undefined ? {} : { parentSpanId }),
              ...kept,
              name: clean({ name }).name,
              kind: KIND[kind],
              startTimeUnixNano: nanos(began),
              endTimeUnixNano: nanos(ended),
              attributes: listOf(clean(attributes)),
              ...(attributes['error.type'] === undefined ? {} : { status: FAILED }),
            })),
          },
        ],
      },
    ],
  })
}
