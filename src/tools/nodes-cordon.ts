/** Whether new pods may come to a node. */
import * as z from 'zod'
import type { Change, Operation } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import { objectOf } from '../kube/json.ts'
import { type ClusterView, changeTool, type Json, type Need, type Views } from '../tool.ts'
import { cluster, name } from './arguments.ts'
import { findTarget, subjectOf } from './change-target.ts'

export const NODE_NEEDS: readonly Need[] = [{ verb: 'patch', resource: 'nodes' }]

/** The patch, or undefined where the node is so already. */
export const cordonOperation = async (
  view: ClusterView,
  node: string,
  unschedulable: boolean,
): Promise<{ readonly operation?: Operation; readonly subject: Change['subject'] }> => {
  const target = await findTarget(view, { kind: 'nodes', apiVersion: 'v1', name: node })
  const { spec } = await view.get(target.type, node)
  const subject = subjectOf(target)
  if ((objectOf(spec as Json | undefined).unschedulable === true) === unschedulable) return { subject }
  return {
    operation: { ...target, verb: 'patch', patchType: 'strategic', patch: { spec: { unschedulable } } },
    subject,
  }
}

const cordon = async (node: string, cluster: string | undefined, views: Views, on: boolean): Promise<Change> => {
  const view = views.cluster(cluster)
  const { operation, subject } = await cordonOperation(view, node, on)
  if (operation === undefined)
    throw new BulkheadError('nothing_to_change', `The node is ${on ? 'cordoned' : 'not cordoned'} already.`)
  return { cluster: view.name, operations: [operation], subject }
}

export const nodesCordon = changeTool({
  name: 'nodes_cordon',
  title: 'Cordon a node',
  description: 'Keeps new pods from a node; those on it stay.',
  input: z.strictObject({ cluster, name }),
  needs: NODE_NEEDS,
  plan: (input, views) => cordon(input.name, input.cluster, views, true),
})

export const nodesUncordon = changeTool({
  name: 'nodes_uncordon',
  title: 'Uncordon a node',
  description: 'Lets new pods come to a node again.',
  input: z.strictObject({ cluster, name }),
  needs: NODE_NEEDS,
  plan: (input, views) => cordon(input.name, input.cluster, views, false),
})
