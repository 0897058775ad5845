/**
 * Answers wants through the caller's own view of the cluster, and keeps what came back as a snapshot. Whatever policy, a
 * rail, RBAC or a failure hides is said as not looked at; nothing is asked twice; calls are counted and bounded.
 */

import { type EventRow, foldEvents, readEvents } from '../kube/events.ts'
import type { Millis } from '../ports.ts'
import type { Scope } from '../report.ts'
import {
  apiVersionOf,
  type ClusterView,
  type KubeObject,
  type ListQuery,
  type ResourceType,
  type TablePage,
} from '../tool.ts'
import { KINDS, type Resource, resourceOf } from './kinds.ts'
import { isSuspect, likeness, type Pod, podsOf } from './pods.ts'
import { eventName, type Looked, type Snapshot } from './snapshot.ts'
import { keyOf } from './subject.ts'
import { type Want, wantKey } from './want.ts'
import { conditionOf } from './words.ts'

/**
 * Requests of one diagnosis in one namespace, the first pages of a whole cluster aside. What is broken shows within
 * these; an agent that needs more has the other tools.
 */
export const MAX_CALLS = 24
/** What is only looked for in case waits until the rest is known to cost no more than this. */
export const USUAL_CALLS = 12
/** Ways of being in trouble that are read whole, one pod each. */
const MAX_SUSPECTS = 8
/** 500 pods a page: 10,000 pods, 40 MB of metadata read and dropped. */
const MAX_POD_PAGES = 20
/** 500 a page, in the order of their names: the newest are among them only when all have been read. */
const MAX_EVENT_PAGES = 4
/** 100 whole objects a page. */
const MAX_OBJECT_PAGES = 5
/** The end of a log, where the failure stands. */
const LOG_LINES = 60

const OTHERS_FIRST = `one diagnosis makes about ${USUAL_CALLS} calls, and other things came first`
const isDeep = (want: Want): boolean => want.what === 'list' && want.deep === true

/** As tools have it (tools/glance.ts): undefined: hidden or failed, and told by `missed`. */
export interface Looks {
  look<T>(
    look: {
      readonly what: string
      readonly verb: 'get' | 'list'
      readonly kind: string
      readonly apiVersion?: string
      readonly namespace?: string | undefined
      readonly name?: string
    },
    work: (type: ResourceType, scope: { readonly namespace?: string }) => Promise<T>,
  ): Promise<T | undefined>
  /** Why a look failed is an error code. */
  missed(): readonly { readonly what: string; readonly why: string }[]
}

export interface CollectorParts {
  readonly scope: Scope
  /** Of the scope's kind. */
  readonly type?: ResourceType
  readonly view: ClusterView
  readonly looks: Looks
  readonly now: Millis
}

interface Holding {
  looked: Looked
  readonly objects: Map<string, KubeObject>
  readonly missing: Set<string>
}

const place = (name: string, namespace: string | undefined): string => `${namespace ?? ''}/${name}`
const nameIn = ({ metadata }: KubeObject): string => place(metadata?.name ?? '', metadata?.namespace)

