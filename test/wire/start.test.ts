/** `npm start` and `npm run start:deno` as other programs use them: one line on stdout, and nothing left at the end. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { connectClient } from '../support/clients.ts'
import { gatewayFor } from '../support/gateway.ts'
import { runScript, type Spawned } from '../support/spawned.ts'

interface Announced {
  readonly url: string
  readonly agentKey: string | null
  readonly operatorKey: string | null
  readonly kubeconfig: string | null
  readonly config: string
}

const SCRIPTS = ['start.ts', 'start-deno.ts'] as const

let running: Spawned | undefined
let undo: (() => unknown)[] = []
afterEach(async () => {
  running?.kill('SIGTERM')
  await running?.exit
  running = undefined
  for (const step of undo.reverse()) await step()
  undo = []
})

const start = async (
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Announced> => {
  running = runScript(script, ['--json', '--port', '0', ...args], env)
  return JSON.parse(await running.line) as Announced
}

describe.each(SCRIPTS)('%s', (script) => {
  test('--json prints one line with working keys, and a signal leaves nothing behind', async () => {
    const it = await start(script, [])
    expect(Object.keys(it)).toEqual(['url', 'console', 'agentKey', 'operatorKey', 'kubeconfig', 'config'])
    const client = await connectClient('v2', it.url, it.agentKey ?? '')
    expect(await client.call('pods_list', { namespace: 'shop' })).toMatchObject({ isError: false })
    await client.call('pods_get', { name: 'nobody', namespace: 'shop' })
    await client.close()
    const ready = await fetch(new URL('/readyz', it.url), { headers: { authorization: `Bearer ${it.operatorKey}` } })
    expect(ready.status).toBe(200)
    expect(statSync(it.kubeconfig ?? '').mode & 0o077).toBe(0)
    expect(parse(readFileSync(it.config, 'utf8'))).toMatchObject({ clusters: { demo: {} } })
    expect(readFileSync(it.config, 'utf8')).not.toContain(it.agentKey)
    running?.kill('SIGTERM')
    await running?.exit
    expect(running?.stdout().trim().split('\n')).toHaveLength(1)
    expect(running?.stderr()).not.toContain('Warning')
    expect(existsSync(dirname(it.config))).toBe(false)
    await expect(fetch(it.url)).rejects.toThrow()
  })

  test('--state keeps the ledger for the next run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-test-'))
    undo.push(() => rmSync(folder, { recursive: true }))
    const records = async (it: Announced): Promise<readonly string[]> => {
      const headers = { authorization: `Bearer ${it.operatorKey}` }
      const answer = await fetch(new URL('/audit/export?ledger=demo', it.url), { headers })
      return (await answer.text()).trim().split('\n')
    }
    const first = await start(script, ['--state', folder])
    const client = await connectClient('v2', first.url, first.agentKey ?? '')
    for (const name of ['redis-0', 'nobody']) await client.call('pods_get', { name, namespace: 'shop' })
    await client.close()
    const before = await records(first)
    expect(before.length).toBeGreaterThanOrEqual(2)
    running?.kill('SIGTERM')
    await running?.exit
    const second = await start(script, ['--state', folder])
    expect((await records(second)).slice(0, before.length)).toEqual(before)
  })

  test('--config serves a bulkhead.yaml with secrets from the environment, and --kubeconfig a cluster by its token', async () => {
    const demo = await startDemoCluster()
    undo.push(() => demo.stop())
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-test-'))
    undo.push(() => rmSync(folder, { recursive: true }))
    const gateway = gatewayFor({
      name: 'mine',
      server: demo.server,
      certificateAuthority: demo.certificateAuthority,
      readToken: demo.tokens.read,
      changeToken: demo.tokens.change,
    })
    const file = join(folder, 'bulkhead.yaml')
    writeFileSync(file, stringify({ publicUrl: 'https://bulkhead.example.com', ...gateway.config }))

    const missing = runScript(script, ['--json', '--port', '0', '--config', file])
    expect(await missing.exit).toBe(1)
    expect(missing.stderr()).toMatch(/BULKHEAD_KEY, CLUSTER_CA, READ_TOKEN, CHANGE_TOKEN/)

    const configured = await start(script, ['--config', file], gateway.secrets)
    expect(configured).toMatchObject({ agentKey: null, operatorKey: null, kubeconfig: null, config: file })
    const client = await connectClient('v2', configured.url, gateway.agentKey)
    expect(await client.call('clusters_list')).toMatchObject({ text: expect.stringMatching(/mine\t.*v1\./) })
    await client.close()
    const headers = { authorization: `Bearer ${gateway.operatorKey}` }
    const ready = (await (await fetch(new URL('/readyz', configured.url), { headers })).json()) as { checks: object[] }
    expect(ready.checks).toContainEqual({ name: 'secrets', ok: true })
    running?.kill('SIGTERM')
    await running?.exit

    const kubeconfig = join(folder, 'kubeconfig.yaml')
    writeFileSync(kubeconfig, demo.adminKubeconfig())
    const own = await start(script, ['--kubeconfig', kubeconfig])
    expect(running?.stderr()).toMatch(/Warning: .*your own kubeconfig credential/)
    const ownClient = await connectClient('v1', own.url, own.agentKey ?? '')
    expect(await ownClient.call('pods_list', { namespace: 'shop' })).toMatchObject({ isError: false })
    await ownClient.close()
  })
})

test.each([
  [['--nonsense'], /--nonsense[\s\S]*Usage/],
  [['--config', 'there-is-no-such-file.yaml'], /no file .*there-is-no-such-file/],
  [['--config', 'a', '--kubeconfig', 'b'], /not both/],
  [['--context', 'x'], /goes with --kubeconfig/],
  [['--port', '99999'], /--port "99999"/],
])('%j is told what is wrong', async (args, words) => {
  const it = runScript('start.ts', args)
  expect(await it.exit).toBe(1)
  expect(it.stderr()).toMatch(words)
  expect(it.stderr()).not.toMatch(/\bat .*\.ts:/)
  expect(it.stdout()).toBe('')
})
