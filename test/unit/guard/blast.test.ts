import { describe, expect, it, test } from 'vitest'
import type { Operation } from '../../../src/change.ts'
import { BulkheadError, type ErrorCode } from '../../../src/errors.ts'
import { MAX_LISTS } from '../../../src/guard/blast/look.ts'
import { bySelector } from '../../../src/guard/blast/selectors.ts'
import { type BlastReader, blastRadius, forCaller } from '../../../src/guard/blast.ts'
import type { Proposal } from '../../../src/guard/write-rails.ts'
import type { Json, KubeObject } from '../../../src/tool.ts'
import { create, objectOf, patch, remove, type Sample, targetOf, typeOf } from './writes.ts'

const signal = new AbortController().signal
type Fields = { readonly [key: string]: Json }

const owner = (kind: string, uid: string): Fields => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name: uid, uid, controller: true }],
})
const thing = (sample: Sample & { readonly uid?: string }): KubeObject =>
  objectOf({
    ...sample,
    metadata: { ...(sample.uid === undefined ? {} : { uid: sample.uid }), ...sample.metadata },
  }) as KubeObject

const podOf = (name: string, above: Fields, labels: Fields, ready = true, namespace = 'shop'): KubeObject =>
  thing({
    apiVersion: 'v1',
    kind: 'Pod',
    name,
    namespace,
    uid: `uid-${name}`,
    metadata: { labels, ...above },
    fields: { status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } },
  })
const webPods = [1, 2, 3].map((n) => podOf(`web-${n}`, owner('ReplicaSet', 'rs-web'), { app: 'web' }))
const lonePod = podOf('lone', {}, { app: 'lone' })
const dbPods = [0, 1].map((n) => podOf(`db-${n}`, owner('StatefulSet', 'uid-db'), { app: 'db' }))
const replicaSet = thing({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'rs-web',
  uid: 'rs-web',
  metadata: owner('Deployment', 'uid-web'),
})
const service = (name: string, selector: Json, namespace = 'shop'): KubeObject =>
  thing({ apiVersion: 'v1', kind: 'Service', name, namespace, fields: { spec: { selector } } })
const budget = (name: string, selector: Json, allowed: number): KubeObject =>
  thing({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    name,
    fields: { spec: { selector }, status: { disruptionsAllowed: allowed } },
  })

const SHOP: Readonly<Record<string, readonly KubeObject[]>> = {
  Pod: [...webPods, ...dbPods, lonePod],
  ReplicaSet: [replicaSet],
  Service: [
    service('web', { app: 'web' }),
    service('db', { app: 'db' }),
    service('none', {}),
    service('idle', { app: 'x' }),
  ],
  PodDisruptionBudget: [budget('web', { matchLabels: { app: 'web' } }, 1), budget('all', {}, 0)],
}

interface Fake extends BlastReader {
  readonly asked: { readonly kind: string; readonly namespace: string | undefined }[]
}

/** A cluster in memory: pages of `page` objects; `failing` kinds fail with a code. */
const readerOf = (
  objects: Readonly<Record<string, readonly KubeObject[]>> = SHOP,
  failing: Readonly<Record<string, ErrorCode>> = {},
  page = 100,
): Fake => {
  const asked: Fake['asked'] = []
  const fetch: BlastReader['list'] = async (type, query) => {
    asked.push({ kind: type.kind, namespace: query.namespace })
    const code = failing[type.kind]
    if (code !== undefined) throw new BulkheadError(code, 'No.')
    const all = (objects[type.kind] ?? []).filter(
      ({ metadata }) => query.namespace === undefined || metadata?.namespace === query.namespace,
    )
    const from = Number(query.continue ?? 0)
    const to = from + Math.min(query.limit ?? page, page)
    const rest = all.length - to
    return { items: all.slice(from, to), ...(rest > 0 ? { continue: String(to), remaining: rest } : {}) }
  }
  return {
    asked,
    resolve: async (kind, apiVersion = 'v1') => typeOf(apiVersion, kind),
    list: fetch,
    metadata: fetch,
  }
}

