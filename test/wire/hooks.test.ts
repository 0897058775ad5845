/**
 * Hooks over the wire on both platforms: each sender's payload of docs/webhooks, by the very requests that the document
 * shows; the report is kept, and shown once also after the process was killed in the middle of the job.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoCanaries } from '../../scripts/demo/seed/canaries.ts'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { createAuthority } from '../../scripts/lib/pki.ts'
import { startDeno } from '../../scripts/local/deno.ts'
import { freePort } from '../../scripts/local/free-port.ts'
import { configSchema } from '../../src/config.ts'
import type { LedgerRecord } from '../../src/ports.ts'
import { CLIENTS, connectClient } from '../support/clients.ts'
import { type Gateway, gatewayForDemo } from '../support/gateway.ts'
import { GENERIC_PATHS, payload, signed } from '../support/hook-bench.ts'
import { PLATFORMS, type RunningProduct, startProduct } from '../support/platforms.ts'

const START_MS = 120_000
const CLUSTER = { label: 'cluster', map: { 'eu-1': 'demo' } }
const HOOKS = {
  alertmanager: { type: 'alertmanager', bearer: { secret: 'AM_TOKEN' }, cluster: CLUSTER, groups: ['agents'] },
  am: { type: 'alertmanager', bearer: { secret: 'AM_TOKEN' }, cluster: CLUSTER, groups: ['agents'] },
  basic: {
    type: 'alertmanager',
    basic: { username: 'alertmanager', password: { secret: 'AM_PASSWORD' } },
    cluster: 'demo',
    groups: ['agents'],
  },
  grafana: { type: 'grafana', hmac: { secret: 'GRAFANA_KEY' }, cluster: CLUSTER, groups: ['agents'] },
  pagerduty: { type: 'pagerduty', hmac: { secret: 'PAGERDUTY_KEY' }, cluster: 'demo', groups: ['agents'] },
  generic: {
    type: 'generic',
    hmac: { secret: 'GENERIC_KEY' },
    paths: GENERIC_PATHS,
    cluster: CLUSTER,
    groups: ['agents'],
  },
}
const NAMES = ['AM_TOKEN', 'AM_PASSWORD', 'GRAFANA_KEY', 'PAGERDUTY_KEY', 'GENERIC_KEY']
const bodyOf = (hook: string) => JSON.stringify(payload(['am', 'basic'].includes(hook) ? 'alertmanager' : hook))

const root = new URL('../../', import.meta.url).pathname
/** What docs/webhooks.md tells to type, by the hook that it is for. */
const COMMANDS = [...readFileSync(`${root}docs/webhooks.md`, 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(
  ([, command = '']) => [/hooks\/([a-z]+)"\n/.exec(command)?.[1] ?? '', command] as const,
)

let demo: Awaited<ReturnType<typeof startDemoCluster>>
let gateway: Gateway
beforeAll(async () => {
  demo = await startDemoCluster()
  const made = gatewayForDemo(demo)
  const secrets = Object.fromEntries(NAMES.map((name) => [name, randomBytes(24).toString('base64url')]))
  gateway = { ...made, config: { ...made.config, hooks: HOOKS }, secrets: { ...made.secrets, ...secrets } }
}, START_MS)
afterAll(() => demo?.stop())

const send = async (origin: string, hook: string, body = bodyOf(hook)) => {
  const response = await fetch(`${origin}/hooks/${hook}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signed(hook, body, Date.now(), gateway.secrets) },
    body,
  })
  return { status: response.status, body: (await response.json()) as { id?: string; url?: string; code?: string } }
}

const ledger = async (origin: string, name: string): Promise<readonly LedgerRecord[]> => {
  const headers = { authorization: `Bearer ${gateway.operatorKey}` }
  const text = await (await fetch(`${origin}/audit/export?ledger=${name}&after=0`, { headers })).text()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerRecord)
}

/** Calls of `diagnose` by this hook that have ended: its report is kept a moment later. */
const ended = async (origin: string, hook: string): Promise<number> => {
  const records = [...(await ledger(origin, 'demo')), ...(await ledger(origin, 'gateway'))]
  return records.filter((it) => (it.kind === 'call' || it.kind === 'refusal') && it.caller.client === `hook:${hook}`)
    .length
}

/** The page of a report, to an operator who is signed in. */
const signIn = async (origin: string) => {
  const response = await fetch(`${origin}/console/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
    body: new URLSearchParams({ key: gateway.operatorKey }),
  })
  const cookie = (response.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
  return async (path: string): Promise<{ status: number; html: string }> => {
    const page = await fetch(`${origin}${path}`, { headers: { cookie } })
    return { status: page.status, html: await page.text() }
  }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let product: RunningProduct
  beforeAll(async () => {
    product = await startProduct(platform, gateway.config, gateway.secrets)
  }, START_MS)
  afterAll(() => product?.stop())

  test.each(Object.keys(HOOKS).filter((it) => it !== 'alertmanager'))(
    '%s: accepted, diagnosed, recorded, kept and shown',
    async (hook) => {
      const { status, body } = await send(product.origin, hook)
      expect([status, body.code]).toEqual([202, undefined])
      expect(body.url).toBe(`${product.origin}/console/reports/${body.id}`)
      await expect.poll(() => ended(product.origin, hook), { timeout: 20_000 }).toBeGreaterThan(0)
      const look = await signIn(product.origin)
      await expect.poll(async () => (await look(`/console/reports/${body.id}`)).status, { timeout: 20_000 }).toBe(200)
      const records = await ledger(product.origin, 'gateway')
      expect(
        records.flatMap((it) => (it.kind === 'delivery' && it.hook === hook ? [it.outcome] : [])).toSorted(),
      ).toEqual(['accepted', 'begun'])
    },
  )

  test.each(COMMANDS)(
    'docs/webhooks.md: the command for %s is answered with the address of a report',
    async (hook, command) => {
      const { stdout } = await promisify(execFile)('bash', ['-euc', command], {
        cwd: root,
        env: { PATH: process.env.PATH, URL: product.origin, ...gateway.secrets },
      })
      const { id, url } = JSON.parse(stdout) as { id: string; url: string }
      expect(id).toMatch(new RegExp(`^${hook}-[0-9a-f]{32}$`))
      const look = await signIn(product.origin)
      await expect.poll(async () => (await look(new URL(url).pathname)).status, { timeout: 20_000 }).toBe(200)
    },
  )

  test('a wrong signature is a coded answer and nothing is looked at', async () => {
    const before = await ended(product.origin, 'generic')
    const body = bodyOf('generic')
    const response = await fetch(`${product.origin}/hooks/generic`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'bulkhead-signature': `t=1,v1=${'0'.repeat(64)}` },
      body,
    })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'unauthenticated' })
    expect(await ended(product.origin, 'generic')).toBe(before)
  })

  test('L2-1 no canary of the demo stands in a report, as a page, as a resource or in a record', async () => {
    const look = await signIn(product.origin)
    const listed = (await look('/console/reports')).html
    const ids = [...listed.matchAll(/href="\/console\/reports\/([^"?]+)"/g)].map(([, id]) => id ?? '')
    expect(ids.length).toBeGreaterThan(4)
    const texts = [listed, JSON.stringify(await ledger(product.origin, 'demo'))]
    for (const id of ids) texts.push((await look(`/console/reports/${id}`)).html)
    for (const era of CLIENTS) {
      const client = await connectClient(era, `${product.origin}/mcp`, gateway.agentKey)
      const uris = (await client.offered.resources()).filter((it) => it.startsWith('report://'))
      expect(uris.toSorted()).toEqual(ids.map((id) => `report://${id}`).toSorted())
      for (const uri of uris) {
        const text = await client.offered.read(uri)
        expect(text).toMatch(/^<untrusted/)
        texts.push(text)
      }
      await client.close()
    }
    expect(Object.values(demoCanaries).filter((canary) => texts.some((it) => it.includes(canary)))).toEqual([])
  })

  test('no write reached the API server', () => {
    const writes = demo.requests.filter(
      (it) => !['GET', 'HEAD'].includes(it.method) && !/\/selfsubject(?:rules|access)reviews/.test(it.path),
    )
    expect(writes).toEqual([])
  })
})

