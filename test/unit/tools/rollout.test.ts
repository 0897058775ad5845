/** Rollouts: judged as kubectl judges them, why one is stuck, and what revisions changed. */
import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../src/tool.ts'
import { changes } from '../../../src/tools/render/changes.ts'
import { renderTroubles } from '../../../src/tools/render/trouble.ts'
import { rolloutHistory } from '../../../src/tools/rollout-history.ts'
import { rolloutStatus } from '../../../src/tools/rollout-status.ts'
import { selectorOf } from '../../../src/tools/workload.ts'
import { callTool, createFake, type FakeOptions, NOW } from '../../support/fake-view.ts'
import { CHECKOUT, CRASHING_POD, REPLICA_SETS, SHOP } from './shop.ts'

const PLURAL = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const
type Kind = keyof typeof PLURAL
const named = { name: 'checkout', namespace: 'shop' }

const statusOf = async (kind: Kind, spec: object, status: object, generation = 1) => {
  const workload = { kind, metadata: { ...named, uid: 'checkout', generation }, spec, status }
  const fake = createFake({ clusters: [{ objects: { [PLURAL[kind]]: [workload] } }] })
  const answer = await callTool(rolloutStatus, { kind, ...named }, fake.views)
  return { words: answer.notes?.[0], notes: answer.notes, asked: fake.calls.map((it) => it.method) }
}

