/**
 * Where an object keeps the pods that it makes. Pure: a shape that is not there is no template, and nothing throws.
 * Kinds go by name in any group, so that `extensions` and `batch/v1beta1` are no way around; a kind that is not known here
 * is looked at where nearly all of them keep it (Argo's Rollout, OpenShift's DeploymentConfig). A template elsewhere in a
 * custom resource is out of reach: what becomes a pod of it is for the cluster's own admission.
 */
import { isObject, type JsonObject, objectOf } from '../../kube/json.ts'
import type { Json, KubeObject } from '../../tool.ts'

export interface Template {
  /** Path of the pod's `spec` in the object: `spec.template.spec`. */
  readonly specField: string
  /** Path of the pod's `metadata`. */
  readonly metadataField: string
  readonly spec: JsonObject
  readonly metadata: JsonObject
}

const USUAL = ['spec', 'template']
const UNUSUAL: ReadonlyMap<string, readonly string[]> = new Map([
  ['Pod', []],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
  ['PodTemplate', ['template']],
])
const WORKLOADS: readonly string[] = [
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
]

const at = (object: JsonObject, path: readonly string[]): JsonObject =>
  path.reduce<JsonObject>((it, key) => objectOf(it[key]), object)

/** `kind`: as discovery knows it; else what the object says of itself. */
export const templateOf = (object: KubeObject, kind: string | undefined = object.kind): Template | undefined => {
  const path = UNUSUAL.get(kind ?? '') ?? USUAL
  const template = at(objectOf(object as Json), path)
  if (!isObject(template.spec)) return undefined
  const known = path !== USUAL || WORKLOADS.includes(kind ?? '')
  if (!known && !Array.isArray(template.spec.containers)) return undefined
  return {
    specField: [...path, 'spec'].join('.'),
    metadataField: [...path, 'metadata'].join('.'),
    spec: template.spec,
    metadata: objectOf(template.metadata),
  }
}
