/** Deletes one object. */
import * as z from 'zod'
import { changeTool } from '../tool.ts'
import { apiVersion, cluster, kind, name, namespaceIfAny } from './arguments.ts'
import { findTarget, subjectOf } from './change-target.ts'

const CASCADES = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const

export const resourcesDelete = changeTool({
  name: 'resources_delete',
  title: 'Delete a resource',
  description: 'Deletes one object and, unless cascade is orphan, what it owns.',
  input: z.strictObject({
    cluster,
    kind,
    name,
    namespace: namespaceIfAny,
    apiVersion,
    cascade: z.enum(['background', 'foreground', 'orphan']).optional(),
  }),
  needs: [{ verb: 'delete', resource: '*' }],
  async plan(input, views) {
    const view = views.cluster(input.cluster)
    const target = await findTarget(view, input)
    const propagation = CASCADES[input.cascade ?? 'background']
    return {
      cluster: view.name,
      operations: [{ ...target, verb: 'delete', propagation }],
      subject: subjectOf(target),
    }
  },
})
