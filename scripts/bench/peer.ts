/**
 * Another server of the npm registry for the same purpose, to be measured beside Bulkhead: installed on demand, outside the
 * checkout, without its install scripts, and run on loopback only, with the same read token.
 */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cacheDirectory } from '../control-plane/cache.ts'
import { kubeconfigText } from '../control-plane/credentials.ts'
import { waitFor } from '../control-plane/wait.ts'
import { freePort } from '../local/free-port.ts'
import type { Call, Side } from './measure.ts'
import type { Target } from './target.ts'

const START_DEADLINE_MS = 60_000
/** Four hundred packages over a poor line. */
const INSTALL_DEADLINE_MS = 300_000

export interface Peer {
  readonly name: string
  /** Pinned, so that two runs compare the same. */
  readonly version: string
  /** Answers 200 as soon as it serves. */
  readonly healthPath: string
  /** Said beside its figures. */
  readonly remark: string
  /** It cannot answer two calls at once. */
  readonly oneAtATime: boolean
  arguments(port: number, kubeconfig: string): readonly string[]
  environment(port: number, kubeconfig: string): Readonly<Record<string, string>>
  /** Its names for what Bulkhead's calls ask. */
  translate(call: Call): Call
}

export interface RunningPeer {
  readonly side: Side
  stop(): Promise<void>
}

const install = async ({ name, version }: Peer): Promise<string> => {
  const folder = join(cacheDirectory(), 'peers', `${name}-${version}`)
  const program = join(folder, 'node_modules', '.bin', name)
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${version}`]
    await promisify(execFile)('npm', args, { timeout: INSTALL_DEADLINE_MS })
  }
  return program
}

export const startPeer = async (peer: Peer, target: Target): Promise<RunningPeer> => {
  const program = await install(peer)
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-peer-'))
  const file = join(folder, 'kubeconfig.yaml')
  const { server, certificateAuthority, readToken } = target
  writeFileSync(file, kubeconfigText(server, certificateAuthority, { token: readToken }), { mode: 0o600 })
  const port = await freePort()
  const { PATH = '' } = process.env
  const child = spawn(program, peer.arguments(port, file), {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...peer.environment(port, file),
      // The control plane's own kubectl, for the peer that runs one: no other version, and nothing that wraps it.
      PATH: target.kubectl === undefined ? PATH : dirname(target.kubectl) + delimiter + PATH,
    },
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const failed = new Promise<never>((_, reject) => child.once('error', reject))
  failed.catch(() => undefined)
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const origin = `http://127.0.0.1:${port}`
  const healthy = () =>
    fetch(origin + peer.healthPath).then(
      ({ ok }) => ok,
      () => false,
    )
  try {
    await Promise.race([failed, waitFor(healthy, { what: `${peer.name} to answer`, deadlineMs: START_DEADLINE_MS })])
  } catch (error) {
    await stop()
    throw error
  }
  const { name, oneAtATime } = peer
  const translate = (call: Call): Call => peer.translate(call)
  return { side: { name, url: `${origin}/mcp`, key: '', translate, oneAtATime }, stop }
}
