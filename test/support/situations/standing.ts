/**
 * When a planted situation stands: what the controllers say agrees with the pods that are there, and every status that the
 * situation names is as it says. Pure; the planter asks again until all of it is true.
 */
import { type Condition, isUnscheduled, type Pod } from './kubelet.ts'

export interface Stored {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Pod['metadata'] & {
    readonly namespace?: string
    readonly generation?: number
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** Another run writes other times, and another cluster other names into its messages. */
const OF_THE_RUN = /(?:Time|At|^message)$/
const KEYS = ['type', 'name']

const keyOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null ? KEYS.find((key) => Object.hasOwn(value, key)) : undefined

/** Whether everything that `wanted` says is said by `found` too. */
export const isSaidBy = (wanted: unknown, found: unknown): boolean => {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found)) return false
    return wanted.every((item, index) => {
      const key = keyOf(item)
      const partner = key === undefined ? found[index] : found.find((it) => it?.[key] === item[key])
      return isSaidBy(item, partner)
    })
  }
  if (typeof wanted !== 'object' || wanted === null) return wanted === found
  if (typeof found !== 'object' || found === null) return false
  return Object.entries(wanted).every(
    ([key, value]) => OF_THE_RUN.test(key) || isSaidBy(value, (found as Record<string, unknown>)[key]),
  )
}

const number = (object: Stored, ...path: string[]): number =>
  Number(path.reduce<unknown>((it, key) => (it as Record<string, unknown> | undefined)?.[key], object) ?? 0)

const selects = (selector: unknown, labels: Readonly<Record<string, string>> = {}): boolean =>
  Object.entries((selector ?? {}) as Record<string, string>).every(([key, value]) => labels[key] === value)

const isTrue = (object: Pick<Stored, 'status'>, type: string): boolean =>
  ((object.status?.conditions ?? []) as readonly Condition[]).some((it) => it.type === type && it.status === 'True')

const isOver = (pod: Pod): boolean => ['Succeeded', 'Failed'].includes(String(pod.status?.phase))

const matchLabels = (object: Stored): unknown => (object.spec?.selector as { matchLabels?: unknown })?.matchLabels

type Check = (object: Stored, pods: readonly Pod[], all: readonly Stored[]) => boolean

const isAlive = (pod: Pod): boolean => !isOver(pod) && pod.metadata.deletionTimestamp === undefined

const ready = (pods: readonly Pod[]): number => pods.filter((pod) => isTrue(pod, 'Ready') && isAlive(pod)).length

const hasCaughtUp = (object: Stored): boolean =>
  number(object, 'status', 'observedGeneration') === number(object, 'metadata', 'generation')

const replicated: Check = (object, pods) =>
  hasCaughtUp(object) &&
  number(object, 'status', 'readyReplicas') === ready(pods) &&
  (ready(pods) < pods.filter(isAlive).length ||
    number(object, 'status', 'replicas') === number(object, 'spec', 'replicas'))

const deployment: Check = (object, pods, all) => {
  // The last set of a roll-out is scaled up; how far the old ones went is the strategy's business.
  const wanted = number(object, 'spec', 'replicas')
  const rolled = wanted === 0 || object.spec?.paused === true || number(object, 'status', 'updatedReplicas') > 0
  return rolled && replicated(object, pods, all) && number(object, 'status', 'replicas') === pods.filter(isAlive).length
}

const daemonSet: Check = (object, pods) =>
  hasCaughtUp(object) &&
  number(object, 'status', 'numberReady') === ready(pods) &&
  number(object, 'status', 'currentNumberScheduled') === number(object, 'status', 'desiredNumberScheduled')

const job: Check = (object) => object.spec?.suspend === true || isTrue(object, 'Complete')

const budget: Check = (object, pods) =>
  hasCaughtUp(object) &&
  number(object, 'status', 'expectedPods') === pods.length &&
  number(object, 'status', 'currentHealthy') === ready(pods)

const service: Check = (object, _pods, all) => {
  const { selector, type } = (object.spec ?? {}) as { selector?: object; type?: string }
  if (selector === undefined || type === 'ExternalName') return true
  const pods = all.filter(
    (it) => it.kind === 'Pod' && selects(selector, it.metadata.labels),
  ) as unknown as readonly Pod[]
  const slices = all.filter(
    (it) => it.kind === 'EndpointSlice' && it.metadata.labels?.['kubernetes.io/service-name'] === object.metadata.name,
  )
  const endpoints = slices.flatMap((it) => (it.endpoints ?? []) as readonly { conditions: { ready: boolean } }[])
  const alive = pods.filter((pod) => isAlive(pod) && pod.status?.podIP !== undefined)
  const publishes = object.spec?.publishNotReadyAddresses === true
  const found = endpoints.filter(({ conditions }) => conditions.ready).length
  return slices.length > 0 && found === (publishes ? alive.length : ready(alive))
}

const CHECKS: Readonly<Record<string, Check>> = {
  Deployment: deployment,
  ReplicaSet: replicated,
  StatefulSet: replicated,
  DaemonSet: daemonSet,
  Job: job,
  PodDisruptionBudget: budget,
  Service: service,
}

/** What to list so that `unsettled` can say: kind and where it is served. */
export const LISTED: readonly (readonly [string, string])[] = [
  ['v1', 'Pod'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'ReplicaSet'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['v1', 'Service'],
  ['discovery.k8s.io/v1', 'EndpointSlice'],
]

/** `Kind/name` of what does not agree yet, but for those that `except` names: their status is the situation's to say. */
export const unsettled = (objects: readonly Stored[], except: (object: Stored) => boolean): string[] =>
  objects
    .filter((object) => {
      const check = CHECKS[object.kind]
      if (check === undefined || except(object)) return false
      const pods = objects.filter(
        (it) => it.kind === 'Pod' && selects(matchLabels(object), it.metadata.labels),
      ) as unknown as readonly Pod[]
      return !check(object, pods, objects)
    })
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)

/** A pod that the real scheduler has found no node for, as the situation says. */
export const waitsForNode = (pod: Pod): boolean => pod.spec.nodeName === undefined && isUnscheduled(pod.status)
