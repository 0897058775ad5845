/**
 * watch: changes as they happen, one JSON document a line, from a version that the caller knows or from the present
 * state. It is what `kubectl get -w`, `wait` and `rollout status` stand on.
 */
import type { Cluster } from './cluster.ts'
import type { JsonObject, KubeObject } from './json.ts'
import { namespaceOf } from './json.ts'
import type { Face } from './negotiate.ts'
import { isTrue, type ResourceRequest } from './paths.ts'
import { selected, shown } from './reads.ts'
import { apiVersionOf, type Resource, shelfOf } from './resources.ts'
import { ApiError, statusOf } from './status.ts'
import type { Change } from './store.ts'
import { partial, printerFor, table, tableMetadataOf } from './tables/index.ts'
import type { StreamReply } from './wire.ts'

/** A watch that names no end gets one, as on the real server (there it is thirty to sixty minutes). */
const LONGEST_S = 1800

type EventType = Change['type'] | 'BOOKMARK' | 'ERROR'

const event = (type: EventType, object: JsonObject): JsonObject => ({ type, object })

/** Turns an object into what the caller asked to see; a Table tells its columns once. */
const faceOf = (cluster: Cluster, resource: Resource, face: Face, query: URLSearchParams) => {
  let first = true
  return (object: KubeObject): JsonObject => {
    if (face.as === 'PartialObjectMetadata' || face.as === 'PartialObjectMetadataList')
      return partial(object, face.version)
    if (face.as !== 'Table') return shown(resource, object)
    const made = table(printerFor(resource, cluster.definition(resource)), [object], tableMetadataOf(object), {
      includeObject: query.get('includeObject') ?? '',
      version: face.version,
      now: cluster.now(),
    })
    if (first) first = false
    else made.columnDefinitions = null
    return made
  }
}

/** For those who watch a selection, an object that leaves it is deleted and one that enters it is added. */
const asSeen = (
  matches: (object: KubeObject) => boolean,
  { type, object, before }: Change,
): Change['type'] | undefined => {
  const was = before !== undefined && matches(before)
  const is = type !== 'DELETED' && matches(object)
  if (is) return was ? 'MODIFIED' : 'ADDED'
  return was ? 'DELETED' : undefined
}

const endOfInitialEvents = (cluster: Cluster, resource: Resource): JsonObject =>
  event('BOOKMARK', {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(cluster.store.version),
      annotations: { 'k8s.io/initial-events-end': 'true' },
    },
  })

export const watch = (
  cluster: Cluster,
  resource: Resource,
  request: ResourceRequest,
  face: Face,
  query: URLSearchParams,
): StreamReply => {
  const namespace = resource.namespaced ? request.namespace : ''
  const bySelector = selected(resource, query)
  const matches = (object: KubeObject): boolean =>
    (namespace === '' || namespaceOf(object) === namespace) && bySelector(object)
  const known = Number(query.get('resourceVersion') || 0)
  const asked = Number(query.get('timeoutSeconds') || LONGEST_S)
  const seconds = Number.isFinite(asked) && asked > 0 ? Math.min(asked, LONGEST_S) : LONGEST_S
  return {
    code: 200,
    start(send, end) {
      const present = faceOf(cluster, resource, face, query)
      const tell = (change: Change): void => {
        if (change.shelf !== shelfOf(resource)) return
        const type = asSeen(matches, change)
        if (type !== undefined) send(event(type, present(change.object)))
      }
      const initial = isTrue(query, 'sendInitialEvents') || known === 0
      if (initial) {
        for (const object of cluster.list(resource, namespace).filter(matches)) send(event('ADDED', present(object)))
        if (isTrue(query, 'sendInitialEvents')) send(endOfInitialEvents(cluster, resource))
      }
      const missed = initial ? [] : cluster.store.since(known)
      if (missed === undefined) {
        const why = `too old resource version: ${known} (${cluster.store.version})`
        send(event('ERROR', statusOf(new ApiError(410, 'Expired', why))))
        end()
        return () => {}
      }
      for (const change of missed) tell(change)
      const unsubscribe = cluster.store.subscribe(tell)
      const timer = setTimeout(end, seconds * 1000)
      return () => {
        unsubscribe()
        clearTimeout(timer)
      }
    },
  }
}
