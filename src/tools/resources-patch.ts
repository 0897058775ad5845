/** A patch of one object. */
import * as z from 'zod'
import { PATCH_TYPES, type PatchType } from '../change.ts'
import { checkPatch } from '../kube/patch.ts'
import { changeTool, type Json, type ResourceType } from '../tool.ts'
import { apiVersion, cluster, kind, name, namespaceIfAny } from './arguments.ts'
import { findTarget, subjectOf } from './change-target.ts'

/** Kubernetes' own types know strategic merge; custom ones do not (415). */
const usual = ({ group }: ResourceType): PatchType =>
  group === '' || !group.includes('.') || group.endsWith('.k8s.io') ? 'strategic' : 'merge'

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
    const patch = input.patch as Json
    checkPatch(patch, patchType)
    return {
      cluster: view.name,
      operations: [{ ...target, verb: 'patch', patchType, patch }],
      subject: subjectOf(target),
    }
  },
})
