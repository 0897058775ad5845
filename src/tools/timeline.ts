/**
 * The timeline of a namespace, of a cluster or of one object: asks for everything that tells of changes at once, under
 * the caller's policy, and names what policy or the cluster's RBAC hides. Lists are of metadata wherever that suffices.
 * A namespace and a cluster take one round of requests (three where a list has that many pages), one object takes three:
 * the object, its owner, its owner's owner.
 */
import type { Look } from '../diagnose/looks.ts'
import { type Material, type RolloutFact, type Timeline, timelineFrom, type Written } from '../diagnose/timeline.ts'
import { BulkheadError } from '../errors.ts'
import type { ClusterView, KubeObject, ListQuery, ObjectPage, ResourceType, Views } from '../tool.ts'
import { createGlances, type Glances } from './glance.ts'
import { readRevisions } from './revisions.ts'
import { eventFactsOf, isRelease, recordedFacts, releaseFacts, rolloutFacts } from './timeline-facts.ts'
import { annotationOf, controllerOf, ROLLS_OUT, type RollsOut } from './workload.ts'

/** A namespace of 500 pods has some 100 of a kind; pages are asked for one after the other. */
const MAX_PAGES = 3
/** A pod's ReplicaSet and its Deployment. */
const MAX_OWNERS = 2
/** Where the API server keeps events about what lives in no namespace. */
const EVENTS_OF_CLUSTER_SCOPED = 'default'
/** Helm writes both on everything that it installs. */
const RELEASE_NAME = 'meta.helm.sh/release-name'
const RELEASE_NAMESPACE = 'meta.helm.sh/release-namespace'
/** What a controller adds to a workload's name: `-7c9f6b5d4f-x2lqz`, `-0`, `-29384756`. No vowels, so hardly a word. */
const GENERATED = /^(?:-[bcdfghjklmnpqrstvwxz2456789]{1,10}){0,2}(?:-[0-9]{1,12})?$/

type Kind = readonly [what: string, kind: string]
/** What decides how a workload runs and is reached; of Secrets and ConfigMaps metadata alone. */
const OF_NAMESPACE: readonly Kind[] = [
  ['deployments', 'deployments.apps'],
  ['stateful sets', 'statefulsets.apps'],
  ['daemon sets', 'daemonsets.apps'],
  ['cron jobs', 'cronjobs.batch'],
  ['services', 'services'],
  ['config maps', 'configmaps'],
  ['Secrets, and Helm releases kept in them', 'secrets'],
  ['ingresses', 'ingresses.networking.k8s.io'],
  ['autoscalers', 'horizontalpodautoscalers.autoscaling'],
  ['disruption budgets', 'poddisruptionbudgets.policy'],
  ['network policies', 'networkpolicies.networking.k8s.io'],
]
/** Over all namespaces there are too many of the others, and of revisions, for one answer to look through. */
const OF_CLUSTER: readonly Kind[] = [
  ['nodes', 'nodes'],
  ['namespaces', 'namespaces'],
  ['deployments', 'deployments.apps'],
  ['stateful sets', 'statefulsets.apps'],
  ['daemon sets', 'daemonsets.apps'],
  ['ingresses', 'ingresses.networking.k8s.io'],
  ['autoscalers', 'horizontalpodautoscalers.autoscaling'],
  ['network policies', 'networkpolicies.networking.k8s.io'],
  ['validating webhooks', 'validatingwebhookconfigurations.admissionregistration.k8s.io'],
  ['mutating webhooks', 'mutatingwebhookconfigurations.admissionregistration.k8s.io'],
]
const HOLDERS = [
  ['revisions of deployments', 'ReplicaSet'],
  ['revisions of stateful and daemon sets', 'ControllerRevision'],
] as const

export interface TimelineScope {
  /** Absent: all of them, or an object that lives in none. */
  readonly namespace?: string | undefined
  readonly object?: { readonly type: ResourceType; readonly name: string }
}

export interface TimelineQuery extends TimelineScope {
  /** Milliseconds since the Unix epoch. */
  readonly since: number
  readonly limit: number
}

export interface GatheredTimeline extends Timeline {
  /** Ours: what was not looked at, and what was not read to its end. */
  readonly notes: readonly string[]
}

/** A place to look from; what could not be read to its end is noted in `cut`. */
interface Gathering {
  readonly view: ClusterView
  readonly glances: Glances
  readonly query: TimelineQuery
  readonly now: number
  readonly types: readonly ResourceType[]
  readonly cut: Set<string>
}

