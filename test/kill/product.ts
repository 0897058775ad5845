/**
 * The product in workerd, its storage on disk, in front of a demo cluster that counts every write and answers slowly; and
 * its end: SIGKILL to workerd itself. Miniflare starts another one on the same storage, as a platform would.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { freePort } from '../../scripts/local/free-port.ts'
import { startWorkerd } from '../../scripts/local/workerd.ts'
import { configSchema } from '../../src/config.ts'
import { gatewayFor } from '../support/gateway.ts'
import { createNodeTransport } from '../support/node-transport.ts'
import type { Random } from './random.ts'

const NAMESPACE = 'shop'
export const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`
/** A write takes up to so long, half of it before and half after its effect: the windows that are aimed at. */
const SLOW_MS = 24
/** A start takes a second, several on a busy machine. */
const BACK_DEADLINE_MS = 60_000
const POLL_MS = 10

/** What the sender of `hooks` presents; a fixture. */
export const HOOK_TOKEN = ['a', 'token', 'of', 'a', 'fixture', '7'.repeat(16)].join('-')

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The one workerd that listens there. */
const pidOf = (port: number): number => {
  const mine = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('workerd') && line.includes(`=127.0.0.1:${port} `))
    .map((line) => Number.parseInt(line, 10))
  if (mine.length !== 1) throw new Error(`Find the workerd on port ${port}: ${mine.length} processes`)
  return mine[0] ?? 0
}

/** `hooks`: as in the configuration; their secret is `HOOK_TOKEN`. */
export const startKillable = async (random: Random, hooks: Readonly<Record<string, unknown>> = {}) => {
  /** Writes that reached the API server, by what they are about; dry runs are none. */
  const writes = new Map<string, number>()
  let arrived = () => {}
  const demo = await startDemoCluster({
    async before({ method, path }, body) {
      const isWrite = method !== 'GET' && path.startsWith(CONFIG_MAPS) && !path.includes('dryRun')
      const isAdmin = !path.includes('fieldManager=bulkhead') && method !== 'DELETE'
      if (!isWrite || isAdmin) return
      const name =
        method === 'POST'
          ? (JSON.parse(body) as { metadata: { name: string } }).metadata.name
          : path.slice(CONFIG_MAPS.length + 1).split('?', 1)[0]
      writes.set(`${method} ${name}`, (writes.get(`${method} ${name}`) ?? 0) + 1)
      arrived()
      await pause(random.below(SLOW_MS))
    },
  })
  const gateway = gatewayFor(
    {
      name: 'demo',
      server: demo.server,
      certificateAuthority: demo.certificateAuthority,
      readToken: demo.tokens.read,
    },
    {
      hooks,
      clusters: {
        demo: {
          server: demo.server,
          certificateAuthority: { secret: 'CLUSTER_CA' },
          credentials: { read: { token: { secret: 'READ_TOKEN' } }, change: { token: { secret: 'CHANGE_TOKEN' } } },
        },
      },
      policy: [
        { name: 'look', groups: ['agents'], clusters: ['demo'], verbs: ['get', 'list'], decision: 'allow' },
        {
          name: 'change',
          groups: ['agents'],
          clusters: ['demo'],
          verbs: ['create', 'patch', 'delete'],
          decision: 'approve',
          approvers: ['operators'],
          expiresIn: '1h',
        },
      ],
      limits: { callsPerMinute: 100_000, changesPerHour: 100_000, bytesPerMinute: 1_000_000_000, pendingPlans: 1_000 },
    },
  )
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const state = mkdtempSync(join(tmpdir(), 'bulkhead-kill-'))
  const worker = await startWorkerd({
    entry: new URL('../../src/worker.ts', import.meta.url).pathname,
    config: configSchema.parse({ ...gateway.config, publicUrl: origin }),
    secrets: { ...gateway.secrets, CHANGE_TOKEN: demo.tokens.change, HOOK_TOKEN },
    port,
    state,
  })
  const transport = createNodeTransport({ server: demo.server, certificateAuthority: demo.certificateAuthority })
  const admin = async (method: string, path: string, body?: unknown) => {
    const response = await transport.fetch(path, {
      method,
      // No connection is kept: between two requests the server may end it.
      headers: {
        authorization: `Bearer ${demo.tokens.admin}`,
        'content-type': 'application/json',
        connection: 'close',
      },
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const asOperator = { authorization: `Bearer ${gateway.operatorKey}` }
  return {
    origin,
    gateway,
    writes,
    /** The data of a ConfigMap; undefined: there is none. */
    async data(name: string): Promise<Record<string, string> | undefined> {
      const { status, body } = await admin('GET', `${CONFIG_MAPS}/${name}`)
      return status === 200 ? (body.data as Record<string, string>) : undefined
    },
    async make(name: string): Promise<void> {
      const made = await admin('POST', CONFIG_MAPS, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: NAMESPACE },
        data: { value: 'before' },
      })
      if (made.status !== 201) throw new Error(`Make ${name}: ${made.status}`)
    },
    /** Resolves when the next write reaches the API server. */
    nextWrite: () =>
      new Promise<void>((resolve) => {
        arrived = resolve
      }),
    pid: () => pidOf(port),
    /** Until it answers again. */
    async back(killed: number): Promise<void> {
      for (const end = Date.now() + BACK_DEADLINE_MS; Date.now() < end; await pause(POLL_MS)) {
        const answer = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined)
        if (answer?.ok === true && pidOf(port) !== killed) return
      }
      throw new Error('The product did not come back')
    },
    /** Lines of the cluster's ledger after a record. Rejects when the product dies meanwhile. */
    async records(after: number): Promise<readonly string[]> {
      const answer = await fetch(`${origin}/audit/export?ledger=demo&after=${after}`, { headers: asOperator })
      if (!answer.ok) throw new Error(`Export: ${answer.status}`)
      return (await answer.text()).split('\n').filter((it) => it !== '')
    },
    async stop(): Promise<void> {
      await worker.stop()
      transport.stop()
      await demo.stop()
      rmSync(state, { recursive: true, force: true })
    },
  }
}
export type Killable = Awaited<ReturnType<typeof startKillable>>
