/**
 * How large a change is, from live objects: pods, disruption budgets, Services, dependents. A few lists, each at most so
 * many pages, all at once; what was not looked at is said. An estimate by intention: what a cluster's own controllers make
 * of a change shows only afterwards. Names are in it; `forCaller` takes out those that are not for everybody.
 */
import { ALL_NAMESPACES } from '../access.ts'
import { objectOf } from '../kube/json.ts'
import type { BlastRadius } from '../plan.ts'
import type { Json, KubeObject } from '../tool.ts'
import { countDeleted, type Deletion } from './blast/deletions.ts'
import { type Effect, effectOf } from './blast/effects.ts'
import { budgetsHit, type Hit, hitOf, servicesLost } from './blast/impact.ts'
import { type BlastReader, type ListName, type Looked, look, NOTHING } from './blast/look.ts'
import { isActive, ownersAmong } from './blast/owners.ts'
import type { Proposal } from './rails/words.ts'
import { sameJson } from './same.ts'

export type { BlastReader } from './blast/look.ts'

/** Names of one sort in an answer; a plan that hits more is large enough to know. */
const MAX_NAMED = 50

type Workload = BlastRadius['workloads'][number]

const isEndOfPod = ({ operation: { type, verb } }: Proposal): boolean =>
  type.group === '' && type.kind === 'Pod' && (verb === 'delete' || verb === 'evict')

/** A group with a domain that is not Kubernetes' own. */
const isCustom = (group: string): boolean => group.includes('.') && !group.endsWith('.k8s.io')

const cascades = ({ operation }: Proposal): boolean => operation.verb === 'delete' && operation.propagation !== 'Orphan'

/** Namespaces and definitions, which take everything of theirs along. */
const deletionsIn = (proposals: readonly Proposal[]): readonly Deletion[] =>
  proposals.flatMap(({ operation: { verb, type, name }, live }): Deletion[] => {
    if (verb !== 'delete') return []
    if (type.group === '' && type.kind === 'Namespace') return [{ namespace: name }]
    if (type.kind === 'CustomResourceDefinition' && live !== undefined) return [{ definition: live }]
    return []
  })

const selectorOf = (object: KubeObject | undefined): Json | undefined =>
  objectOf(object?.spec as Json | undefined).selector

/** Services whose selector the change itself moves. */
const selectorsIn = (proposals: readonly Proposal[]): ReadonlyMap<string, Json | undefined> =>
  new Map(
    proposals.flatMap(({ operation: { type, namespace, name }, live, admitted }) => {
      const isService = type.group === '' && type.kind === 'Service' && live !== undefined && admitted !== undefined
      if (!isService || sameJson(selectorOf(live), selectorOf(admitted))) return []
      return [[`${namespace}/${name}`, selectorOf(admitted)] as const]
    }),
  )

/** What has to be asked, given what the proposals are about. */
const wantedLists = (effects: readonly Effect[], roots: readonly Proposal[], ended: boolean): ReadonlySet<ListName> => {
  const wanted = new Set<ListName>(['pods', 'services', 'budgets'])
  const custom = roots.some(({ operation }) => isCustom(operation.type.group))
  const kinds = [...effects.map(({ kind }) => kind), ...roots.map(({ operation }) => operation.type.kind)]
  if (ended || custom || kinds.includes('Deployment')) wanted.add('replicaSets')
  if (kinds.includes('CronJob')) wanted.add('jobs')
  if (custom) {
    wanted.add('statefulSets')
    wanted.add('deployments')
  }
  return wanted
}

const isRoot = (proposal: Proposal): boolean => {
  const { type, namespace } = proposal.operation
  return cascades(proposal) && namespace !== undefined && (type.kind === 'CronJob' || isCustom(type.group))
}

