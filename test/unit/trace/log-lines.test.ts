/** The log: a closed list of lines, each one line whatever the input, and none with a value (THREATS.md L5-4). */
import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EVENTS, type LogLine } from '../../../src/events.ts'
import { tools } from '../../../src/tools/index.ts'
import { PUBLIC_URL, post, run } from '../app/setup.ts'

const src = new URL('../../../src/', import.meta.url).pathname
const source = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && file !== 'events.ts')
  .map((file) => readFileSync(`${src}${file}`, 'utf8'))
  .join('\n')

/** More than any line has to say. */
const MAX_LINE = 4_096

const check = (lines: readonly LogLine[]): void => {
  for (const line of lines) {
    const { event, ...facts } = line
    const known: readonly string[] = EVENTS[event].facts
    expect(Object.keys(facts).filter((it) => !known.includes(it))).toEqual([])
    const text = JSON.stringify(line)
    expect(text).not.toMatch(/[\n\r\u2028\u2029]/)
    expect(text.length).toBeLessThan(MAX_LINE)
  }
}

const callOf = (name: unknown, args: unknown, meta: unknown = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args, _meta: meta },
})

test('every line that the list names is written somewhere', () => {
  const unwritten = Object.keys(EVENTS).filter((name) => !source.includes(`event: '${name}'`))
  expect(unwritten).toEqual([])
})

describe('a call', () => {
  test('is one line with its request, its trace and its outcome', async () => {
    const it = run()
    const traceId = 'a'.repeat(32)
    const meta = { traceparent: `00-${traceId}-${'b'.repeat(16)}-00` }
    const args = { kind: 'ConfigMap', name: 'settings', namespace: 'shop' }
    const response = await post(it, callOf('resources_get', args, meta))
    const request = response.headers.get('x-request-id')
    await it.ports.background.settled()
    expect(it.ports.lines).toEqual([
      {
        event: 'call',
        request,
        trace: traceId,
        call: expect.stringMatching(/^[0-9a-f]{20}$/),
        tool: 'resources_get',
        cluster: 'prod',
        outcome: 'ok',
        ms: 0,
        bytes: expect.any(Number),
        redactions: 1,
        hidden: 0,
        suspicious: 0,
      },
    ])
    check(it.ports.lines)
  })

  test('that fails for an operator’s reason has a second line with the same ids', async () => {
    const it = run({ send: () => Promise.reject(new TypeError('connection refused')) })
    await it.call('pods_list', { namespace: 'shop' })
    const [failed, call] = it.ports.lines
    expect(failed).toMatchObject({ event: 'call_failed', code: 'cluster_unreachable' })
    expect(call).toMatchObject({ event: 'call', outcome: 'cluster_unreachable' })
    expect([failed?.call, failed?.request]).toEqual([call?.call, call?.request])
    check(it.ports.lines)
  })

  test('L5-4 whatever is asked and answered: one line a call, and no planted value in any', async () => {
    const canary = ['fixture', 'canary', 'b7d2'].join('-')
    const status = (message: string) => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code: 500 })
    const it = run({
      config: { limits: { callsPerMinute: 1_000_000, bytesPerMinute: 1_000_000_000 } },
      send: (path) =>
        /namespaces/.test(path)
          ? Promise.resolve(Response.json(status(`no ${canary}\nreally`), { status: 500 }))
          : undefined,
    })
    const planted = fc
      .tuple(fc.string(), fc.constantFrom(canary, `${canary}\n{"event":"call"}`, `\u2028${canary}`), fc.string())
      .map((parts) => parts.join(''))
    const value = fc.oneof(
      planted,
      fc.anything({ values: [planted], maxDepth: 2 }).map((it) => it ?? canary),
    )
    const known = fc.constantFrom(...tools.map(({ name }) => name))
    const args = fc.oneof(
      fc.dictionary(fc.oneof(planted, fc.constantFrom('name', 'namespace', 'kind', 'cluster', 'labelSelector')), value),
      fc.record({ name: fc.constantFrom(canary, 'a'), namespace: fc.constantFrom('shop', canary) }),
    )
    const header = fc.constantFrom(`${canary}-1`, `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`)
    await fc.assert(
      fc.asyncProperty(fc.oneof(known, planted), args, planted, header, async (name, given, state, parent) => {
        it.ports.lines.length = 0
        await post(it, callOf(name, given, { traceparent: parent, tracestate: state }), {
          traceparent: parent,
          'mcp-protocol-version': '2025-11-25',
        })
        await it.ports.background.settled()
        check(it.ports.lines)
        expect(it.ports.lines.filter(({ event }) => event === 'call').length).toBe(1)
        expect(JSON.stringify(it.ports.lines)).not.toContain(canary)
      }),
      { numRuns: 300 },
    )
  })

  test('what is no call is no line of one, and what is no MCP says why without quoting it', async () => {
    const it = run()
    const canary = ['fixture', 'canary', 'c8e3'].join('-')
    await post(it, { jsonrpc: '2.0', id: 1, method: canary, params: {} })
    await post(it, `{"${canary}`)
    await post(it, [canary])
    await it.app.fetch(new Request(`${PUBLIC_URL}/${canary}`))
    await it.app.fetch(new Request(`${PUBLIC_URL}/mcp`, { headers: { authorization: `Bearer ${canary}` } }))
    await it.ports.background.settled()
    check(it.ports.lines)
    expect(it.ports.lines.filter(({ event }) => event === 'call')).toEqual([])
    expect(JSON.stringify(it.ports.lines)).not.toContain(canary)
  })
})
