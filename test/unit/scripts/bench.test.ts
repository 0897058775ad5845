/** The bench's own arithmetic, against a small server: turns that alternate, and no error that counts as an answer. */
import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { startDistance } from '../../../scripts/bench/distance.ts'
import { goalRow, millisAtMost, ratioAbove, ratioAtMost, tokensAtMost } from '../../../scripts/bench/goals.ts'
import { markdownTable } from '../../../scripts/bench/markdown.ts'
import { alternate, type Call, type Side, send, throughput, WARM_UP_CALLS } from '../../../scripts/bench/measure.ts'
import { peers } from '../../../scripts/bench/peers.ts'

const call: Call = { method: 'tools/call', params: { name: 'pods_list', arguments: {} } }
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** Answers every call with `body`, and writes its own name down. */
const sideOf = async (name: string, body: unknown, asked: string[] = []): Promise<Side> => {
  const server = createServer((request, response) => {
    asked.push(`${name} ${request.headers.authorization ?? 'nobody'}`)
    request.resume().on('end', () => response.end(JSON.stringify(body)))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { name, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, key: name === 'a' ? 'key' : '' }
}

describe('the bench', () => {
  test('asks both sides as often, in an order that turns, and counts the bytes of an answer', async () => {
    const asked: string[] = []
    const sides = [await sideOf('a', { result: { text: 'é' } }, asked), await sideOf('b', { result: {} }, asked)]
    const [a, b] = await alternate(sides, call, 5)
    const [A, B] = ['a Bearer key', 'b nobody']
    expect(asked.slice(-10)).toEqual([A, B, B, A, A, B, B, A, A, B])
    // What comes before warms up, one side after the other, and is not counted.
    const warmUp = asked.slice(0, -10)
    const turn = warmUp.indexOf(B)
    expect(new Set(warmUp.slice(0, turn))).toEqual(new Set([A]))
    expect(new Set(warmUp.slice(turn))).toEqual(new Set([B]))
    expect(Math.max(turn, warmUp.length - turn)).toBeLessThanOrEqual(WARM_UP_CALLS)
    expect(a?.bytes).toBe('{"result":{"text":"é"}}'.length + 1)
    expect(b?.bytes).toBe('{"result":{}}'.length)
    expect(a?.p50).toBeGreaterThan(0)
    expect(a?.p90).toBeGreaterThanOrEqual(a?.p50 ?? Number.NaN)
  })

  test('makes exactly so many calls, however many senders there are', async () => {
    const asked: string[] = []
    const [rate = 0] = await throughput([await sideOf('a', { result: {} }, asked)], call, {
      parallel: 3,
      calls: 10,
      turns: 2,
    })
    expect(asked.length).toBe(20)
    expect(rate).toBeGreaterThan(0)
  })

  test.each([[{ error: { code: -32601 } }], [{ result: { isError: true, content: [] } }], [{ code: 'host_refused' }]])(
    'ends with %j, and does not time it',
    async (body) => {
      await expect(send(await sideOf('a', body), call)).rejects.toThrow(/^a answered/)
    },
  )
})

test('what runs in the bench’s own process loads in plain Node, the console’s pages included', async () => {
  const parts = ['compare', 'cost', 'latency', 'profile', 'scale', 'trips']
  const imports = ['lib/tsx', ...parts.map((it) => `bench/${it}`)].map((it) => `await import('./scripts/${it}.ts')`)
  const script = imports.join('; ')
  const cwd = new URL('../../../', import.meta.url).pathname
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd })
})

describe('goals', () => {
  test.each([
    [ratioAtMost('a', 0.3, 0.3), ['a', '≤ 0.30 ×', '0.30 ×', 'met']],
    [ratioAtMost('a', 0.3, 0.31), ['a', '≤ 0.30 ×', '0.31 ×', 'missed']],
    [ratioAbove('a', 1, 1), ['a', '> 1.00 ×', '1.00 ×', 'missed']],
    [ratioAbove('a', 1, 1.2), ['a', '> 1.00 ×', '1.20 ×', 'met']],
    [tokensAtMost('a', 12_000, 12_001), ['a', '≤ 12,000 tokens', '12,001', 'missed']],
    [millisAtMost('a', 2.5, 2.5), ['a', '≤ 2.5 ms', '2.5 ms', 'met']],
    [millisAtMost('a', 2.5, undefined), ['a', '≤ 2.5 ms', 'not measured', '']],
  ])('%# are met or missed, and what was not measured is neither', (goal, row) => {
    expect(goalRow(goal)).toEqual(row)
  })

  test('a table is Markdown whose columns stand below each other', () => {
    expect(
      markdownTable(
        ['', 'ms'],
        [
          ['one', '2.00'],
          ['longer', '3'],
        ],
      ),
    ).toBe(['|        | ms   |', '| ------ | ---- |', '| one    | 2.00 |', '| longer | 3    |'].join('\n'))
  })
})

describe('the other servers', () => {
  const asked = (name: string, args: Readonly<Record<string, unknown>>) =>
    peers.map((peer) => peer.translate({ method: 'tools/call', params: { name, arguments: args } }).params)

  test('are asked in their own words for what Bulkhead is asked', () => {
    expect(asked('pods_list', { namespace: 'load', limit: 500 })).toEqual([
      { name: 'pods_list_in_namespace', arguments: { namespace: 'load' } },
      { name: 'kubectl_get', arguments: { resourceType: 'pods', namespace: 'load' } },
    ])
    expect(asked('resources_get', { kind: 'Pod', namespace: 'load', name: 'web' })).toEqual([
      { name: 'resources_get', arguments: { apiVersion: 'v1', kind: 'Pod', namespace: 'load', name: 'web' } },
      { name: 'kubectl_get', arguments: { resourceType: 'Pod', namespace: 'load', name: 'web' } },
    ])
  })

  test('listen on loopback only, and may only read', () => {
    const [go, node] = peers
    expect(go?.arguments(1, '/k')).toEqual(expect.arrayContaining(['--bind-address', '127.0.0.1', '--read-only']))
    expect(node?.environment(1, '/k')).toMatchObject({ HOST: '127.0.0.1', ALLOW_ONLY_READONLY_TOOLS: 'true' })
  })
})

test('a distance holds what is sent back for half a round trip both ways, in its order', async () => {
  const body = { result: { text: 'x'.repeat(200_000) } }
  const near = await sideOf('a', body)
  const way = await startDistance(near.url, 60)
  try {
    const far = { ...near, url: `${way.server.replace('https:', 'http:')}/mcp` }
    const answered = await send(far, call)
    expect(answered.text).toBe(JSON.stringify(body))
    // A timer may fire a little before its time.
    expect(answered.ms).toBeGreaterThan(58)
  } finally {
    await way.stop()
  }
})
