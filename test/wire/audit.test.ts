/** From a call on the wire to a verdict offline: export the ledger as an operator, verify it, and be found out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { connectClient } from '../support/clients.ts'
import { type Gateway, gatewayForDemo } from '../support/gateway.ts'
import { PLATFORMS, type RunningProduct, startProduct } from '../support/platforms.ts'
import { runScript } from '../support/spawned.ts'

let demo: Awaited<ReturnType<typeof startDemoCluster>>
let folder: string
beforeAll(async () => {
  demo = await startDemoCluster()
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-test-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await demo.stop()
})

const verify = async (text: string, ...args: string[]) => {
  const file = join(folder, 'export.ndjson')
  writeFileSync(file, text)
  const it = runScript('verify-audit.ts', [file, ...args])
  return { code: await it.exit, said: it.stdout() + it.stderr() }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let gateway: Gateway
  let product: RunningProduct
  beforeAll(async () => {
    gateway = gatewayForDemo(demo)
    product = await startProduct(platform, gateway.config, gateway.secrets)
  })
  afterAll(() => product?.stop())

  const get = (path: string, key?: string) =>
    fetch(`${product.origin}${path}`, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } })

  test('an export verifies, and L5-2 does not once it was touched', async () => {
    const client = await connectClient('v2', `${product.origin}/mcp`, gateway.agentKey)
    for (const name of ['redis-0', 'nobody', '../etc']) await client.call('pods_get', { name, namespace: 'shop' })
    await client.close()
    const response = await get('/audit/export?ledger=demo', gateway.operatorKey)
    const text = await response.text()
    const lines = text.trim().split('\n')
    expect(lines.length).toBeGreaterThanOrEqual(3)
    const head = response.headers.get('bulkhead-ledger-head') ?? ''
    expect(await verify(text, '--head', head)).toMatchObject({ code: 0, said: expect.stringMatching(/whole/) })
    const touched = {
      flipped: text.replace('"redis-0"', '"redis-1"'),
      deleted: lines.toSpliced(1, 1).join('\n'),
      inserted: lines.toSpliced(1, 0, lines[0] ?? '').join('\n'),
      swapped: [lines[1], lines[0], ...lines.slice(2)].join('\n'),
    }
    for (const [how, changed] of Object.entries(touched)) {
      expect(changed, how).not.toBe(text)
      expect(await verify(changed), how).toMatchObject({ code: 1, said: expect.stringMatching(/line [0-9]/) })
    }
    expect(await verify(lines.slice(0, -1).join('\n'), '--head', head)).toMatchObject({ code: 1 })
  })

  test('L6-1 operators’ and agents’ keys open their own doors only, and a failure is one record', async () => {
    expect((await get('/healthz')).status).toBe(200)
    expect(await (await get('/readyz')).text()).not.toMatch(/demo/)
    for (const path of ['/metrics', '/audit/export?ledger=demo']) {
      expect((await get(path)).status, path).toBe(401)
      expect((await get(path, gateway.agentKey)).status, path).toBe(403)
      expect((await get(path, gateway.operatorKey)).status, path).toBe(200)
    }
    const before = (await (await get('/audit/export?ledger=gateway', gateway.operatorKey)).text())
      .trim()
      .split('\n').length
    const refused = await fetch(`${product.origin}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.agentKey}x` },
    })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/)
    const records = (await (await get(`/audit/export?ledger=gateway&after=${before}`, gateway.operatorKey)).text())
      .trim()
      .split('\n')
    const failures = records
      .map((line) => JSON.parse(line))
      .filter((record) => record.kind === 'authentication_failure')
    expect(failures).toMatchObject([{ reason: 'unknown_key' }])
    expect(JSON.stringify(records)).not.toContain(gateway.agentKey)
  })
})
