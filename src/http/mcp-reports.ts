/**
 * `report://ID` as resources of MCP: those that the caller may see, and one of them. Names hold ids, never an alert's
 * words. Each is a call through the guard; errors are coded: `code: sentence`, and the code again in the error's data.
 */
import { ProtocolError, ProtocolErrorCode, type Resource } from '@modelcontextprotocol/server'
import type { Caller } from '../access.ts'
import type { ErrorCode } from '../errors.ts'
import type { CallOptions, Reply } from '../guard/call.ts'
import type { Listed, ReportReader } from '../guard/hooks/reading.ts'

const SCHEME = 'report://'
const MIME_TYPE = 'text/plain'
const DESCRIPTION = 'The diagnosis that an alert asked for: root causes with evidence.'

export const coded = (code: ErrorCode, text: string, retryable: boolean): ProtocolError =>
  new ProtocolError(
    retryable || code === 'internal' ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams,
    text,
    { 'bulkhead/error': { code, retryable } },
  )

/** Throws what the guard refused. */
const answered = (reply: Reply): Extract<Reply, { ok: true }> => {
  if (reply.ok === true) return reply
  if (reply.ok === false) throw coded(reply.code, reply.text, reply.retryable)
  throw coded('internal', 'internal: A report asks nobody.', false)
}

export const REPORT_TEMPLATE = {
  uriTemplate: `${SCHEME}{id}`,
  name: 'report',
  title: 'Report of an alert',
  description: DESCRIPTION,
  mimeType: MIME_TYPE,
} as const

export const isReportUri = (uri: string): boolean => uri.startsWith(SCHEME)

export const listReports = async (reports: ReportReader, caller: Caller, options: CallOptions): Promise<Resource[]> => {
  const { structured } = answered(await reports.list(caller, options))
  return ((structured?.reports ?? []) as readonly Listed[]).map(({ id, severity, updated }) => ({
    uri: `${SCHEME}${id}`,
    name: id,
    title: `Report ${id}`,
    description: DESCRIPTION,
    mimeType: MIME_TYPE,
    annotations: {
      audience: ['assistant'],
      priority: severity === 'critical' ? 1 : 0.5,
      lastModified: new Date(updated).toISOString(),
    },
  }))
}

/** `uri`: one that `isReportUri`. */
export const readReport = async (reports: ReportReader, caller: Caller, uri: string, options: CallOptions) => {
  const { text } = answered(await reports.read(caller, uri.slice(SCHEME.length), options))
  return { contents: [{ uri, mimeType: MIME_TYPE, text }] }
}
