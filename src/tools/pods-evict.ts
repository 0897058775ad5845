/** One pod goes, if its disruption budget lets it. */
import * as z from 'zod'
import { changeTool } from '../tool.ts'
import { cluster, name, ownNamespace } from './arguments.ts'
import { findTarget, subjectOf } from './change-target.ts'

export const podsEvict = changeTool({
  name: 'pods_evict',
  title: 'Evict a pod',
  description: 'Ends one pod as far as its disruption budget allows; its controller makes another.',
  input: z.strictObject({ cluster, name, namespace: ownNamespace }),
  needs: [{ verb: 'create', resource: 'pods/eviction' }],
  async plan(input, views) {
    const view = views.cluster(input.cluster)
    const target = await findTarget(view, { ...input, kind: 'pods', apiVersion: 'v1' })
    return { cluster: view.name, operations: [{ ...target, verb: 'evict' }], subject: subjectOf(target) }
  },
})
