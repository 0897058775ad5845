/** The ports on Deno: one process, beside or in the cluster, with its storage in one Deno KV file. */
import type { Config } from '../../config.ts'
import type { RunJob } from '../../jobs.ts'
import type { Ports } from '../../ports.ts'
import { backgroundFailed } from '../failures.ts'
import { createIssuerFetch } from '../issuer.ts'
import { createNotifier } from '../notifier.ts'
import { createMemoryShield } from '../shield.ts'
import { createCache } from './cache.ts'
import { createJobs } from './jobs.ts'
import { createLedgers } from './ledgers.ts'
import { createReports } from './reports.ts'
import { createSecrets, SECRETS_FOLDER } from './secrets.ts'
import { openStorage } from './storage.ts'
import { createTransports } from './transports.ts'

export interface DenoOptions {
  /** The KV file; beside it SQLite keeps two more, and the lock. */
  readonly kvPath: string
  readonly env?: (name: string) => string | undefined
  readonly secretsFolder?: string
}

export interface DenoPorts extends Ports {
  /** Tells the address of a request's client, which only `Deno.serve` knows. Behind a proxy it is the proxy's. */
  came(request: Request, from: Deno.Addr): void
  /** From now on jobs are run, also those that an earlier process left. */
  startJobs(run: RunJob): Promise<void>
  /** After the last request was answered. */
  close(): void
}

/** On stderr: stdout is for what a program was asked to print. */
const log: Ports['log'] = (line) => console.error(JSON.stringify(line))

/** Throws `not_ready` where the storage is in use or unreadable. */
export const denoPorts = async (config: Config, options: DenoOptions): Promise<DenoPorts> => {
  const { kv, room, close } = await openStorage(options.kvPath)
  const clock = { now: () => Date.now() }
  const secrets = createSecrets({
    env: options.env ?? ((name) => Deno.env.get(name)),
    folder: options.secretsFolder ?? SECRETS_FOLDER,
  })
  const transports = createTransports(config, secrets)
  const jobs = createJobs(
    kv,
    () => clock.now(),
    (error) => log(backgroundFailed(error)),
  )
  const addresses = new WeakMap<Request, string>()
  return {
    clock,
    background: { run: (task) => void task.catch((error: unknown) => log(backgroundFailed(error))) },
    secrets,
    cache: createCache(kv),
    shield: createMemoryShield(clock),
    ...createLedgers(kv, room),
    jobs,
    reports: createReports(kv, () => clock.now()),
    notifier: createNotifier((url, init) => fetch(url, init)),
    transport: (cluster, credential) => transports.transport(cluster, credential),
    fetchIssuer: createIssuerFetch((url, init) => fetch(url, init)),
    clientAddress: (request) => addresses.get(request) ?? '',
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    log,
    came(request, from) {
      if ('hostname' in from) addresses.set(request, from.hostname)
    },
    startJobs: (run) => jobs.start(run),
    close() {
      jobs.stop()
      transports.close()
      close()
    },
  }
}
