/**
 * The tools, resources and prompts that the MCP conformance suite looks for. They stand behind the product's real
 * middleware and endpoint (test/conformance/worker.ts); none of them is part of the product.
 */
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  completable,
  createRequestStateCodec,
  inputRequired,
  inputResponse,
  McpServer,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server'
import * as z from 'zod'

/** One red pixel, and a silent quarter of a millisecond: the smallest of their kind. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA=='

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })
const user = (content: unknown) => ({ role: 'user' as const, content }) as never
const none = z.object({})

/** Signs the state that the suite tampers with. The key is a fixture's. */
const states = createRequestStateCodec({ key: 'a fixture of the conformance suite, no secret at all' })

const nameSchema = z.object({ name: z.string() })
const askName = (message: string) => inputRequired.elicit({ message, requestedSchema: nameSchema })

const registerContent = (server: McpServer): void => {
  const image = { type: 'image' as const, data: PNG, mimeType: 'image/png' }
  const tool = (name: string, run: (context: ServerContext) => unknown) =>
    server.registerTool(name, { description: `Conformance fixture: ${name}`, inputSchema: none }, (async (
      _: unknown,
      context: ServerContext,
    ) => run(context)) as never)
  tool('test_simple_text', () => text('This is a simple text response for testing.'))
  tool('test_image_content', () => ({ content: [image] }))
  tool('test_audio_content', () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }))
  tool('test_embedded_resource', () => ({
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  }))
  tool('test_multiple_content_types', () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      image,
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      },
    ],
  }))
  tool('test_error_handling', () => ({
    ...text('This tool intentionally returns an error for testing'),
    isError: true,
  }))
  tool('test_tool_with_progress', async (context) => {
    const token = context.mcpReq._meta?.progressToken
    if (token === undefined) return text('No progress token was given.')
    for (const progress of [0, 50, 100]) {
      await context.mcpReq.notify({
        method: 'notifications/progress',
        params: { progressToken: token, progress, total: 100 },
      })
    }
    return text('Progress was reported.')
  })
  const logging = async (context: ServerContext) => {
    for (const message of ['Tool execution started', 'Tool processing data', 'Tool execution completed'])
      await context.mcpReq.log('info', message)
    return text('Logged three messages.')
  }
  tool('test_tool_with_logging', logging)
  tool('test_logging_tool', logging)
}

const registerInput = (server: McpServer): void => {
  const tool = (name: string, run: (context: ServerContext) => unknown) =>
    server.registerTool(name, { description: `Conformance fixture: ${name}`, inputSchema: none }, (async (
      _: unknown,
      context: ServerContext,
    ) => run(context)) as never)
  const sampling = (question: string, maxTokens: number) =>
    inputRequired.createMessage({
      messages: [{ role: 'user', content: { type: 'text', text: question } }],
      maxTokens,
    })
  const capabilities = (context: ServerContext) =>
    (context.mcpReq.envelope as Record<string, { sampling?: object; elicitation?: object }> | undefined)?.[
      CLIENT_CAPABILITIES_META_KEY
    ]

  tool('test_input_required_result_elicitation', ({ mcpReq }) => {
    const answer = acceptedContent(mcpReq.inputResponses, 'user_name', nameSchema)
    return answer === undefined
      ? inputRequired({ inputRequests: { user_name: askName('What is your name?') } })
      : text(`Hello, ${answer.name}!`)
  })
  tool('test_input_required_result_sampling', ({ mcpReq }) =>
    mcpReq.inputResponses?.capital_question === undefined
      ? inputRequired({ inputRequests: { capital_question: sampling('What is the capital of France?', 100) } })
      : text(JSON.stringify(mcpReq.inputResponses.capital_question)),
  )
  tool('test_input_required_result_list_roots', ({ mcpReq }) =>
    mcpReq.inputResponses?.client_roots === undefined
      ? inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
      : text(JSON.stringify(mcpReq.inputResponses.client_roots)),
  )
  const confirmSchema = z.object({ ok: z.boolean() })
  const confirm = inputRequired.elicit({ message: 'Please confirm', requestedSchema: confirmSchema })
  for (const name of ['test_input_required_result_request_state', 'test_input_required_result_tampered_state']) {
    tool(name, async (context) => {
      const state = context.mcpReq.requestState<{ tool: string }>()
      return typeof state === 'object' && context.mcpReq.inputResponses?.confirm !== undefined
        ? text('state-ok')
        : inputRequired({ inputRequests: { confirm }, requestState: await states.mint({ tool: name }) })
    })
  }
  tool('test_input_required_result_multiple_inputs', async ({ mcpReq }) => {
    const answers = mcpReq.inputResponses ?? {}
    return ['user_name', 'greeting', 'client_roots'].every((key) => answers[key] !== undefined)
      ? text('All inputs were received.')
      : inputRequired({
          inputRequests: {
            user_name: askName('What is your name?'),
            greeting: sampling('Generate a greeting', 50),
            client_roots: inputRequired.listRoots(),
          },
          requestState: await states.mint({ step: 1 }),
        })
  })
  tool('test_input_required_result_multi_round', async (context) => {
    const step = context.mcpReq.requestState<{ step: number }>()?.step ?? 0
    if (step === 0)
      return inputRequired({
        inputRequests: { step1: askName('Step 1: What is your name?') },
        requestState: await states.mint({ step: 1 }),
      })
    if (step === 1) {
      const color = z.object({ color: z.string() })
      return inputRequired({
        inputRequests: {
          step2: inputRequired.elicit({ message: 'Step 2: What is your favorite color?', requestedSchema: color }),
        },
        requestState: await states.mint({ step: 2 }),
      })
    }
    return text('Both rounds are done.')
  })
  tool('test_input_required_result_capabilities', (context) => {
    const declared = capabilities(context)
    return inputRequired({
      inputRequests: {
        ...(declared?.sampling === undefined ? {} : { question: sampling('What is the capital of France?', 100) }),
        ...(declared?.elicitation === undefined ? {} : { user_name: askName('What is your name?') }),
      },
      requestState: 'capabilities',
    })
  })
  tool('test_missing_capability', () =>
    inputRequired({ inputRequests: { question: sampling('Is anybody there?', 10) } }),
  )
  tool('test_streaming_elicitation', async (context) => {
    await context.mcpReq.notify({
      method: 'notifications/progress',
      params: { progressToken: context.mcpReq._meta?.progressToken ?? 'stream', progress: 1 },
    })
    const answer = inputResponse(context.mcpReq.inputResponses, 'user_name')
    return answer.kind === 'missing'
      ? inputRequired({ inputRequests: { user_name: askName('What is your name?') } })
      : text('Answered.')
  })
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Conformance fixture: asks before it answers' },
    ((context: ServerContext) => {
      const answer = acceptedContent(context.mcpReq.inputResponses, 'user_context', z.object({ context: z.string() }))
      return answer === undefined
        ? inputRequired({
            inputRequests: {
              user_context: inputRequired.elicit({
                message: 'What context should the prompt use?',
                requestedSchema: z.object({ context: z.string() }),
              }),
            },
          })
        : { messages: [user({ type: 'text', text: `Context: ${answer.context}` })] }
    }) as never,
  )
}

