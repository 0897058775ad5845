/**
 * W3C Trace Context as a request brings it: in MCP's `_meta` (SEP-414), else in the HTTP headers. All of it is a stranger's
 * text. What is not exactly of the form is taken for absent: a new trace, never an error.
 */
import type { TraceContext } from '../../trace.ts'

/** Version, trace, parent, flags; a version that is not known yet may say more behind them (Trace Context, 3.2 and 4). */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const NOTHING = /^0+$/
const SAMPLED = 1
/** Longer than any version that there is. */
const MAX_TRACEPARENT = 256

/** Trace Context, 3.3.1: at most 32 members; longer than 512 characters nobody has to carry. */
const MAX_MEMBERS = 32
const MAX_TRACESTATE = 512
const MEMBER =
  /^((?:[a-z][a-z0-9_*/-]{0,255})|(?:[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13}))=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])$/

const readState = (text: unknown): string | undefined => {
  if (typeof text !== 'string' || text.length > MAX_TRACESTATE) return undefined
  const members = text
    .split(',')
    .map((it) => it.trim())
    .filter((it) => it !== '')
  const keys = new Set(members.map((it) => MEMBER.exec(it)?.[1]))
  // A key twice, or a member that is none: the whole of it is void.
  if (keys.has(undefined) || keys.size < members.length || members.length > MAX_MEMBERS) return undefined
  return members.length === 0 ? undefined : members.join(',')
}

export const readTraceContext = (traceparent: unknown, tracestate: unknown): TraceContext | undefined => {
  if (typeof traceparent !== 'string' || traceparent.length > MAX_TRACEPARENT) return undefined
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(traceparent) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (NOTHING.test(traceId) || NOTHING.test(spanId)) return undefined
  const state = readState(tracestate)
  const sampled = (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED
  return { traceId, spanId, sampled, ...(state === undefined ? {} : { state }) }
}

/** `meta`: the `_meta` of a request, whatever it is. It comes first: a proxy between knows the headers only. */
export const contextOf = (meta: unknown, headers: Headers): TraceContext | undefined => {
  const { traceparent, tracestate } = (typeof meta === 'object' && meta !== null ? meta : {}) as Record<string, unknown>
  return (
    readTraceContext(traceparent, tracestate) ??
    readTraceContext(headers.get('traceparent'), headers.get('tracestate') ?? undefined)
  )
}
