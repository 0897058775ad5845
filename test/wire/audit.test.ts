/** From a call on the wire to a verdict offline: export the ledger as an operator, verify it, and be found out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { recordLeaf } from '../../src/guard/checkpoint.ts'
import { verifyConsistency, verifyInclusion } from '../../src/guard/merkle.ts'
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

/** Whoever takes the evidence, on loopback. It can be out of order. */
const startEvidence = async () => {
  const taken: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
  let status = 200
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (status === 200) taken.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const of = (ledger: string, type: string) =>
    taken.filter((it) => it.headers['bulkhead-ledger'] === ledger && it.headers['content-type']?.startsWith(type))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/bulkhead`,
    taken,
    answers: (it: number) => {
      status = it
    },
    records: (ledger: string) =>
      of(ledger, 'application/x-ndjson')
        .map((it) => it.body)
        .join(''),
    checkpoints: (ledger: string) => of(ledger, 'text/plain').map((it) => it.body),
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

const verify = async (text: string, ...args: string[]) => {
  const file = join(folder, 'export.ndjson')
  writeFileSync(file, text)
  const it = runScript('verify-audit.ts', [file, ...args])
  return { code: await it.exit, said: it.stdout() + it.stderr() }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let gateway: Gateway
  let product: RunningProduct
  let evidence: Awaited<ReturnType<typeof startEvidence>>
  beforeAll(async () => {
    evidence = await startEvidence()
    gateway = gatewayForDemo(demo)
    const audit = { checkpointEvery: '2s', export: { url: evidence.url, bearer: { secret: 'EVIDENCE_TOKEN' } } }
    const secrets = { ...gateway.secrets, EVIDENCE_TOKEN: 'token-of-a-fixture' }
    product = await startProduct(platform, { ...gateway.config, audit }, secrets)
  })
  afterAll(async () => {
    await product?.stop()
    await evidence?.stop()
  })

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

  test('L5-2 records and signed checkpoints are kept elsewhere, and show what is missing here', async () => {
    const call = async (count: number) => {
      const client = await connectClient('v2', `${product.origin}/mcp`, gateway.agentKey)
      for (let at = 0; at < count; at += 1) await client.call('pods_get', { name: 'redis-0', namespace: 'shop' })
      await client.close()
    }
    const text = async (path: string) => (await get(path, gateway.operatorKey)).text()
    const ready = async () => (await get('/readyz', gateway.operatorKey)).json()
    await call(2)
    await expect.poll(() => evidence.checkpoints('demo').length, { timeout: 20_000 }).toBeGreaterThan(0)
    evidence.answers(503)
    await call(1)
    await expect
      .poll(async () => JSON.stringify(await ready()), { timeout: 20_000 })
      .toMatch(/audit\.export takes nothing/)
    expect(await ready()).toMatchObject({ ready: true })
    evidence.answers(200)
    const newest = async () => text('/audit/checkpoint?ledger=demo')
    await expect
      .poll(async () => evidence.checkpoints('demo').at(-1) === (await newest()), { timeout: 40_000 })
      .toBe(true)
    await expect.poll(() => text('/metrics')).toMatch(/bulkhead_ledger_unexported_records\{ledger="demo"\} 0/)

    const key = (await text('/audit/key?ledger=demo')).trim()
    const [first, last] = [evidence.checkpoints('demo')[0] ?? '', await newest()]
    const files = [first, last].map((note, at) => {
      const path = join(folder, `${platform}-${at}.txt`)
      writeFileSync(path, note)
      return path
    })
    const signed = ['--key', key, ...files.flatMap((path) => ['--checkpoint', path])]
    const kept = evidence.records('demo')
    expect(await verify(kept, ...signed)).toMatchObject({ code: 0, said: expect.stringMatching(/signed up to [0-9]+/) })
    expect(await verify(await text('/audit/export?ledger=demo'), ...signed)).toMatchObject({ code: 0 })
    const cut = kept.trim().split('\n').slice(0, -1).join('\n')
    expect(await verify(cut, ...signed)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/checkpoint.*records end/),
    })

    const size = Number(last.split('\n')[1])
    const from = Number(first.split('\n')[1])
    const lines = kept.trim().split('\n')
    const { hash } = JSON.parse(lines[2] ?? '') as { hash: string }
    const bytes = (it: string) => Uint8Array.from(Buffer.from(it, 'base64'))
    const inclusion = await (await get('/audit/proof?ledger=demo&leaf=2', gateway.operatorKey)).json()
    expect(inclusion).toMatchObject({ leafIndex: 2, seq: 3, size, root: last.split('\n')[2] })
    expect(verifyInclusion(recordLeaf(hash), 2, size, inclusion.proof.map(bytes), bytes(inclusion.root))).toBe(true)
    const consistency = await (
      await get(`/audit/proof?ledger=demo&from=${from}&to=${size}`, gateway.operatorKey)
    ).json()
    expect(consistency.fromRoot).toBe(first.split('\n')[2])
    const [older, newer] = [bytes(consistency.fromRoot), bytes(consistency.toRoot)]
    expect(verifyConsistency(from, size, older, newer, consistency.proof.map(bytes))).toBe(true)
    const rest = lines.slice(1).join('\n')
    const tree = (await text('/audit/tree?ledger=demo&size=1')).trim()
    expect(await verify(rest, '--key', key, '--checkpoint', files[1] ?? '', '--tree', tree)).toMatchObject({ code: 0 })
    expect(evidence.taken.every((it) => it.headers.authorization === 'Bearer token-of-a-fixture')).toBe(true)
  })

  test('L6-1 operators’ and agents’ keys open their own doors only, and a failure is one record', async () => {
    expect((await get('/healthz')).status).toBe(200)
    expect(await (await get('/readyz')).text()).not.toMatch(/demo/)
    for (const path of ['/metrics', '/audit/export?ledger=demo', '/audit/key', '/audit/tree?ledger=demo&size=0']) {
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
