/**
 * How large a change is, from live objects (THREATS.md L7-3): the pods that it ends or restarts, what part of the
 * namespace they are, whether a workload loses its last replica, which disruption budgets cover them, what a cascade
 * takes along, which Services are left without an endpoint. A few bounded lists in parallel; what could not be looked at
 * is named. An aid for people: nothing is permitted by it.
 */
import { ALL_NAMESPACES } from '../access.ts'
import type { Operation } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import type { KubeClient } from '../kube/client.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../kube/json.ts'
import type { BlastRadius } from '../plan.ts'
import type { Json, KubeObject } from '../tool.ts'
import { podTemplateOf } from './pod-templates.ts'
import type { Proposal } from './write-rails.ts'

/** Namespaces that are looked into; a change of more says so. */
const MAX_NAMESPACES = 5
/** Of each kind, a page: more than this in one namespace is counted as far as it was read. */
const PAGE = 500
/** Names in the answer; the counts are of all. */
const MAX_NAMED = 20

export type BlastReader = Pick<KubeClient, 'resolve' | 'list' | 'metadata'>

interface Owned {
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly owners: readonly string[]
  readonly labels: JsonObject
  /** Of a pod: it serves. */
  readonly ready: boolean
}

/** What lives in the namespaces of the change. */
interface Surroundings {
  readonly objects: readonly Owned[]
  readonly budgets: readonly KubeObject[]
  readonly services: readonly KubeObject[]
  readonly notLookedAt: readonly string[]
}

/** Kinds whose objects go with their owner, or with their namespace. */
const OWNED_KINDS = [
  ['pods', 'v1'],
  ['replicasets', 'apps/v1'],
  ['jobs', 'batch/v1'],
] as const
const NAMESPACE_KINDS = [
  ['deployments', 'apps/v1'],
  ['statefulsets', 'apps/v1'],
  ['daemonsets', 'apps/v1'],
  ['cronjobs', 'batch/v1'],
  ['services', 'v1'],
  ['configmaps', 'v1'],
  ['persistentvolumeclaims', 'v1'],
] as const

const labelsOf = (object: KubeObject): JsonObject => objectOf(object.metadata?.labels as Json | undefined)

const isReady = (pod: KubeObject): boolean => {
  const conditions = objectOf(pod.status as Json | undefined).conditions
  return (
    Array.isArray(conditions) && conditions.some((it) => isObject(it) && it.type === 'Ready' && it.status === 'True')
  )
}

const owned = (object: KubeObject): Owned => ({
  kind: object.kind ?? '',
  name: object.metadata?.name ?? '',
  namespace: object.metadata?.namespace ?? '',
  uid: object.metadata?.uid ?? '',
  owners: (object.metadata?.ownerReferences ?? []).map((it) => it.uid),
  labels: labelsOf(object),
  ready: isReady(object),
})

const survey = async (
  reader: BlastReader,
  namespaces: readonly string[],
  whole: boolean,
  signal: AbortSignal,
): Promise<Surroundings> => {
  const notLookedAt: string[] = []
  const list = async (
    how: 'list' | 'metadata',
    [resource, apiVersion]: readonly [string, string],
    namespace: string,
  ): Promise<readonly KubeObject[]> => {
    try {
      const type = await reader.resolve(resource, apiVersion, signal)
      const page = await reader[how](type, { namespace, limit: PAGE }, signal)
      if (page.continue !== undefined) notLookedAt.push(`${resource}: more than one page, the rest is not counted`)
      return page.items.map((it) => ({ kind: type.kind, ...it }))
    } catch (error) {
      if (!(error instanceof BulkheadError)) throw error
      notLookedAt.push(`${resource}: ${error.code}`)
      return []
    }
  }
  const kinds = [...OWNED_KINDS, ...(whole ? NAMESPACE_KINDS : [])]
  const found = await Promise.all(
    namespaces.slice(0, MAX_NAMESPACES).map(async (namespace) => ({
      // Pods' readiness decides what Services lose; of the rest their metadata is enough.
      objects: (
        await Promise.all(kinds.map((it) => list(it[0] === 'pods' ? 'list' : 'metadata', it, namespace)))
      ).flat(),
      budgets: await list('list', ['poddisruptionbudgets', 'policy/v1'], namespace),
      services: await list('list', ['services', 'v1'], namespace),
    })),
  )
  if (namespaces.length > MAX_NAMESPACES)
    notLookedAt.push(`${namespaces.length - MAX_NAMESPACES} more namespaces of the change`)
  return {
    objects: found.flatMap((it) => it.objects).map(owned),
    budgets: found.flatMap((it) => it.budgets),
    services: found.flatMap((it) => it.services),
    notLookedAt: [...new Set(notLookedAt)],
  }
}

