/** Cache, secrets, shield and transport on Deno keep the contracts; the transport against a real TLS server. */
import { createAuthority } from '../../scripts/lib/pki.ts'
import { createCache } from '../../src/platform/deno/cache.ts'
import { createSecrets } from '../../src/platform/deno/secrets.ts'
import { openStorage } from '../../src/platform/deno/storage.ts'
import { createTransports } from '../../src/platform/deno/transports.ts'
import { createMemoryShield } from '../../src/platform/shield.ts'
import { equal, ok, rejection, rejects } from '../contracts/assert.ts'
import { cacheContract } from '../contracts/cache.ts'
import { secretsContract } from '../contracts/secrets.ts'
import { ALLOWED, shieldContract } from '../contracts/shield.ts'
import { answer, transportContract } from '../contracts/transport.ts'
import { contract, withFolder } from './suites.ts'

for (const { name, run } of cacheContract) {
  Deno.test(`Cache: ${name}`, () =>
    withFolder(async (folder) => {
      const { kv, close } = await openStorage(`${folder}/bulkhead.kv`)
      try {
        await run(async () => createCache(kv))
      } finally {
        close()
      }
    }))
}

Deno.test('Cache: a storage that fails is an empty one', () =>
  withFolder(async (folder) => {
    const { kv, close } = await openStorage(`${folder}/bulkhead.kv`)
    const cache = createCache(kv)
    await cache.put('key', 'value', 60)
    close()
    equal(await cache.get('key'), undefined, 'the value')
    await cache.put('key', 'value', 60)
  }))

const folder = '/nonexistent'
contract('Secrets from the environment', secretsContract, async (values) =>
  createSecrets({ env: (name) => (Object.hasOwn(values, name) ? values[name] : undefined), folder }),
)

for (const { name, run } of secretsContract) {
  Deno.test(`Secrets from files: ${name}`, () =>
    withFolder((folder) =>
      run(async (values) => {
        for (const [key, value] of Object.entries(values)) await Deno.writeTextFile(`${folder}/${key}`, `${value}\n`)
        return createSecrets({ env: () => undefined, folder })
      }),
    ))
  Deno.test(`Secrets from files that the environment names: ${name}`, () =>
    withFolder((folder) =>
      run(async (values) => {
        const env = new Map<string, string>()
        for (const [key, value] of Object.entries(values)) {
          await Deno.writeTextFile(`${folder}/mounted-${key}`, value)
          env.set(`${key}_FILE`, `${folder}/mounted-${key}`)
        }
        return createSecrets({ env: (key) => env.get(key), folder })
      }),
    ))
}

Deno.test('Secrets: a name cannot be a path, and a file that is too long is refused', () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/LONG`, 'x'.repeat(65_537))
    const secrets = createSecrets({ env: () => undefined, folder })
    for (const name of ['../etc/passwd', '/etc/passwd', 'LONG', '.', '']) {
      await rejects(() => secrets.get(name), 'secret_unavailable', name)
    }
  }))

const clock = { now: () => 1_793_491_200_000 }
contract('Shield', shieldContract, async () => createMemoryShield(clock, { requests: ALLOWED, periodMs: 10_000 }))

const authority = await createAuthority('A test authority')
const issued = await authority.issue({ commonName: 'api', altNames: ['127.0.0.1'], usage: 'server' })

/** A TLS server with a certificate that only our authority vouches for. */
const serve = () => {
  let seen = 0
  const server = Deno.serve(
    { hostname: '127.0.0.1', port: 0, cert: issued.certificate, key: issued.key, onListen: () => undefined },
    (request) => {
      seen++
      return answer(request)
    },
  )
  return { server, url: `https://127.0.0.1:${server.addr.port}/base`, seen: async () => seen }
}

const credentials = { read: { token: { secret: 'TOKEN' } } }
const secretsOf = (values: Readonly<Record<string, string>>) => createSecrets({ env: (name) => values[name], folder })

