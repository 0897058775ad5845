/**
 * What metrics-server would have measured: usage of running containers and of nodes, made from what they request. A
 * container's number is its own for as long as its pod lives and moves a little each minute, so that two answers of one
 * minute agree and a busy pod stays the busy one.
 */
import { createHash } from 'node:crypto'
import type { Cluster } from './cluster.ts'
import { quantity } from './controllers/scheduler.ts'
import { NODES, PODS } from './controllers/world.ts'
import { at, isRecord, type JsonObject, type KubeObject, labelsOf, nameOf, namespaceOf, records, text } from './json.ts'
import { timestamp } from './store.ts'

export const METRICS_GROUP = 'metrics.k8s.io'
const API_VERSION = `${METRICS_GROUP}/v1beta1`
/** As metrics-server scrapes: every 15 s, the mean of about that long. */
const WINDOW = '15.0s'
const SCRAPED_BEFORE_MS = 12_000

const MIB = 1024 ** 2
/** Where nothing is requested: a small helper. Cores and bytes. */
const SMALL = { cpu: 0.01, memory: 24 * MIB }
/** What the system of a node takes beside its pods. */
const SYSTEM = { cpu: 0.12, memory: 700 * MIB }

interface Usage {
  readonly cpu: number
  readonly memory: number
}

/** From 0 to 1, always the same for the same seed. */
const share = (seed: string): number => createHash('sha256').update(seed).digest().readUInt16BE(0) / 0xffff

const containerUsage = (pod: KubeObject, container: JsonObject, minute: number): Usage => {
  const seed = `${namespaceOf(pod)}/${nameOf(pod)}/${text(container, 'name')}`
  const requested = (resource: 'cpu' | 'memory') =>
    quantity(at(container, 'resources', 'requests', resource)) || SMALL[resource]
  const wobble = 0.95 + share(`${seed}/${minute}`) / 10
  return {
    cpu: requested('cpu') * (0.1 + 0.6 * share(`${seed}/cpu`)) * wobble,
    memory: requested('memory') * (0.45 + 0.4 * share(`${seed}/memory`)) * wobble,
  }
}

const sum = (all: readonly Usage[]): Usage =>
  all.reduce((total, { cpu, memory }) => ({ cpu: total.cpu + cpu, memory: total.memory + memory }), {
    cpu: 0,
    memory: 0,
  })

/** As metrics-server writes them: nanocores, kibibytes. */
const written = ({ cpu, memory }: Usage): JsonObject => ({
  cpu: `${Math.round(cpu * 1e9)}n`,
  memory: `${Math.round(memory / 1024)}Ki`,
})

const running = (pod: KubeObject): JsonObject[] => {
  const alive = records(pod, 'status', 'containerStatuses').filter((status) => isRecord(at(status, 'state', 'running')))
  const names = alive.map((status) => text(status, 'name'))
  return records(pod, 'spec', 'containers').filter((container) => names.includes(text(container, 'name')))
}

const head = (kind: string, object: KubeObject, now: Date): KubeObject => ({
  kind,
  apiVersion: API_VERSION,
  metadata: {
    name: nameOf(object),
    ...(kind === 'PodMetrics' ? { namespace: namespaceOf(object) } : {}),
    creationTimestamp: timestamp(now),
    labels: labelsOf(object),
  },
  timestamp: timestamp(new Date(now.getTime() - SCRAPED_BEFORE_MS)),
  window: WINDOW,
})

const MINUTE_MS = 60_000

/** Of pods with a running container; nothing is measured of others. */
const podMetrics = (cluster: Cluster, pods: readonly KubeObject[]): readonly KubeObject[] => {
  const now = cluster.now()
  const minute = Math.floor(now.getTime() / MINUTE_MS)
  return pods.flatMap((pod) => {
    const containers = running(pod).map((container) => ({
      name: text(container, 'name'),
      usage: written(containerUsage(pod, container, minute)),
    }))
    return containers.length === 0 ? [] : [{ ...head('PodMetrics', pod, now), containers }]
  })
}

const nodeMetrics = (cluster: Cluster): readonly KubeObject[] => {
  const now = cluster.now()
  const minute = Math.floor(now.getTime() / MINUTE_MS)
  const pods = cluster.store.list(PODS)
  return cluster.store.list(NODES).map((node) => {
    const here = pods.filter((pod) => text(pod, 'spec', 'nodeName') === nameOf(node))
    const used = here.flatMap((pod) => running(pod).map((container) => containerUsage(pod, container, minute)))
    return { ...head('NodeMetrics', node, now), usage: written(sum([SYSTEM, ...used])) }
  })
}

/** `namespace`: empty for all of them. */
export const metricsOf = (cluster: Cluster, resource: string, namespace: string): readonly KubeObject[] =>
  resource === 'nodes' ? nodeMetrics(cluster) : podMetrics(cluster, cluster.store.list(PODS, namespace))