const registerResources = (server: McpServer): void => {
  server.registerResource(
    'static-text',
    'test://static-text',
    { description: 'A text', mimeType: 'text/plain' },
    (uri) => ({
      contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }],
    }),
  )
  server.registerResource(
    'static-binary',
    'test://static-binary',
    { description: 'A picture', mimeType: 'image/png' },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: 'image/png', blob: PNG }] }),
  )
  server.registerResource(
    'watched-resource',
    'test://watched-resource',
    { description: 'A text that could change', mimeType: 'text/plain' },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'Unchanged.' }] }),
  )
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'Data by id', mimeType: 'application/json' },
    (uri, { id }) => ({
      contents: [
        {
          uri: uri.href,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        },
      ],
    }),
  )
}

const registerPrompts = (server: McpServer): void => {
  server.registerPrompt('test_simple_prompt', { description: 'Conformance fixture: no arguments' }, () => ({
    messages: [user({ type: 'text', text: 'This is a simple prompt for testing.' })],
  }))
  server.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'Conformance fixture: two arguments',
      argsSchema: z.object({
        arg1: completable(z.string(), (value) => ['paris', 'park', 'party'].filter((it) => it.startsWith(value))),
        arg2: z.string(),
      }),
    },
    ({ arg1, arg2 }) => ({
      messages: [user({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` })],
    }),
  )
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'Conformance fixture: a resource', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => ({
      messages: [
        user({
          type: 'resource',
          resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        }),
        user({ type: 'text', text: 'Please process the embedded resource above.' }),
      ],
    }),
  )
  server.registerPrompt('test_prompt_with_image', { description: 'Conformance fixture: an image' }, () => ({
    messages: [
      user({ type: 'image', data: PNG, mimeType: 'image/png' }),
      user({ type: 'text', text: 'Please analyze the image above.' }),
    ],
  }))
}

/** One server for one request, as in the product. */
export const createFixtureServer = (): McpServer => {
  const server = new McpServer(
    { name: 'bulkhead-conformance', version: '0.0.0' },
    {
      capabilities: { logging: {}, completions: {}, resources: { subscribe: true } },
      requestState: { verify: states.verify },
    },
  )
  registerContent(server)
  registerInput(server)
  registerResources(server)
  registerPrompts(server)
  // The suite subscribes; a stateless server can only say that it heard.
  server.server.setRequestHandler('resources/subscribe', () => ({}))
  server.server.setRequestHandler('resources/unsubscribe', () => ({}))
  return server
}