const connect = (url: string, values: Readonly<Record<string, string>>, more: object = {}) =>
  createTransports({ clusters: { prod: { server: url, credentials, ...more } } }, secretsOf(values))

for (const { name, run } of transportContract) {
  Deno.test(`Transport: ${name}`, async () => {
    const { server, url, seen } = serve()
    const transports = connect(url, { CA: authority.certificate }, { certificateAuthority: { secret: 'CA' } })
    try {
      await run(async () => ({ transport: await transports.transport('prod', 'read'), seen }))
    } finally {
      transports.close()
      await server.shutdown()
    }
  })
}

const ask = async (transports: ReturnType<typeof connect>) => {
  const transport = await transports.transport('prod', 'read')
  const response = await transport.fetch('/version', { method: 'GET', headers: {}, signal: AbortSignal.timeout(5000) })
  await response.body?.cancel()
  return response.status
}

Deno.test('Transport: L4-4 without its authority the server is not trusted; a changed secret is used at once', async () => {
  const { server, url, seen } = serve()
  const other = await createAuthority('Another authority')
  const values = { CA: other.certificate }
  const transports = connect(url, values, { certificateAuthority: { secret: 'CA' } })
  try {
    ok((await rejection(() => ask(transports), 'another authority')) instanceof TypeError, 'a TLS error')
    equal(await seen(), 0, 'requests that arrived')
    values.CA = authority.certificate
    equal(await ask(transports), 200, 'after the rotation')
    values.CA = 'not a certificate'
    const error = await rejects(() => ask(transports), 'not_ready', 'nonsense')
    ok(!error.detail?.includes('not a certificate'), 'the words hold the value')
  } finally {
    transports.close()
    await server.shutdown()
  }
})

Deno.test('Transport: an unknown cluster and a missing secret are coded errors', async () => {
  const transports = connect('https://127.0.0.1:1', {}, { certificateAuthority: { secret: 'CA' } })
  await rejects(() => transports.transport('test', 'read'), 'unknown_cluster', 'unknown')
  await rejects(() => transports.transport('prod', 'read'), 'secret_unavailable', 'no secret')
})

/** Deno's own server cannot ask for a client certificate; Node's can. It prints its port, and answers with who asks. */
const ASKS_FOR_CERTIFICATE = `
  const [cert, key, ca] = process.argv.slice(1)
  const options = { cert, key, ca, requestCert: true, rejectUnauthorized: true }
  require('node:https')
    .createServer(options, (request, response) => response.end(request.socket.getPeerCertificate().subject.CN))
    .listen(0, '127.0.0.1', function () { console.log(this.address().port) })`

Deno.test('Transport: a client certificate is shown to the cluster', async () => {
  const agent = await authority.issue({ commonName: 'bulkhead-read', usage: 'client' })
  const node = new URL('../../node_modules/.bin/node', import.meta.url).pathname
  const args = ['-e', ASKS_FOR_CERTIFICATE, '--', issued.certificate, issued.key, authority.certificate]
  const child = new Deno.Command(node, { args, stdout: 'piped' }).spawn()
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
  const port = (await reader.read()).value?.trim()
  const transports = connect(
    `https://127.0.0.1:${port}`,
    { CA: authority.certificate, CERT: agent.certificate, KEY: agent.key },
    {
      certificateAuthority: { secret: 'CA' },
      credentials: { read: { clientCertificate: { secret: 'CERT' }, clientKey: { secret: 'KEY' } } },
    },
  )
  try {
    const transport = await transports.transport('prod', 'read')
    const response = await transport.fetch('/', { method: 'GET', headers: {}, signal: AbortSignal.timeout(5000) })
    equal(await response.text(), 'bulkhead-read', 'who asked')
  } finally {
    transports.close()
    child.kill()
    await reader.cancel()
    await child.status
  }
})
