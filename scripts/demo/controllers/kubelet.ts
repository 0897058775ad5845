/**
 * The scheduler and the kubelets in one: where a pod runs, whether its containers start, what its status says and which
 * events tell of it. Everything follows from the pod's spec and from what is in the store.
 */
import { createHash } from 'node:crypto'
import {
  at,
  integer,
  type Json,
  type JsonObject,
  type KubeObject,
  nameOf,
  namespaceOf,
  record,
  records,
  text,
} from '../json.ts'
import { timestamp } from '../store.ts'
import { type Fate, programOf, RUNS } from './programs.ts'
import { tell } from './tell.ts'
import { after, before, condition, NODES, type World, withStatus } from './world.ts'

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

/** A ConfigMap or Secret that the container needs for its environment and that does not exist. */
const missingReference = (world: World, pod: KubeObject, container: JsonObject): string => {
  const wanted = [
    ...records(container, 'envFrom').flatMap((from) => [
      ['configmaps', 'configmap', record(from, 'configMapRef')] as const,
      ['secrets', 'secret', record(from, 'secretRef')] as const,
    ]),
    ...records(container, 'env').flatMap((variable) => [
      ['configmaps', 'configmap', record(variable, 'valueFrom', 'configMapKeyRef')] as const,
      ['secrets', 'secret', record(variable, 'valueFrom', 'secretKeyRef')] as const,
    ]),
  ]
  for (const [shelf, kind, reference] of wanted) {
    const name = text(reference, 'name')
    if (name === '' || reference.optional === true) continue
    if (world.store.get(shelf, namespaceOf(pod), name) === undefined) return `${kind} "${name}" not found`
  }
  return ''
}

/** What the kubelet found out about one container. */
export type Start =
  | { readonly kind: 'unpullable' }
  | { readonly kind: 'unconfigured'; readonly message: string }
  | { readonly kind: 'started'; readonly fate: Fate }

export const start = (world: World, pod: KubeObject, container: JsonObject): Start => {
  const message = missingReference(world, pod, container)
  const program = programOf(text(container, 'image'))
  if (program === undefined) return { kind: 'unpullable' }
  if (message !== '') return { kind: 'unconfigured', message }
  return { kind: 'started', fate: program.fate?.(container) ?? RUNS }
}

/** Back-off between restarts doubles from ten seconds to five minutes. */
const BACKOFF_FIRST = 10
const BACKOFF_MOST = 300
/** Every run that failed is older than this, so that the newest is a few minutes back and in back-off. */
const SINCE_LAST_END = 130

/** How often a container that lives `lifetime` seconds was restarted within `age` seconds. */
export const restartsWithin = (age: number, lifetime: number): number => {
  let elapsed = lifetime
  let restarts = 0
  let wait = BACKOFF_FIRST
  while (elapsed + wait + lifetime < age) {
    elapsed += wait + lifetime
    restarts += 1
    wait = Math.min(wait * 2, BACKOFF_MOST)
  }
  return Math.max(restarts, 1)
}

const digest = (seed: string): string => createHash('sha256').update(seed).digest('hex')

