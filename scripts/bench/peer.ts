/**
 * The most used server of the npm registry for the same purpose, to be measured beside Bulkhead: installed on demand, outside
 * the checkout, without its install scripts, and run on loopback only, with the same read token.
 */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheDirectory } from '../control-plane/cache.ts'
import { waitFor } from '../control-plane/wait.ts'
import { freePort } from '../local/free-port.ts'
import type { Call, Side } from './measure.ts'
import type { Target } from './target.ts'

/** Pinned, so that two runs compare the same. */
const NAME = 'kubernetes-mcp-server'
const VERSION = '0.0.67'
const START_DEADLINE_MS = 30_000
const INSTALL_DEADLINE_MS = 120_000

/** Its names for what Bulkhead's calls ask. It has no limit: a list is what its namespace holds. */
const translate = ({ method, params }: Call): Call => {
  const { name, arguments: args } = params as { name?: string; arguments?: Readonly<Record<string, unknown>> }
  if (name === 'pods_list')
    return { method, params: { name: 'pods_list_in_namespace', arguments: { namespace: args?.namespace } } }
  if (name === 'resources_get') return { method, params: { name, arguments: { ...args, apiVersion: 'v1' } } }
  return { method, params }
}

const kubeconfig = ({ server, certificateAuthority, readToken }: Target): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'bench',
        cluster: { server, 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') },
      },
    ],
    users: [{ name: 'bench', user: { token: readToken } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    'current-context': 'bench',
  })

const install = async (): Promise<string> => {
  const folder = join(cacheDirectory(), 'peers', `${NAME}-${VERSION}`)
  const program = join(folder, 'node_modules', '.bin', NAME)
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', `${NAME}@${VERSION}`]
    await promisify(execFile)('npm', args, { timeout: INSTALL_DEADLINE_MS })
  }
  return program
}

export interface RunningPeer {
  readonly side: Side
  stop(): Promise<void>
}

export const startPeer = async (target: Target): Promise<RunningPeer> => {
  const program = await install()
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-peer-'))
  const file = join(folder, 'kubeconfig.json')
  writeFileSync(file, kubeconfig(target), { mode: 0o600 })
  const port = await freePort()
  const child = spawn(
    program,
    ['--port', String(port), '--bind-address', '127.0.0.1', '--kubeconfig', file, '--stateless', '--read-only'],
    // Without the two its client asks five times a second at most.
    { stdio: 'ignore', env: { ...process.env, KUBE_CLIENT_QPS: '100000', KUBE_CLIENT_BURST: '100000' } },
  )
  const ended = new Promise((resolve) => child.once('close', resolve))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const origin = `http://127.0.0.1:${port}`
  try {
    await waitFor(
      () =>
        fetch(`${origin}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      {
        what: `${NAME} to answer`,
        deadlineMs: START_DEADLINE_MS,
      },
    )
  } catch (error) {
    await stop()
    throw error
  }
  return { side: { name: NAME, url: `${origin}/mcp`, key: '', translate }, stop }
}
