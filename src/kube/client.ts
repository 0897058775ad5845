/**
 * One cluster's API server, read-only: every method of kube/ on one object. It can send GETs and the three self-reviews
 * and nothing else, because `Requester` cannot. Answers are raw (continue tokens unsealed, nothing redacted but Secret
 * values): only guard/ may hold a client.
 *
 * Kubernetes 1.33 to 1.36. Every method throws a BulkheadError, or the signal's own reason when the caller aborts.
 */
import type { Access } from '../access.ts'
import type { Cache, Clock, Transport } from '../ports.ts'
import type { KubeObject, LogQuery, RbacAnswer, ResourceType, SchemaAnswer } from '../tool.ts'
import type { Breaker } from './breaker.ts'
import { createDiscovery, type DiscoveryMemory } from './discovery.ts'
import type { Wire } from './exchange.ts'
import { readRelease, type StoredRelease } from './helm.ts'
import { getMetadata, getObject, type KubeListQuery, type KubeObjectPage, listMetadata, listObjects } from './lists.ts'
import { type MayLook, readLog } from './logs.ts'
import { createOpenApi } from './openapi.ts'
import { createRequester } from './request.ts'
import { askAccess, askRules, type Identity, type Probe, type RulesAnswer, whoAmI } from './reviews.ts'
import { type KubeTablePage, listTable } from './tables.ts'
import { readVersion } from './version.ts'

export type { KubeListQuery, KubeObjectPage, KubeTablePage }

export interface KubeClientOptions {
  /** The configured name. */
  readonly cluster: string
  /** The configured URL; for the cache's key only, since the transport knows where to go. */
  readonly server: string
  readonly transport: Transport
  /** The read credential's bearer token, asked for at each request; absent with a client certificate. */
  readonly token?: () => Promise<string>
  readonly clock: Clock
  /** The cluster's own; absent where a test or a script speaks to one server. */
  readonly breaker?: Breaker
  readonly cache: Cache
  readonly memory: DiscoveryMemory
  /** Bulkhead's own version. */
  readonly version: string
  readonly watch?: NonNullable<Wire['watch']>
}

export interface KubeClient {
  /** The API server's `gitVersion`; also the readiness probe. */
  version(signal: AbortSignal): Promise<string>
  /** Everything that discovery knows, in a fixed order. */
  types(signal: AbortSignal): Promise<readonly ResourceType[]>
  resolve(kind: string, apiVersion: string | undefined, signal: AbortSignal): Promise<ResourceType>
  /** As `ClusterView` has it. */
  schema(type: ResourceType, path: readonly string[], signal: AbortSignal): Promise<SchemaAnswer>
  /** A Secret comes without values: `data` is replaced by `dataBytes`, the length of each. */
  get(type: ResourceType, name: string, namespace: string | undefined, signal: AbortSignal): Promise<KubeObject>
  getMetadata(type: ResourceType, name: string, namespace: string | undefined, signal: AbortSignal): Promise<KubeObject>
  /** Secrets come as metadata. */
  list(type: ResourceType, query: KubeListQuery, signal: AbortSignal): Promise<KubeObjectPage>
  metadata(type: ResourceType, query: KubeListQuery, signal: AbortSignal): Promise<KubeObjectPage>
  listTable(type: ResourceType, query: KubeListQuery, signal: AbortSignal): Promise<KubeTablePage>
  /**
   * Must be read to its end or cancelled. Errors in the stream are BulkheadErrors too. `mayLook` is asked before the pod
   * is read to say why there is no log; absent: yes.
   */
  log(query: LogQuery, signal: AbortSignal, mayLook?: MayLook): Promise<ReadableStream<Uint8Array>>
  /** By the name that Helm stores it under (helm.ts). Raw, values included. */
  release(type: ResourceType, namespace: string, stored: string, signal: AbortSignal): Promise<StoredRelease>
  /** Whether the cluster allows this to Bulkhead's read credential. */
  rbac(access: Omit<Access, 'cluster'>, signal: AbortSignal): Promise<RbacAnswer>
  /** The same for what no access of ours could be: for `overpowered.ts`. */
  probe(probe: Probe, signal: AbortSignal): Promise<RbacAnswer>
  rules(namespace: string, signal: AbortSignal): Promise<RulesAnswer>
  whoAmI(signal: AbortSignal): Promise<Identity>
}

export const createKubeClient = (options: KubeClientOptions): KubeClient => {
  const requester = createRequester(options)
  const discovery = createDiscovery(requester, options)
  const openApi = createOpenApi(requester, options)
  return {
    version: (signal) => readVersion(requester, signal),
    types: (signal) => discovery.types(signal),
    resolve: (kind, apiVersion, signal) => discovery.resolve(kind, apiVersion, signal),
    schema: (type, path, signal) => openApi.schema(type, path, signal),
    get: (type, name, namespace, signal) => getObject(requester, type, name, namespace, signal),
    getMetadata: (type, name, namespace, signal) => getMetadata(requester, type, name, namespace, signal),
    list: (type, query, signal) => listObjects(requester, type, query, signal),
    metadata: (type, query, signal) => listMetadata(requester, type, query, signal),
    listTable: (type, query, signal) => listTable(requester, type, query, signal),
    log: (query, signal, mayLook = () => true) => readLog(requester, query, signal, mayLook),
    release: (type, namespace, stored, signal) => readRelease(requester, type, namespace, stored, signal),
    rbac: (access, signal) => askAccess(requester, access, signal),
    probe: (probe, signal) => askAccess(requester, probe, signal),
    rules: (namespace, signal) => askRules(requester, namespace, signal),
    whoAmI: (signal) => whoAmI(requester, signal),
  }
}
