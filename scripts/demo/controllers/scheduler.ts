/**
 * Where a pod runs: a node that is not cordoned, tolerated, selected and large enough; or why there is none, in the
 * scheduler's own sentence.
 */
import { createHash } from 'node:crypto'
import { at, type Json, type KubeObject, nameOf, record, records, text } from '../json.ts'
import { NODES, playOf, type World } from './world.ts'

const UNITS: Readonly<Record<string, number>> = {
  m: 1e-3,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
}

/** A Kubernetes quantity as a number: cores, bytes. */
export const quantity = (value: Json | undefined): number => {
  const match = /^([0-9.]+)([A-Za-z]*)$/.exec(String(value ?? '0'))
  return match === null ? 0 : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1)
}

const requested = (pod: KubeObject, resource: string): number =>
  records(pod, 'spec', 'containers').reduce(
    (sum, container) => sum + quantity(at(container, 'resources', 'requests', resource)),
    0,
  )

const isSelected = (pod: KubeObject, node: KubeObject): boolean =>
  Object.entries(record(pod, 'spec', 'nodeSelector')).every(
    ([key, value]) => at(node, 'metadata', 'labels', key) === value,
  )

/** The first taint that keeps the pod away, as the scheduler tells it. */
const untolerated = (pod: KubeObject, node: KubeObject): string => {
  const tolerations = records(pod, 'spec', 'tolerations')
  const taint = records(node, 'spec', 'taints').find((item) => {
    if (text(item, 'effect') !== 'NoSchedule') return false
    return !tolerations.some((toleration) => {
      const key = text(toleration, 'key')
      return text(toleration, 'operator') === 'Exists' && (key === '' || key === text(item, 'key'))
    })
  })
  return taint === undefined ? '' : `node(s) had untolerated taint {${text(taint, 'key')}: ${text(taint, 'value')}}`
}

interface Placement {
  readonly node: string
  readonly problem: string
}

/** Whether the default scheduler looks after the pod: it is addressed, and no gate is shut. */
export const isForScheduler = (pod: KubeObject): boolean =>
  text(pod, 'spec', 'schedulerName') === 'default-scheduler' &&
  records(pod, 'spec', 'schedulingGates').length === 0 &&
  playOf(pod) !== 'unscheduled'

/** A node for the pod, or the scheduler's sentence why there is none. */
export const schedule = (world: World, pod: KubeObject): Placement => {
  const nodes = world.store.list(NODES)
  const given = text(pod, 'spec', 'nodeName')
  if (given !== '') return { node: given, problem: '' }
  const reasons = new Map<string, number>()
  const refuse = (reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  const fitting = nodes.filter((node) => {
    const lacks = (resource: string) => requested(pod, resource) > quantity(at(node, 'status', 'allocatable', resource))
    const taint = untolerated(pod, node)
    if (at(node, 'spec', 'unschedulable') === true) refuse('node(s) were unschedulable')
    else if (taint !== '') refuse(taint)
    else if (!isSelected(pod, node)) refuse("node(s) didn't match Pod's node affinity/selector")
    else if (lacks('cpu')) refuse('Insufficient cpu')
    else if (lacks('memory')) refuse('Insufficient memory')
    else return true
    return false
  })
  const pick = createHash('sha256').update(nameOf(pod)).digest()[0] ?? 0
  const chosen = fitting[pick % Math.max(fitting.length, 1)]
  if (chosen !== undefined) return { node: nameOf(chosen), problem: '' }
  const told = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(', ')
  const helpless = `0/${nodes.length} nodes are available: Preemption is not helpful for scheduling.`
  return {
    node: '',
    problem: `0/${nodes.length} nodes are available: ${told}. preemption: ${helpless.replace('Preemption', `${nodes.length} Preemption`)}`,
  }
}
