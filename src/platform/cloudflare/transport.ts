/** The way to a cluster from a Worker: its VPC service or mTLS binding where one is named, the public network else. */
import type { ClusterConfig } from '../../config.ts'
import { BulkheadError } from '../../errors.ts'
import type { Transport } from '../../ports.ts'
import { createTransport, type Send } from '../transport.ts'

const isFetcher = (binding: unknown): binding is Fetcher =>
  typeof binding === 'object' && binding !== null && 'fetch' in binding && typeof binding.fetch === 'function'

/** Throws `not_ready` where the configuration names a binding that is not there: the public network is no replacement. */
export const clusterTransport = (
  cluster: string,
  config: ClusterConfig,
  env: Readonly<Record<string, unknown>>,
  credential: 'read' | 'change',
): Transport => {
  const change = config.credentials.change
  // A binding presents one certificate, and that is the read credential's.
  if (credential === 'change' && change !== undefined && 'clientCertificate' in change) {
    throw new BulkheadError(
      'not_ready',
      `Cluster "${cluster}" cannot be changed from here. The operator finds the reason in the log.`,
      { detail: `cluster "${cluster}": on Workers the change credential must be a token, not a client certificate` },
    )
  }
  const name = config.vpcService ?? config.mtlsBinding
  if (name === undefined) return createTransport(cluster, config.server, (url, init) => fetch(url, init))
  const binding = env[name]
  if (!isFetcher(binding)) {
    throw new BulkheadError(
      'not_ready',
      `Cluster "${cluster}" cannot be reached yet. The operator finds the reason in the log.`,
      {
        detail: `cluster "${cluster}": the binding "${name}" is missing from wrangler.toml or is no VPC service or certificate`,
      },
    )
  }
  const send: Send = (url, init) => binding.fetch(url, init)
  return createTransport(cluster, config.server, send)
}
