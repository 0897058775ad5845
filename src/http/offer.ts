/**
 * Prompts, resources and completion as MCP serves them, one server object a request. What is listed is what policy could
 * ever allow this caller, as with tools. A resource and a completion are calls through the guard: judged, recorded and put
 * through the way out as any other. Errors are coded: `code: sentence`, and the code again in the error's data.
 */
import type { Prompt as McpPrompt, McpServer, ProtocolError } from '@modelcontextprotocol/server'
import * as z from 'zod'
import type { Caller } from '../access.ts'
import type { ErrorCode } from '../errors.ts'
import type { CallOptions, Guard, Reply } from '../guard/call.ts'
import type { ReportReader } from '../guard/hooks/reading.ts'
import type { Offer, Prompt, ResourceFace } from '../offer.ts'
import type { Came } from '../trace.ts'
import { coded, isReportUri, listReports, REPORT_TEMPLATE, readReport } from './mcp-reports.ts'

/** Six segments of at most 253 characters, percent-encoded at worst. */
const MAX_URI = 4096
const MIME_TYPE = 'text/plain'
/** Refusals after which there is nothing to propose; the caller is not told more by a menu than by a call. */
const NOTHING_TO_PROPOSE: ReadonlySet<ErrorCode> = new Set([
  'policy_denied',
  'rail_refused',
  'cluster_forbidden',
  'unknown_cluster',
  'unknown_kind',
  'ambiguous_kind',
  'invalid_arguments',
  'not_found',
])

type Failed = Extract<Reply, { readonly ok: false }>
const failed = ({ code, text, retryable }: Failed): ProtocolError => coded(code, text, retryable)

const VARIABLE = /\{([a-z]+)\}/gi

const variablesOf = (face: ResourceFace): readonly string[] =>
  Array.from(face.uri.matchAll(VARIABLE), (match) => match[1] ?? '')
const isTemplate = (face: ResourceFace): boolean => variablesOf(face).length > 0

/** The template's segments against the URI's; each variable is one whole segment. Undefined: this is no such URI. */
export const matchUri = (template: string, uri: string): Readonly<Record<string, string>> | undefined => {
  if (uri.length > MAX_URI) return undefined
  const [wanted, given] = [template.split('/'), uri.split('/')]
  if (wanted.length !== given.length) return undefined
  const variables: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const actual = given[index] ?? ''
    const name = /^\{([a-z]+)\}$/i.exec(segment)?.[1]
    if (name === undefined) {
      if (segment !== actual) return undefined
      continue
    }
    try {
      variables[name] = decodeURIComponent(actual)
    } catch {
      return undefined
    }
    if (variables[name] === '') return undefined
  }
  return variables
}

const describeArguments = (prompt: Prompt): McpPrompt['arguments'] =>
  Object.entries(prompt.input.shape).map(([name, schema]) => ({
    name,
    required: !schema.safeParse(undefined).success,
    ...(schema.meta()?.description === undefined ? {} : { description: String(schema.meta()?.description) }),
  }))

const textOf = (
  prompt: Prompt,
  args: Readonly<Record<string, string | undefined>>,
  open: ReadonlySet<string>,
): string => {
  const steps = prompt.steps.filter(({ tool }) => open.has(tool))
  return [prompt.opening(args), ...steps.map(({ text }, index) => `${index + 1}. ${text(args)}`), prompt.closing].join(
    '\n',
  )
}

const completionSchema = z.object({ values: z.array(z.string()), hasMore: z.boolean() })

export interface OfferParts {
  readonly offer: Offer
  readonly guard: Guard
  /** The same guard around the completion's tool, which is in no list of tools. */
  readonly completing: Guard
  readonly reports: ReportReader
}

