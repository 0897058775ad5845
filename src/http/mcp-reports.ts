/** `report://ID` as resources of MCP: those that the caller may see, and one of them. Names hold ids, never an alert's words. */
import type { McpServer } from '@modelcontextprotocol/server'
import type { Caller } from '../access.ts'
import type { Reply } from '../guard/call.ts'
import type { Listed, ReportReader } from '../guard/hooks/reading.ts'

const SCHEME = 'report://'
const TYPE = 'text/plain'
/** JSON-RPC's "invalid params", and what MCP has for a resource that is not there. */
const NOT_FOUND = -32002

/** An error of ours as JSON-RPC: the code stands in `data`, as in a tool's result. */
class ResourceError extends Error {
  readonly code = NOT_FOUND
  readonly data: { readonly 'bulkhead/error': { readonly code: string; readonly retryable: boolean } }
  constructor(message: string, code: string, retryable: boolean) {
    super(message)
    this.name = 'ResourceError'
    this.data = { 'bulkhead/error': { code, retryable } }
  }
}

type Answered = Extract<Reply, { ok: true }>

/** Throws what the guard refused. */
const answered = (reply: Reply): Answered => {
  if (reply.ok === true) return reply
  if (reply.ok === false) throw new ResourceError(reply.text, reply.code, reply.retryable)
  throw new ResourceError('internal: A report asks nothing.', 'internal', false)
}

export const serveReports = (server: McpServer, reports: ReportReader, caller: Caller): void => {
  server.server.setRequestHandler('resources/list', async (_, context) => {
    const { structured } = answered(await reports.list(caller, { signal: context.mcpReq.signal }))
    const listed = (structured?.reports ?? []) as readonly Listed[]
    const resources = listed.map(({ id, severity, updated }) => ({
      uri: `${SCHEME}${id}`,
      name: id,
      title: `Report ${id}`,
      description: 'The diagnosis that an alert asked for.',
      mimeType: TYPE,
      annotations: {
        audience: ['assistant' as const],
        priority: severity === 'critical' ? 1 : 0.5,
        lastModified: new Date(updated).toISOString(),
      },
    }))
    return { resources }
  })
  server.server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [
      {
        uriTemplate: `${SCHEME}{id}`,
        name: 'report',
        title: 'Report of an alert',
        description: 'The diagnosis that an alert asked for: root causes with evidence.',
        mimeType: TYPE,
      },
    ],
  }))
  server.server.setRequestHandler('resources/read', async (request, context) => {
    const { uri } = request.params
    if (!uri.startsWith(SCHEME))
      throw new ResourceError('report_unknown: Resources here are report://ID.', 'report_unknown', false)
    const { text } = answered(await reports.read(caller, uri.slice(SCHEME.length), { signal: context.mcpReq.signal }))
    return { contents: [{ uri, mimeType: TYPE, text }] }
  })
}
