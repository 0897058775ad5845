/** EndpointSlices and Endpoints: which ready pods a Service's selector finds. None, and the Service leads nowhere. */
import {
  at,
  equal,
  integer,
  type Json,
  type JsonObject,
  type KubeObject,
  labelsOf,
  nameOf,
  namespaceOf,
  record,
  records,
  text,
  uidOf,
} from '../json.ts'
import { matchesSelector } from '../selectors.ts'
import { isOver, isReady } from './pods.ts'
import { born, isOwnedBy, ownerReference, PODS, suffix, type World } from './world.ts'

const SLICES = 'endpointslices.discovery.k8s.io'

const targetPort = (port: JsonObject, pods: readonly KubeObject[]): number => {
  const target = port.targetPort
  if (typeof target === 'number') return target
  for (const pod of pods) {
    for (const container of records(pod, 'spec', 'containers')) {
      const named = records(container, 'ports').find((item) => text(item, 'name') === target)
      if (named !== undefined) return integer(named, 'containerPort')
    }
  }
  return integer(port, 'port')
}

const reference = (pod: KubeObject): JsonObject => ({
  kind: 'Pod',
  namespace: namespaceOf(pod),
  name: nameOf(pod),
  uid: uidOf(pod),
})

const store = (world: World, shelf: string, object: KubeObject): boolean => {
  const old = world.store.get(shelf, namespaceOf(object), nameOf(object))
  const same = (field: string): boolean => equal(old?.[field], object[field])
  if (old !== undefined && ['endpoints', 'ports', 'subsets'].every(same)) return false
  const metadata: KubeObject['metadata'] =
    old === undefined ? object.metadata : { ...object.metadata, ...old.metadata, name: nameOf(old) }
  world.store.put(shelf, { ...object, metadata })
  return true
}

export const reconcileService = (world: World, service: KubeObject): boolean => {
  const selector = record(service, 'spec', 'selector')
  if (Object.keys(selector).length === 0 || text(service, 'spec', 'type') === 'ExternalName') return false
  const namespace = namespaceOf(service)
  const pods = world.store
    .list(PODS, namespace)
    .filter((pod) => matchesSelector({ matchLabels: selector }, labelsOf(pod)))
    .filter((pod) => text(pod, 'status', 'podIP') !== '' && !isOver(pod))
  const ports = records(service, 'spec', 'ports').map(
    (port): JsonObject => ({
      name: text(port, 'name'),
      port: targetPort(port, pods),
      protocol: text(port, 'protocol') || 'TCP',
    }),
  )
  const endpoint = (pod: KubeObject): Json => ({
    addresses: [text(pod, 'status', 'podIP')],
    conditions: { ready: isReady(pod), serving: isReady(pod), terminating: false },
    nodeName: text(pod, 'spec', 'nodeName'),
    targetRef: reference(pod),
  })
  const existing = world.store.list(SLICES, namespace).find((slice) => isOwnedBy(slice, service))
  const labels = {
    'kubernetes.io/service-name': nameOf(service),
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  }
  const slice: KubeObject = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: born(world.when, {
      name:
        existing === undefined
          ? `${nameOf(service)}-${suffix(`${namespace}/${nameOf(service)}`, 5)}`
          : nameOf(existing),
      generateName: `${nameOf(service)}-`,
      namespace,
      labels: { ...labelsOf(service), ...labels },
      ownerReferences: [ownerReference(service)],
    }),
    addressType: 'IPv4',
    endpoints: pods.map(endpoint),
    ports,
  }
  const subset = (ready: boolean): JsonObject[] =>
    pods
      .filter((pod) => isReady(pod) === ready)
      .map((pod) => ({
        ip: text(pod, 'status', 'podIP'),
        nodeName: text(pod, 'spec', 'nodeName'),
        targetRef: reference(pod),
      }))
  const [addresses, notReadyAddresses] = [subset(true), subset(false)]
  const found = {
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
    ports,
  }
  const endpoints: KubeObject = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: born(world.when, { name: nameOf(service), namespace, labels: labelsOf(service) }),
    ...(pods.length === 0 ? {} : { subsets: [found] }),
  }
  const changed = [store(world, SLICES, slice), store(world, 'endpoints', endpoints)]
  return changed.some(Boolean)
}

/** How many pods a disruption budget lets go just now. */
export const reconcileBudget = (world: World, budget: KubeObject): boolean => {
  const shelf = 'poddisruptionbudgets.policy'
  const pods = world.store
    .list(PODS, namespaceOf(budget))
    .filter((pod) => matchesSelector(at(budget, 'spec', 'selector'), labelsOf(pod)))
  const healthy = pods.filter(isReady).length
  const share = (value: Json | undefined): number => {
    if (typeof value === 'number') return value
    return Math.ceil((Number.parseInt(String(value ?? '0'), 10) / 100) * pods.length)
  }
  const minimum = at(budget, 'spec', 'minAvailable')
  const desired = minimum === undefined ? pods.length - share(at(budget, 'spec', 'maxUnavailable')) : share(minimum)
  const status = {
    disruptionsAllowed: Math.max(0, healthy - desired),
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: pods.length,
    observedGeneration: integer(budget, 'metadata', 'generation'),
  }
  if (equal(record(budget, 'status'), status)) return false
  world.store.put(shelf, { ...budget, status })
  return true
}
