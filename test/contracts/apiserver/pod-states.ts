/**
 * The STATUS column of a pod in every way that it comes about: the phase, what containers and init containers wait for
 * or ended with, sidecars, gates. Each state is written to a pod of its own through the status subresource.
 */
import assert from 'node:assert/strict'
import { makePod, pendingPod } from './objects.ts'
import { at, type Contract, contract, type Json, type JsonObject } from './target.ts'

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const PODS = '/api/v1/namespaces/:ns/pods'
const TIME = '2026-01-01T00:00:00Z'

const running = { running: { startedAt: TIME } }
const waiting = (reason: string) => ({ waiting: { reason } })
const terminated = (state: JsonObject) => ({ terminated: { startedAt: TIME, finishedAt: TIME, ...state } })

const container = (name: string, state: JsonObject, more: JsonObject = {}): JsonObject => ({
  name,
  image: 'example:1.0',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  ...more,
})

const READY = [{ type: 'Ready', status: 'True' }]
const done = (name: string) => container(name, terminated({ exitCode: 0, reason: 'Completed' }))

interface State {
  readonly shown: string
  readonly ready: string
  readonly restarts?: string
  readonly status: JsonObject
  readonly spec?: JsonObject
}

const INIT = { initContainers: ['i', 'j'].map((name) => ({ name, image: 'example:1.0' })) }
const SIDECAR = { initContainers: [{ name: 'i', image: 'example:1.0', restartPolicy: 'Always' }] }

const init = (...statuses: JsonObject[]): JsonObject => ({ phase: 'Pending', initContainerStatuses: statuses })
const main = (phase: string, ...statuses: JsonObject[]): JsonObject => ({ phase, containerStatuses: statuses })

const STATES: Readonly<Record<string, State>> = {
  phase: { shown: 'Pending', ready: '0/2', status: {} },
  reason: { shown: 'Evicted', ready: '0/2', status: { phase: 'Failed', reason: 'Evicted' } },
  both: {
    shown: 'Running',
    ready: '2/2',
    status: main('Running', container('a', running, { ready: true }), container('b', running, { ready: true })),
  },
  one: {
    shown: 'Running',
    ready: '1/2',
    status: main('Running', container('a', running, { ready: true }), container('b', running)),
  },
  crash: {
    shown: 'CrashLoopBackOff',
    ready: '1/2',
    restarts: '7',
    status: main(
      'Running',
      container('a', waiting('CrashLoopBackOff'), { restartCount: 7 }),
      container('b', running, { ready: true }),
    ),
  },
  first: {
    shown: 'ImagePullBackOff',
    ready: '0/2',
    status: main('Pending', container('a', waiting('ImagePullBackOff')), container('b', waiting('ContainerCreating'))),
  },
  error: {
    shown: 'Error',
    ready: '0/2',
    status: main('Failed', container('a', terminated({ exitCode: 1, reason: 'Error' })), done('b')),
  },
  signal: {
    shown: 'Signal:9',
    ready: '0/2',
    status: main('Failed', container('a', terminated({ exitCode: 137, signal: 9 })), done('b')),
  },
  code: {
    shown: 'ExitCode:3',
    ready: '0/2',
    status: main('Failed', container('a', terminated({ exitCode: 3 })), done('b')),
  },
  completed: { shown: 'Completed', ready: '0/2', status: main('Succeeded', done('a'), done('b')) },
  half: {
    shown: 'NotReady',
    ready: '1/2',
    status: main('Running', done('a'), container('b', running, { ready: true })),
  },
  'half-ready': {
    shown: 'Running',
    ready: '1/2',
    status: { ...main('Running', done('a'), container('b', running, { ready: true })), conditions: READY },
  },
  gated: {
    shown: 'SchedulingGated',
    ready: '0/2',
    spec: { schedulingGates: [{ name: 'example.com/wait' }] },
    status: {},
  },
  'init-none': {
    shown: 'Init:0/2',
    ready: '0/2',
    spec: INIT,
    status: init(container('i', running), container('j', waiting('PodInitializing'))),
  },
  'init-one': { shown: 'Init:1/2', ready: '0/2', spec: INIT, status: init(done('i'), container('j', running)) },
  'init-crash': {
    shown: 'Init:CrashLoopBackOff',
    ready: '0/2',
    restarts: '4',
    spec: INIT,
    status: init(
      container('i', waiting('CrashLoopBackOff'), { restartCount: 4 }),
      container('j', waiting('PodInitializing')),
    ),
  },
  'init-error': {
    shown: 'Init:Error',
    ready: '0/2',
    spec: INIT,
    status: init(
      container('i', terminated({ exitCode: 1, reason: 'Error' })),
      container('j', waiting('PodInitializing')),
    ),
  },
  'init-code': {
    shown: 'Init:ExitCode:2',
    ready: '0/2',
    spec: INIT,
    status: init(container('i', terminated({ exitCode: 2 }))),
  },
  'init-signal': {
    shown: 'Init:Signal:15',
    ready: '0/2',
    spec: INIT,
    status: init(container('i', terminated({ exitCode: 143, signal: 15 }))),
  },
  'init-past': {
    shown: 'Running',
    ready: '2/2',
    spec: INIT,
    status: {
      ...main('Running', container('a', running, { ready: true }), container('b', running, { ready: true })),
      initContainerStatuses: [done('i'), done('j')],
    },
  },
  sidecar: {
    shown: 'Running',
    ready: '3/3',
    restarts: '2',
    spec: SIDECAR,
    status: {
      ...main('Running', container('a', running, { ready: true }), container('b', running, { ready: true })),
      initContainerStatuses: [container('i', running, { ready: true, started: true, restartCount: 2 })],
    },
  },
  'sidecar-first': {
    shown: 'Init:0/1',
    ready: '0/3',
    spec: SIDECAR,
    status: init(container('i', running, { started: false })),
  },
}

export const podStateContracts: readonly Contract[] = [
  contract('tells the state of a pod as kubectl does, in every way that it comes about', async (api) => {
    for (const [name, { shown, ready, restarts, status, spec }] of Object.entries(STATES)) {
      const pod = pendingPod(name, ['a', 'b'])
      await makePod(api, { ...pod, spec: { ...(pod.spec as JsonObject), ...spec } })
      const answer = await api.patch(`${PODS}/${name}/status`, 'strategic', { status })
      assert.equal(answer.status, 200, `${name}: ${answer.text}`)
      const table = await api.read(`${PODS}/${name}?includeObject=None`, TABLE)
      const cells = at(table, 'rows', 0, 'cells') as Json[]
      assert.deepEqual(cells.slice(0, 4), [name, ready, shown, restarts ?? '0'], name)
    }
  }),

  contract('tells the rest of a wide pod row', async (api) => {
    const pod = pendingPod('wide')
    const gates = [{ conditionType: 'example.com/a' }, { conditionType: 'example.com/b' }]
    await makePod(api, { ...pod, spec: { ...(pod.spec as JsonObject), readinessGates: gates } })
    const status = {
      podIPs: [{ ip: '10.0.0.7' }],
      podIP: '10.0.0.7',
      nominatedNodeName: 'node-x',
      conditions: [{ type: 'example.com/b', status: 'True' }],
    }
    assert.equal((await api.patch(`${PODS}/wide/status`, 'strategic', { status })).status, 200)
    const table = await api.read(`${PODS}/wide?includeObject=None`, TABLE)
    const cells = at(table, 'rows', 0, 'cells') as Json[]
    assert.deepEqual(cells.slice(5), ['10.0.0.7', '<none>', 'node-x', '1/2'])
  }),
]
