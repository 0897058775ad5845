/** What has been read so far, and the snapshot that checks see of it. Filled by collect.ts alone. */
import type { EventRow } from '../kube/events.ts'
import type { Millis } from '../ports.ts'
import type { Scope } from '../report.ts'
import type { KubeObject } from '../tool.ts'
import { KINDS, type Resource } from './kinds.ts'
import { isSuspect, likeness, type Pod } from './pods.ts'
import { eventName, type Looked, type Snapshot } from './snapshot.ts'
import { keyOf } from './subject.ts'
import { conditionOf } from './words.ts'

interface Holding {
  looked: Looked
  readonly objects: Map<string, KubeObject>
  readonly missing: Set<string>
}

export const place = (name: string, namespace: string | undefined): string => `${namespace ?? ''}/${name}`
export const nameIn = ({ metadata }: KubeObject): string => place(metadata?.name ?? '', metadata?.namespace)

export const createKnowledge = (scope: Scope, now: Millis) => {
  const holdings = new Map<Resource, Holding>()
  const logs = new Map<string, string>()
  const unready = new Set<string>()
  let pods: readonly Pod[] = []
  let podsLooked: Looked = 'no'
  let groups: ReadonlyMap<string, readonly Pod[]> = new Map()
  let byNamespace: ReadonlyMap<string, readonly Pod[]> | undefined

  const known = {
    warnings: [] as readonly EventRow[],
    instances: [] as readonly KubeObject[],
    object: undefined as KubeObject | undefined,
    version: undefined as string | undefined,
  }

  const holding = (resource: Resource): Holding => {
    const held = holdings.get(resource) ?? { looked: 'no', objects: new Map(), missing: new Set() }
    holdings.set(resource, held)
    return held
  }

  const lostNodes = (): ReadonlySet<string> => {
    const whole = [...(holdings.get('nodes')?.objects.values() ?? [])]
    const lost = whole.filter((it) => conditionOf(it, 'Ready')?.status !== 'True').map((it) => it.metadata?.name ?? '')
    return new Set([...unready, ...lost])
  }

  /** What stands on a node that is lost says of itself that all is well. */
  const settlePods = (): void => {
    const lost = lostNodes()
    pods = pods.map((it) => (it.ready && it.node !== undefined && lost.has(it.node) ? { ...it, ready: false } : it))
    byNamespace = undefined
  }

  const podsIn = (namespace: string | undefined): readonly Pod[] => {
    byNamespace ??= Map.groupBy(pods, (it) => it.subject.namespace ?? '')
    return byNamespace.get(namespace ?? '') ?? []
  }

  const snapshot: Snapshot = {
    now,
    scope,
    get pods() {
      return pods
    },
    podsIn,
    get lostNodes() {
      return lostNodes()
    },
    get object() {
      return known.object
    },
    get instances() {
      return known.instances
    },
    get version() {
      return known.version
    },
    get warnings() {
      return known.warnings
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
      return known.warnings.filter(
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
    known,
    holding,
    settlePods,
    setPods(found: readonly Pod[], looked: Looked): void {
      pods = found
      podsLooked = looked
      groups = Map.groupBy(pods.filter(isSuspect), likeness)
      byNamespace = undefined
    },
    /** One of each kind of suspect, the most frequent first. */
    suspects: (): readonly Pod[] =>
      [...groups.values()].toSorted((a, b) => b.length - a.length).flatMap((it) => it.slice(0, 1)),
    /** Those that were read whole. */
    setWhole(objects: ReadonlyMap<string, KubeObject>): void {
      const whole = (pod: Pod): Pod => {
        const object = objects.get(keyOf(pod.subject))
        return object === undefined ? pod : { ...pod, object }
      }
      pods = pods.map(whole)
      groups = new Map([...groups].map(([key, of]) => [key, of.map(whole)]))
      byNamespace = undefined
    },
    loseNode(name: string): void {
      unready.add(name)
    },
    setLog(key: string, text: string): void {
      logs.set(key, text)
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