export const serveOffer = (
  { server }: McpServer,
  { offer, guard, completing, reports }: OfferParts,
  caller: Caller,
  came: Came,
): void => {
  // Asked for by the few requests that need it: policy is judged for each tool.
  const openTools = () => new Set(guard.visible(caller).map((tool) => tool.name))
  const openPrompts = (open = openTools()) =>
    offer.prompts.filter(({ steps }) => steps.some(({ tool }) => open.has(tool)))
  /** Who may diagnose anything may read what others' diagnoses found there. */
  const mayReadReports = () => openTools().has('diagnose')
  const openFaces = (open = openTools()) => offer.resources.filter(({ tool }) => open.has(tool))

  server.setRequestHandler('prompts/list', () => ({
    prompts: openPrompts().map((it) => ({
      name: it.name,
      title: it.title,
      description: it.description,
      arguments: describeArguments(it),
    })),
  }))
  server.setRequestHandler('prompts/get', ({ params }) => {
    const open = openTools()
    const prompt = openPrompts(open).find((it) => it.name === params.name)
    if (prompt === undefined)
      throw coded(
        'invalid_arguments',
        'invalid_arguments: No such prompt is open to this caller. prompts/list names those that are.',
        false,
      )
    const parsed = prompt.input.safeParse(params.arguments ?? {})
    if (!parsed.success) {
      const issues = parsed.error.issues
        .slice(0, 3)
        .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
      throw coded(
        'invalid_arguments',
        `invalid_arguments: The prompt's arguments do not fit: ${issues.join('; ')}.`,
        false,
      )
    }
    const text = textOf(prompt, parsed.data as Readonly<Record<string, string | undefined>>, open)
    return {
      description: prompt.description,
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
    }
  })

  const shown = ({ name, title, description }: ResourceFace) => ({ name, title, description, mimeType: MIME_TYPE })
  server.setRequestHandler('resources/list', async (_, { mcpReq }) => ({
    resources: [
      ...openFaces()
        .filter((it) => !isTemplate(it))
        .map((it) => ({ uri: it.uri, ...shown(it) })),
      ...(mayReadReports()
        ? await listReports(reports, caller, { signal: mcpReq.signal, came, method: 'resources/list' })
        : []),
    ],
  }))
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [
      ...openFaces()
        .filter(isTemplate)
        .map((it) => ({ uriTemplate: it.uri, ...shown(it) })),
      ...(mayReadReports() ? [REPORT_TEMPLATE] : []),
    ],
  }))
  server.setRequestHandler('resources/read', async ({ params: { uri } }, { mcpReq }) => {
    const options: CallOptions = { signal: mcpReq.signal, came, method: 'resources/read' }
    if (isReportUri(uri)) return readReport(reports, caller, uri, options)
    for (const face of openFaces()) {
      const variables = matchUri(face.uri, uri)
      if (variables === undefined) continue
      const reply = await guard.call(caller, face.tool, face.arguments(variables), options)
      if (reply.ok === false) throw failed(reply)
      if (reply.ok === 'ask') throw coded('internal', 'internal: A resource asks nobody.', false)
      return { contents: [{ uri, mimeType: MIME_TYPE, text: reply.text }] }
    }
    // Without the URI, which nothing has scanned: the caller knows what it asked for.
    throw coded(
      'not_found',
      'not_found: No resource of that form is open to this caller. resources/list and resources/templates/list name those that are.',
      false,
    )
  })

  const completable = ({ type, ...ref }: { readonly type: string; readonly name?: string; readonly uri?: string }) =>
    type === 'ref/prompt'
      ? Object.keys(openPrompts().find((it) => it.name === ref.name)?.input.shape ?? {})
      : openFaces()
          .filter((it) => it.uri === ref.uri)
          .flatMap(variablesOf)
  server.setRequestHandler('completion/complete', async ({ params: { ref, argument, context } }, { mcpReq }) => {
    const nothing = { completion: { values: [], hasMore: false } }
    const names = completable(ref)
    const known = Object.keys(offer.completion.input.shape)
    if (!names.includes(argument.name) || !known.includes(argument.name)) return nothing
    const others = Object.entries(context?.arguments ?? {}).filter(
      ([name]) => name !== argument.name && names.includes(name) && known.includes(name),
    )
    const args = { ...Object.fromEntries(others), argument: argument.name, value: argument.value }
    const options: CallOptions = { signal: mcpReq.signal, came, method: 'completion/complete' }
    const reply = await completing.call(caller, offer.completion.name, args, options)
    if (reply.ok === false && NOTHING_TO_PROPOSE.has(reply.code)) return nothing
    if (reply.ok === false) throw failed(reply)
    const { values, hasMore } = completionSchema.parse(reply.ok === true ? reply.structured : undefined)
    return { completion: { values, hasMore } }
  })
}
