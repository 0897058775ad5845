/**
 * The kubelets: a pod gets its node and its status, and the events of its life so far are told. Everything follows from
 * the pod's spec and from what is in the store.
 */
import { createHash } from 'node:crypto'
import { at, integer, type JsonObject, type KubeObject, nameOf, namespaceOf, record, records, text } from '../json.ts'
import { timestamp } from '../store.ts'
import { containerStatus, restartsWithin, SINCE_LAST_END, type Start, start } from './containers.ts'
import { schedule } from './scheduler.ts'
import { tell } from './tell.ts'
import { after, before, condition, NODES, playOf, type World, withStatus } from './world.ts'

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
  if (playOf(pod) === 'planted') {
    const conditions = [condition('PodScheduled', true, created)]
    return withStatus(placed, { phase: 'Pending', conditions, qosClass: qosClass(pod) })
  }
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
