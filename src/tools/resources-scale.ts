/** How many replicas a workload is to have. */
import * as z from 'zod'
import { BulkheadError } from '../errors.ts'
import { changeTool } from '../tool.ts'
import { cluster, kind, name, ownNamespace } from './arguments.ts'
import { findTarget, subjectOf } from './change-target.ts'

/** More than any cluster that this was measured on holds; a slip of a zero should not pass. */
const MAX_REPLICAS = 10_000

export const resourcesScale = changeTool({
  name: 'resources_scale',
  title: 'Scale a workload',
  description: 'Sets the replicas of a workload.',
  input: z.strictObject({
    cluster,
    kind,
    name,
    namespace: ownNamespace,
    replicas: z.int().min(0).max(MAX_REPLICAS),
  }),
  needs: [
    { verb: 'patch', resource: 'deployments.apps/scale' },
    { verb: 'patch', resource: 'statefulsets.apps/scale' },
    { verb: 'patch', resource: 'replicasets.apps/scale' },
  ],
  async plan(input, views) {
    const view = views.cluster(input.cluster)
    const target = await findTarget(view, input)
    if (!target.type.subresources.includes('scale'))
      throw new BulkheadError('invalid_arguments', `${target.type.kind} cannot be scaled: it has no scale subresource.`)
    return {
      cluster: view.name,
      operations: [
        {
          ...target,
          verb: 'patch',
          patchType: 'merge',
          subresource: 'scale',
          patch: { spec: { replicas: input.replicas } },
        },
      ],
      subject: subjectOf(target),
    }
  },
})