const pagesOf = async (
  { cut }: Gathering,
  what: string,
  fetch: (query: Pick<ListQuery, 'cursor'>) => Promise<ObjectPage>,
): Promise<readonly KubeObject[]> => {
  const items: KubeObject[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await fetch(cursor === undefined ? {} : { cursor })
    items.push(...page.items)
    cursor = page.cursor
    if (cursor === undefined) return items
  }
  cut.add(what)
  return items
}

const listed = async (it: Gathering, what: string, look: Omit<Look, 'what' | 'verb'>, query: ListQuery = {}) =>
  it.glances.look({ what, verb: 'list', ...look }, (type, scope) =>
    pagesOf(it, what, (page) => it.view.metadata(type, { ...scope, ...query, ...page })),
  )

const eventsOf = (it: Gathering, namespace: string | undefined, fieldSelector?: string) =>
  it.glances.look(
    { what: 'events', verb: 'list', kind: 'events', apiVersion: 'v1', namespace },
    async (type, scope) => {
      const page = await it.view.table(type, { ...scope, ...(fieldSelector === undefined ? {} : { fieldSelector }) })
      if (page.cursor !== undefined) it.cut.add('events')
      return eventFactsOf(page, it.types, namespace, it.now)
    },
  )

type Found = Omit<Material, 'recorded'>

const lookAround = async (it: Gathering): Promise<Found> => {
  const { view, query, glances } = it
  const { namespace } = query
  const kinds = namespace === undefined ? OF_CLUSTER : OF_NAMESPACE
  const [events, releases, rollouts, ...lists] = await Promise.all([
    eventsOf(it, namespace),
    // Of one namespace they stand among its Secrets and ConfigMaps.
    namespace === undefined
      ? listed(
          it,
          'Helm releases kept in Secrets',
          { kind: 'secrets', apiVersion: 'v1' },
          { labelSelector: 'owner=helm' },
        )
      : [],
    Promise.all(
      (namespace === undefined ? [] : HOLDERS).map(([what, holder]) =>
        glances.look({ what, verb: 'list', kind: holder, apiVersion: 'apps/v1', namespace }, async (type, scope) =>
          rolloutFacts(holder, await pagesOf(it, what, (page) => view.list(type, { ...scope, ...page })), query.since),
        ),
      ),
    ),
    ...kinds.map(([what, kind]) => listed(it, what, { kind, namespace })),
  ])
  if ([events, ...rollouts, ...lists].every((it) => it === undefined)) {
    // Nothing may be looked at: refused and recorded as any other call, in the words of who refused it.
    const type = await view.resolve('events', 'v1')
    await view.table(type, namespace === undefined ? {} : { namespace })
  }
  const objects = lists.flatMap((items) => items ?? [])
  return {
    written: objects.filter((object) => !isRelease(object)).map((object) => writtenOf(view, object)),
    rollouts: rollouts.flatMap((facts) => facts ?? []),
    events: events ?? [],
    releases: releaseFacts([...objects, ...(releases ?? [])]),
  }
}

const writtenOf = (view: ClusterView, object: KubeObject): Written => ({ object, writes: view.writes(object) })

const rollsOut = ({ kind }: KubeObject): RollsOut | undefined => ROLLS_OUT.find((it) => it === kind)

/** A ReplicaSet stands for its Deployment: the same selector but for its own hash. */
const deploymentOf = (replicaSet: KubeObject): KubeObject | undefined => {
  const owner = controllerOf(replicaSet)
  if (replicaSet.kind !== 'ReplicaSet' || owner?.kind !== 'Deployment') return undefined
  const { selector } = (replicaSet.spec ?? {}) as { selector?: { matchLabels?: Record<string, string> } }
  const { 'pod-template-hash': _, ...matchLabels } = selector?.matchLabels ?? {}
  return { metadata: { uid: owner.uid }, spec: { selector: { ...selector, matchLabels } } }
}

const revisionsOf = (
  it: Gathering,
  kind: RollsOut,
  workload: KubeObject,
): Promise<readonly RolloutFact[] | undefined> => {
  const { namespace = '', since } = it.query
  const [what, holder] = HOLDERS[kind === 'Deployment' ? 0 : 1]
  return it.glances.look({ what, verb: 'list', kind: holder, apiVersion: 'apps/v1', namespace }, async () => {
    const { revisions, incomplete } = await readRevisions(it.view, kind, workload, namespace)
    if (incomplete) it.cut.add(what)
    return rolloutFacts(
      holder,
      revisions.map(({ object }) => object),
      since,
    )
  })
}

