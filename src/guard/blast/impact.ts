/** From what proposals do and what was looked at to what else is hit: budgets, Services, dependents. Pure. */
import { objectOf } from '../../kube/json.ts'
import type { BlastRadius } from '../../plan.ts'
import type { Json, KubeObject } from '../../tool.ts'
import type { Effect } from './effects.ts'
import { isReady } from './owners.ts'
import { byLabels, bySelector, type Labels } from './selectors.ts'

/** Pods that a change takes, all of one workload's or some. */
export interface Hit {
  /** The workload's pods that were seen; for single pods, just those. */
  readonly pods: readonly KubeObject[]
  /** How many of them end, begin or restart. */
  readonly touched: number
  /** How many stay or come back ready. */
  readonly left: number
  readonly namespace: string
  /** What pods are labelled that nobody has seen, and what they are labelled afterwards. */
  readonly labels?: Labels
  readonly labelsAfter?: Labels
}

export const hitOf = (effect: Effect, pods: readonly KubeObject[]): Hit => ({
  pods,
  touched: effect.touched,
  left: effect.after,
  namespace: effect.namespace ?? '',
  ...(effect.labels === undefined ? {} : { labels: effect.labels }),
  ...(effect.labelsAfter === undefined ? {} : { labelsAfter: effect.labelsAfter }),
})

const labelsOf = (object: KubeObject): Labels => objectOf(object.metadata?.labels)
const specOf = (object: KubeObject) => objectOf(object.spec as Json | undefined)
const place = (object: KubeObject) => ({
  namespace: object.metadata?.namespace ?? '',
  name: object.metadata?.name ?? '',
})

const matching = (hit: Hit, means: (labels: Labels) => boolean): number => {
  if (hit.pods.length > 0) return Math.min(hit.touched, hit.pods.filter((pod) => means(labelsOf(pod))).length)
  return hit.labels !== undefined && means(hit.labels) ? hit.touched : 0
}

/** Budgets that cover a pod of the change. */
export const budgetsHit = (budgets: readonly KubeObject[], hits: readonly Hit[]): BlastRadius['disruptionBudgets'] =>
  budgets.flatMap((budget) => {
    const where = place(budget)
    const means = bySelector(specOf(budget).selector)
    const touched = hits
      .filter(({ namespace }) => namespace === where.namespace)
      .reduce((sum, hit) => sum + matching(hit, means), 0)
    const { disruptionsAllowed } = objectOf(budget.status as Json | undefined)
    const allowed = typeof disruptionsAllowed === 'number' ? disruptionsAllowed : 0
    return touched === 0 ? [] : [{ ...where, allowed, touched }]
  })

/** Of one workload's ready pods that a Service finds, how many it still finds. */
const stillFound = (hit: Hit, found: number, means: (labels: Labels) => boolean): number => {
  if (hit.labelsAfter !== undefined && !means(hit.labelsAfter)) return 0
  return Math.min(found, hit.left)
}

/** Services that find a ready pod now and would find none. `pods`: all of the namespaces concerned. */
export const servicesLost = (
  services: readonly KubeObject[],
  /** Selectors that the change itself gives to a Service, by `namespace/name`. */
  changed: ReadonlyMap<string, Json | undefined>,
  pods: readonly KubeObject[],
  hits: readonly Hit[],
): BlastRadius['services'] => {
  const hitBy = new Map(hits.flatMap((hit) => hit.pods.map((pod) => [pod, hit] as const)))
  return services.flatMap((service) => {
    const where = place(service)
    const key = `${where.namespace}/${where.name}`
    const now = specOf(service).selector
    const means = byLabels(changed.has(key) ? changed.get(key) : now)
    const ready = pods.filter((pod) => pod.metadata?.namespace === where.namespace && isReady(pod))
    const before = ready.filter((pod) => byLabels(now)(labelsOf(pod))).length
    let after = 0
    const found = new Map<Hit, number>()
    for (const pod of ready.filter((it) => means(labelsOf(it)))) {
      const hit = hitBy.get(pod)
      if (hit === undefined) after += 1
      else found.set(hit, (found.get(hit) ?? 0) + 1)
    }
    for (const [hit, count] of found) after += stillFound(hit, count, means)
    return before > 0 && after === 0 ? [where] : []
  })
}