/** Everything below these, two levels and more: Deployment, ReplicaSet, Pod. */
const below = (uids: ReadonlySet<string>, objects: readonly Owned[]): readonly Owned[] => {
  const found = new Set<Owned>()
  const known = new Set(uids)
  for (let grown = true; grown; ) {
    grown = false
    for (const it of objects) {
      if (found.has(it) || !it.owners.some((uid) => known.has(uid))) continue
      found.add(it)
      known.add(it.uid)
      grown = true
    }
  }
  return [...found]
}

const replicasOf = (object: KubeObject | undefined): number => {
  const { replicas } = objectOf(object?.spec as Json | undefined)
  return typeof replicas === 'number' ? replicas : 0
}

const resourceOf = ({ type }: Operation): string =>
  type.group === '' ? type.resource : `${type.resource}.${type.group}`

const templateChanges = ({ operation, live, admitted }: Proposal): boolean => {
  if (live === undefined || admitted === undefined) return false
  const resource = resourceOf(operation)
  // A Job's or a bare pod's template does not restart anything; a CronJob's is for the next run.
  if (!['deployments.apps', 'statefulsets.apps', 'daemonsets.apps'].includes(resource)) return false
  const text = (object: KubeObject) => JSON.stringify(podTemplateOf(object, resource) ?? null)
  return text(live) !== text(admitted)
}

const podsBelow = (live: KubeObject | undefined, { objects }: Surroundings): readonly Owned[] =>
  below(new Set([live?.metadata?.uid ?? '']), objects).filter((it) => it.kind === 'Pod')

/** Pods that one operation ends or restarts. */
const touchedBy = (proposal: Proposal, around: Surroundings): readonly Owned[] => {
  const { operation, live, admitted } = proposal
  const uid = live?.metadata?.uid ?? ''
  if (operation.verb === 'evict') return around.objects.filter((it) => it.uid === uid)
  if (operation.verb === 'delete') {
    if (resourceOf(operation) === 'namespaces')
      return around.objects.filter((it) => it.kind === 'Pod' && it.namespace === operation.name)
    if (operation.propagation === 'Orphan') return []
    const self = around.objects.filter((it) => it.uid === uid && it.kind === 'Pod')
    return [...self, ...podsBelow(live, around)]
  }
  if (templateChanges(proposal)) return podsBelow(live, around)
  const fewer = replicasOf(live) - replicasOf(admitted)
  return admitted !== undefined && fewer > 0 ? podsBelow(live, around).slice(0, fewer) : []
}

const hasReplicas = (object: KubeObject | undefined): boolean =>
  typeof objectOf(object?.spec as Json | undefined).replicas === 'number'

const workloadsOf = (proposals: readonly Proposal[]): BlastRadius['workloads'] =>
  proposals.flatMap(({ operation, live, admitted }) => {
    if (!hasReplicas(live) && !hasReplicas(admitted)) return []
    const [replicas, after] = [replicasOf(live), operation.verb === 'delete' ? 0 : replicasOf(admitted)]
    return [
      {
        kind: operation.type.kind,
        ...(operation.namespace === undefined ? {} : { namespace: operation.namespace }),
        name: operation.name,
        replicas,
        after,
        last: replicas > 0 && after === 0,
      },
    ]
  })

const matches = (selector: JsonObject, labels: JsonObject): boolean => {
  const { matchLabels, matchExpressions } = selector
  const pairs = Object.entries(objectOf(matchLabels))
  const expressions = (Array.isArray(matchExpressions) ? matchExpressions : []).filter(isObject)
  return (
    pairs.every(([key, value]) => labels[key] === value) &&
    expressions.every(({ key, operator, values }) => {
      const label = textOf(labels[String(key)])
      const listed = Array.isArray(values) ? values : []
      if (operator === 'Exists') return label !== undefined
      if (operator === 'DoesNotExist') return label === undefined
      const isIn = label !== undefined && listed.includes(label)
      return operator === 'NotIn' ? !isIn : isIn
    })
  )
}

const placeOf = (object: KubeObject) => ({
  namespace: object.metadata?.namespace ?? '',
  name: object.metadata?.name ?? '',
})

