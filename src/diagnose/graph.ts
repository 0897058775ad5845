/**
 * What depends on what: an edge leads from an object to one that suffers when the first is in trouble. Owns, selects,
 * mounts, references, runs on, routes to, scales. Built from the snapshot alone; an object that does not exist has a node
 * all the same where something names it.
 */
import { objectOf, textOf } from '../kube/json.ts'
import type { Subject } from '../report.ts'
import type { Json } from '../tool.ts'
import { podsBehind, routesOf, WORKLOADS, workloadsBehind } from './behind.ts'
import { backendsOf, tlsSecretsOf } from './ingress.ts'
import { resourceOf } from './kinds.ts'
import type { Pod } from './pods.ts'
import { referencesOf } from './references.ts'
import { matches } from './selector.ts'
import type { Snapshot } from './snapshot.ts'
import { keyOf, subjectNamed, subjectOf } from './subject.ts'
import { objectsIn, specOf, statusOf } from './words.ts'

export interface Graph {
  add(from: Subject, to: Subject): void
  /** Keys of what the object depends on directly. */
  below(key: string): readonly string[]
  /** Keys of what depends on it directly. */
  above(key: string): readonly string[]
}

/**
 * Edges of one graph: 10,000 pods with what each needs are half of it, in some 30 MB. Whoever makes hundreds of Services
 * that all select thousands of pods gets no more: what has no edge explains nothing, and is told by itself.
 */
export const MAX_EDGES = 100_000

export const createGraph = (): Graph => {
  const down = new Map<string, Set<string>>()
  const up = new Map<string, Set<string>>()
  let edges = 0
  const put = (map: Map<string, Set<string>>, from: string, to: string) => {
    const known = map.get(from)
    if (known === undefined) map.set(from, new Set([to]))
    else known.add(to)
  }
  return {
    add(from, to) {
      if (edges >= MAX_EDGES) return
      const [a, b] = [keyOf(from), keyOf(to)]
      if (a === b) return
      if (up.get(a)?.has(b)) return
      edges += 1
      put(up, a, b)
      put(down, b, a)
    },
    below: (key) => [...(down.get(key) ?? [])],
    above: (key) => [...(up.get(key) ?? [])],
  }
}

const HASH = 'pod-template-hash'

