/**
 * Traces to the configured collector: OTLP over HTTP as JSON, one POST a trace, after the reply and beside it. A collector
 * that is down, slow or answers anything but 2xx loses what it was sent; it never slows or fails a call, and a hanging one
 * cannot make requests pile up.
 */
import type { Config } from '../../config.ts'
import { within } from '../../deadline.ts'
import type { Meter } from '../../meter.ts'
import type { Millis, Ports } from '../../ports.ts'
import type { Output } from '../output/index.ts'
import { otlpBody, type RecordedTrace } from './otlp.ts'

/** A collector stands beside what it collects from. */
export const EXPORT_DEADLINE_MS: Millis = 5_000
/** In this isolate at once. With the deadline it lets ten traces a second pass to a collector that hangs. */
export const MAX_EXPORTS = 50
/** `MAX_SPANS` spans are a tenth of it; collectors take some megabytes. */
const MAX_BODY_LENGTH = 1_000_000

export interface ExporterParts {
  readonly ports: Pick<Ports, 'background' | 'clock' | 'notifier' | 'secrets'>
  readonly to: NonNullable<Config['telemetry']['traces']>
  readonly meter: Meter
  readonly version: string
  readonly clean: Output['line']
}

export const createExporter = ({ ports, to, meter, version, clean }: ExporterParts) => {
  /** Until when each counts: one whose request was cancelled never says that it has ended. */
  let underWay: readonly { readonly until: Millis }[] = []

  const headersFor = async (): Promise<Record<string, string>> => {
    const named = Object.entries(to.headers)
    const values = await Promise.all(named.map(async ([name, { secret }]) => [name, await ports.secrets.get(secret)]))
    return {
      ...Object.fromEntries(values.map(([name = '', value = '']) => [name, value.trim()])),
      ...(to.bearer === undefined
        ? {}
        : { authorization: `Bearer ${(await ports.secrets.get(to.bearer.secret)).trim()}` }),
      'content-type': 'application/json',
    }
  }

  const post = async (trace: RecordedTrace): Promise<'sent' | 'lost' | 'dropped'> => {
    // The reply goes first: what follows is work, if little.
    await new Promise((resolve) => setTimeout(resolve))
    const body = otlpBody(trace, { name: 'bulkhead', version }, clean)
    if (body.length > MAX_BODY_LENGTH) return 'dropped'
    const deadline = AbortSignal.timeout(EXPORT_DEADLINE_MS)
    const deliver = async () => ports.notifier.deliver(to.url, { headers: await headersFor(), body }, deadline)
    const status = await within(EXPORT_DEADLINE_MS, deliver(), () => new Error('late'))
    return status >= 200 && status < 300 ? 'sent' : 'lost'
  }

  return (trace: RecordedTrace): void => {
    const count = (outcome: 'sent' | 'lost' | 'dropped'): void =>
      meter.count('bulkhead_trace_spans_total', { outcome }, trace.spans.length)
    const now = ports.clock.now()
    underWay = underWay.filter(({ until }) => until > now)
    if (underWay.length >= MAX_EXPORTS) {
      count('dropped')
      return
    }
    const mine = { until: now + EXPORT_DEADLINE_MS }
    underWay = [...underWay, mine]
    ports.background.run(
      post(trace)
        // Nothing is logged of it: the metric counts, and a line a call would drown the log.
        .then(count, () => count('lost'))
        .finally(() => {
          underWay = underWay.filter((it) => it !== mine)
        }),
    )
  }
}