/** The object and those above it, each with the revisions that it keeps. */
const climb = async (it: Gathering, object: KubeObject, owners: number, hasRevisions = false): Promise<Found> => {
  const owner = controllerOf(object)
  const standsFor = deploymentOf(object)
  const kind = standsFor === undefined ? rollsOut(object) : 'Deployment'
  const [rollouts, above] = await Promise.all([
    kind === undefined || hasRevisions ? undefined : revisionsOf(it, kind, standsFor ?? object),
    owner === undefined || owners === 0
      ? undefined
      : it.glances.look(
          {
            what: 'owners',
            verb: 'get',
            kind: owner.kind,
            apiVersion: owner.apiVersion,
            namespace: it.query.namespace,
            name: owner.name,
          },
          async (type, scope) =>
            climb(it, await it.view.get(type, owner.name, scope.namespace), owners - 1, standsFor !== undefined),
        ),
  ])
  return {
    written: [writtenOf(it.view, object), ...(above?.written ?? [])],
    rollouts: [...(rollouts ?? []), ...(above?.rollouts ?? [])],
    events: [],
    releases: [],
  }
}

const releasesOf = async (it: Gathering, object: KubeObject): Promise<readonly KubeObject[]> => {
  const [name, namespace] = [annotationOf(object, RELEASE_NAME), annotationOf(object, RELEASE_NAMESPACE)]
  if (name === undefined || namespace === undefined) return []
  const look = { kind: 'secrets', apiVersion: 'v1', namespace }
  return (await listed(it, 'its Helm release', look, { labelSelector: `owner=helm,name=${name}` })) ?? []
}

const lookAtOne = async (it: Gathering, type: ResourceType, name: string): Promise<Found> => {
  const { namespace } = it.query
  const get = async (): Promise<KubeObject | undefined> => {
    try {
      return await it.view.get(type, name, namespace)
    } catch (error) {
      // What is gone has left its events, and its records if it was us.
      if (error instanceof BulkheadError && error.code === 'not_found') return undefined
      throw error
    }
  }
  const upwards = async () => {
    const object = await get()
    if (object === undefined) return undefined
    const [found, releases] = await Promise.all([climb(it, object, MAX_OWNERS), releasesOf(it, object)])
    return { ...found, releases: releaseFacts(releases) }
  }
  const [found, events] = await Promise.all([
    upwards(),
    type.namespaced
      ? eventsOf(it, namespace)
      : eventsOf(it, EVENTS_OF_CLUSTER_SCOPED, `involvedObject.kind=${type.kind},involvedObject.name=${name}`),
  ])
  if (found === undefined) it.cut.add(GONE)
  return { written: [], rollouts: [], releases: [], ...found, events: events ?? [] }
}

/** In `cut`: there is no such object now. */
const GONE = ''

/** Whether this is one of the objects, or has a name that a controller made of one's. */
const isOf = (names: readonly string[], name: string): boolean =>
  names.some((it) => name.startsWith(it) && GENERATED.test(name.slice(it.length)))

/** Throws what the one object's own `get` throws, but for `not_found`. */
export const timelineOf = async (view: ClusterView, views: Views, query: TimelineQuery): Promise<GatheredTimeline> => {
  const { object, namespace, since } = query
  const types = await view.types()
  const cut = new Set<string>()
  const glances = createGlances(view, views)
  const it: Gathering = { view, glances, query, now: views.now, types, cut }
  const found = await (object === undefined ? lookAround(it) : lookAtOne(it, object.type, object.name))
  // After the first access, so that who may look at nothing is told nothing of us either.
  const ledger = await views.ledger.changes(view.name, since)
  const names =
    object === undefined
      ? undefined
      : [object.name, ...found.written.map((at) => at.object.metadata?.name ?? object.name)]
  const concerns = (subject: { readonly namespace?: string; readonly name: string }) =>
    (namespace === undefined || subject.namespace === namespace) && (names === undefined || isOf(names, subject.name))
  const gone = cut.delete(GONE)
  return {
    ...timelineFrom(
      {
        ...found,
        events: found.events.filter(({ subject }) => concerns(subject)),
        recorded: recordedFacts(ledger.changes.filter(concerns), types),
      },
      query,
    ),
    notes: [
      ...(gone ? ['There is no such object now: what it has left behind is told.'] : []),
      ...(cut.size === 0 ? [] : [`Incomplete: there are more ${[...cut].join(', ')} than were read.`]),
      ...(ledger.complete ? [] : ["Incomplete: Bulkhead's own ledger holds more changes of that time than were read."]),
      ...glances.notes(),
    ],
  }
}
