/** The endpoint itself: who gets JSON and who a stream, what is listed and what may be called, and the headers between. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { tools } from '../../../src/tools/index.ts'
import { GET_CONFIG, keyOf, PUBLIC_URL, post, run } from './setup.ts'

const MODERN = '2026-07-28'
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '0' },
}

const legacyCall = (meta: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: GET_CONFIG[0], arguments: GET_CONFIG[1], _meta: meta },
})
const modernCall = (args: object, meta: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: GET_CONFIG[0], arguments: args, _meta: { ...ENVELOPE, ...meta } },
})
const modernHeaders = { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call', 'mcp-name': GET_CONFIG[0] }
const typeOf = (response: Response) => response.headers.get('content-type')?.split(';')[0]

describe('answers', () => {
  test('are JSON in both eras', async () => {
    const it = run()
    expect(typeOf(await post(it, legacyCall()))).toBe('application/json')
    expect(typeOf(await post(it, modernCall(GET_CONFIG[1]), modernHeaders))).toBe('application/json')
  })

  test('are a stream with progress where a progress token asks for it, in both eras', async () => {
    const it = run()
    for (const response of [
      await post(it, legacyCall({ progressToken: 'p1' })),
      await post(it, modernCall(GET_CONFIG[1], { progressToken: 'p1' }), modernHeaders),
    ]) {
      expect(typeOf(response)).toBe('text/event-stream')
      const text = await response.text()
      expect(text).toMatch(/notifications\/progress.*get configmaps/)
      expect(text).toMatch(/colour: green/)
    }
  })
})

describe('progress', () => {
  test('goes on while a call has nothing new to say, in both eras, and ends with it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    try {
      for (const [body, headers] of [
        [legacyCall({ progressToken: 'p1' }), {}],
        [modernCall(GET_CONFIG[1], { progressToken: 'p1' }), modernHeaders],
      ] as const) {
        let answer: (response: Response) => void = () => undefined
        const it = run({
          send: (path) =>
            path.includes('/configmaps/')
              ? new Promise((resolve) => {
                  answer = resolve
                })
              : undefined,
        })
        const asked = post(it, body, headers)
        while (it.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
        // Under the API server's own deadline (10 s).
        await vi.advanceTimersByTimeAsync(9_000)
        answer(Response.json({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: {} }))
        const text = await (await asked).text()
        const said = Array.from(text.matchAll(/"progress":(\d+),"message":"([^"]*)"/g), ([, at, words]) => [at, words])
        expect(said).toEqual([
          ['1', 'get configmaps'],
          ['2', 'still at it: get configmaps'],
        ])
        expect(vi.getTimerCount()).toBe(0)
      }
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('what is wrong with a request', () => {
  test.each([
    ['GET', 405],
    ['DELETE', 405],
    ['PUT', 405],
  ])('%s is %i, and says what is served', async (method, status) => {
    const response = await run().app.fetch(
      new Request(`${PUBLIC_URL}/mcp`, { method, headers: { authorization: `Bearer ${keyOf('a')}` } }),
    )
    expect(response.status).toBe(status)
    expect(response.headers.get('allow')).toBe('POST')
  })

  test('no JSON is malformed_request, another type unsupported_media_type', async () => {
    const it = run()
    expect((await post(it, '{"jsonrpc":')).status).toBe(400)
    expect((await post(it, '{}', { 'content-type': 'text/plain' })).status).toBe(415)
  })

  test('a body larger than the limit is 413, whatever Content-Length says', async () => {
    const it = run()
    const body = new ReadableStream({
      start(controller) {
        for (let chunk = 0; chunk < 70; chunk++) controller.enqueue(new Uint8Array(65_536).fill(32))
        controller.close()
      },
    })
    const request = new Request(`${PUBLIC_URL}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keyOf('a')}`, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit)
    expect((await it.app.fetch(request)).status).toBe(413)
  })

  test('a cluster in the header that differs from the argument is refused before the call', async () => {
    const it = run()
    const args = { ...GET_CONFIG[1], cluster: 'prod' }
    expect((await post(it, modernCall(args), { ...modernHeaders, 'mcp-param-cluster': 'prod' })).status).toBe(200)
    const response = await post(it, modernCall(args), { ...modernHeaders, 'mcp-param-cluster': 'test' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: -32020 } })
    expect(it.asked).toHaveLength(1)
  })

  test('a tool that is hidden from the caller is refused on record, whatever headers it would have', async () => {
    const it = run({
      config: {
        policy: [{ name: 'look', clusters: ['prod'], verbs: ['list'], resources: ['pods'], decision: 'allow' }],
      },
    })
    const args = { ...GET_CONFIG[1], cluster: 'prod' }
    const body = (response: Response) => response.json() as Promise<{ result: { _meta: object } }>
    const hidden = { ...modernCall(args), params: { ...modernCall(args).params, name: 'nodes_cordon' } }
    const response = await post(it, hidden, { ...modernHeaders, 'mcp-name': 'nodes_cordon' })
    expect(response.status).toBe(200)
    expect((await body(response)).result._meta).toMatchObject({ 'bulkhead/error': { code: 'unknown_tool' } })
    expect(await it.records('gateway')).toMatchObject([{ kind: 'refusal', tool: 'unknown', code: 'unknown_tool' }])
  })

  test('a cluster that is missing in the header is still refused for a tool that the caller sees', async () => {
    const response = await post(run(), modernCall({ ...GET_CONFIG[1], cluster: 'prod' }), modernHeaders)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: -32020 } })
  })
})

/** Policies of the kinds that people write: by group, verb and resource, some of which hide tools. */
const rule = fc.record({
  verbs: fc.option(fc.subarray(['get', 'list', 'patch'] as const, { minLength: 1 }), { nil: undefined }),
  resources: fc.option(
    fc.subarray(['pods', 'pods/log', 'pods/*', 'configmaps', 'events', '*.apps', '*'], { minLength: 1 }),
    { nil: undefined },
  ),
  groups: fc.option(fc.constantFrom(['agents'], ['others']), { nil: undefined }),
  decision: fc.constantFrom('allow' as const, 'deny' as const, 'approve' as const),
})

describe('the catalogue', () => {
  test('L3-3 a tool can be called exactly when it is listed, under every policy', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { maxLength: 4 }), async (rules) => {
        const policy = rules.map((it, index) => ({
          ...JSON.parse(JSON.stringify(it)),
          name: `r${index}`,
          clusters: ['prod'],
        }))
        const it = run({ config: { policy } })
        const response = await post(it, { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
        const body = (await response.json()) as { result: { tools: { name: string }[] } }
        const listed = new Set(body.result.tools.map((tool) => tool.name))
        for (const tool of tools) {
          const { code } = await it.call(tool.name, { notAnArgument: true })
          expect(code, tool.name).toBe(listed.has(tool.name) ? 'invalid_arguments' : 'unknown_tool')
        }
      }),
      { numRuns: 60 },
    )
  })
})
