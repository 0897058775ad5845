/** The ports on Deno, put together. */
import { configSchema } from '../../src/config.ts'
import { denoPorts } from '../../src/platform/deno/index.ts'
import { equal, ok, rejects } from '../contracts/assert.ts'
import { call, NOW } from '../contracts/ledger-parts.ts'
import { withFolder } from './suites.ts'

const config = configSchema.parse({
  publicUrl: 'http://127.0.0.1:8080',
  masterKey: { secret: 'BULKHEAD_KEY' },
  identity: {},
  clusters: { prod: { server: 'https://10.0.0.1:6443', credentials: { read: { token: { secret: 'TOKEN' } } } } },
})

Deno.test('one set of ports: secrets, address, ledger, and one process at a time', () =>
  withFolder(async (folder) => {
    const options = {
      kvPath: `${folder}/bulkhead.kv`,
      env: (name: string) => (name === 'TOKEN' ? 'of-no-use' : undefined),
    }
    const ports = await denoPorts(config, options)
    equal(await ports.secrets.get('TOKEN'), 'of-no-use', 'a secret')
    const request = new Request('http://127.0.0.1:8080/mcp')
    equal(ports.clientAddress(request), '', 'an address nobody told')
    ports.came(request, { transport: 'tcp', hostname: '192.0.2.7', port: 1234 })
    equal(ports.clientAddress(request), '192.0.2.7', 'the address')
    equal((await ports.ledgers.ledger('prod').append({ now: NOW, entry: call('c1') })).seq, 1, 'a record')
    equal(ports.random(16).length, 16, 'random bytes')
    await rejects(() => ports.transport('test', 'read'), 'unknown_cluster', 'a cluster that is not configured')
    await rejects(() => ports.fetchIssuer('http://127.0.0.1/', AbortSignal.timeout(1)), 'internal', 'plain http')
    await rejects(() => denoPorts(config, options), 'not_ready', 'a second set')
    ports.close()
    const again = await denoPorts(config, options)
    equal((await again.ledgers.ledger('prod').status()).seq, 1, 'after a restart')
    again.close()
  }))

Deno.test('background work that fails is logged and nothing else', () =>
  withFolder(async (folder) => {
    const ports = await denoPorts(config, { kvPath: `${folder}/bulkhead.kv` })
    const lines: string[] = []
    const { error } = console
    console.error = (line: string) => lines.push(line)
    try {
      const failing = Promise.reject(new Error('of-no-use'))
      ports.background.run(failing)
      await failing.catch(() => undefined)
      await Promise.resolve()
    } finally {
      console.error = error
      ports.close()
    }
    ok(lines[0]?.includes('"event":"background_failed"') && !lines[0].includes('of-no-use'), `logged: ${lines[0]}`)
  }))
