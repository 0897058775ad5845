/**
 * The configured clusters, each with its clients and its credentials; made at first use and kept for the isolate's life.
 * What can write is here alone, and only guard/planner and guard/applier are handed it.
 */
import type { Config, CredentialConfig } from '../config.ts'
import { type Breaker, type BreakerPhase, createBreaker } from '../kube/breaker.ts'
import { createKubeClient, type KubeClient } from '../kube/client.ts'
import { createDiscoveryMemory } from '../kube/discovery.ts'
import { createKubeWriter, type KubeWriter } from '../kube/writer.ts'
import type { Meter } from '../meter.ts'
import type { Ports, Transport } from '../ports.ts'
import type { Span } from '../trace.ts'
import { type Credential, type CredentialRole, createCredential } from './credentials.ts'
import { watchRequests } from './watch-requests.ts'

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

/** `within`: the step that asks; its requests become steps of it. */
export type Clusters = (cluster: string, within?: Span) => OpenedCluster

export interface ClustersParts {
  readonly ports: Ports
  readonly config: Config
  readonly meter: Meter
  readonly version: string
}

export const createClusters = ({ ports, config, meter, version }: ClustersParts): Clusters => {
  const memory = createDiscoveryMemory()
  const opened = new Map<string, (within: Span | undefined) => OpenedCluster>()

  const open = (cluster: string): ((within: Span | undefined) => OpenedCluster) => {
    const clusterConfig = config.clusters[cluster]
    // Names come from policy's view of the same configuration.
    if (clusterConfig === undefined) throw new RangeError(`No cluster is named "${cluster}"`)
    const breaker = createBreaker(() => ports.clock.now())
    const sideOf = (role: CredentialRole, configured: CredentialConfig) => ({
      credential: createCredential(ports, cluster, clusterConfig, role, configured),
      transport: {
        fetch: async (path, init) => (await ports.transport(cluster, role)).fetch(path, init),
      } satisfies Transport,
    })
    type Side = { readonly credential: Credential; readonly transport: Transport }
    const read: Side = sideOf('read', clusterConfig.credentials.read)
    const { change: configured } = clusterConfig.credentials
    const change: Side | undefined = configured === undefined ? undefined : sideOf('change', configured)
    let own: readonly OwnIdentity[] | undefined

    /** Clients hold nothing by themselves: a traced call has its own. */
    const openedWithin = (within: Span | undefined): OpenedCluster => {
      const clientsOf = ({ credential, transport }: Side) => {
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
          watch: watchRequests(cluster, meter, within),
        }
        const client = createKubeClient(options)
        return { options, client, vet: () => credential.vet(client) }
      }
      const reading = clientsOf(read)
      const changing = change === undefined ? undefined : clientsOf(change)
      const identities = changing === undefined ? [reading.client] : [reading.client, changing.client]
      return {
        client: reading.client,
        breaker,
        vet: reading.vet,
        ...(changing === undefined
          ? {}
          : { change: { writer: createKubeWriter(changing.options), vet: changing.vet } }),
        async own(signal) {
          own ??= (await Promise.all(identities.map((it) => it.whoAmI(signal)))).flatMap(({ username }) => {
            const [, namespace, name] = SERVICE_ACCOUNT.exec(username) ?? []
            return namespace === undefined || name === undefined ? [] : [{ namespace, name }]
          })
          return own
        },
      }
    }
    const untraced = openedWithin(undefined)
    return (within) => (within === undefined ? untraced : openedWithin(within))
  }

  return (cluster, within) => {
    const it = opened.get(cluster) ?? open(cluster)
    opened.set(cluster, it)
    return it(within)
  }
}
