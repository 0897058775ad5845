/**
 * What operators are told of one call: a span where it is traced, one line in the log, and counts. Facts about the call and
 * never its arguments, its answer or whom it was for; names are of OpenTelemetry's conventions for MCP
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp).
 */
import type { ErrorCode } from '../errors.ts'
import type { Ports } from '../ports.ts'
import type { BeginTrace, Came, Span } from '../trace.ts'
import type { Session } from './session.ts'

/** What a reply cost and held back. */
export interface ReplyFacts {
  readonly durationMs: number
  /** Bytes returned. */
  readonly bytes: number
  /** Values masked on the way out. */
  readonly redactions: number
  /** Hidden characters taken out on the way out. */
  readonly hidden: number
  /** Passages that read like instructions to a model. */
  readonly suspicious: number
}

export type OnReply = (tool: string, outcome: 'ok' | ErrorCode, facts: ReplyFacts) => void

/** MCP's methods that are calls of a tool. */
export type Method = 'tools/call' | 'resources/read' | 'resources/list' | 'completion/complete'

export interface CallTellingParts {
  readonly ports: Pick<Ports, 'log'>
  /** Absent: nothing is traced. */
  readonly trace: BeginTrace | undefined
  readonly onReply: OnReply
}

export interface CallTelling {
  readonly span: Span | undefined
  /** Facts that tie a log line to this call. */
  readonly ties: Readonly<Record<string, string>>
  ended(outcome: 'ok' | ErrorCode, session: Pick<Session, 'call' | 'cluster'>, facts: ReplyFacts): void
}

/** For one guard. `tool`: `unknown` where the caller's text is no tool's name. */
export const createCallTelling =
  ({ ports, trace, onReply }: CallTellingParts) =>
  (tool: string, method: Method, { request, parent, protocol, within }: Came): CallTelling => {
    const isTool = method === 'tools/call'
    const attributes = {
      'gen_ai.operation.name': isTool ? 'execute_tool' : undefined,
      'gen_ai.tool.name': tool,
      'bulkhead.request.id': request,
    }
    const span =
      within?.child(`execute_tool ${tool}`, 'internal', attributes) ??
      trace?.({
        name: isTool && tool !== 'unknown' ? `${method} ${tool}` : method,
        kind: 'server',
        attributes: { 'mcp.method.name': method, 'mcp.protocol.version': protocol, ...attributes },
        parent,
      })
    const traceId = span?.traceId ?? parent?.traceId
    const ties = {
      ...(request === undefined ? {} : { request }),
      ...(traceId === undefined ? {} : { trace: traceId }),
    }
    return {
      span,
      ties,
      ended(outcome, { call, cluster }, facts) {
        const { durationMs: ms, bytes, redactions, hidden, suspicious } = facts
        const where: Readonly<Record<string, string>> = cluster === undefined ? {} : { cluster }
        ports.log({ event: 'call', ...ties, call, tool, ...where, outcome, ms, bytes, redactions, hidden, suspicious })
        onReply(tool, outcome, facts)
        span?.end({
          'k8s.cluster.name': cluster,
          'bulkhead.call.id': call,
          'bulkhead.outcome': outcome,
          'bulkhead.bytes': bytes,
          'bulkhead.redactions': redactions,
          'bulkhead.hidden_characters': hidden,
          'bulkhead.suspicious_passages': suspicious,
          'error.type': outcome === 'ok' ? undefined : 'tool_error',
        })
      },
    }
  }