/** Single pods that end, by who is in charge of them: each such workload once. */
const endedPods = (
  proposals: readonly Proposal[],
  pods: readonly KubeObject[],
  owners: ReturnType<typeof ownersAmong>,
): readonly { readonly workload: Workload; readonly hit: Hit }[] => {
  const groups = new Map<string, { readonly ended: KubeObject[]; readonly first: KubeObject }>()
  for (const { operation, live } of proposals) {
    // As it was listed, where it was: by that the others know it.
    const pod = pods.find(({ metadata }) => metadata?.uid !== undefined && metadata.uid === live?.metadata?.uid) ?? live
    if (pod === undefined) continue
    const key = owners.top(pod)?.uid ?? `${operation.namespace}/${operation.name}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { ended: [pod], first: pod })
    else group.ended.push(pod)
  }
  return [...groups].map(([key, { ended, first }]) => {
    const owner = owners.top(first)
    const siblings = pods.filter((pod) => isActive(pod) && owners.top(pod)?.uid === key)
    const replicas = Math.max(siblings.length, ended.length)
    const namespace = first.metadata?.namespace ?? ''
    const name = owner?.name ?? first.metadata?.name ?? ''
    return {
      workload: {
        kind: owner?.kind ?? 'Pod',
        namespace,
        name,
        replicas,
        // Whoever is in charge makes another; nobody makes a pod of its own anew.
        after: owner === undefined ? 0 : replicas,
        last: ended.length >= replicas,
      },
      hit: { pods: ended, touched: ended.length, left: 0, namespace },
    }
  })
}

const workloadOf = ({ kind, namespace, name, replicas, after }: Effect): Workload => ({
  kind,
  name,
  replicas,
  after,
  last: replicas > 0 && after === 0,
  ...(namespace === undefined ? {} : { namespace }),
})

const countKinds = (objects: Iterable<KubeObject>): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { kind } of objects) if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

const capped = <T>(items: readonly T[], what: string, notes: string[]): readonly T[] => {
  if (items.length > MAX_NAMED) notes.push(`${what}: ${items.length} are hit, ${MAX_NAMED} are shown`)
  return items.slice(0, MAX_NAMED)
}

/** Throws only when `signal` aborts. */
export const blastRadius = async (
  proposals: readonly Proposal[],
  reader: BlastReader,
  signal: AbortSignal,
): Promise<BlastRadius> => {
  const effects = proposals.map(effectOf).filter((it) => it !== undefined)
  const ends = proposals.filter(isEndOfPod)
  const roots = proposals.filter(isRoot)
  const selectors = selectorsIn(proposals)
  const namespaces = new Set(
    [
      ...effects.map(({ namespace }) => namespace),
      ...[...ends, ...roots].map(({ operation }) => operation.namespace),
      ...[...selectors.keys()].map((key) => key.split('/')[0]),
    ].filter((it) => it !== undefined),
  )
  const wanted = namespaces.size === 0 ? new Set<ListName>() : wantedLists(effects, roots, ends.length > 0)
  const { lists, notLookedAt } = await look(reader, wanted, namespaces, signal)
  const deleted = await countDeleted(reader, deletionsIn(proposals), signal)

  const listed = (name: ListName): Looked => lists.get(name) ?? NOTHING
  const pods = listed('pods')
  const owners = ownersAmong([...lists.values()].flatMap(({ items }) => items))
  const notes = [...notLookedAt, ...deleted.notLookedAt]
  const below = (uid: string | undefined): readonly KubeObject[] => (uid === undefined ? [] : owners.below(uid))
  const isPod = (object: KubeObject): boolean => object.kind === 'Pod' && isActive(object)

  const ended = endedPods(ends, pods.items, owners)
  const rootPods = roots.map(({ operation, live }) => {
    const found = below(live?.metadata?.uid).filter(isPod)
    return { pods: found, touched: found.length, left: 0, namespace: operation.namespace ?? '' }
  })
  const hits: readonly Hit[] = [
    ...effects.map((effect) => hitOf(effect, below(effect.uid).filter(isPod))),
    ...ended.map(({ hit }) => hit),
    ...rootPods,
  ]

  const dependents = countKinds(
    new Set([
      ...effects.filter((effect) => effect.deleted).flatMap(({ uid }) => below(uid)),
      ...roots.flatMap(({ live }) => below(live?.metadata?.uid)),
    ]),
  )
  for (const [kind, count] of deleted.dependents) dependents.set(kind, (dependents.get(kind) ?? 0) + count)

  const services = pods.complete ? servicesLost(listed('services').items, selectors, pods.items, hits) : []
  if (wanted.has('services') && !pods.complete)
    notes.push('services that would lose their endpoints: not all pods were looked at')
  if (proposals.some((it) => cascades(it) && it.operation.namespace === undefined && isCustom(it.operation.type.group)))
    notes.push('what a cluster-scoped object of a custom kind owns')

  const inDeleted = deleted.dependents.get('Pod') ?? 0
  const touched = hits.reduce((sum, hit) => sum + hit.touched, 0) + inDeleted
  const others = pods.complete ? pods.items.filter(isActive).length : pods.total
  const all = others + inDeleted
  return {
    pods: touched,
    namespaceFraction: all === 0 ? 0 : Math.min(1, touched / all),
    workloads: [...effects.map(workloadOf), ...ended.map(({ workload }) => workload)],
    disruptionBudgets: capped(budgetsHit(listed('budgets').items, hits), 'disruption budgets', notes),
    dependents: Object.fromEntries(dependents),
    services: capped(services, 'services', notes),
    notLookedAt: notes,
  }
}

/** As policy writes them. Of a kind that is not here nobody is told a name. */
const RESOURCES: ReadonlyMap<string, string> = new Map([
  ['Pod', 'pods'],
  ['ReplicationController', 'replicationcontrollers'],
  ['ReplicaSet', 'replicasets.apps'],
  ['Deployment', 'deployments.apps'],
  ['StatefulSet', 'statefulsets.apps'],
  ['DaemonSet', 'daemonsets.apps'],
  ['Job', 'jobs.batch'],
  ['CronJob', 'cronjobs.batch'],
])

/** In the place of a name that is kept back. */
const HIDDEN = '…'

/** Without the names that this caller may not list; counts stay. */
export const forCaller = (
  radius: BlastRadius,
  mayList: (resource: string, namespace: string) => boolean,
): BlastRadius => {
  const named = <T extends { readonly name: string }>(item: T, resource: string | undefined, namespace: string): T =>
    resource !== undefined && mayList(resource, namespace) ? item : { ...item, name: HIDDEN }
  return {
    ...radius,
    workloads: radius.workloads.map((it) => named(it, RESOURCES.get(it.kind), it.namespace ?? ALL_NAMESPACES)),
    disruptionBudgets: radius.disruptionBudgets.map((it) => named(it, 'poddisruptionbudgets.policy', it.namespace)),
    services: radius.services.map((it) => named(it, 'services', it.namespace)),
  }
}
