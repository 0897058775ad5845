/**
 * What is traced, for all who take part: a span is one step of one call, and those within it are its children. Names and
 * attributes are facts of ours from closed lists (a tool, a verb, a status); never an object's name, a query or any text
 * of a caller or a cluster (THREATS.md L2-1, L5-4). Where a call is not traced there is no span, and nothing is done.
 */
import { asBulkheadError } from './errors.ts'

/** Whose step a call is, as its caller said (W3C Trace Context); of the right form, and nothing more is known of it. */
export interface TraceContext {
  /** 32 digits, hex. */
  readonly traceId: string
  /** 16 digits, hex. */
  readonly spanId: string
  /** The caller records its own part, and asks for ours. */
  readonly sampled: boolean
  /** `tracestate`: for the collector, never for a cluster. */
  readonly state?: string
}

/** Undefined is left out. `error.type` says that the step failed. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** OpenTelemetry's: a request that came, one that we send, or work of our own. */
export type SpanKind = 'server' | 'client' | 'internal'

export interface Span {
  readonly traceId: string
  /** What a request within this step may carry (https://www.w3.org/TR/trace-context/#traceparent-header). */
  readonly traceparent: string
  child(name: string, kind: SpanKind, attributes?: Attributes): Span
  /** The first time counts. When a trace's first span ends, what is open within it ends as unfinished, and all of it goes. */
  end(attributes?: Attributes): void
}

export interface Beginning {
  readonly name: string
  readonly kind: SpanKind
  readonly attributes: Attributes
  readonly parent?: TraceContext | undefined
  /** When it began, where that was before now. */
  readonly at?: number
}

/** Begins a trace of its own or goes on with the caller's. Undefined: this one is not recorded. */
export type BeginTrace = (beginning: Beginning) => Span | undefined

/** Where a call comes from. */
export interface Came {
  /** `X-Request-Id` of the answer. */
  readonly request?: string
  readonly parent?: TraceContext | undefined
  /** MCP's revision, where the request says one. */
  readonly protocol?: string | undefined
  /** The step that it is part of, in this very process. */
  readonly within?: Span | undefined
}

/** Runs `work` as a step of `span`, where there is one. `facts`: what is known when it has ended well. */
export const asStep = async <T>(
  span: Span | undefined,
  name: string,
  attributes: Attributes,
  work: (step: Span | undefined) => Promise<T>,
  facts: (result: T) => Attributes = () => ({}),
): Promise<T> => {
  if (span === undefined) return work(undefined)
  const step = span.child(name, 'internal', attributes)
  try {
    const result = await work(step)
    step.end(facts(result))
    return result
  } catch (error) {
    step.end({ 'error.type': asBulkheadError(error).code })
    throw error
  }
}
