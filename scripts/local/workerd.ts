/**
 * Runs a Worker of ours in workerd through Miniflare, as close to production as a laptop allows: SQLite Durable Objects,
 * KV, the rate-limit binding, and one service binding a cluster in the place of a Workers VPC service, which verifies the
 * cluster's certificate against the configured CA and presents the client certificate where there is one.
 */
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { Config } from '../../src/config.ts'
import { bundleWorker } from '../lib/bundle.ts'

export interface WorkerdOptions {
  readonly entry: string
  readonly config: Config
  readonly secrets: Readonly<Record<string, string>>
  /** 0: any free one. */
  readonly port: number
  /** Where Durable Objects and KV live; undefined: in memory. */
  readonly state?: string
  /** Where V8's inspector listens on loopback; undefined: nowhere. */
  readonly inspectorPort?: number
  /** What the Worker logs is dropped: a line for each call is work beside what is measured. */
  readonly quiet?: boolean
}

export interface RunningWorker {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  readonly miniflare: Miniflare
  stop(): Promise<void>
}

/** Far above what one person or a test does; production's number stands in wrangler.toml. */
const LOCAL_SHIELD = { limit: 100_000, period: 60 as const }
export const COMPATIBILITY_DATE = '2026-10-20'

const bindingName = (index: number) => `LOCAL_CLUSTER_${index}`

/** One cluster's service binding: workerd's own TLS, with exactly the configured trust. */
export const clusterService = (cluster: Config['clusters'][string], secrets: Readonly<Record<string, string>>) => {
  const url = new URL(cluster.server)
  const ca = cluster.certificateAuthority === undefined ? undefined : secrets[cluster.certificateAuthority.secret]
  const read = cluster.credentials.read
  const keypair =
    'clientCertificate' in read
      ? {
          certificateChain: secrets[read.clientCertificate.secret] ?? '',
          privateKey: secrets[read.clientKey.secret] ?? '',
        }
      : undefined
  return {
    external: {
      address: `${url.hostname}:${url.port === '' ? '443' : url.port}`,
      https: {
        certificateHost: url.hostname.replace(/^\[|\]$/g, ''),
        tlsOptions: {
          ...(ca === undefined ? { trustBrowserCas: true } : { trustedCertificates: [ca] }),
          ...(keypair === undefined ? {} : { keypair }),
        },
      },
    },
  }
}

export const startWorkerd = async (options: WorkerdOptions): Promise<RunningWorker> => {
  const clusters = Object.entries(options.config.clusters)
  const config: Config = {
    ...options.config,
    clusters: Object.fromEntries(
      clusters.map(([name, it], index) => [name, { ...it, vpcService: bindingName(index) }]),
    ),
  }
  const { code } = await bundleWorker(options.entry, config)
  const persist = options.state === undefined ? {} : { resourcePersistencePath: options.state }
  const inspect = options.inspectorPort === undefined ? {} : { inspectorPort: options.inspectorPort }
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: options.port,
      modules: [{ type: 'ESModule', path: 'worker.js', contents: code }],
      compatibilityDate: COMPATIBILITY_DATE,
      durableObjects: {
        LEDGER: { className: 'LedgerObject', useSQLite: true },
        JOBS: { className: 'JobsObject', useSQLite: true },
        REPORTS: { className: 'ReportsObject', useSQLite: true },
      },
      kvNamespaces: ['CACHE'],
      ratelimits: { SHIELD: { namespace_id: '1', simple: LOCAL_SHIELD } },
      bindings: { ...options.secrets },
      serviceBindings: Object.fromEntries(
        clusters.map(([, it], index) => [bindingName(index), clusterService(it, options.secrets)]),
      ),
      // stdout belongs to whoever started us (`--json` promises one line there): what the Worker logs goes to stderr.
      handleStructuredLogs: ({ message }) => {
        if (options.quiet !== true) process.stderr.write(`${message}\n`)
      },
      ...persist,
      ...inspect,
    }),
  )
  const url = await miniflare.ready
  return { origin: url.origin, miniflare, stop: () => miniflare.dispose() }
}
