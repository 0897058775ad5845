/**
 * The real MCP clients that the wire tests use: the SDK's stable line, which speaks revision 2026-07-28 and falls back by
 * itself, and its maintenance line, which speaks 2025-11-25 and older. One small face over both.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

export const CLIENTS = ['v2', 'v1'] as const
export type ClientName = (typeof CLIENTS)[number]

export interface ToolReply {
  readonly text: string
  readonly isError: boolean
  /** `_meta["bulkhead/error"].code` */
  readonly code: string | undefined
  readonly structured: Readonly<Record<string, unknown>> | undefined
}

export interface WireClient {
  readonly name: ClientName
  /** What was negotiated: `2026-07-28`, … */
  protocolVersion(): string | undefined
  instructions(): string | undefined
  listTools(): Promise<
    readonly { readonly name: string; readonly description?: string | undefined; readonly inputSchema: unknown }[]
  >
  call(tool: string, args?: Readonly<Record<string, unknown>>): Promise<ToolReply>
  /** Their URIs. */
  listResources(): Promise<readonly string[]>
  /** The text of one. */
  readResource(uri: string): Promise<string>
  close(): Promise<void>
}

interface RawReply {
  readonly content?: readonly { readonly type: string; readonly text?: string }[]
  readonly isError?: boolean
  readonly structuredContent?: Readonly<Record<string, unknown>>
  readonly _meta?: Readonly<Record<string, unknown>>
}

const toReply = (raw: unknown): ToolReply => {
  const reply = raw as RawReply
  const error = reply._meta?.['bulkhead/error'] as { code?: string } | undefined
  return {
    text: (reply.content ?? []).map((part) => part.text ?? '').join('\n'),
    isError: reply.isError === true,
    code: error?.code,
    structured: reply.structuredContent,
  }
}

const textOf = (contents: readonly object[]): string =>
  contents.map((it) => ('text' in it ? String(it.text) : '')).join('\n')

const INFO = { name: 'bulkhead-tests', version: '0.0.0' }
const optionsFor = (key: string, fetching: typeof fetch) => ({
  requestInit: { headers: { Authorization: `Bearer ${key}` } },
  fetch: fetching,
})

/** `fetching` sees every request of this client and every byte that answers it. */
export const connectClient = async (
  name: ClientName,
  url: string,
  key: string,
  fetching: typeof fetch = fetch,
): Promise<WireClient> => {
  if (name === 'v2') {
    const client = new Client(INFO, { versionNegotiation: { mode: 'auto' } })
    await client.connect(new StreamableHTTPClientTransport(new URL(url), optionsFor(key, fetching)))
    return {
      name,
      protocolVersion: () => client.getNegotiatedProtocolVersion(),
      instructions: () => client.getInstructions(),
      listTools: async () => (await client.listTools()).tools,
      call: async (tool, args = {}) => toReply(await client.callTool({ name: tool, arguments: { ...args } })),
      listResources: async () => (await client.listResources()).resources.map((it) => it.uri),
      readResource: async (uri) => textOf((await client.readResource({ uri })).contents),
      close: () => client.close(),
    }
  }
  const client = new LegacyClient(INFO)
  const transport = new LegacyTransport(new URL(url), optionsFor(key, fetching))
  await client.connect(transport as unknown as Parameters<LegacyClient['connect']>[0])
  return {
    name,
    protocolVersion: () => transport.protocolVersion,
    instructions: () => client.getInstructions(),
    listTools: async () => (await client.listTools()).tools,
    call: async (tool, args = {}) => toReply(await client.callTool({ name: tool, arguments: { ...args } })),
    listResources: async () => (await client.listResources()).resources.map((it) => it.uri),
    readResource: async (uri) => textOf((await client.readResource({ uri })).contents),
    close: () => client.close(),
  }
}
