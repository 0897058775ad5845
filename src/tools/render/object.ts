/**
 * Any object for a model, as render/pod.ts does it for a pod: conditions as sentences, ids and defaults left out, status
 * before spec. A field that this file has never heard of is shown.
 */
import { isObject, type JsonObject, objectOf } from '../../kube/json.ts'
import type { Json, KubeObject, ResourceType } from '../../tool.ts'
import { renderConditions } from './conditions.ts'
import { objects, renderMetadata, renderSpec, summarisePod, unlessDefault } from './pod.ts'
import { tidy } from './yaml.ts'

export const LEFT_OUT = 'Left out: ids, managedFields, default values. resources_get gives all.'

// What the API server's defaulting fills in (k8s.io/kubernetes/pkg/apis/apps/v1/defaults.go, batch, core).
const SPEC_DEFAULTS: JsonObject = {
  revisionHistoryLimit: 10,
  progressDeadlineSeconds: 600,
  podManagementPolicy: 'OrderedReady',
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
  backoffLimit: 6,
  completionMode: 'NonIndexed',
  podReplacementPolicy: 'TerminatingOrFailed',
  suspend: false,
  sessionAffinity: 'None',
  internalTrafficPolicy: 'Cluster',
}
/** Of a node, every image that it has ever pulled: two thirds of its bytes. */
const STATUS_NOISE = ['images']

/** A template of pods, and one of Jobs: wherever it stands, its pod's spec has the same defaults. */
const renderTemplates = (spec: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(spec).map(([key, value]): [string, Json] => {
      if (!isObject(value)) return [key, value]
      if (key === 'template' && isObject(value.spec)) return [key, { ...value, spec: renderSpec(value.spec) }]
      if (key === 'jobTemplate') return [key, { ...value, spec: renderTemplates(objectOf(value.spec)) }]
      return [key, value]
    }),
  )

const renderStatus = (status: JsonObject, metadata: JsonObject, now: number): JsonObject => {
  const { conditions, observedGeneration, ...rest } = status
  const kept = Object.entries(rest).filter(([key]) => !STATUS_NOISE.includes(key))
  const said = renderConditions(objects(conditions), now)
  return {
    ...(said.length === 0 ? {} : { conditions: [...said] }),
    ...Object.fromEntries(kept),
    ...(observedGeneration === undefined || observedGeneration === metadata.generation ? {} : { observedGeneration }),
  }
}

/** `now`: milliseconds since the epoch. */
export const summarise = (object: KubeObject, type: ResourceType, now: number): JsonObject => {
  if (type.group === '' && type.kind === 'Pod') return summarisePod(object, now)
  const { apiVersion: _, kind: __, metadata, spec, status, ...rest } = tidy(object)
  const { namespace, ...head } = renderMetadata(objectOf(metadata), now)
  return {
    metadata: namespace === '' ? head : { name: head.name ?? '', namespace: namespace ?? '', ...head },
    ...(isObject(status) ? { status: renderStatus(status, objectOf(metadata), now) } : {}),
    ...(isObject(spec) ? { spec: renderTemplates(unlessDefault(spec, SPEC_DEFAULTS)) } : {}),
    ...rest,
  }
}
