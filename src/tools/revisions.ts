/** The revisions that a workload's controller keeps, newest first. */
import { type JsonObject, objectOf } from '../kube/json.ts'
import type { ClusterView, Json, KubeObject, ResourceType } from '../tool.ts'
import { annotationOf, controllerOf, isControlledBy, numberAt, type RollsOut, selectorOf } from './workload.ts'

/** One page of objects; Kubernetes keeps ten old revisions unless told otherwise. */
const MAX_REVISIONS = 100
const REVISION = 'deployment.kubernetes.io/revision'

export interface Revision {
  readonly number: number
  readonly object: KubeObject
  /** With the pod's spec at the top, where people look for it; without the label that names the revision itself. */
  readonly template: Json
}

const templateOf = (template: Json | undefined): Json => {
  const { metadata, spec } = objectOf(template)
  const { labels, annotations } = objectOf(metadata)
  const { 'pod-template-hash': _, ...own } = objectOf(labels)
  return { ...objectOf(spec), labels: own, annotations: objectOf(annotations) }
}

const ofReplicaSet = (object: KubeObject): Revision => ({
  number: Number(annotationOf(object, REVISION) ?? 0),
  object,
  template: templateOf(objectOf(object.spec as Json | undefined).template),
})

const ofControllerRevision = (object: KubeObject): Revision => ({
  number: numberAt(object as Json, 'revision'),
  object,
  template: templateOf(objectOf(objectOf(object.data as Json | undefined).spec).template),
})

const SOURCES: Readonly<
  Record<RollsOut, { kind: 'ReplicaSet' | 'ControllerRevision'; read: (object: KubeObject) => Revision }>
> = {
  Deployment: { kind: 'ReplicaSet', read: ofReplicaSet },
  StatefulSet: { kind: 'ControllerRevision', read: ofControllerRevision },
  DaemonSet: { kind: 'ControllerRevision', read: ofControllerRevision },
}

/** What a workload's revisions are kept in. */
export type Holder = (typeof SOURCES)[RollsOut]['kind']

/** Of several workloads at once, by the uid of their controller; each in the order in which they were made. */
export const revisionsByOwner = (
  holder: Holder,
  items: readonly KubeObject[],
): ReadonlyMap<string, readonly Revision[]> => {
  const { read } = holder === 'ReplicaSet' ? SOURCES.Deployment : SOURCES.StatefulSet
  const kept = new Map<string, Revision[]>()
  for (const item of items) {
    const owner = controllerOf(item)
    if (owner !== undefined) kept.set(owner.uid, [...(kept.get(owner.uid) ?? []), read(item)])
  }
  const born = ({ object }: Revision) => object.metadata?.creationTimestamp ?? ''
  for (const revisions of kept.values()) revisions.sort((a, b) => (born(a) < born(b) ? -1 : born(a) > born(b) ? 1 : 0))
  return kept
}

export interface Revisions {
  readonly type: ResourceType
  readonly revisions: readonly Revision[]
  /** There are more objects with these labels than were read. */
  readonly incomplete: boolean
}

export const readRevisions = async (
  view: ClusterView,
  kind: RollsOut,
  workload: KubeObject,
  namespace: string,
): Promise<Revisions> => {
  const labelSelector = selectorOf(workload)
  const { kind: holder, read } = SOURCES[kind]
  const type = await view.resolve(holder, 'apps/v1')
  const page = await view.list(type, {
    namespace,
    limit: MAX_REVISIONS,
    ...(labelSelector === undefined ? {} : { labelSelector }),
  })
  const revisions = page.items
    .filter((it) => isControlledBy(it, workload))
    .map(read)
    .sort((a, b) => b.number - a.number)
  return { type, revisions, incomplete: page.cursor !== undefined }
}

/** The revision that the workload is, or is becoming. `newest`: the highest number kept. */
export const isCurrent = (workload: KubeObject, { object, number }: Revision, newest: number): boolean => {
  const { updateRevision } = objectOf(workload.status as Json | undefined) as JsonObject
  if (updateRevision !== undefined) return updateRevision === object.metadata?.name
  const own = annotationOf(workload, REVISION)
  return own === undefined ? number === newest : Number(own) === number
}
