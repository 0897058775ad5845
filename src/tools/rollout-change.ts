/** The rollout tools that patch a workload: restart, pause, resume. */
import * as z from 'zod'
import type { Change } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import { objectOf } from '../kube/json.ts'
import { changeTool, type Json, type Need, type Views } from '../tool.ts'
import { cluster, name, ownNamespace } from './arguments.ts'
import { findTarget, subjectOf } from './change-target.ts'
import { getWorkload, type RollsOut, WORKLOAD_NEEDS, workloadKind } from './workload.ts'

/** As kubectl writes it: controllers restart pods because the template changed. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'

const PATCH_NEEDS: readonly Need[] = WORKLOAD_NEEDS.map((need) => ({ ...need, verb: 'patch' }))

interface Named {
  readonly cluster?: string | undefined
  readonly kind: RollsOut
  readonly name: string
  readonly namespace: string
}

const patchOf = async (views: Views, input: Named, patch: Json): Promise<Change> => {
  const view = views.cluster(input.cluster)
  const target = await findTarget(view, { ...input, apiVersion: 'apps/v1' })
  return {
    cluster: view.name,
    operations: [{ ...target, verb: 'patch', patchType: 'strategic', patch }],
    subject: subjectOf(target),
  }
}

export const rolloutRestart = changeTool({
  name: 'rollout_restart',
  title: 'Restart a rollout',
  description: 'Replaces all pods of a workload, a few at a time, as its strategy says.',
  input: z.strictObject({ cluster, kind: workloadKind, name, namespace: ownNamespace }),
  needs: PATCH_NEEDS,
  plan(input, views) {
    const restartedAt = new Date(views.now).toISOString().replace(/\.\d+Z$/, 'Z')
    return patchOf(views, input, { spec: { template: { metadata: { annotations: { [RESTARTED_AT]: restartedAt } } } } })
  },
})

const deployment = { cluster, kind: z.enum(['Deployment']), name, namespace: ownNamespace }
const DEPLOYMENT_NEEDS: readonly Need[] = [{ verb: 'patch', resource: 'deployments.apps' }]

const setPaused = async (input: Named, views: Views, paused: boolean): Promise<Change> => {
  const view = views.cluster(input.cluster)
  const workload = await getWorkload(view, input.kind, input.name, input.namespace)
  if ((objectOf(workload.spec as Json | undefined).paused === true) === paused)
    throw new BulkheadError('nothing_to_change', `The rollout is ${paused ? 'paused' : 'not paused'} already.`)
  return patchOf(views, input, { spec: { paused } })
}

export const rolloutPause = changeTool({
  name: 'rollout_pause',
  title: 'Pause a rollout',
  description: 'Keeps a Deployment from rolling out changes until it is resumed.',
  input: z.strictObject(deployment),
  needs: DEPLOYMENT_NEEDS,
  plan: (input, views) => setPaused(input, views, true),
})

export const rolloutResume = changeTool({
  name: 'rollout_resume',
  title: 'Resume a rollout',
  description: 'Lets a paused Deployment roll out again.',
  input: z.strictObject(deployment),
  needs: DEPLOYMENT_NEEDS,
  plan: (input, views) => setPaused(input, views, false),
})