test('docs/webhooks.md has a command for each sender', () => {
  expect(COMMANDS.map(([hook]) => hook)).toEqual(['alertmanager', 'grafana', 'pagerduty', 'generic'])
})

/** A target of `notify` on loopback: which reports it was told of. */
const startTarget = async (directory: string) => {
  const authority = await createAuthority('A target')
  const { certificate, key } = await authority.issue({ commonName: 'target', altNames: ['127.0.0.1'], usage: 'server' })
  const ca = join(directory, 'target.pem')
  writeFileSync(ca, authority.certificate)
  const told: string[] = []
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      told.push((JSON.parse(Buffer.concat(chunks).toString()) as { url: string }).url)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { told, ca, url: `https://127.0.0.1:${port}/in`, stop: () => server.close() }
}

describe('killed in the middle', () => {
  test('what was answered 202 is reported and told after the restart, and shown once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bulkhead-hooks-'))
    const target = await startTarget(directory)
    const port = await freePort()
    const source = {
      ...gateway.config,
      publicUrl: `http://127.0.0.1:${port}`,
      hooks: { am: { ...HOOKS.am, notify: ['own'] } },
      notify: [
        {
          name: 'own',
          webhook: { url: target.url, hmac: { secret: 'GENERIC_KEY' } },
          on: ['report'],
          minimumSeverity: 'info',
        },
      ],
    }
    // The environment's, as an operator would give a private authority to Deno.
    const secrets = { ...gateway.secrets, DENO_CERT: target.ca }
    const options = { config: configSchema.parse(source), source, secrets, port, directory }
    const first = await startDeno(options)
    const ids: string[] = []
    try {
      for (let group = 0; group < 12; group += 1) {
        const body = JSON.stringify({ ...payload('alertmanager'), groupKey: `group ${group}` })
        const { status, body: answered } = await send(first.origin, 'am', body)
        expect(status).toBe(202)
        ids.push(answered.id ?? '')
      }
    } finally {
      process.kill(first.pid, 'SIGKILL')
      await first.stop()
    }
    const before = target.told.length
    expect(before).toBeLessThan(ids.length)
    const second = await startDeno(options)
    try {
      const look = await signIn(second.origin)
      for (const id of ids)
        await expect.poll(async () => (await look(`/console/reports/${id}`)).status, { timeout: 30_000 }).toBe(200)
      const { html } = await look('/console/reports')
      for (const id of ids) expect(html.split(`href="/console/reports/${id}"`)).toHaveLength(2)
      const urls = ids.map((id) => `http://127.0.0.1:${port}/console/reports/${id}`)
      await expect.poll(() => [...new Set(target.told)].toSorted(), { timeout: 30_000 }).toEqual(urls.toSorted())
    } finally {
      await second.stop()
      target.stop()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
