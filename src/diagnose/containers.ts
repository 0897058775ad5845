/** The containers of a pod that was read whole: what is wanted of each and what became of it. */
import { type JsonObject, objectOf, textOf } from '../kube/json.ts'
import type { KubeObject } from '../tool.ts'
import { workloadOf } from './graph.ts'
import type { Pod } from './pods.ts'
import type { Snapshot } from './snapshot.ts'
import { objectsIn, specOf, statusOf, who } from './words.ts'

export interface Container {
  readonly name: string
  readonly isInit: boolean
  /** Of a restartable init container, too: it runs beside the others. */
  readonly isSidecar: boolean
  readonly spec: JsonObject
  /** Where its status stands: `status.containerStatuses[app]`. */
  readonly path: string
  readonly waiting?: JsonObject
  readonly running?: JsonObject
  readonly terminated?: JsonObject
  /** How it ended before. */
  readonly last?: JsonObject
  readonly ready: boolean
  readonly restarts: number
  readonly image: string
}

const LISTS = [
  ['initContainers', 'initContainerStatuses'],
  ['containers', 'containerStatuses'],
] as const

const part = (state: JsonObject, key: 'waiting' | 'running' | 'terminated'): Record<string, JsonObject> =>
  state[key] === undefined ? {} : { [key]: objectOf(state[key]) }

export const containersOf = (pod: KubeObject): readonly Container[] =>
  LISTS.flatMap(([list, statuses]) =>
    objectsIn(specOf(pod)[list]).map((spec): Container => {
      const name = textOf(spec.name) ?? ''
      const status = objectsIn(statusOf(pod)[statuses]).find((it) => it.name === name) ?? {}
      const last = objectOf(objectOf(status.lastState).terminated)
      return {
        name,
        isInit: list === 'initContainers',
        isSidecar: list === 'initContainers' && spec.restartPolicy === 'Always',
        spec,
        path: `status.${statuses}[${name}]`,
        ...part(objectOf(status.state), 'waiting'),
        ...part(objectOf(status.state), 'running'),
        ...part(objectOf(status.state), 'terminated'),
        ...(Object.keys(last).length === 0 ? {} : { last }),
        ready: status.ready === true,
        restarts: typeof status.restartCount === 'number' ? status.restartCount : 0,
        image: textOf(spec.image) ?? '',
      }
    }),
  )

/** Pods that were read whole, each with its containers. */
export const wholePods = (
  snapshot: Snapshot,
): readonly { readonly pod: Pod; readonly object: KubeObject; readonly containers: readonly Container[] }[] =>
  snapshot.pods.flatMap((pod) =>
    pod.object === undefined ? [] : [{ pod, object: pod.object, containers: containersOf(pod.object) }],
  )

/** Nothing of its workload is ready: somebody feels it. */
export const severityOf = (pod: Pod, snapshot: Snapshot): 'critical' | 'warning' =>
  pod.owner !== undefined &&
  snapshot
    .podsIn(pod.subject.namespace)
    .some((it) => it.ready && it.deleted === undefined && it.owner?.uid === pod.owner?.uid)
    ? 'warning'
    : 'critical'

/** A pod with those that fail like it: where a finding about them stands, and what a sentence calls them. */
export const together = (pod: Pod, snapshot: Snapshot) => {
  const subjects = snapshot.alike(pod).map((it) => it.subject)
  return {
    place: { subject: pod.subject, alike: subjects.slice(1) },
    subjects,
    they: who(subjects, workloadOf(pod)),
  }
}
