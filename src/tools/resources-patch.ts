/** A patch of one object. */
import * as z from 'zod'
import { PATCH_TYPES, type PatchType } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import { isObject } from '../kube/json.ts'
import { changeTool, type Json, type ResourceType } from '../tool.ts'
import { apiVersion, cluster, kind, name, namespaceIfAny } from './arguments.ts'
import { findTarget, subjectOf } from './change-target.ts'

/** A patch that names more places is another object. */
const MAX_STEPS = 100

const step = z.looseObject({
  op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
  path: z.string().max(1024).startsWith('/'),
})

/** Kubernetes' own types know strategic merge; custom ones do not (415). */
const usual = ({ group }: ResourceType): PatchType =>
  group === '' || !group.includes('.') || group.endsWith('.k8s.io') ? 'strategic' : 'merge'

const checked = (patch: Json, type: PatchType): Json => {
  if (type !== 'json') {
    if (isObject(patch) && Object.keys(patch).length > 0) return patch
    throw new BulkheadError('invalid_arguments', `A ${type} patch is an object that names at least one field.`)
  }
  const steps = z.array(step).min(1).max(MAX_STEPS).safeParse(patch)
  if (steps.success) return patch
  throw new BulkheadError(
    'invalid_arguments',
    `A json patch is a list of 1 to ${MAX_STEPS} steps with op and path (RFC 6902), such as {"op":"replace","path":"/spec/replicas","value":2}.`,
  )
}

/** Two that the writer adds itself would be undone by these. */
const OWN_PATHS = /^\/metadata(\/(uid|resourceVersion|managedFields)(\/|$)|$)/

const refuseOwn = (patch: Json): void => {
  const steps = Array.isArray(patch) ? patch.filter(isObject) : []
  const metadata = isObject(patch) ? patch.metadata : undefined
  const named =
    isObject(metadata) && ['uid', 'resourceVersion', 'managedFields'].some((it) => metadata[it] !== undefined)
  if (named || metadata === null || steps.some(({ path }) => typeof path === 'string' && OWN_PATHS.test(path)))
    throw new BulkheadError(
      'invalid_arguments',
      "metadata's uid, resourceVersion and managedFields are the server's own: leave them out.",
    )
}

export const resourcesPatch = changeTool({
  name: 'resources_patch',
  title: 'Patch a resource',
  description: 'Changes fields of one object.',
  input: z.strictObject({
    cluster,
    kind,
    name,
    namespace: namespaceIfAny,
    apiVersion,
    patch: z
      .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
      .describe('object; for json a list of steps'),
    patchType: z.enum(PATCH_TYPES).optional().describe('strategic; merge for custom types'),
  }),
  needs: [{ verb: 'patch', resource: '*' }],
  async plan(input, views) {
    const view = views.cluster(input.cluster)
    const target = await findTarget(view, input)
    const patchType = input.patchType ?? usual(target.type)
    const patch = checked(input.patch as Json, patchType)
    refuseOwn(patch)
    return {
      cluster: view.name,
      operations: [{ ...target, verb: 'patch', patchType, patch }],
      subject: subjectOf(target),
    }
  },
})