const containerStatus = (
  pod: KubeObject,
  container: JsonObject,
  begun: Start,
  created: Date,
  now: Date,
): JsonObject => {
  const image = text(container, 'image')
  const id = `containerd://${digest(`${text(pod, 'metadata', 'uid')}/${text(container, 'name')}`)}`
  const base = { name: text(container, 'name'), image, restartCount: 0, ready: false, started: false, lastState: {} }
  const waiting = (reason: string, message: string) => ({
    ...base,
    imageID: '',
    state: { waiting: { reason, message } },
  })
  if (begun.kind === 'unpullable') return waiting('ImagePullBackOff', `Back-off pulling image "${image}"`)
  if (begun.kind === 'unconfigured') return waiting('CreateContainerConfigError', begun.message)
  const known = { ...base, imageID: `${image.split(':')[0]}@sha256:${digest(image)}`, containerID: id }
  const { fate } = begun
  const startedAt = timestamp(after(created, 2))
  if (fate.kind === 'runs') {
    return { ...known, ready: fate.ready, started: true, state: { running: { startedAt } } }
  }
  const ended = (finished: Date, exitCode: number, reason: string, seconds: number): JsonObject => ({
    exitCode,
    reason,
    startedAt: timestamp(before(finished, seconds)),
    finishedAt: timestamp(finished),
    containerID: id,
  })
  if (fate.kind === 'completes') {
    return { ...known, state: { terminated: ended(after(created, 2 + fate.after), 0, 'Completed', fate.after) } }
  }
  const once = text(pod, 'spec', 'restartPolicy') === 'Never'
  if (once) {
    return {
      ...known,
      state: { terminated: ended(after(created, 2 + fate.after), fate.exitCode, fate.reason, fate.after) },
    }
  }
  const age = (now.getTime() - created.getTime()) / 1000
  const last = before(now, Math.min(SINCE_LAST_END, Math.max(age - fate.after, 0)))
  const where = `${nameOf(pod)}_${namespaceOf(pod)}(${text(pod, 'metadata', 'uid')})`
  return {
    ...known,
    restartCount: restartsWithin(age, fate.after),
    state: {
      waiting: {
        reason: 'CrashLoopBackOff',
        message: `back-off 5m0s restarting failed container=${base.name} pod=${where}`,
      },
    },
    lastState: { terminated: ended(last, fate.exitCode, fate.reason, fate.after) },
  }
}

const address = (world: World, pod: KubeObject, node: string): string => {
  const nodes = world.store.list(NODES).map(nameOf)
  const [a = 0, b = 0] = createHash('sha256')
    .update(text(pod, 'metadata', 'uid'))
    .digest()
  return `10.244.${Math.max(nodes.indexOf(node), 0)}.${((a * 256 + b) % 250) + 2}`
}

const podConditions = (ready: boolean, started: boolean, unready: string, when: Date): JsonObject[] => {
  const lacking = ready ? undefined : 'ContainersNotReady'
  const message = ready ? undefined : `containers with unready status: [${unready}]`
  return [
    condition('PodReadyToStartContainers', started, when),
    condition('Initialized', true, when),
    condition('Ready', ready, when, lacking, message),
    condition('ContainersReady', ready, when, lacking, message),
    condition('PodScheduled', true, when),
  ]
}

const qosClass = (pod: KubeObject): string => {
  const containers = records(pod, 'spec', 'containers')
  const has = (kind: string, resource: string) => (container: JsonObject) =>
    at(container, 'resources', kind, resource) !== undefined
  const limited = containers.every((container) => has('limits', 'cpu')(container) && has('limits', 'memory')(container))
  const equalRequests = containers.every((container) =>
    ['cpu', 'memory'].every(
      (name) => at(container, 'resources', 'requests', name) === at(container, 'resources', 'limits', name),
    ),
  )
  if (limited && equalRequests) return 'Guaranteed'
  const any = containers.some((container) =>
    ['requests', 'limits'].some((kind) => has(kind, 'cpu')(container) || has(kind, 'memory')(container)),
  )
  return any ? 'Burstable' : 'BestEffort'
}

const phaseOf = (statuses: readonly JsonObject[]): string => {
  const ended = statuses.map((status) => at(status, 'state', 'terminated'))
  if (ended.every((state) => state !== undefined)) {
    return ended.every((state) => integer(state, 'exitCode') === 0) ? 'Succeeded' : 'Failed'
  }
  const begun = statuses.every((status) => text(status, 'containerID') !== '')
  return begun ? 'Running' : 'Pending'
}