const template = (image: string, labels: Fields = { app: 'web' }): Json => ({
  metadata: { labels },
  spec: { containers: [{ name: 'app', image }] },
})
const deployment = (spec: Fields = {}): Sample => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: 'web',
  metadata: { uid: 'uid-web' },
  fields: { spec: { replicas: 3, template: template('web:1'), ...spec } },
})
const statefulSet = (spec: Fields = {}): Sample => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  name: 'db',
  metadata: { uid: 'uid-db' },
  fields: { spec: { replicas: 2, template: template('db:1', { app: 'db' }), ...spec } },
})
const scaleOf = (from: number, to: number): Proposal => {
  const scale = (replicas: number): KubeObject =>
    thing({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      name: 'web',
      uid: 'uid-web',
      fields: { spec: replicas === 0 ? {} : { replicas } },
    })
  const operation = { ...targetOf(deployment()), verb: 'patch', patchType: 'merge', patch: {}, subresource: 'scale' }
  return { operation: operation as Operation, live: scale(from), admitted: scale(to) }
}
const evict = (pod: KubeObject): Proposal => ({
  operation: {
    type: typeOf('v1', 'Pod'),
    namespace: pod.metadata?.namespace ?? '',
    name: pod.metadata?.name ?? '',
    verb: 'evict',
  },
  live: pod,
})
const radiusOf = (...proposals: readonly Proposal[]) => blastRadius(proposals, readerOf(), signal)

