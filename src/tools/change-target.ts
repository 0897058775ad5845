/** What change tools share: the object that a call names, checked against its type, and what could let them happen. */

import type { Target } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import { checkName } from '../kube/names.ts'
import type { ClusterView, Need, ResourceType } from '../tool.ts'

/** Anything that writes to any object. */
export const ANY_CHANGE: readonly Need[] = [
  { verb: 'create', resource: '*' },
  { verb: 'patch', resource: '*' },
  { verb: 'delete', resource: '*' },
]

/** Scope comes from discovery. Throws `invalid_arguments`. */
export const targetOf = (type: ResourceType, name: string, namespace: string | undefined): Target => {
  if (type.namespaced && namespace === undefined)
    throw new BulkheadError('invalid_arguments', `${type.kind} is namespaced: name its namespace. None is assumed.`)
  if (!type.namespaced && namespace !== undefined)
    throw new BulkheadError('invalid_arguments', `${type.kind} is cluster-scoped: leave out namespace.`)
  return { type, name: checkName(type, name), ...(namespace === undefined ? {} : { namespace }) }
}

export const findTarget = async (
  view: ClusterView,
  {
    kind,
    apiVersion,
    name,
    namespace,
  }: {
    readonly kind: string
    readonly apiVersion?: string | undefined
    readonly name: string
    readonly namespace?: string | undefined
  },
): Promise<Target> => targetOf(await view.resolve(kind, apiVersion), name, namespace)

/** What a Change says it is about. */
export const subjectOf = ({ type, name, namespace }: Target) => ({
  kind: type.kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
})