/** Gives a new pod its node and its status, and tells the events of its life so far. */
export const runPod = (world: World, pod: KubeObject): KubeObject => {
  const created = new Date(text(pod, 'metadata', 'creationTimestamp'))
  const { node, problem } = schedule(world, pod)
  if (node === '') {
    tell(world, pod, {
      type: 'Warning',
      reason: 'FailedScheduling',
      message: problem,
      component: 'default-scheduler',
      first: created,
      last: before(world.now, 95),
      count: Math.max(1, Math.round((world.now.getTime() - created.getTime()) / 300_000)),
    })
    return withStatus(pod, {
      phase: 'Pending',
      conditions: [condition('PodScheduled', false, created, 'Unschedulable', problem)],
      qosClass: qosClass(pod),
    })
  }
  const placed = { ...pod, spec: { ...record(pod, 'spec'), nodeName: node } }
  const starts = records(pod, 'spec', 'containers').map((container) => ({
    container,
    begun: start(world, pod, container),
  }))
  const statuses = starts.map(({ container, begun }) => containerStatus(pod, container, begun, created, world.now))
  const unready = statuses.filter((status) => status.ready !== true).map((status) => text(status, 'name'))
  const phase = phaseOf(statuses)
  const running = phase === 'Running' || phase === 'Pending'
  const podIP = address(world, pod, node)
  const hostIP = text(
    records(world.store.get(NODES, '', node), 'status', 'addresses').find(
      (item) => text(item, 'type') === 'InternalIP',
    ),
    'address',
  )
  const started = withStatus(placed, {
    phase,
    conditions: podConditions(unready.length === 0, true, unready.join(' '), after(created, 3)),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(running ? { podIP, podIPs: [{ ip: podIP }] } : {}),
    startTime: timestamp(created),
    containerStatuses: statuses,
    qosClass: qosClass(pod),
  })
  tellLife(world, started, node, created, starts)
  return started
}

const tellLife = (
  world: World,
  pod: KubeObject,
  node: string,
  created: Date,
  starts: readonly { readonly container: JsonObject; readonly begun: Start }[],
): void => {
  tell(world, pod, {
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned ${namespaceOf(pod)}/${nameOf(pod)} to ${node}`,
    component: 'default-scheduler',
    first: created,
  })
  const minutes = Math.max(1, Math.round((world.now.getTime() - created.getTime()) / 60_000))
  const where = `${nameOf(pod)}_${namespaceOf(pod)}(${text(pod, 'metadata', 'uid')})`
  for (const { container, begun } of starts) {
    const name = text(container, 'name')
    const image = text(container, 'image')
    const say = (type: 'Normal' | 'Warning', reason: string, message: string, count = 1, last = created): void =>
      tell(world, pod, {
        type,
        reason,
        message,
        component: 'kubelet',
        host: node,
        fieldPath: `spec.containers{${name}}`,
        count,
        first: created,
        last,
      })
    if (begun.kind === 'unpullable') {
      const why = `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": not found`
      say(
        'Warning',
        'Failed',
        `Failed to pull image "${image}": ${why}`,
        Math.ceil(minutes / 5),
        before(world.now, 200),
      )
      say('Warning', 'Failed', 'Error: ImagePullBackOff', minutes * 2, before(world.now, 45))
      say('Normal', 'BackOff', `Back-off pulling image "${image}"`, minutes * 2, before(world.now, 30))
    } else if (begun.kind === 'unconfigured') {
      say('Warning', 'Failed', `Error: ${begun.message}`, minutes * 4, before(world.now, 12))
      say(
        'Normal',
        'Pulled',
        `Container image "${image}" already present on machine`,
        minutes * 4,
        before(world.now, 12),
      )
    } else {
      const failing = begun.fate.kind === 'fails' && text(pod, 'spec', 'restartPolicy') !== 'Never'
      const restarts = failing ? restartsWithin(minutes * 60, begun.fate.kind === 'fails' ? begun.fate.after : 0) : 0
      const last = failing ? before(world.now, SINCE_LAST_END) : created
      say('Normal', 'Pulled', `Container image "${image}" already present on machine`, restarts + 1, last)
      say('Normal', 'Created', `Container created`, restarts + 1, last)
      say('Normal', 'Started', `Container started`, restarts + 1, last)
      if (failing) {
        const message = `Back-off restarting failed container ${name} in pod ${where}`
        say('Warning', 'BackOff', message, minutes * 4, before(world.now, 9))
      }
    }
  }
}
