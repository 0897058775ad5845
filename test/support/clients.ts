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

/** What a client gets beside tools; both lines of the SDK have the same words for it. */
export interface Offered {
  prompts(): Promise<readonly string[]>
  /** The text of the only message. */
  prompt(name: string, args: Readonly<Record<string, string>>): Promise<string>
  resources(): Promise<readonly string[]>
  templates(): Promise<readonly string[]>
  read(uri: string): Promise<string>
  complete(
    ref:
      | { readonly type: 'ref/prompt'; readonly name: string }
      | { readonly type: 'ref/resource'; readonly uri: string },
    argument: { readonly name: string; readonly value: string },
    others?: Readonly<Record<string, string>>,
  ): Promise<readonly string[]>
}

export interface WireClient {
  readonly name: ClientName
  /** What was negotiated: `2026-07-28`, … */
  protocolVersion(): string | undefined
  instructions(): string | undefined
  listTools(): Promise<
    readonly { readonly name: string; readonly description?: string | undefined; readonly inputSchema: unknown }[]
  >
  /** `meta`: the request's `_meta`. */
  call(
    tool: string,
    args?: Readonly<Record<string, unknown>>,
    meta?: Readonly<Record<string, unknown>>,
  ): Promise<ToolReply>
  readonly offered: Offered
  close(): Promise<void>
}

const offeredBy = (client: Client | LegacyClient): Offered => ({
  prompts: async () => (await client.listPrompts()).prompts.map(({ name }) => name),
  async prompt(name, args) {
    const { messages } = await client.getPrompt({ name, arguments: { ...args } })
    const [{ content } = { content: undefined }, ...more] = messages as readonly { content?: { text?: string } }[]
    if (more.length > 0) throw new Error(`${name} has ${messages.length} messages`)
    return content?.text ?? ''
  },
  resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
  templates: async () => (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate),
  async read(uri) {
    const { contents } = await client.readResource({ uri })
    return (contents as readonly { text?: string }[]).map(({ text }) => text ?? '').join('\n')
  },
  async complete(ref, argument, others = {}) {
    const { completion } = await client.complete({ ref, argument, context: { arguments: { ...others } } })
    return completion.values
  },
})

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

const INFO = { name: 'bulkhead-tests', version: '0.0.0' }
const optionsFor = (key: string, fetching: typeof fetch) => ({
  requestInit: { headers: { Authorization: `Bearer ${key}` } },
  fetch: fetching,
})

/** How the person behind a client answers whatever is asked: absent, nobody can be asked. */
export type AnswerAll = () => {
  readonly action: 'accept' | 'decline' | 'cancel'
  readonly content?: { confirm: boolean }
}

/** `fetching` sees every request of this client and every byte that answers it. */
export const connectClient = async (
  name: ClientName,
  url: string,
  key: string,
  fetching: typeof fetch = fetch,
  answerAll?: AnswerAll,
): Promise<WireClient> => {
  if (name === 'v2') {
    const capabilities = answerAll === undefined ? {} : { elicitation: { form: {}, url: {} } }
    const client = new Client(INFO, { capabilities, versionNegotiation: { mode: 'auto' } })
    if (answerAll !== undefined) client.setRequestHandler('elicitation/create', async () => answerAll())
    await client.connect(new StreamableHTTPClientTransport(new URL(url), optionsFor(key, fetching)))
    return {
      name,
      protocolVersion: () => client.getNegotiatedProtocolVersion(),
      instructions: () => client.getInstructions(),
      listTools: async () => (await client.listTools()).tools,
      call: async (tool, args = {}, meta = {}) =>
        toReply(await client.callTool({ name: tool, arguments: { ...args }, _meta: { ...meta } })),
      offered: offeredBy(client),
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
    call: async (tool, args = {}, meta = {}) =>
      toReply(await client.callTool({ name: tool, arguments: { ...args }, _meta: { ...meta } })),
    offered: offeredBy(client),
    close: () => client.close(),
  }
}
