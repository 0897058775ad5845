/** pods_top and nodes_top: what is measured, in which order, and what is said where nobody measures. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseQuantity } from '../../../src/kube/quantity.ts'
import { nodesTop } from '../../../src/tools/nodes-top.ts'
import { podsTop } from '../../../src/tools/pods-top.ts'
import { callTool, createFake, type FakeCluster, type FakeOptions, TYPES } from '../../support/fake-view.ts'
import { SHOP } from './shop.ts'

const run = async (tool: typeof podsTop, args: object, cluster: FakeCluster = SHOP, options: FakeOptions = {}) => {
  const fake = createFake({ clusters: [cluster], ...options })
  return { ...(await callTool(tool, args, fake.views)), calls: fake.calls }
}

describe.each([podsTop, nodesTop])('$name without metrics', (tool) => {
  test('says so, and asks the cluster for nothing', async () => {
    const cluster = { ...SHOP, types: TYPES.filter((type) => type.group !== 'metrics.k8s.io') }
    const { notes, untrusted, calls } = await run(tool, {}, cluster)
    expect(notes?.[0]).toMatch(/^No metrics: the cluster serves no metrics\.k8s\.io/)
    expect(untrusted).toBeUndefined()
    expect(calls.map((it) => it.method)).toEqual(['types'])
  })
})

describe('pods_top', () => {
  const order = (text = '') => Array.from(text.matchAll(/^(checkout|storefront|prometheus)/gm), ([, name]) => name)

  test('sorts by CPU unless asked for memory', async () => {
    expect(order((await run(podsTop, {})).untrusted)).toEqual(['prometheus', 'storefront', 'checkout'])
    const byMemory = await run(podsTop, { namespace: 'shop', sortBy: 'memory' })
    expect(order(byMemory.untrusted)).toEqual(['checkout', 'storefront'])
    expect(byMemory.notes).toEqual([
      '2 pods, most memory first.',
      'Together: 264m CPU, 200Mi memory. Pods without a running container have no usage.',
    ])
  })

  test('of one pod shows its containers', async () => {
    const { untrusted } = await run(podsTop, { name: 'checkout-7c9f6b5d4f-x2lqz', namespace: 'shop', sortBy: 'memory' })
    expect(untrusted).toBe('CONTAINER\tCPU(m)\tMEMORY(Mi)\napp\t13\t128\nproxy\t1\t8')
  })

  test('shows a hundred, and reads a thousand at most where the API pages', async () => {
    const items = Array.from({ length: 1_100 }, (_, it) => ({
      metadata: { name: `pod-${it}`, namespace: 'shop' },
      containers: [{ name: 'app', usage: { cpu: `${it}m`, memory: '1Mi' } }],
    }))
    const { untrusted, notes, calls } = await run(podsTop, {}, { page: 100, objects: { 'pods.metrics.k8s.io': items } })
    expect(untrusted?.split('\n').filter((line) => line.startsWith('pod-'))).toHaveLength(100)
    expect(untrusted).toContain('pod-999\t')
    expect(notes?.slice(0, 2)).toEqual([
      'The 100 of 1000 pods that use most cpu.',
      'Incomplete: more were measured than were read. Narrow by namespace or labelSelector.',
    ])
    expect(calls.filter((it) => it.method === 'list')).toHaveLength(10)
  })

  test('of nothing says so', async () => {
    expect((await run(podsTop, { namespace: 'empty' })).notes?.[0]).toBe('0 pods, most cpu first.')
  })
})

describe('nodes_top', () => {
  test('asks for usage and for what is allocatable at once, and leaves unknown shares blank', async () => {
    const { untrusted, calls } = await run(nodesTop, { labelSelector: 'zone=a' })
    expect(untrusted).toBe(
      'NAME\tCPU(m)\tMEMORY(Mi)\tCPU%\tMEMORY%\nnode-2\t3000\t4096\t75%\t25%\nnode-1\t1000\t8192\t25%\t50%\nnode-new\t10\t100',
    )
    expect(calls.filter((it) => it.method === 'list').map((it) => it.question)).toEqual([
      { resource: 'nodes', labelSelector: 'zone=a' },
      { resource: 'nodes', labelSelector: 'zone=a' },
    ])
  })

  test('of one node gets two objects', async () => {
    const { untrusted, calls } = await run(nodesTop, { name: 'node-1' })
    expect(untrusted).toContain('node-1\t1000\t8192\t25%\t50%')
    expect(calls.filter((it) => it.method === 'get')).toHaveLength(2)
  })

  test('without the nodes themselves there is usage alone', async () => {
    const decide: FakeOptions['decide'] = ({ group }) =>
      group === 'metrics.k8s.io'
        ? { decision: 'allow', by: 'policy', rule: 'look', reason: '' }
        : { decision: 'deny', by: 'default', reason: 'No.' }
    const { untrusted, notes } = await run(nodesTop, {}, SHOP, { decide })
    expect(untrusted).toContain('node-2\t3000\t4096\nnode-1')
    expect(notes).toContain('Not looked at: what is allocatable on nodes (policy_denied).')
  })
})

describe('quantities', () => {
  test.each([
    ['0', 0],
    ['250m', 0.25],
    ['1.5', 1.5],
    ['12345678n', 0.012345678],
    ['7u', 7e-6],
    ['3e2', 300],
    ['1E3', 1000],
    ['1E', 1e18],
    ['2k', 2000],
    ['16296216Ki', 16296216 * 1024],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['-1', -1],
    [4, 4],
  ])('%s is %d', (text, number) => {
    expect(parseQuantity(text)).toBeCloseTo(number, 9)
  })

  test.each(['', 'x', '1 Gi', '1gi', '1KB', '--1', '1e', '1mm', undefined, '9'.repeat(100)])('%s is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined()
  })

  test('are a number or nothing, whatever they are', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = parseQuantity(text)
        expect(value === undefined || Number.isFinite(value)).toBe(true)
      }),
    )
  })
})
