/**
 * The configured clusters, each with its clients and its credentials; made at first use and kept for the isolate's life.
 * What can write is here alone, and only guard/planner and guard/applier are handed it.
 */
import type { Config, CredentialConfig } from '../config.ts'
import { type Breaker, type BreakerPhase, createBreaker } from '../kube/breaker.ts'
import { createKubeClient, type KubeClient } from '../kube/client.ts'
import { createDiscoveryMemory } from '../kube/discovery.ts'
import { createKubeWriter, type KubeWriter } from '../kube/writer.ts'
import type { Ports, Transport } from '../ports.ts'
import { type CredentialRole, createCredential } from './credentials.ts'

export type { BreakerPhase }

/** Bulkhead's own ServiceAccount, as the cluster names it. */
export interface OwnIdentity {
  readonly namespace: string
  readonly name: string
}

/** The change credential's side of a cluster. */
export interface ChangeAccess {
  readonly writer: KubeWriter
  readonly vet: () => Promise<void>
}

export interface OpenedCluster {
  readonly client: KubeClient
  readonly breaker: Breaker
  readonly vet: () => Promise<void>
  /** Absent: the cluster is read-only. */
  readonly change?: ChangeAccess
  /** The ServiceAccounts that its credentials are, as far as they are any. */
  readonly own: (signal: AbortSignal) => Promise<readonly OwnIdentity[]>
}

/** `system:serviceaccount:NAMESPACE:NAME` (k8s.io/apiserver/pkg/authentication/serviceaccount). */
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/

export type Clusters = (cluster: string) => OpenedCluster

export const createClusters = (ports: Ports, config: Config, version: string): Clusters => {
  const memory = createDiscoveryMemory()
  const opened = new Map<string, OpenedCluster>()

  const open = (cluster: string): OpenedCluster => {
    const clusterConfig = config.clusters[cluster]
    // Names come from policy's view of the same configuration.
    if (clusterConfig === undefined) throw new RangeError(`No cluster is named "${cluster}"`)
    const breaker = createBreaker(() => ports.clock.now())
    const sideOf = (role: CredentialRole, configured: CredentialConfig) => {
      const credential = createCredential(ports, cluster, clusterConfig, role, configured)
      const transport: Transport = {
        fetch: async (path, init) => (await ports.transport(cluster, role)).fetch(path, init),
      }
      const options = {
        cluster,
        server: clusterConfig.server,
        transport,
        ...(credential.token === undefined ? {} : { token: credential.token }),
        clock: ports.clock,
        breaker,
        cache: ports.cache,
        memory,
        version,
      }
      const client = createKubeClient(options)
      return { options, client, vet: () => credential.vet(client) }
    }
    const read = sideOf('read', clusterConfig.credentials.read)
    const { change: configured } = clusterConfig.credentials
    const change = configured === undefined ? undefined : sideOf('change', configured)
    const identities = change === undefined ? [read.client] : [read.client, change.client]
    let own: readonly OwnIdentity[] | undefined
    return {
      client: read.client,
      breaker,
      vet: read.vet,
      ...(change === undefined ? {} : { change: { writer: createKubeWriter(change.options), vet: change.vet } }),
      async own(signal) {
        own ??= (await Promise.all(identities.map((it) => it.whoAmI(signal)))).flatMap(({ username }) => {
          const [, namespace, name] = SERVICE_ACCOUNT.exec(username) ?? []
          return namespace === undefined || name === undefined ? [] : [{ namespace, name }]
        })
        return own
      },
    }
  }

  return (cluster) => {
    const it = opened.get(cluster) ?? open(cluster)
    opened.set(cluster, it)
    return it
  }
}
