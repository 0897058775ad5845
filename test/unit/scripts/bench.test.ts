/** The bench's own arithmetic, against a small server: turns that alternate, and no error that counts as an answer. */
import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { alternate, type Call, type Side, send, throughput } from '../../../scripts/bench/measure.ts'

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
    // One round in five comes before and is not counted.
    expect(asked.length).toBe(12)
    expect(asked.slice(0, 4)).toEqual(['b nobody', 'a Bearer key', 'a Bearer key', 'b nobody'])
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
  const script =
    "await import('./scripts/lib/tsx.ts'); await import('./scripts/bench/trips.ts'); await import('./scripts/bench/profile.ts')"
  const cwd = new URL('../../../', import.meta.url).pathname
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd })
})
