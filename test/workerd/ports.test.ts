/** Cache, secrets, shield and transport on Cloudflare's bindings keep the contracts. */
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { createCache } from '../../src/platform/cloudflare/cache.ts'
import type { BulkheadEnv } from '../../src/platform/cloudflare/index.ts'
import { createSecrets } from '../../src/platform/cloudflare/secrets.ts'
import { createShield } from '../../src/platform/cloudflare/shield.ts'
import { clusterTransport } from '../../src/platform/cloudflare/transport.ts'
import { rejects } from '../contracts/assert.ts'
import { cacheContract } from '../contracts/cache.ts'
import { secretsContract } from '../contracts/secrets.ts'
import { shieldContract } from '../contracts/shield.ts'
import { answer, transportContract } from '../contracts/transport.ts'

const bindings = env as unknown as BulkheadEnv
const credentials = { read: { token: { secret: 'TOKEN' } } }
const server = 'https://10.0.0.1:6443/base'

describe('Cache on Workers KV', () => {
  for (const { name, run } of cacheContract) test(name, () => run(async () => createCache(bindings.CACHE)))
  test('a namespace that fails is an empty one', async () => {
    const fails = () => Promise.reject(new Error('KV GET failed: 503'))
    const cache = createCache({ get: fails, put: fails } as unknown as KVNamespace)
    await cache.put('key', 'value', 60)
    expect(await cache.get('key')).toBeUndefined()
  })
})

describe('Secrets from the Worker', () => {
  for (const { name, run } of secretsContract) test(name, () => run(async (values) => createSecrets(values)))
})

describe('Secrets from the Secrets Store', () => {
  const stored = (value: string) => ({ get: async () => value })
  for (const { name, run } of secretsContract) {
    test(name, () =>
      run(async (values) =>
        createSecrets(Object.fromEntries(Object.entries(values).map(([key, value]) => [key, stored(value)]))),
      ),
    )
  }
  test('a store that fails is a coded error that keeps its words to itself', async () => {
    const secrets = createSecrets({ TOKEN: { get: () => Promise.reject(new Error('of-no-use')) } })
    const error = await rejects(() => secrets.get('TOKEN'), 'secret_unavailable', 'a failing store')
    expect(JSON.stringify([error.message, error.detail, error.cause])).not.toContain('of-no-use')
  })
  test('another binding is no secret', async () => {
    const secrets = createSecrets(bindings)
    for (const name of ['CACHE', 'LEDGER', 'SHIELD']) await rejects(() => secrets.get(name), 'secret_unavailable', name)
  })
})

describe('Shield on the rate-limit binding', () => {
  // test/workerd/vitest.config.ts gives the binding the contract's size.
  for (const { name, run } of shieldContract) test(name, () => run(async () => createShield(bindings.SHIELD)))
  test('a binding that fails lets pass', async () => {
    const shield = createShield({ limit: () => Promise.reject(new Error('no limiter')) })
    expect(await shield.allow('192.0.2.9')).toBe(true)
  })
})

describe('Transport by the public network', () => {
  const seen = async () => Number(await (await fetch('https://count.example.com/')).text())
  for (const { name, run } of transportContract) {
    test(name, () =>
      run(async () => ({ transport: clusterTransport('prod', { server, credentials }, {}, 'read'), seen })),
    )
  }
})

describe('Transport by a binding', () => {
  for (const { name, run } of transportContract) {
    test.each(['vpcService', 'mtlsBinding'])(`${name} (%s)`, (key) =>
      run(async () => {
        let seen = 0
        const K8S_PROD = {
          fetch(url: string, init: RequestInit) {
            seen++
            return answer(new Request(url, init))
          },
        }
        const transport = clusterTransport('prod', { server, credentials, [key]: 'K8S_PROD' }, { K8S_PROD }, 'read')
        return { transport, seen: async () => seen }
      }),
    )
  }
  test('a binding that is missing is an error, and the public network no replacement', async () => {
    const open = async () => clusterTransport('prod', { server, credentials, vpcService: 'K8S_PROD' }, {}, 'read')
    const error = await rejects(open, 'not_ready', 'a missing binding')
    expect(error.detail).toContain('K8S_PROD')
  })
})