export const createCollector = ({ scope, type: scopeType, view, looks, now }: CollectorParts) => {
  const holdings = new Map<Resource, Holding>()
  const asked = new Set<string>()
  const logs = new Map<string, string>()
  const cut: { what: string; why: string }[] = []
  let pods: readonly Pod[] = []
  let podsLooked: Looked = 'no'
  let groups = new Map<string, Pod[]>()
  let warnings: readonly EventRow[] = []
  let scopeObject: KubeObject | undefined
  let version: string | undefined
  let calls = 0
  /** Of the last trip: what the limits left out. */
  let left: readonly Want[] = []

  const holding = (resource: Resource): Holding => {
    const known = holdings.get(resource) ?? { looked: 'no', objects: new Map(), missing: new Set() }
    holdings.set(resource, known)
    return known
  }

  /** Where a list of this resource looks. */
  const wide = (resource: Resource): string | undefined => (resource === 'nodes' ? undefined : scope.namespace)

  const exists = async (resource: Resource): Promise<boolean> => {
    const { kind, apiVersion } = KINDS[resource]
    const group = apiVersion.includes('/') ? apiVersion.split('/', 1)[0] : ''
    return (await view.types()).some((it) => it.kind === kind && it.group === group)
  }

  /** Pages until the last, or `max`. */
  const pages = async <P extends { readonly cursor?: string }>(
    what: string,
    max: number,
    read: (query: Pick<ListQuery, 'cursor'>) => Promise<P>,
  ): Promise<{ readonly found: readonly P[]; readonly whole: boolean }> => {
    const found: P[] = []
    let cursor: string | undefined
    do {
      calls += 1
      const page = await read(cursor === undefined ? {} : { cursor })
      found.push(page)
      cursor = page.cursor
    } while (cursor !== undefined && found.length < max)
    if (cursor !== undefined) cut.push({ what, why: `only the first ${found.length} pages were read` })
    return { found, whole: cursor === undefined }
  }

  const listResource = async (resource: Resource, form: 'list' | 'metadata'): Promise<void> => {
    const held = holding(resource)
    if (!(await exists(resource))) {
      held.looked = 'all'
      return
    }
    const { kind, apiVersion } = KINDS[resource]
    const namespace = wide(resource)
    const answer = await looks.look({ what: resource, verb: 'list', kind, apiVersion, namespace }, (type, within) =>
      pages(resource, MAX_OBJECT_PAGES, (query) => view[form](type, { ...within, ...query })),
    )
    if (answer === undefined) return
    held.looked = answer.whole ? 'all' : 'some'
    for (const object of answer.found.flatMap((it) => it.items)) held.objects.set(nameIn(object), object)
  }

  const getObject = async (resource: Resource, name: string, namespace: string | undefined): Promise<void> => {
    const held = holding(resource)
    const { kind, apiVersion } = KINDS[resource]
    if (!(await exists(resource))) return
    // That it does not exist is an answer and no failure to look.
    const object = await looks.look(
      { what: resource, verb: 'get', kind, apiVersion, namespace, name },
      (type, within) => {
        calls += 1
        return view.get(type, name, within.namespace).catch((error: unknown) => {
          if ((error as { code?: string }).code === 'not_found') return 'missing' as const
          throw error
        })
      },
    )
    if (object === undefined) return
    if (held.looked === 'no') held.looked = 'some'
    if (object === 'missing') held.missing.add(place(name, namespace))
    else held.objects.set(place(name, namespace), object)
  }

  const readLog = async ({ pod, container, previous }: Extract<Want, { what: 'log' }>): Promise<void> => {
    const { namespace = '', name } = pod
    const look = { what: 'logs', verb: 'get', kind: 'Pod', apiVersion: 'v1', namespace, name } as const
    const answer = await looks.look(look, () => {
      calls += 1
      return view.log({ namespace, name, container, previous, tailLines: LOG_LINES })
    })
    if (answer !== undefined) logs.set(`${keyOf(pod)} ${container}`, answer.text)
  }

  const readPods = async (): Promise<void> => {
    const onNode =
      scope.kind === 'Node' && scope.name !== undefined ? { fieldSelector: `spec.nodeName=${scope.name}` } : {}
    const answer = await looks.look(
      { what: 'pods', verb: 'list', kind: 'Pod', apiVersion: 'v1', namespace: scope.namespace },
      (type, within) =>
        pages('pods', MAX_POD_PAGES, async (query) => {
          const page: TablePage = await view.table(type, { ...within, ...onNode, ...query, withMetadata: true })
          return { pods: podsOf(page), ...(page.cursor === undefined ? {} : { cursor: page.cursor }) }
        }),
    )
    if (answer === undefined) return
    podsLooked = answer.whole ? 'all' : 'some'
    pods = answer.found.flatMap((it) => it.pods)
    groups = new Map()
    for (const pod of pods.filter(isSuspect)) {
      const key = likeness(pod)
      groups.set(key, [...(groups.get(key) ?? []), pod])
    }
  }

  /** One of each kind of suspect, the most frequent first, and the pod that was asked about. */
  const readSuspects = async (): Promise<void> => {
    const named = scope.kind === 'Pod' ? pods.filter((it) => it.subject.name === scope.name) : []
    const ranked = [...groups.values()].sort((a, b) => b.length - a.length).flatMap((it) => it.slice(0, 1))
    const chosen = [...new Set([...named, ...ranked])]
    if (chosen.length > MAX_SUSPECTS)
      cut.push({ what: 'pods', why: `${chosen.length - MAX_SUSPECTS} further ways of being in trouble were not read` })
    const read = chosen.slice(0, MAX_SUSPECTS)
    const objects = await Promise.all(
      read.map(async (pod) => {
        const { namespace, name } = pod.subject
        return looks.look(
          { what: 'single pods', verb: 'get', kind: 'Pod', apiVersion: 'v1', namespace, name },
          (type, within) => {
            calls += 1
            return view.get(type, name, within.namespace).catch((error: unknown) => {
              // It is gone since the list.
              if ((error as { code?: string }).code === 'not_found') return undefined
              throw error
            })
          },
        )
      }),
    )
    const found = new Map(read.map((pod, index) => [keyOf(pod.subject), objects[index]]))
    const whole = (pod: Pod): Pod => {
      const object = found.get(keyOf(pod.subject))
      return object === undefined ? pod : { ...pod, object }
    }
    pods = pods.map(whole)
    groups = new Map([...groups].map(([key, of]) => [key, of.map(whole)]))
  }

  const readWarnings = async (): Promise<void> => {
    const onNode =
      scope.kind === 'Node' && scope.name !== undefined
        ? `,involvedObject.kind=Node,involvedObject.name=${scope.name}`
        : ''
    const answer = await looks.look(
      { what: 'events', verb: 'list', kind: 'Event', apiVersion: 'v1', namespace: scope.namespace },
      (type, within) =>
        pages('events', MAX_EVENT_PAGES, (query) =>
          view.table(type, { ...within, ...query, fieldSelector: `type!=Normal${onNode}` }),
        ),
    )
    if (answer !== undefined) warnings = foldEvents(answer.found.flatMap(readEvents))
  }

  const answer = async (want: Want): Promise<void> => {
    switch (want.what) {
      case 'list':
        return listResource(want.resource, 'list')
      case 'names':
        return listResource(want.resource, 'metadata')
      case 'get':
        return getObject(want.resource, want.name, want.namespace)
      case 'log':
        return readLog(want)
    }
  }

  /** Read by itself: a custom resource, whose kind no list knows. */
  const readScopeObject = async (): Promise<void> => {
    const { kind, name, namespace } = scope
    if (scopeType === undefined || kind === undefined || name === undefined || resourceOf(kind) !== undefined) return
    const apiVersion = apiVersionOf(scopeType)
    scopeObject = await looks.look({ what: kind, verb: 'get', kind, apiVersion, namespace, name }, (type, within) => {
      calls += 1
      return view.get(type, name, within.namespace)
    })
  }

  const readVersion = async (): Promise<void> => {
    if (scope.namespace !== undefined || scope.kind !== undefined) return
    calls += 1
    version = await view.version()
  }

  /** What stands on a node that is lost says of itself that all is well. */
  const onLostNode = (): ReadonlySet<string> => {
    const nodes = [...(holdings.get('nodes')?.objects.values() ?? [])]
    return new Set(
      nodes.filter((it) => conditionOf(it, 'Ready')?.status !== 'True').map((it) => it.metadata?.name ?? ''),
    )
  }

  const snapshot: Snapshot = {
    now,
    scope,
    get pods() {
      const lost = onLostNode()
      return lost.size === 0
        ? pods
        : pods.map((it) => (it.node !== undefined && lost.has(it.node) ? { ...it, ready: false } : it))
    },
    get object() {
      return scopeObject
    },
    get version() {
      return version
    },
    get warnings() {
      return warnings
    },
    list: (resource) => [...(holdings.get(resource)?.objects.values() ?? [])],
    looked: (resource) => (resource === 'pods' ? podsLooked : (holdings.get(resource)?.looked ?? 'no')),
    find: (resource, name, namespace) => holdings.get(resource)?.objects.get(place(name, namespace)),
    isMissing(resource, name, namespace) {
      const held = holdings.get(resource)
      if (held === undefined || held.objects.has(place(name, namespace))) return false
      const inScope = scope.namespace === undefined || namespace === undefined || namespace === scope.namespace
      return held.missing.has(place(name, namespace)) || (held.looked === 'all' && inScope)
    },
    events(subject) {
      const object = eventName(subject)
      return warnings.filter(
        (it) => it.object === object && (subject.namespace === undefined || it.namespace === subject.namespace),
      )
    },
    log: (pod, container) => logs.get(`${keyOf(pod)} ${container}`),
    alike(pod) {
      const group = groups.get(likeness(pod)) ?? []
      return [pod, ...group.filter((it) => keyOf(it.subject) !== keyOf(pod.subject))]
    },
  }

  return {
    snapshot,
    /** The first trip: pods, warnings, the object asked about and these lists, at once. */
    async sweep(resources: readonly Resource[]): Promise<void> {
      const wants = resources.map((resource): Want => ({ what: 'list', resource }))
      for (const want of wants) asked.add(wantKey(want))
      await Promise.all([readPods(), readWarnings(), readScopeObject(), readVersion(), ...wants.map(answer)])
    },
    readSuspects,
    /** One more trip. False: there was nothing new to ask. */
    async ask(wants: readonly Want[]): Promise<boolean> {
      const fresh = [...new Map(wants.filter((it) => !asked.has(wantKey(it))).map((it) => [wantKey(it), it])).values()]
      const needed = fresh.filter((it) => !isDeep(it)).slice(0, Math.max(0, MAX_CALLS - calls))
      const deep = fresh.filter(isDeep).slice(0, Math.max(0, USUAL_CALLS - calls - needed.length))
      const chosen = [...needed, ...deep]
      for (const want of chosen) asked.add(wantKey(want))
      left = fresh.filter((it) => !chosen.includes(it))
      await Promise.all(chosen.map(answer))
      return chosen.length > 0
    },
    calls: () => calls,
    notExamined: () => {
      const unasked = left.map((it) => ({ what: it.what === 'log' ? 'logs' : it.resource, why: OTHERS_FIRST }))
      const all = [...looks.missed(), ...cut, ...unasked]
      return [...new Map(all.map((it) => [JSON.stringify(it), it])).values()]
    },
    examined: (): Readonly<Record<string, number>> =>
      Object.fromEntries([
        ...(podsLooked === 'no' ? [] : [['Pod', pods.length] as const]),
        ...[...holdings].flatMap(([resource, { looked, objects }]) =>
          looked === 'no' ? [] : [[KINDS[resource].kind, objects.size] as const],
        ),
      ]),
  }
}

export type Collector = ReturnType<typeof createCollector>
