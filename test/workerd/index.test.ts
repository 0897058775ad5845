/** The ports on Cloudflare, put together. */
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { configSchema } from '../../src/config.ts'
import { type BulkheadEnv, cloudflarePorts } from '../../src/platform/cloudflare/index.ts'
import { rejects } from '../contracts/assert.ts'
import { call, NOW } from '../contracts/ledger-parts.ts'

const config = configSchema.parse({
  publicUrl: 'https://bulkhead.example.com',
  masterKey: { secret: 'BULKHEAD_KEY' },
  identity: {},
  clusters: { prod: { server: 'https://10.0.0.1:6443', credentials: { read: { token: { secret: 'TOKEN' } } } } },
})
const ports = cloudflarePorts({ ...(env as unknown as BulkheadEnv), TOKEN: 'of-no-use' }, config)

test('one set of ports: secrets, address, ledger', async () => {
  expect(await ports.secrets.get('TOKEN')).toBe('of-no-use')
  expect(ports.clientAddress(new Request('https://bulkhead.example.com/mcp'))).toBe('')
  const request = new Request('https://bulkhead.example.com/mcp', { headers: { 'cf-connecting-ip': '192.0.2.7' } })
  expect(ports.clientAddress(request)).toBe('192.0.2.7')
  expect(await ports.ledgers.ledger('prod').append({ now: NOW, entry: call('c1') })).toEqual({ seq: 1 })
  expect(ports.random(16)).toHaveLength(16)
  await rejects(() => ports.transport('test', 'read'), 'unknown_cluster', 'a cluster that is not configured')
  await rejects(() => ports.fetchIssuer('http://127.0.0.1/', AbortSignal.timeout(1)), 'internal', 'plain http')
})

test('background work that fails is logged and nothing else', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    const failing = Promise.reject(new Error('of-no-use'))
    ports.background.run(failing)
    await failing.catch(() => undefined)
    await Promise.resolve()
    expect(log.mock.calls).toEqual([[expect.stringContaining('"event":"background_failed"')]])
    expect(String(log.mock.calls)).not.toContain('of-no-use')
  } finally {
    log.mockRestore()
  }
})