/** The one in charge of a pod that people know: the Deployment and not its ReplicaSet, which is named after both. */
export const workloadOf = ({ owner, labels, subject }: Pod): Subject | undefined => {
  if (owner === undefined) return undefined
  const { namespace } = subject
  const place = namespace === undefined ? {} : { namespace }
  const hash = labels[HASH]
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`))
    return { apiVersion: 'apps/v1', kind: 'Deployment', ...place, name: owner.name.slice(0, -hash.length - 1) }
  return { apiVersion: owner.apiVersion, kind: owner.kind, ...place, name: owner.name }
}

const addPods = (graph: Graph, { pods }: Snapshot): void => {
  for (const pod of pods) {
    const workload = workloadOf(pod)
    if (workload !== undefined) graph.add(pod.subject, workload)
    if (pod.node !== undefined) graph.add(subjectNamed('nodes', pod.node), pod.subject)
    for (const { resource, name } of pod.object === undefined ? [] : referencesOf(pod.object))
      graph.add(subjectNamed(resource, name, pod.subject.namespace), pod.subject)
  }
}

const addServices = (graph: Graph, snapshot: Snapshot): void => {
  for (const service of snapshot.list('services')) {
    const subject = subjectOf(service)
    for (const pod of podsBehind(service, snapshot)) graph.add(pod.subject, subject)
    for (const workload of workloadsBehind(service, snapshot, [...WORKLOADS, 'replicasets']))
      graph.add(subjectOf(workload), subject)
  }
}

const addOwners = (graph: Graph, snapshot: Snapshot): void => {
  for (const resource of ['replicasets', 'jobs'] as const)
    for (const object of snapshot.list(resource))
      for (const { apiVersion, kind, name } of object.metadata?.ownerReferences ?? []) {
        const namespace = object.metadata?.namespace
        graph.add(subjectOf(object), { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name })
      }
}

const addRoutes = (graph: Graph, snapshot: Snapshot): void => {
  for (const route of routesOf(snapshot)) {
    const subject = subjectOf(route)
    for (const { name, namespace } of backendsOf(route)) graph.add(subjectNamed('services', name, namespace), subject)
    for (const name of tlsSecretsOf(route)) graph.add(subjectNamed('secrets', name, subject.namespace), subject)
    const className = textOf(specOf(route).ingressClassName)
    if (className !== undefined) graph.add(subjectNamed('ingressclasses', className), subject)
    for (const parent of objectsIn(specOf(route).parentRefs)) {
      const name = textOf(parent.name)
      if (name !== undefined)
        graph.add(subjectNamed('gateways', name, textOf(parent.namespace) ?? subject.namespace), subject)
    }
  }
}

const addScaling = (graph: Graph, snapshot: Snapshot): void => {
  for (const scaler of snapshot.list('horizontalpodautoscalers')) {
    const { apiVersion, kind, name } = objectOf(specOf(scaler).scaleTargetRef)
    const { namespace } = scaler.metadata ?? {}
    if (typeof kind === 'string' && typeof name === 'string')
      graph.add(
        { apiVersion: textOf(apiVersion) ?? '', kind, ...(namespace === undefined ? {} : { namespace }), name },
        subjectOf(scaler),
      )
  }
  for (const budget of snapshot.list('poddisruptionbudgets')) {
    const subject = subjectOf(budget)
    for (const pod of snapshot.podsIn(subject.namespace))
      if (matches(specOf(budget).selector, pod.labels)) graph.add(pod.subject, subject)
  }
}

const addStorage = (graph: Graph, snapshot: Snapshot): void => {
  for (const claim of snapshot.list('persistentvolumeclaims')) {
    const { storageClassName, volumeName } = specOf(claim)
    if (typeof storageClassName === 'string' && storageClassName !== '')
      graph.add(subjectNamed('storageclasses', storageClassName), subjectOf(claim))
    if (typeof volumeName === 'string' && volumeName !== '')
      graph.add(subjectNamed('persistentvolumes', volumeName), subjectOf(claim))
  }
}

/** Services that the API server itself calls. */
const addApi = (graph: Graph, snapshot: Snapshot): void => {
  const serves = (reference: Json | undefined, subject: Subject) => {
    const { name, namespace } = objectOf(reference)
    if (typeof name === 'string' && typeof namespace === 'string')
      graph.add(subjectNamed('services', name, namespace), subject)
  }
  for (const api of snapshot.list('apiservices')) serves(specOf(api).service, subjectOf(api))
  for (const resource of ['mutatingwebhooks', 'validatingwebhooks'] as const)
    for (const configuration of snapshot.list(resource))
      for (const webhook of objectsIn(configuration.webhooks as Json | undefined))
        serves(objectOf(webhook.clientConfig).service, subjectOf(configuration))
}

/** What a GitOps tool says it manages is what it waits for. */
const addSources = (graph: Graph, snapshot: Snapshot): void => {
  for (const application of snapshot.list('applications')) {
    for (const it of objectsIn(statusOf(application).resources)) {
      const [kind, name, namespace] = [textOf(it.kind), textOf(it.name), textOf(it.namespace)]
      const resource = kind === undefined ? undefined : resourceOf(kind)
      if (resource !== undefined && name !== undefined)
        graph.add(subjectNamed(resource, name, namespace), subjectOf(application))
    }
  }
}

export const graphOf = (snapshot: Snapshot): Graph => {
  const graph = createGraph()
  // Services last: of what they select a stranger can make too much.
  for (const add of [addPods, addOwners, addRoutes, addScaling, addStorage, addApi, addSources, addServices])
    add(graph, snapshot)
  return graph
}
