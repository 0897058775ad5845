/**
 * The status that a kubelet would write for a pod, from its spec and what the situation says about it: what is not said
 * is as healthy as it can be beside what is. Pure.
 */
import { timestamp } from './placeholders.ts'

type Fields = Readonly<Record<string, unknown>>

export interface Pod {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[]
  }
  readonly spec: {
    readonly nodeName?: string
    readonly restartPolicy?: string
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[]
  }
  readonly status?: Fields & { readonly podIP?: string; readonly conditions?: readonly Condition[] }
}

interface Container {
  readonly name: string
  readonly image: string
  /** Of a sidecar among the init containers. */
  readonly restartPolicy?: string
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly [field: string]: unknown
}

interface ContainerStatus extends Fields {
  readonly name: string
  readonly ready: boolean
  readonly restartCount: number
  readonly state: {
    readonly waiting?: Fields
    readonly running?: Fields
    readonly terminated?: Fields & { readonly exitCode: number }
  }
}

/** Seconds before the diagnosis at which what is not said happened. */
const LONG_AGO_MS = 15 * 60_000
const RAN_MS = 20_000

const byName = (list: unknown, name: string): Fields | undefined =>
  (Array.isArray(list) ? (list as readonly Fields[]) : []).find((it) => it.name === name)

const complete = (container: Container, said: Fields | undefined, otherwise: Fields): ContainerStatus => {
  const state = (said?.state ?? otherwise) as ContainerStatus['state']
  const running = state.running !== undefined
  const begun = running || state.terminated !== undefined || said?.lastState !== undefined
  return {
    image: container.image,
    imageID: begun ? `${container.image}@sha256:${'0'.repeat(64)}` : '',
    ...(begun ? { containerID: `containerd://${'0'.repeat(64)}` } : {}),
    restartCount: 0,
    ready: running,
    started: running,
    lastState: {},
    ...said,
    name: container.name,
    state,
  }
}

const isDone = ({ state, started }: ContainerStatus, sidecar: boolean): boolean =>
  sidecar ? started === true : state.terminated?.exitCode === 0

const phaseOf = (statuses: readonly ContainerStatus[], restartPolicy: string): string => {
  const ended = statuses.filter(({ state }) => state.terminated !== undefined)
  if (ended.length === statuses.length && restartPolicy !== 'Always')
    return ended.every(({ state }) => state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed'
  return statuses.every(({ containerID }) => containerID !== undefined) ? 'Running' : 'Pending'
}

/** Whether the scheduler has not placed it, as the situation says. */
export const isUnscheduled = (status: Fields | undefined): boolean => {
  const conditions = (status?.conditions ?? []) as readonly Condition[]
  return conditions.some(({ type, status: value }) => type === 'PodScheduled' && value === 'False')
}

/** @param podIP what it gets when it has none yet */
export const kubeletStatus = (pod: Pod, said: Fields | undefined, now: number, podIP: string): Fields => {
  const long = timestamp(now - LONG_AGO_MS)
  if (isUnscheduled(said)) return { phase: 'Pending', ...said }
  const { containers, initContainers = [], restartPolicy = 'Always' } = pod.spec
  const completes = pod.metadata.ownerReferences?.some(({ kind }) => kind === 'Job') === true
  const completed = {
    terminated: {
      exitCode: 0,
      reason: 'Completed',
      startedAt: timestamp(now - LONG_AGO_MS - RAN_MS),
      finishedAt: long,
    },
  }
  const running = { running: { startedAt: long } }
  const initializing = { waiting: { reason: 'PodInitializing' } }
  let initialized = true
  const initContainerStatuses = initContainers.map((container) => {
    const sidecar = container.restartPolicy === 'Always'
    const otherwise = initialized ? (sidecar ? running : completed) : initializing
    const status = complete(container, byName(said?.initContainerStatuses, container.name), otherwise)
    const filled = sidecar ? status : { ...status, ready: status.state.terminated?.exitCode === 0 }
    initialized &&= isDone(filled, sidecar)
    return filled
  })
  const otherwise = !initialized ? initializing : completes ? completed : running
  const containerStatuses = containers.map((container) =>
    complete(container, byName(said?.containerStatuses, container.name), otherwise),
  )
  const phase = (said?.phase as string | undefined) ?? phaseOf(containerStatuses, restartPolicy)
  const unready = containerStatuses.filter(({ ready }) => !ready).map((status) => status.name)
  const over = phase === 'Succeeded' ? 'PodCompleted' : phase === 'Failed' ? 'PodFailed' : undefined
  const lacking =
    unready.length === 0
      ? { status: 'True' }
      : over === undefined
        ? {
            status: 'False',
            reason: 'ContainersNotReady',
            message: `containers with unready status: [${unready.join(' ')}]`,
          }
        : { status: 'False', reason: over }
  const uninitialized = initContainerStatuses.filter(({ ready }) => !ready).map((status) => status.name)
  const usual = [
    { type: 'PodReadyToStartContainers', status: over === undefined ? 'True' : 'False' },
    initialized
      ? { type: 'Initialized', status: 'True' }
      : {
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${uninitialized.join(' ')}]`,
        },
    { type: 'Ready', ...lacking },
    { type: 'ContainersReady', ...lacking },
    { type: 'PodScheduled', status: 'True' },
  ]
  const given = (said?.conditions ?? []) as readonly Condition[]
  const conditions = [...usual.filter(({ type }) => given.every((it) => it.type !== type)), ...given].map((it) => ({
    lastProbeTime: null,
    lastTransitionTime: long,
    ...it,
  }))
  const ip = pod.status?.podIP ?? podIP
  return {
    startTime: long,
    hostIP: '127.0.0.1',
    ...(over === undefined ? { podIP: ip, podIPs: [{ ip }] } : {}),
    ...said,
    ...(initContainers.length === 0 ? {} : { initContainerStatuses }),
    phase,
    conditions,
    containerStatuses: said?.phase === 'Failed' && said.containerStatuses === undefined ? [] : containerStatuses,
  }
}
