/** What one proposal does to pods, as far as it tells by itself: numbers wanted now and after, and who restarts. Pure. */
import { type JsonObject, objectOf } from '../../kube/json.ts'
import type { Json, KubeObject } from '../../tool.ts'
import { templateOf } from '../podsecurity/template.ts'
import type { Proposal } from '../rails/words.ts'
import { sameJson } from '../same.ts'
import type { Labels } from './selectors.ts'

export interface Effect {
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  /** Absent of what does not exist yet. */
  readonly uid?: string
  /** Wanted now, and after the change. */
  readonly replicas: number
  readonly after: number
  /** Pods that end, begin or restart. */
  readonly touched: number
  /** Its pods end with it. */
  readonly deleted: boolean
  /** Of its pods, now and after, where the change tells. */
  readonly labels?: Labels
  readonly labelsAfter?: Labels
}

const REPLICATED = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController']
const WORKLOADS = [...REPLICATED, 'DaemonSet', 'Job']
/** They replace their pods where the template changes; a ReplicaSet or a Job leaves them. */
const ROLLS_OUT = ['Deployment', 'StatefulSet', 'DaemonSet']

const number = (value: Json | undefined, otherwise: number): number =>
  typeof value === 'number' && value >= 0 ? value : otherwise

const wantedOf = (kind: string, object: JsonObject, isScale: boolean): number => {
  const [spec, status] = [objectOf(object.spec), objectOf(object.status)]
  // A Scale leaves out a zero; elsewhere the API server fills in the one that is meant.
  if (isScale) return number(spec.replicas, 0)
  if (kind === 'DaemonSet') return number(status.desiredNumberScheduled, 0)
  if (kind === 'Job') return number(status.active, number(spec.parallelism, 1))
  return number(spec.replicas, 1)
}

/** How many of `replicas` a new template restarts. */
const restarted = (kind: string, admitted: JsonObject, replicas: number): number => {
  const spec = objectOf(admitted.spec)
  const strategy = objectOf(spec.updateStrategy)
  if (spec.paused === true || strategy.type === 'OnDelete') return 0
  const kept = kind === 'StatefulSet' ? number(objectOf(strategy.rollingUpdate).partition, 0) : 0
  return Math.max(0, replicas - kept)
}

const labelsIn = (object: JsonObject, kind: string): Labels | undefined => {
  const template = templateOf(object as KubeObject, kind)
  return template === undefined ? undefined : objectOf(template.metadata.labels)
}

/** Undefined where the proposal is about no workload, or changes nothing about its pods. */
export const effectOf = ({ operation, live, admitted }: Proposal): Effect | undefined => {
  const { type, namespace, name, verb } = operation
  const { kind } = type
  const isScale = verb === 'patch' && operation.subresource === 'scale'
  if (!isScale && !WORKLOADS.includes(kind)) return undefined
  const [now, then] = [objectOf(live as Json | undefined), objectOf(admitted as Json | undefined)]
  const uid = live?.metadata?.uid
  const replicas = live === undefined ? 0 : wantedOf(kind, now, isScale)
  const labels = labelsIn(now, kind)
  const labelsAfter = labelsIn(then, kind)
  const head = {
    kind,
    name,
    replicas,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(labels === undefined ? {} : { labels }),
  }
  if (verb === 'delete') {
    if (operation.propagation === 'Orphan') return undefined
    return { ...head, after: 0, touched: replicas, deleted: true }
  }
  const after = wantedOf(kind, then, isScale)
  const templateChanged =
    live !== undefined &&
    ROLLS_OUT.includes(kind) &&
    !isScale &&
    !sameJson(objectOf(now.spec).template, objectOf(then.spec).template)
  const moved = templateChanged ? restarted(kind, then, Math.min(replicas, after)) : 0
  const touched = moved + Math.abs(after - replicas)
  if (touched === 0) return undefined
  const fresh = moved > 0 && labelsAfter !== undefined ? { labelsAfter } : {}
  return { ...head, ...fresh, after, touched, deleted: false }
}
