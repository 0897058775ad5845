/** Where kinds of Kubernetes keep the pods that they make: the pod's metadata and spec, and the path to them. Pure. */
import { isObject, type JsonObject, objectOf } from '../kube/json.ts'
import type { Json, KubeObject } from '../tool.ts'

export interface PodTemplate {
  /** `spec.template`; empty for a Pod itself. */
  readonly path: string
  readonly metadata: JsonObject
  readonly spec: JsonObject
}

type Steps = readonly string[]

/** By the group and plural that discovery knows, whatever the object calls itself. */
const TEMPLATES: Readonly<Record<string, Steps>> = {
  pods: [],
  podtemplates: ['template'],
  replicationcontrollers: ['spec', 'template'],
  'replicasets.apps': ['spec', 'template'],
  'deployments.apps': ['spec', 'template'],
  'statefulsets.apps': ['spec', 'template'],
  'daemonsets.apps': ['spec', 'template'],
  'jobs.batch': ['spec', 'template'],
  'cronjobs.batch': ['spec', 'jobTemplate', 'spec', 'template'],
}

const KINDS: Readonly<Record<string, Steps>> = {
  Pod: [],
  PodTemplate: ['template'],
  ReplicationController: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
}

/** `resource`: `deployments.apps`; without one, the object's own kind counts. Undefined: it makes no pods. */
export const podTemplateOf = (object: KubeObject, resource?: string): PodTemplate | undefined => {
  const steps = resource === undefined ? KINDS[object.kind ?? ''] : TEMPLATES[resource]
  if (steps === undefined) return undefined
  let at: Json = object as JsonObject
  for (const step of steps) at = objectOf(at)[step] ?? null
  const { metadata, spec } = objectOf(at)
  return isObject(spec) ? { path: steps.join('.'), metadata: objectOf(metadata), spec } : undefined
}

export interface Container {
  /** `spec.template.spec.containers[app]` */
  readonly path: string
  readonly container: JsonObject
}

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const

/** Every container of a pod, of each sort. */
export const containersOf = ({ path, spec }: PodTemplate): readonly Container[] =>
  LISTS.flatMap((list) => {
    const items = spec[list]
    return (Array.isArray(items) ? items : []).filter(isObject).map((container, index) => ({
      path: `${path === '' ? '' : `${path}.`}spec.${list}[${typeof container.name === 'string' ? container.name : index}]`,
      container,
    }))
  })
