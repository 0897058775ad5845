/** Back to an earlier revision: which one is found here, what is in it only the guard reads. */
import * as z from 'zod'
import { BulkheadError } from '../errors.ts'
import { objectOf } from '../kube/json.ts'
import { changeTool, type Json } from '../tool.ts'
import { cluster, name, ownNamespace } from './arguments.ts'
import { findTarget, subjectOf } from './change-target.ts'
import { isCurrent, readRevisions } from './revisions.ts'
import { getWorkload, WORKLOAD_NEEDS, workloadKind } from './workload.ts'

export const rolloutUndo = changeTool({
  name: 'rollout_undo',
  title: 'Undo a rollout',
  description: "Goes back to a workload's earlier revision, by default the one before; see rollout_history.",
  input: z.strictObject({
    cluster,
    kind: workloadKind,
    name,
    namespace: ownNamespace,
    toRevision: z.int().min(1).optional(),
  }),
  needs: WORKLOAD_NEEDS.map((need) => ({ ...need, verb: 'patch' })),
  async plan({ kind, name, namespace, toRevision, ...input }, views) {
    const view = views.cluster(input.cluster)
    const workload = await getWorkload(view, kind, name, namespace)
    if (objectOf(workload.spec as Json | undefined).paused === true)
      throw new BulkheadError(
        'not_plannable',
        'The Deployment is paused, and a paused one does not roll back. Resume it first.',
      )
    const { type, revisions } = await readRevisions(view, kind, workload, namespace)
    const newest = revisions[0]?.number ?? 0
    const chosen =
      toRevision === undefined
        ? revisions.find((it) => !isCurrent(workload, it, newest))
        : revisions.find((it) => it.number === toRevision)
    if (chosen?.object.metadata?.name === undefined)
      throw new BulkheadError(
        'invalid_arguments',
        `There is no such revision to go back to. Kept are: ${revisions.map((it) => it.number).join(', ') || 'none'}.`,
      )
    const target = await findTarget(view, { kind, name, namespace, apiVersion: 'apps/v1' })
    return {
      cluster: view.name,
      operations: [{ ...target, verb: 'undo', revision: { type, namespace, name: chosen.object.metadata.name } }],
      subject: subjectOf(target),
      notes: [`Goes back to revision ${chosen.number}.`],
    }
  },
})
