/** Runs the Deno entry as it runs in a cluster, with no more permissions than it needs there. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import type { Config } from '../../src/config.ts'
import { accessIssuer } from '../../src/http/console/access.ts'

export interface DenoOptions {
  readonly config: Config
  /** What is written for the process to read: the configuration without defaults filled in. */
  readonly source: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly port: number
  /** A private folder for the configuration that is served and, without `state`, for the ledger. */
  readonly directory: string
  readonly state?: string
}

export interface RunningDeno {
  readonly origin: string
  /** The server's process: tests that kill it need to know. */
  readonly pid: number
  readonly failed: Promise<never>
  stop(): Promise<void>
}

/** Type stripping and module loading on two busy cores; a server that is not up by then will not be. */
const START_DEADLINE_MS = 60_000
const POLL_MS = 100
/** A clean end closes the ledger; whoever takes longer is stuck. */
const STOP_DEADLINE_MS = 5_000

const root = new URL('../../', import.meta.url).pathname

/** Hosts that the process may open connections to: its clusters, issuers, targets and collector, and the address that it listens on. */
const allowedHosts = ({ config, port, secrets }: DenoOptions): string => {
  const urls = [
    ...Object.values(config.clusters).map((it) => it.server),
    ...config.identity.issuers.map((it) => it.issuer),
    // Slack's address is itself the secret; one that is no address is for whoever sends there to refuse.
    ...config.notify.flatMap((it) => it.webhook?.url ?? URL.parse(secrets[it.slack?.secret ?? ''] ?? '')?.href ?? []),
    ...(config.audit.export === undefined ? [] : [config.audit.export.url]),
    ...(config.identity.access === undefined ? [] : [accessIssuer(config.identity.access.team)]),
    ...(config.telemetry.traces === undefined ? [] : [config.telemetry.traces.url]),
  ]
  const hosts = urls.map((it) => {
    const url = new URL(it)
    const usual = url.protocol === 'http:' ? '80' : '443'
    return `${url.hostname}:${url.port === '' ? usual : url.port}`
  })
  return [...new Set([`127.0.0.1:${port}`, ...hosts])].join(',')
}

export const startDeno = async (options: DenoOptions): Promise<RunningDeno> => {
  const state = options.state ?? join(options.directory, 'state')
  mkdirSync(state, { recursive: true, mode: 0o700 })
  const file = join(options.directory, 'served.yaml')
  writeFileSync(file, stringify(options.source), { mode: 0o600 })
  const permissions = [
    `--allow-net=${allowedHosts(options)}`,
    `--allow-read=${root},${options.directory},${state}`,
    `--allow-write=${state}`,
    '--allow-env',
    // How much room the ledger has left.
    '--allow-sys=statfs',
  ]
  const child = spawn(
    `${root}node_modules/.bin/deno`,
    [
      ...[
        'run',
        '--quiet',
        '--no-prompt',
        '--unstable-kv',
        '--unstable-no-legacy-abort',
        '--cached-only',
        ...permissions,
      ],
      ...[
        `${root}src/deno.ts`,
        '--config',
        file,
        '--port',
        String(options.port),
        '--host',
        '127.0.0.1',
        '--state',
        state,
      ],
    ],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DENO_DIR: process.env.DENO_DIR,
        NO_COLOR: '1',
        ...options.secrets,
      },
    },
  )
  // All of it goes to stderr: `--json` promises one line on stdout. What may not be meant was said already, of the file that
  // the person named; the one that is served nobody has seen.
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      if (!line.startsWith(`Warning: ${file}:`)) process.stderr.write(`${line}\n`)
    })
  }
  process.once('exit', () => child.kill('SIGKILL'))
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', resolve)
    child.once('error', () => resolve(null))
  })
  let stopping = false
  const failed = exited.then((code): Promise<never> => {
    // A wanted end is no failure: whoever waits for one waits on.
    if (stopping) return new Promise(() => undefined)
    throw new Error(`The Deno entry ended by itself (code ${code}); what it said stands above.`)
  })
  failed.catch(() => undefined)
  const stop = async () => {
    stopping = true
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
    await exited
    clearTimeout(timer)
  }
  const origin = `http://127.0.0.1:${options.port}`
  const deadline = Date.now() + START_DEADLINE_MS
  const up = async () => {
    while (Date.now() < deadline) {
      const answer = await fetch(`${origin}/healthz`).catch(() => undefined)
      if (answer?.ok === true) return
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    throw new Error(`The Deno entry did not answer on ${origin} within ${START_DEADLINE_MS / 1000} s.`)
  }
  try {
    await Promise.race([up(), failed])
  } catch (error) {
    await stop()
    throw error
  }
  return { origin, pid: child.pid ?? 0, failed, stop }
}
