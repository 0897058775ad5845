/** The ports on Cloudflare Workers. Nothing here belongs to one request, so one set serves an isolate for its life. */
import { waitUntil } from 'cloudflare:workers'
import type { Config } from '../../config.ts'
import { BulkheadError } from '../../errors.ts'
import type { Ports } from '../../ports.ts'
import { backgroundFailed } from '../failures.ts'
import { createIssuerFetch } from '../issuer.ts'
import { createNotifier } from '../notifier.ts'
import { createCache } from './cache.ts'
import { createJobs, type JobsObject } from './jobs.ts'
import type { LedgerObject } from './ledger.ts'
import { createLedgers } from './ledgers.ts'
import { createReports, type ReportsObject } from './reports.ts'
import { createSecrets } from './secrets.ts'
import { createShield } from './shield.ts'
import { clusterTransport } from './transport.ts'

/** The bindings of wrangler.toml. Others are named by the configuration: secrets, VPC services, client certificates. */
export interface BulkheadEnv {
  readonly LEDGER: DurableObjectNamespace<LedgerObject>
  readonly JOBS: DurableObjectNamespace<JobsObject>
  readonly REPORTS: DurableObjectNamespace<ReportsObject>
  readonly CACHE: KVNamespace
  readonly SHIELD: RateLimit
  readonly [name: string]: unknown
}

/** Set by Cloudflare's edge on every request, whatever the client sent. */
const ADDRESS_HEADER = 'CF-Connecting-IP'

const log: Ports['log'] = (line) => console.log(JSON.stringify(line))

export const cloudflarePorts = (env: BulkheadEnv, config: Config): Ports => ({
  clock: { now: () => Date.now() },
  background: { run: (task) => waitUntil(task.catch((error: unknown) => log(backgroundFailed(error)))) },
  secrets: createSecrets(env),
  cache: createCache(env.CACHE),
  shield: createShield(env.SHIELD),
  ...createLedgers(env.LEDGER, config),
  jobs: createJobs(env.JOBS),
  reports: createReports(env.REPORTS),
  notifier: createNotifier((url, init) => fetch(url, init)),
  async transport(cluster, credential) {
    const clusterConfig = config.clusters[cluster]
    if (clusterConfig === undefined) throw new BulkheadError('unknown_cluster', `No cluster is named "${cluster}".`)
    return clusterTransport(cluster, clusterConfig, env, credential)
  },
  fetchIssuer: createIssuerFetch((url, init) => fetch(url, init)),
  clientAddress: (request) => request.headers.get(ADDRESS_HEADER) ?? '',
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  log,
})