const budgetsOf = (touched: readonly Owned[], { budgets }: Surroundings): BlastRadius['disruptionBudgets'] =>
  budgets.flatMap((budget) => {
    const { namespace, name } = placeOf(budget)
    const selector = objectOf(objectOf(budget.spec as Json | undefined).selector)
    const covered = touched.filter((it) => it.namespace === namespace && matches(selector, it.labels)).length
    const { disruptionsAllowed } = objectOf(budget.status as Json | undefined)
    const allowed = typeof disruptionsAllowed === 'number' ? disruptionsAllowed : 0
    return covered === 0 ? [] : [{ namespace, name, allowed, touched: covered }]
  })

/** Services that have a ready pod now and would have none: of what ends for good, not of what restarts. */
const servicesOf = (ended: ReadonlySet<Owned>, around: Surroundings): BlastRadius['services'] =>
  around.services.flatMap((service) => {
    const { namespace, name } = placeOf(service)
    const selector = objectOf(objectOf(service.spec as Json | undefined).selector)
    if (Object.keys(selector).length === 0) return []
    const behind = around.objects.filter(
      (it) =>
        it.kind === 'Pod' && it.ready && it.namespace === namespace && matches({ matchLabels: selector }, it.labels),
    )
    return behind.length > 0 && behind.every((it) => ended.has(it)) ? [{ namespace, name }] : []
  })

const dependentsOf = (proposals: readonly Proposal[], around: Surroundings): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { operation, live } of proposals) {
    if (operation.verb !== 'delete' || operation.propagation === 'Orphan') continue
    const gone =
      resourceOf(operation) === 'namespaces'
        ? around.objects.filter((it) => it.namespace === operation.name)
        : below(new Set([live?.metadata?.uid ?? '']), around.objects)
    for (const { kind } of gone) counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

/** A ConfigMap or a Service touches no pod by itself: nothing needs to be looked at. */
const concernsPods = ({ operation, live, admitted }: Proposal): boolean =>
  operation.verb === 'delete' ||
  operation.verb === 'evict' ||
  hasReplicas(live ?? admitted) ||
  podTemplateOf(live ?? admitted ?? {}, resourceOf(operation)) !== undefined

export const blastRadius = async (
  proposals: readonly Proposal[],
  reader: BlastReader,
  signal: AbortSignal,
): Promise<BlastRadius> => {
  const concerned = proposals.filter(concernsPods)
  const whole = concerned
    .filter(({ operation }) => resourceOf(operation) === 'namespaces')
    .map((it) => it.operation.name)
  const namespaces = [...new Set([...whole, ...concerned.flatMap(({ operation }) => operation.namespace ?? [])])]
  const around = await survey(reader, namespaces, whole.length > 0, signal)
  const touched = new Map(concerned.map((it) => [it, touchedBy(it, around)]))
  const all = [...new Set([...touched.values()].flat())]
  const ended = new Set([...touched].filter(([it]) => !templateChanges(it)).flatMap(([, pods]) => pods))
  const podsThere = around.objects.filter((it) => it.kind === 'Pod').length
  // Replicas that come are pods of the change, too.
  const coming = workloadsOf(proposals).reduce((sum, it) => sum + Math.max(0, it.after - it.replicas), 0)
  return {
    pods: all.length + coming,
    namespaceFraction: podsThere === 0 ? 0 : Math.min(1, Math.round((all.length / podsThere) * 1000) / 1000),
    workloads: workloadsOf(proposals).slice(0, MAX_NAMED),
    disruptionBudgets: budgetsOf(all, around).slice(0, MAX_NAMED),
    dependents: dependentsOf(concerned, around),
    services: servicesOf(ended, around).slice(0, MAX_NAMED),
    notLookedAt: around.notLookedAt,
  }
}

/** `mayList`: by policy, `deployments.apps` and a namespace. What the caller may not list loses its name, not its count. */
export const forCaller = (
  radius: BlastRadius,
  mayList: (resource: string, namespace: string) => boolean,
): BlastRadius => {
  const hidden = (resource: string, namespace: string | undefined): boolean =>
    !mayList(resource, namespace ?? ALL_NAMESPACES)
  const masked = <T extends { readonly namespace?: string; readonly name: string }>(
    items: readonly T[],
    resource: string,
  ): readonly T[] => items.map((it) => (hidden(resource, it.namespace) ? { ...it, name: '…' } : it))
  return {
    ...radius,
    disruptionBudgets: masked(radius.disruptionBudgets, 'poddisruptionbudgets.policy'),
    services: masked(radius.services, 'services'),
  }
}