describe('rollout_status', () => {
  test.each<[Kind, object, object, RegExp]>([
    [
      'Deployment',
      { replicas: 3 },
      { updatedReplicas: 1, replicas: 3 },
      /^In progress: 1 of 3 replicas are of the new/,
    ],
    ['Deployment', { replicas: 3 }, { updatedReplicas: 3, replicas: 4 }, /^In progress: 1 replica of older revisions/],
    [
      'Deployment',
      { replicas: 3 },
      { updatedReplicas: 3, replicas: 3, availableReplicas: 2 },
      /^In progress: 2 of 3 new replicas are available/,
    ],
    [
      'Deployment',
      { replicas: 3 },
      { updatedReplicas: 3, conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] },
      /^Stuck: no progress/,
    ],
    ['Deployment', {}, { updatedReplicas: 1, replicas: 1, availableReplicas: 1 }, /^Rolled out: 1 of 1/],
    ['Deployment', { replicas: 0 }, {}, /^Rolled out: 0 of 0/],
    ['DaemonSet', {}, { desiredNumberScheduled: 3, updatedNumberScheduled: 2 }, /^In progress: 2 of 3 pods are of/],
    [
      'DaemonSet',
      {},
      { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 1 },
      /^In progress: 1 of 3 pods are available/,
    ],
    [
      'DaemonSet',
      {},
      { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 },
      /^Rolled out: 3 of 3/,
    ],
    [
      'DaemonSet',
      { updateStrategy: { type: 'OnDelete' } },
      { desiredNumberScheduled: 3 },
      /^0 of 3 pods are new; .*OnDelete/,
    ],
    ['StatefulSet', { replicas: 3 }, { readyReplicas: 2 }, /^In progress: 2 of 3 pods are ready/],
    [
      'StatefulSet',
      { replicas: 3 },
      { readyReplicas: 3, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      /^In progress: 1 of 3 pods are of the new/,
    ],
    [
      'StatefulSet',
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
      { readyReplicas: 3, updatedReplicas: 0, currentRevision: 'a', updateRevision: 'b' },
      /^In progress: 0 of 1 pods above partition 2/,
    ],
    [
      'StatefulSet',
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
      { readyReplicas: 3, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      /^Rolled out: 1 pods above/,
    ],
    [
      'StatefulSet',
      { updateStrategy: { type: 'OnDelete' } },
      { updatedReplicas: 1 },
      /^1 of 1 pods are new; .*OnDelete/,
    ],
    ['StatefulSet', {}, { readyReplicas: 1, currentRevision: 'a', updateRevision: 'a' }, /^Rolled out: 1 of 1/],
  ])('%s %j with %j', async (kind, spec, status, words) => {
    expect((await statusOf(kind, spec, { observedGeneration: 1, ...status })).words).toMatch(words)
  })

  test('an old status says nothing of a newer spec', async () => {
    const good = { observedGeneration: 1, updatedReplicas: 1, replicas: 1, availableReplicas: 1 }
    expect((await statusOf('Deployment', {}, good, 2)).words).toBe(
      'In progress: the controller has not seen the newest spec yet.',
    )
  })

  test('says that it is paused', async () => {
    const { notes } = await statusOf('Deployment', { paused: true }, { observedGeneration: 1 })
    expect(notes?.[1]).toMatch(/^Paused: /)
  })

  test('takes one request where it is done, two rounds where not', async () => {
    const done = await statusOf('Deployment', { replicas: 0 }, { observedGeneration: 1 })
    expect(done.asked).toEqual(['resolve', 'get'])
    const fake = createFake({ clusters: [SHOP] })
    await callTool(rolloutStatus, { kind: 'Deployment', ...named }, fake.views)
    expect(fake.calls.map((it) => it.method).sort()).toEqual(['get', 'list', 'resolve', 'resolve', 'resolve', 'table'])
  })

  test('names what policy refuses of the reasons, and answers all the same', async () => {
    const decide: FakeOptions['decide'] = ({ resource }) =>
      resource === 'deployments'
        ? { decision: 'allow', by: 'policy', reason: '' }
        : { decision: 'deny', by: resource === 'pods' ? 'rail' : 'default', reason: '' }
    const { views } = createFake({ clusters: [SHOP], decide })
    const { notes, untrusted } = await callTool(rolloutStatus, { kind: 'Deployment', ...named }, views)
    expect(notes?.at(-1)).toMatch(/^Not looked at: (?:pods \(rail_refused\)|events \(policy_denied\)|, ){3}\.$/)
    expect(untrusted).toContain('Available False')
  })
})

describe('troubles of pods', () => {
  const pod = (name: string, status: object, metadata: object = {}): KubeObject => ({
    metadata: { name, ...metadata },
    status: status as Readonly<Record<string, unknown>>,
  })
  const waiting = (name: string, message: string) =>
    pod(name, {
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [{ name: 'app', ready: false, state: { waiting: { reason: 'ImagePullBackOff', message } } }],
    })

  test('are told once, with one pod of each and the most frequent first', () => {
    const pods = [
      pod('c', { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] }),
      waiting('a', 'for a'),
      waiting('b', 'for b'),
      pod('ready', { conditions: [{ type: 'Ready', status: 'True' }] }),
      pod('over', { phase: 'Succeeded' }),
    ]
    expect(renderTroubles(pods, NOW)).toEqual([
      '2 pods, such as a: container app waiting: ImagePullBackOff, for a',
      'c: PodScheduled False: Unschedulable',
    ])
  })

  test('have the last end of a container with them', () => {
    expect(renderTroubles([CRASHING_POD], NOW)[0]).toMatch(
      /waiting: CrashLoopBackOff.*last terminated: Error, exit code 1/,
    )
  })

  test('of a pod that ends, or that nobody has said anything of', () => {
    const at = new Date(NOW - 60_000).toISOString()
    expect(renderTroubles([pod('x', {}, { deletionTimestamp: at })], NOW)).toEqual(['x: terminating since 60s'])
    expect(renderTroubles([pod('y', {})], NOW)).toEqual(['y: no status yet'])
  })

  test('are bounded', () => {
    const pods = Array.from({ length: 20 }, (_, it) => pod(`p${it}`, { phase: `Strange${it}` }))
    expect(renderTroubles(pods, NOW)).toHaveLength(9)
    expect(renderTroubles(pods, NOW).at(-1)).toBe('and 12 other reasons')
  })
})

describe('changes', () => {
  const app = (more: object) => ({ containers: [{ name: 'app', image: 'web:1', ...more }] })
  test.each([
    ['nothing', app({}), app({}), []],
    ['an image', app({}), app({ image: 'web:2' }), ['containers[app].image: web:1 → web:2']],
    [
      'variables, by their names and in any order',
      app({
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      }),
      app({
        env: [
          { name: 'C', value: '3' },
          { name: 'A', value: '9' },
        ],
      }),
      ['containers[app].env[A]: 1 → 9', '- containers[app].env[B]: 2', '+ containers[app].env[C]: 3'],
    ],
    [
      'a container that came',
      app({}),
      {
        containers: [
          { name: 'app', image: 'web:1' },
          { name: 'side', image: 's:1' },
        ],
      },
      ['+ containers[side]: {"image":"s:1"}'],
    ],
    ['a list without names', { args: ['a'] }, { args: ['a', 'b'] }, ['args: ["a"] → ["a","b"]']],
    ['an empty text', { a: '' }, { a: 'x\ny' }, ['a: "" → x y']],
    ['a type', { a: { b: 1 } }, { a: 1 }, ['a: {"b":1} → 1']],
    ['names that two share', { a: [{ name: 'x' }, { name: 'x' }] }, { a: [] }, ['a: [{"name":"x"},{"name":"x"}] → []']],
  ])('%s', (_, before, after, lines) => {
    expect(changes(before, after)).toEqual(lines)
  })

  test('tell a long value by its beginning', () => {
    expect(changes({ a: 'x' }, { a: 'y'.repeat(500) })[0]).toHaveLength('a: x → '.length + 120)
  })
})

