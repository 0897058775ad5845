/** The configured clusters, each with its client and its credential; made at first use and kept for the isolate's life. */
import type { Config } from '../config.ts'
import { type Breaker, type BreakerPhase, createBreaker } from '../kube/breaker.ts'
import { createKubeClient, type KubeClient } from '../kube/client.ts'
import { createDiscoveryMemory } from '../kube/discovery.ts'
import type { Ports, Transport } from '../ports.ts'
import { createCredential } from './credentials.ts'

export type { BreakerPhase }

export interface OpenedCluster {
  readonly client: KubeClient
  readonly breaker: Breaker
  readonly vet: () => Promise<void>
}

export type Clusters = (cluster: string) => OpenedCluster

export const createClusters = (ports: Ports, config: Config, version: string): Clusters => {
  const memory = createDiscoveryMemory()
  const opened = new Map<string, OpenedCluster>()

  const open = (cluster: string): OpenedCluster => {
    const clusterConfig = config.clusters[cluster]
    // Names come from policy's view of the same configuration.
    if (clusterConfig === undefined) throw new RangeError(`No cluster is named "${cluster}"`)
    const credential = createCredential(ports, cluster, clusterConfig)
    const transport: Transport = { fetch: async (path, init) => (await ports.transport(cluster)).fetch(path, init) }
    const breaker = createBreaker(() => ports.clock.now())
    const client = createKubeClient({
      cluster,
      server: clusterConfig.server,
      transport,
      ...(credential.token === undefined ? {} : { token: credential.token }),
      clock: ports.clock,
      breaker,
      cache: ports.cache,
      memory,
      version,
    })
    return { client, breaker, vet: () => credential.vet(client) }
  }

  return (cluster) => {
    const it = opened.get(cluster) ?? open(cluster)
    opened.set(cluster, it)
    return it
  }
}
