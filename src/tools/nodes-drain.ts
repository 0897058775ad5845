/**
 * Empties a node as `kubectl drain` does: cordoned first, then each pod evicted by itself, so that disruption budgets are
 * asked for each. What a drain never moves (DaemonSets' pods, static ones, finished ones) is left and said.
 */
import * as z from 'zod'
import type { Operation } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import { arrayOf, isObject, objectOf } from '../kube/json.ts'
import { MAX_OPERATIONS } from '../plan.ts'
import { changeTool, type Json, type KubeObject } from '../tool.ts'
import { cluster, name } from './arguments.ts'
import { cordonOperation, NODE_NEEDS } from './nodes-cordon.ts'

/** A node runs 110 pods unless told otherwise, 250 at most in practice. */
const MAX_PODS = 500
/** The kubelet's own, from a file on the node; the API server holds only its image. */
const MIRROR = 'kubernetes.io/config.mirror'
const FINISHED: ReadonlySet<Json> = new Set(['Succeeded', 'Failed'])

const controllerOf = (pod: KubeObject) => (pod.metadata?.ownerReferences ?? []).find((it) => it.controller === true)
const phaseOf = (pod: KubeObject): Json => objectOf(pod.status as Json | undefined).phase ?? ''
const hasEmptyDir = (pod: KubeObject): boolean =>
  arrayOf(objectOf(pod.spec as Json | undefined).volumes).some((it) => isObject(it) && it.emptyDir !== undefined)
const label = (pod: KubeObject): string => `${pod.metadata?.namespace ?? ''}/${pod.metadata?.name ?? ''}`

const staysBehind = (pod: KubeObject): boolean =>
  controllerOf(pod)?.kind === 'DaemonSet' || pod.metadata?.annotations?.[MIRROR] !== undefined

const refuse = (pods: readonly KubeObject[], what: string, flag: string): void => {
  if (pods.length > 0)
    throw new BulkheadError(
      'not_plannable',
      `${pods.length} pods ${what}; they stand below. Drain with ${flag} if that is meant.`,
      { untrusted: pods.map(label).join('\n') },
    )
}

export const nodesDrain = changeTool({
  name: 'nodes_drain',
  title: 'Drain a node',
  description: 'Cordons a node and evicts its pods one by one, as disruption budgets allow.',
  input: z.strictObject({
    cluster,
    name,
    deleteEmptyDir: z.boolean().optional().describe('also pods with emptyDir, whose data is lost'),
    force: z.boolean().optional().describe('also pods that nothing recreates'),
  }),
  needs: [...NODE_NEEDS, { verb: 'create', resource: 'pods/eviction' }],
  async plan(input, views) {
    const view = views.cluster(input.cluster)
    const { operation: cordon, subject } = await cordonOperation(view, input.name, true)
    const type = await view.resolve('pods', 'v1')
    const pods: KubeObject[] = []
    for (let cursor: string | undefined; ; ) {
      const fieldSelector = `spec.nodeName=${input.name}`
      const page = await view.list(type, { fieldSelector, ...(cursor === undefined ? {} : { cursor }) })
      pods.push(...page.items)
      cursor = page.cursor
      if (cursor === undefined || pods.length > MAX_PODS) break
    }
    const isRefused = ({ metadata: { name = '', namespace = '' } = {} }: KubeObject): boolean =>
      views.policy.explain({
        cluster: view.name,
        verb: 'create',
        group: '',
        resource: 'pods',
        subresource: 'eviction',
        namespace,
        name,
      }).decision === 'deny'
    const refused = pods.filter((it) => !staysBehind(it) && isRefused(it))
    const moving = pods.filter((it) => !staysBehind(it) && !refused.includes(it))
    const running = moving.filter((it) => !FINISHED.has(phaseOf(it)))
    if (input.force !== true)
      refuse(
        running.filter((it) => controllerOf(it) === undefined),
        'have no controller, so nothing recreates them',
        'force',
      )
    if (input.deleteEmptyDir !== true)
      refuse(running.filter(hasEmptyDir), 'keep data in an emptyDir, which is lost with them', 'deleteEmptyDir')
    if (moving.length + 1 > MAX_OPERATIONS)
      throw new BulkheadError(
        'plan_too_large',
        `The node has ${moving.length} pods to move, and a plan holds at most ${MAX_OPERATIONS} operations. Cordon it, and evict pods by themselves.`,
      )
    const evictions = moving.map((pod): Operation => {
      const { name = '', namespace = '' } = pod.metadata ?? {}
      return { type, name, namespace, verb: 'evict' }
    })
    const operations = [...(cordon === undefined ? [] : [cordon]), ...evictions]
    if (operations.length === 0)
      throw new BulkheadError('nothing_to_change', 'The node is cordoned, and no pod on it is left to move.')
    const left = [...pods.filter(staysBehind), ...refused]
    return {
      cluster: view.name,
      operations,
      subject,
      ...(left.length === 0
        ? {}
        : {
            notes: [
              `${left.length} pods stay on the node: ${left.length - refused.length} of DaemonSets or static ones, ${refused.length} that policy or a rail keeps from eviction.`,
            ],
            untrusted: left.map(label).join('\n'),
          }),
    }
  },
})
