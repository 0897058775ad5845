/** resources_describe: what stands around an object, in how many requests, and what is said where it cannot be looked at. */
import { describe, expect, test } from 'vitest'
import { BulkheadError } from '../../../src/errors.ts'
import type { KubeObject } from '../../../src/tool.ts'
import { renderEndpoints } from '../../../src/tools/render/endpoints.ts'
import { resourcesDescribe } from '../../../src/tools/resources-describe.ts'
import { callTool, createFake, type FakeCluster, type FakeOptions, row } from '../../support/fake-view.ts'
import { CHECKOUT, REPLICA_SETS, SHOP } from './shop.ts'

const run = async (args: object, cluster: FakeCluster = SHOP, options: FakeOptions = {}) => {
  const fake = createFake({ clusters: [cluster], ...options })
  const answer = await callTool(resourcesDescribe, args, fake.views)
  return { ...answer, calls: fake.calls, asked: fake.calls.filter((it) => it.method !== 'resolve') }
}
const CHECKOUT_ARGS = { kind: 'Deployment', name: 'checkout', namespace: 'shop' }
const POD = { kind: 'pod', name: 'checkout-7c9f6b5d4f-x2lqz', namespace: 'shop' }

const object = (kind: string, name: string, more: object = {}, metadata: object = {}): KubeObject => ({
  kind,
  metadata: { name, namespace: 'shop', uid: name, ...metadata },
  ...more,
})
const ownedBy = (kind: string, name: string, apiVersion: string) => ({
  ownerReferences: [{ kind, name, apiVersion, uid: name, controller: true }],
})

describe('what is asked', () => {
  test('of a Deployment: itself, its events, its sets and its pods', async () => {
    const { asked } = await run(CHECKOUT_ARGS)
    expect(asked.map(({ method, question }) => [method, question])).toEqual([
      ['get', { resource: 'deployments', name: 'checkout', namespace: 'shop' }],
      [
        'table',
        {
          resource: 'events',
          namespace: 'shop',
          fieldSelector: 'involvedObject.kind=Deployment,involvedObject.name=checkout',
        },
      ],
      ['table', { resource: 'replicasets', namespace: 'shop', labelSelector: 'app=checkout', limit: 30 }],
      ['table', { resource: 'pods', namespace: 'shop', labelSelector: 'app=checkout', limit: 30 }],
    ])
  })

  test('of a node: events where those of cluster-scoped objects are, and its pods at once', async () => {
    const cluster = { objects: { nodes: [{ kind: 'Node', metadata: { name: 'node-1' } }] } }
    const { asked } = await run({ kind: 'node', name: 'node-1' }, cluster)
    expect(asked.map((it) => it.question)).toEqual([
      { resource: 'nodes', name: 'node-1', namespace: undefined },
      {
        resource: 'events',
        namespace: 'default',
        fieldSelector: 'involvedObject.kind=Node,involvedObject.name=node-1',
      },
      { resource: 'pods', fieldSelector: 'spec.nodeName=node-1', limit: 30 },
    ])
  })

  test('nothing beside an object that policy refuses, or a scope that cannot be', async () => {
    const decide: FakeOptions['decide'] = ({ resource }) => ({
      decision: resource === 'deployments' ? 'deny' : 'allow',
      by: 'default',
      reason: 'No.',
    })
    const fake = createFake({ clusters: [SHOP], decide })
    await expect(callTool(resourcesDescribe, CHECKOUT_ARGS, fake.views)).rejects.toMatchObject({
      code: 'policy_denied',
    })
    expect(fake.calls.map((it) => it.method)).toEqual(['resolve', 'get'])
  })
})