describe('rollout_history', () => {
  const run = async (objects: Readonly<Record<string, readonly KubeObject[]>>, kind: Kind, maxBytes = 48_000) => {
    const fake = createFake({ clusters: [{ objects }], maxBytes })
    return { answer: await callTool(rolloutHistory, { kind, ...named }, fake.views), calls: fake.calls }
  }

  test('leaves out what another workload controls', async () => {
    const [first] = REPLICA_SETS
    const foreign = { ...first, metadata: { ...first?.metadata, ownerReferences: [] } }
    const { answer, calls } = await run(
      { deployments: [CHECKOUT], replicasets: [foreign, ...REPLICA_SETS] },
      'Deployment',
    )
    expect(answer.notes).toEqual(['3 kept revisions.'])
    expect(calls.at(-1)?.question).toMatchObject({ labelSelector: 'app=checkout', namespace: 'shop' })
  })

  test('of StatefulSets and DaemonSets come from ControllerRevisions', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'checkout', uid: 'sts', controller: true }
    const revision = (number: number, image: string): KubeObject => ({
      metadata: { name: `checkout-${number}`, namespace: 'shop', ownerReferences: [owner] },
      revision: number,
      data: { spec: { template: { $patch: 'replace', spec: { containers: [{ name: 'app', image }] } } } },
    })
    const set = { metadata: { ...named, uid: 'sts' }, spec: {}, status: { updateRevision: 'checkout-1' } }
    const revisions = { controllerrevisions: [revision(1, 'db:1'), revision(2, 'db:2')] }
    const { answer } = await run({ ...revisions, statefulsets: [set] }, 'StatefulSet')
    expect(answer.untrusted).toContain('containers[app].image: db:1 → db:2')
    expect(answer.untrusted).toContain('revision 1 (current)')
    const daemon = { metadata: { ...named, uid: 'sts' }, spec: {}, status: {} }
    expect((await run({ ...revisions, daemonsets: [daemon] }, 'DaemonSet')).answer.untrusted).toContain(
      'revision 2 (current)',
    )
  })

  test('says how many changes and revisions it leaves out', async () => {
    const [first, second] = REPLICA_SETS
    const many = { spec: Object.fromEntries(Array.from({ length: 30 }, (_, it) => [`field${it}`, it])) }
    const changed = { ...second, spec: { template: many } } as KubeObject
    const { answer } = await run({ deployments: [CHECKOUT], replicasets: [first as KubeObject, changed] }, 'Deployment')
    expect(answer.untrusted).toMatch(/and 1[0-9] more changes/)
    const small = await run({ deployments: [CHECKOUT], replicasets: REPLICA_SETS }, 'Deployment', 400)
    expect(small.answer.notes?.[0]).toMatch(/^The newest [12] of 3 kept revisions; /)
  })
})

describe('selectors', () => {
  test.each([
    [{ matchLabels: { a: 'b', c: 'd' } }, 'a=b,c=d'],
    [
      {
        matchExpressions: [
          { key: 'a', operator: 'In', values: ['x', 'y'] },
          { key: 'b', operator: 'NotIn', values: ['z'] },
          { key: 'c', operator: 'Exists' },
          { key: 'd', operator: 'DoesNotExist' },
        ],
      },
      'a in (x,y),b notin (z),c,!d',
    ],
    [{ app: 'web' }, 'app=web'],
    [{}, undefined],
    [undefined, undefined],
  ])('%j', (selector, text) => {
    expect(selectorOf({ spec: { selector } })).toBe(text)
  })
})
