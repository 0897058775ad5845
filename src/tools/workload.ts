/** What the rollout tools share: the three kinds that roll out, how they are named, and whose pods are theirs. */
import * as z from 'zod'
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from '../kube/json.ts'
import type { ClusterView, Json, KubeObject, Need } from '../tool.ts'

export const ROLLS_OUT = ['Deployment', 'StatefulSet', 'DaemonSet'] as const
export type RollsOut = (typeof ROLLS_OUT)[number]
export const workloadKind = z.enum(ROLLS_OUT)

export const WORKLOAD_NEEDS: readonly Need[] = ['deployments.apps', 'statefulsets.apps', 'daemonsets.apps'].map(
  (resource) => ({ verb: 'get', resource }),
)

export const getWorkload = async (
  view: ClusterView,
  kind: RollsOut,
  name: string,
  namespace: string,
): Promise<KubeObject> => view.get(await view.resolve(kind, 'apps/v1'), name, namespace)

const requirement = ({ key, operator, values }: JsonObject): string => {
  const set = `(${arrayOf(values).map(String).join(',')})`
  switch (operator) {
    case 'In':
      return `${key} in ${set}`
    case 'NotIn':
      return `${key} notin ${set}`
    case 'DoesNotExist':
      return `!${key}`
    default:
      return String(key)
  }
}

/** `spec.selector` as a label selector. Undefined where it selects nothing, or everything: neither names an object's own. */
export const selectorOf = (object: KubeObject): string | undefined => {
  const selector = objectOf(objectOf(object.spec as Json | undefined).selector)
  // A Service and a ReplicationController have the labels there themselves.
  const isBare = selector.matchLabels === undefined && selector.matchExpressions === undefined
  const labels = Object.entries(isBare ? selector : objectOf(selector.matchLabels))
  const parts = [
    ...labels.flatMap(([key, value]) => (typeof value === 'string' ? [`${key}=${value}`] : [])),
    ...arrayOf(selector.matchExpressions).filter(isObject).map(requirement),
  ]
  return parts.length === 0 ? undefined : parts.join(',')
}

/** Whether `owner` is the one in charge of `object`. */
export const isControlledBy = (object: KubeObject, owner: KubeObject): boolean =>
  (object.metadata?.ownerReferences ?? []).some((it) => it.controller === true && it.uid === owner.metadata?.uid)

export type OwnerReference = NonNullable<NonNullable<KubeObject['metadata']>['ownerReferences']>[number]

/** The one in charge of it, if any. */
export const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined =>
  metadata?.ownerReferences?.find((it) => it.controller === true)

/** A whole number of `status` or `spec`; the API server leaves out zeros. */
export const numberAt = (object: Json | undefined, key: string): number => {
  const value = objectOf(object)[key]
  return typeof value === 'number' ? value : 0
}

export const annotationOf = (object: KubeObject, key: string): string | undefined =>
  textOf(object.metadata?.annotations?.[key])