describe('what is shown', () => {
  test('the chain of owners, nearest first', async () => {
    const cluster = {
      objects: {
        pods: [object('Pod', 'web-1', {}, ownedBy('ReplicaSet', 'web-abc', 'apps/v1'))],
        replicasets: [object('ReplicaSet', 'web-abc', {}, ownedBy('Deployment', 'web', 'apps/v1'))],
        deployments: [object('Deployment', 'web', {}, ownedBy('Coupon', 'spring', 'shop.example.com/v1'))],
        coupons: [object('Coupon', 'spring', {}, ownedBy('Coupon', 'never-looked-for', 'shop.example.com/v1'))],
      },
    }
    const { untrusted } = await run({ ...POD, name: 'web-1' }, cluster)
    expect(untrusted).toContain('# owners, nearest first\nReplicaSet/web-abc\nDeployment/web\nCoupon/spring\n#')
    expect(untrusted).not.toContain('never-looked-for')
  })

  test('an owner that is not there ends the chain, and the answer says so', async () => {
    const { untrusted, notes } = await run(POD)
    expect(untrusted).toContain('# owners, nearest first\nReplicaSet/checkout-7c9f6b5d4f\n#')
    expect(notes).toContain('Not looked at: owners of its owner (not_found).')
  })

  test('sets with pods, and how many without', async () => {
    const replicasets = {
      columns: ['Name', 'Desired', 'Current', 'Ready', 'Age'],
      rows: [row('shop', 'checkout-new', 2, 2, 0, '5d'), row('shop', 'checkout-old', 0, 0, 0, '9d')],
    }
    const { untrusted } = await run(CHECKOUT_ARGS, { ...SHOP, tables: { ...SHOP.tables, replicasets } })
    expect(untrusted).toContain('checkout-new\t2\t2\t0\t5d\nand 1 without pods\n')
    expect(untrusted).not.toContain('checkout-old')
  })

  test('that there are more pods than are shown', async () => {
    const rows = Array.from({ length: 31 }, (_, it) => row('shop', `checkout-${it}`, 'Running'))
    const tables = { pods: { columns: ['Name', 'Status'], rows } }
    const { untrusted } = await run(CHECKOUT_ARGS, { ...SHOP, tables })
    expect(untrusted).toContain('checkout-29\nand more: resources_list')
    expect(untrusted).not.toContain('checkout-30')
  })

  test('the endpoints of a Service, asked for by its name', async () => {
    const cluster = {
      objects: {
        services: [object('Service', 'web', { spec: { selector: { app: 'web' } } })],
        endpointslices: [object('EndpointSlice', 'web-x', { endpoints: [{ addresses: ['10.0.0.1'] }] })],
      },
    }
    const { untrusted, asked } = await run({ kind: 'svc', name: 'web', namespace: 'shop' }, cluster)
    expect(untrusted).toContain('# endpoints\nready: 10.0.0.1\n# pods\nnone\n')
    expect(asked[2]?.question).toMatchObject({ labelSelector: 'kubernetes.io/service-name=web' })
  })

  test('the Jobs of a CronJob and the workloads of a custom resource, newest first and no others', async () => {
    const born = (name: string, day: number, owner: object) =>
      object('Job', name, {}, { creationTimestamp: `2026-11-${day}T14:00:00Z`, ...owner })
    const jobs = [
      born('old', 20, ownedBy('CronJob', 'report', 'batch/v1')),
      born('new', 21, ownedBy('CronJob', 'report', 'batch/v1')),
      born('foreign', 21, {}),
      born('pay-out', 21, ownedBy('Coupon', 'spring', 'shop.example.com/v1')),
    ]
    const cluster = {
      objects: { jobs, cronjobs: [object('CronJob', 'report')], coupons: [object('Coupon', 'spring')] },
    }
    const cronJob = await run({ kind: 'cj', name: 'report', namespace: 'shop' }, cluster)
    expect(cronJob.untrusted).toContain('# jobs\nnew\t24h\nold\t2d\n# object')
    const coupon = await run({ kind: 'coupon', name: 'spring', namespace: 'shop' }, cluster)
    expect(coupon.untrusted).toMatch(/^# jobs\npay-out\t24h\n# object/)
    expect(coupon.asked.filter((it) => it.method === 'metadata')).toHaveLength(4)
  })

  test('no defaults and no ids', async () => {
    const spec = {
      revisionHistoryLimit: 10,
      template: { spec: { restartPolicy: 'Always', containers: [{ name: 'app', imagePullPolicy: 'IfNotPresent' }] } },
    }
    const cluster = { objects: { deployments: [{ ...CHECKOUT, spec }] } }
    const { untrusted } = await run(CHECKOUT_ARGS, cluster)
    expect(untrusted).toContain('template: {spec: {containers: [{name: app}]}}')
    expect(untrusted).not.toMatch(/uid|revisionHistoryLimit|observedGeneration|restartPolicy/)
    expect(untrusted).toContain("- 'Available False for 33m: MinimumReplicasUnavailable")
  })

  test('the newest events, and that there are more', async () => {
    const [template] = SHOP.tables?.events?.rows ?? []
    const rows = Array.from({ length: 20 }, (_, it) => ({
      namespace: 'shop',
      cells: (template?.cells ?? []).map((cell, index) => (index === 6 ? `message ${it}` : cell)),
    }))
    const events = { columns: SHOP.tables?.events?.columns ?? [], rows }
    const { notes } = await run(CHECKOUT_ARGS, { ...SHOP, tables: { events } })
    expect(notes).toContain('The newest 15 of 20 different events.')
  })
})

describe('what cannot be looked at', () => {
  test('is named, by policy or by the cluster, and the rest is there', async () => {
    const decide: FakeOptions['decide'] = ({ resource }) => {
      if (resource === 'pods') return { decision: 'deny', by: 'default', reason: 'No.' }
      return { decision: 'allow', by: 'policy', rule: 'look', reason: '' }
    }
    const { notes, untrusted } = await run(CHECKOUT_ARGS, SHOP, { decide })
    expect(notes).toContain('Not looked at: pods (policy_denied).')
    expect(untrusted).toContain('name: checkout')
  })

  test('an error that is none of ours is not hidden', async () => {
    let asked = 0
    const decide: FakeOptions['decide'] = () => {
      asked += 1
      if (asked > 2) throw new TypeError('a mistake')
      return { decision: 'allow', by: 'policy', rule: 'look', reason: '' }
    }
    await expect(run(CHECKOUT_ARGS, SHOP, { decide })).rejects.toThrow('a mistake')
  })

  test('the object itself is an error', async () => {
    await expect(run({ ...CHECKOUT_ARGS, name: 'nobody' })).rejects.toBeInstanceOf(BulkheadError)
    await expect(
      run({ kind: 'pod', name: 'nobody', namespace: 'shop' }, { objects: { pods: [...REPLICA_SETS] } }),
    ).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('endpoints', () => {
  const slice = (endpoints: readonly object[], ports: readonly object[] = []): KubeObject => ({ endpoints, ports })
  test('ready, not ready, ports, and none', () => {
    const slices = [
      slice(
        [
          { addresses: ['10.0.0.1'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'web-1' } },
          { addresses: ['10.0.0.2'], conditions: { ready: false } },
          { addresses: ['10.0.0.3'] },
        ],
        [{ name: 'http', port: 80, protocol: 'TCP' }],
      ),
      slice([], [{ name: 'http', port: 80 }, { port: 9 }]),
    ]
    expect(renderEndpoints(slices)).toEqual([
      'ports: http 80/TCP, 9/TCP',
      'ready: 10.0.0.1 web-1, 10.0.0.3',
      'not ready: 10.0.0.2',
    ])
    expect(renderEndpoints([])).toEqual(['none'])
  })

  test('are bounded', () => {
    const many = Array.from({ length: 25 }, (_, it) => ({ addresses: [`10.0.0.${it}`] }))
    expect(renderEndpoints([slice(many)])[0]).toMatch(/10\.0\.0\.19, and 5 more$/)
  })
})