describe('the blast radius (L7-3)', () => {
  it('of what concerns no pod is empty, and asks nothing', async () => {
    const reader = readerOf()
    const radius = await blastRadius([create({ apiVersion: 'v1', kind: 'ConfigMap' })], reader, signal)
    expect(radius).toEqual({
      pods: 0,
      namespaceFraction: 0,
      workloads: [],
      disruptionBudgets: [],
      dependents: {},
      services: [],
      notLookedAt: [],
    })
    expect(reader.asked).toEqual([])
  })

  it('of a new image is every pod of the workload, of which each comes back', async () => {
    const radius = await radiusOf(patch(deployment(), deployment({ template: template('web:2') })))
    expect(radius).toMatchObject({
      pods: 3,
      namespaceFraction: 0.5,
      workloads: [{ kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 3, after: 3, last: false }],
      disruptionBudgets: [
        { namespace: 'shop', name: 'web', allowed: 1, touched: 3 },
        { namespace: 'shop', name: 'all', allowed: 0, touched: 3 },
      ],
      services: [],
      dependents: {},
      notLookedAt: [],
    })
  })

  it('of new labels is also the Service that finds them no more', async () => {
    const radius = await radiusOf(patch(deployment(), deployment({ template: template('web:1', { app: 'web2' }) })))
    expect(radius.services).toEqual([{ namespace: 'shop', name: 'web' }])
  })

  it.each([
    ['down to none', 3, 0, { pods: 3, services: [{ namespace: 'shop', name: 'web' }] }],
    ['down to one', 3, 1, { pods: 2, services: [] }],
    ['up', 3, 5, { pods: 2, services: [] }],
  ])('of scaling %s', async (_, from, to, expected) => {
    const radius = await radiusOf(scaleOf(from, to))
    expect(radius).toMatchObject(expected)
    expect(radius.workloads).toEqual([
      { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: from, after: to, last: to === 0 },
    ])
  })

  it.each([
    ['a paused Deployment', patch(deployment(), deployment({ paused: true, template: template('web:2') }))],
    [
      'updates on delete only',
      patch(statefulSet(), statefulSet({ updateStrategy: { type: 'OnDelete' }, template: template('db:2') })),
    ],
    ['a field beside the template', patch(deployment(), deployment({ minReadySeconds: 5 }))],
    [
      'a Deployment whose pods stay behind',
      {
        ...remove(deployment()),
        operation: { ...targetOf(deployment()), verb: 'delete', propagation: 'Orphan' },
      } as Proposal,
    ],
  ])('of %s is no pod', async (_, proposal) => {
    expect(await radiusOf(proposal)).toMatchObject({ pods: 0, workloads: [] })
  })

  it('of a partitioned rollout is what lies above the partition', async () => {
    const updateStrategy = { rollingUpdate: { partition: 1 } }
    const radius = await radiusOf(patch(statefulSet(), statefulSet({ updateStrategy, template: template('db:2') })))
    expect(radius.pods).toBe(1)
  })

  it('of a delete is the cascade, two levels down', async () => {
    const radius = await radiusOf(remove(deployment()))
    expect(radius).toMatchObject({
      pods: 3,
      dependents: { ReplicaSet: 1, Pod: 3 },
      services: [{ namespace: 'shop', name: 'web' }],
    })
    expect(radius.workloads).toMatchObject([{ after: 0, last: true }])
  })

  it('of a deleted CronJob is its Jobs and their pods', async () => {
    const cron: Sample = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'report', metadata: { uid: 'uid-cron' } }
    const job = thing({
      apiVersion: 'batch/v1',
      kind: 'Job',
      name: 'j',
      uid: 'uid-j',
      metadata: owner('CronJob', 'uid-cron'),
    })
    const reader = readerOf({ ...SHOP, Job: [job], Pod: [podOf('j-1', owner('Job', 'uid-j'), { job: 'j' })] })
    const radius = await blastRadius([remove(cron)], reader, signal)
    expect(radius).toMatchObject({ pods: 1, dependents: { Job: 1, Pod: 1 }, namespaceFraction: 1 })
  })

  it('of a deleted custom resource is what it controls', async () => {
    const custom: Sample = { apiVersion: 'db.example.com/v1', kind: 'Cluster', name: 'db', metadata: { uid: 'uid-cr' } }
    const set = thing({ ...statefulSet(), uid: 'uid-db', metadata: { ...owner('Cluster', 'uid-cr'), uid: 'uid-db' } })
    const reader = readerOf({ ...SHOP, StatefulSet: [set] })
    const radius = await blastRadius([remove(custom)], reader, signal)
    expect(radius).toMatchObject({ pods: 2, dependents: { StatefulSet: 1, Pod: 2 } })
    expect(radius.services).toEqual([{ namespace: 'shop', name: 'db' }])
    expect(reader.asked.length).toBeLessThanOrEqual(MAX_LISTS)
  })

  it('of evictions names who is in charge, once, and says when none is left', async () => {
    expect(await radiusOf(...webPods.slice(0, 2).map(evict))).toMatchObject({
      pods: 2,
      workloads: [{ kind: 'Deployment', name: 'uid-web', replicas: 3, after: 3, last: false }],
      services: [],
    })
    expect(await radiusOf(...webPods.map(evict), evict(lonePod))).toMatchObject({
      pods: 4,
      workloads: [
        { kind: 'Deployment', replicas: 3, last: true },
        { kind: 'Pod', name: 'lone', replicas: 1, after: 0, last: true },
      ],
      services: [{ namespace: 'shop', name: 'web' }],
    })
  })

  it('of a new selector is the Service, where nothing answers to it', async () => {
    const before: Sample = {
      apiVersion: 'v1',
      kind: 'Service',
      name: 'web',
      fields: { spec: { selector: { app: 'web' } } },
    }
    const after: Sample = { ...before, fields: { spec: { selector: { app: 'wbe' } } } }
    expect((await radiusOf(patch(before, after))).services).toEqual([{ namespace: 'shop', name: 'web' }])
  })

  it('does not call a Service lost that had nothing before', async () => {
    const unready = webPods.map((_, n) => podOf(`web-${n}`, owner('ReplicaSet', 'rs-web'), { app: 'web' }, false))
    const radius = await blastRadius([remove(deployment())], readerOf({ ...SHOP, Pod: unready }), signal)
    expect(radius.services).toEqual([])
  })

  it('of a new workload is the pods that begin', async () => {
    expect(await radiusOf(create({ ...deployment(), metadata: {} }))).toMatchObject({
      pods: 3,
      workloads: [{ replicas: 0, after: 3, last: false }],
    })
  })

  it('of a deleted Namespace is everything in it, by kind', async () => {
    const reader = readerOf({ ...SHOP, ConfigMap: [thing({ apiVersion: 'v1', kind: 'ConfigMap' })] })
    const radius = await blastRadius([remove({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' })], reader, signal)
    expect(radius.dependents).toEqual({ Pod: 6, Service: 4, ConfigMap: 1 })
    expect(radius).toMatchObject({ pods: 6, namespaceFraction: 1 })
    expect(radius.notLookedAt).toEqual(['of a namespace, kinds other than the common ones'])
  })

  it('of a deleted definition is every object of its kind', async () => {
    const definition: Sample = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      fields: {
        spec: { group: 'shop.example.com', names: { kind: 'Coupon' }, versions: [{ name: 'v1', served: true }] },
      },
    }
    const coupons = ['a', 'b'].map((name) => thing({ apiVersion: 'shop.example.com/v1', kind: 'Coupon', name }))
    const radius = await blastRadius([remove(definition)], readerOf({ Coupon: coupons }), signal)
    expect(radius.dependents).toEqual({ Coupon: 2 })
  })
})

describe('what was not looked at', () => {
  it('is said, in our words', async () => {
    const reader = readerOf(SHOP, { PodDisruptionBudget: 'cluster_forbidden', Service: 'cluster_timeout' })
    const radius = await blastRadius([scaleOf(3, 0)], reader, signal)
    expect(radius).toMatchObject({ pods: 3, disruptionBudgets: [], services: [] })
    expect(radius.notLookedAt).toEqual([
      'services: they could not be read (cluster_timeout)',
      'disruption budgets: the read credential may not list them',
    ])
  })

  it('makes nobody claim that a Service is lost', async () => {
    const many = Array.from({ length: 900 }, (_, n) => podOf(`other-${n}`, {}, { app: 'other' }))
    const reader = readerOf({ ...SHOP, Pod: [...webPods, ...many] })
    const radius = await blastRadius([remove(deployment())], reader, signal)
    expect(radius.services).toEqual([])
    expect(radius.namespaceFraction).toBeCloseTo(3 / 903)
    expect(radius.notLookedAt).toEqual([
      'pods: there are more than one plan reads; 500 were looked at',
      'services that would lose their endpoints: not all pods were looked at',
    ])
    expect(reader.asked.filter(({ kind }) => kind === 'Pod')).toHaveLength(5)
  })

  it('without pods budgets are still known by the labels of the template', async () => {
    const reader = readerOf(SHOP, { Pod: 'cluster_forbidden' })
    const radius = await blastRadius([remove(deployment())], reader, signal)
    expect(radius.disruptionBudgets).toContainEqual({ namespace: 'shop', name: 'web', allowed: 1, touched: 3 })
  })

  it('keeps to the namespaces concerned where they are several', async () => {
    const elsewhere = podOf('far', {}, { app: 'web' }, true, 'far')
    const foreign = podOf('foreign', {}, { app: 'web' }, true, 'foreign')
    const reader = readerOf({
      ...SHOP,
      Pod: [...webPods, elsewhere, foreign],
      Service: [service('web', { app: 'web' }, 'far')],
    })
    const radius = await blastRadius([evict(elsewhere), ...webPods.map(evict)], reader, signal)
    expect(radius).toMatchObject({ pods: 4, namespaceFraction: 1, services: [{ namespace: 'far', name: 'web' }] })
    expect(new Set(reader.asked.map(({ namespace }) => namespace))).toEqual(new Set([undefined]))
  })

  it('an abort ends it', async () => {
    const controller = new AbortController()
    controller.abort(new Error('Enough'))
    const failing = readerOf(SHOP, { Pod: 'cluster_timeout' })
    await expect(blastRadius([scaleOf(3, 0)], failing, controller.signal)).rejects.toThrow()
  })
})

describe('for a caller', () => {
  test('names stay only where they may be listed, counts stay', async () => {
    const radius = await radiusOf(scaleOf(3, 0))
    expect(forCaller(radius, () => true)).toEqual(radius)
    const asked: string[] = []
    const stripped = forCaller(radius, (resource, namespace) => {
      asked.push(`${resource} ${namespace}`)
      return resource === 'services'
    })
    expect(stripped.workloads).toEqual([{ ...radius.workloads[0], name: '…' }])
    expect(stripped.disruptionBudgets.map(({ name, touched }) => [name, touched])).toEqual([
      ['…', 3],
      ['…', 3],
    ])
    expect(stripped.services).toEqual(radius.services)
    expect(new Set(asked)).toEqual(
      new Set(['deployments.apps shop', 'poddisruptionbudgets.policy shop', 'services shop']),
    )
  })
})

test.each([
  [undefined, false],
  [{}, true],
  [{ matchLabels: { app: 'web' } }, true],
  [{ matchLabels: { app: 'web', tier: 'x' } }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, false],
  [{ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['web'] }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'Near', values: ['web'] }] }, false],
])('the selector %j means a web pod: %s', (selector, expected) => {
  expect(bySelector(selector as Json)({ app: 'web' })).toBe(expected)
})
