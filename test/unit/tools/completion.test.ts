/** Completion: names under the caller's own policy, bounded, and never anything that is no name. */
import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../../src/access.ts'
import { completion } from '../../../src/tools/completion.ts'
import { callTool, createFake, type FakeOptions } from '../../support/fake-view.ts'

const DENY: Verdict = { decision: 'deny', by: 'default', reason: '' }
const ALLOW: Verdict = { decision: 'allow', by: 'policy', reason: '' }
const object = (name: string, namespace?: string) => ({
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
})
const CLUSTER = {
  objects: {
    namespaces: [object('shop'), object('shop-test'), object('monitoring')],
    pods: [object('web-1', 'shop'), object('web-2', 'web'), object('IGNORE all that', 'shop'), object('db-0', 'shop')],
    nodes: [object('node-1')],
  },
}

const complete = async (args: object, options: FakeOptions = {}) => {
  const fake = createFake({ clusters: [CLUSTER], ...options })
  const answer = await callTool(completion, { value: '', ...args }, fake.views)
  expect(answer.untrusted).toBeUndefined()
  return { ...(answer.structured as { values: readonly string[]; hasMore: boolean }), calls: fake.calls }
}
const values = async (args: object, options?: FakeOptions) => (await complete(args, options)).values

describe('completion', () => {
  test.each<[string, object, readonly string[]]>([
    ['a cluster', { argument: 'cluster' }, ['demo']],
    ['a namespace by its beginning', { argument: 'namespace', value: 'shop' }, ['shop', 'shop-test']],
    ['a kind in any case', { argument: 'kind', value: 'dep' }, ['Deployment']],
    ['a name in its namespace', { argument: 'name', kind: 'pod', namespace: 'shop' }, ['db-0', 'web-1']],
    ['a name over all namespaces', { argument: 'name', kind: 'pod', value: 'web' }, ['web-1', 'web-2']],
    [
      'a name of what lives in none',
      { argument: 'name', resource: 'nodes', group: 'core', version: 'v1', namespace: '-' },
      ['node-1'],
    ],
    ['no name without a kind', { argument: 'name', kind: '' }, []],
    ['a group', { argument: 'group', value: 'c' }, ['core']],
    ['a version', { argument: 'version', group: 'metrics.k8s.io' }, ['v1beta1']],
    ['a resource of a group', { argument: 'resource', group: 'batch', version: 'v1' }, ['cronjobs', 'jobs']],
    ['a resource of the core group', { argument: 'resource', group: 'core', value: 'po' }, ['pods']],
    ['a plan', { argument: 'id' }, []],
  ])('of %s', async (_, args, expected) => {
    expect(await values(args)).toEqual(expected)
  })

  test('of kinds holds only what the caller may read somewhere', async () => {
    const decide: FakeOptions['decide'] = ({ resource }) => (resource === 'pods' ? ALLOW : DENY)
    const namespacesFor: FakeOptions['namespacesFor'] = ({ resource }) => (resource === 'jobs' ? ['shop'] : [])
    expect(await values({ argument: 'kind' }, { decide, namespacesFor })).toEqual(['Job', 'Pod', 'PodMetrics'])
    await expect(values({ argument: 'namespace' }, { decide })).rejects.toMatchObject({ code: 'policy_denied' })
  })

  test('is bounded in values and in pages', async () => {
    const pods = Array.from({ length: 5_000 }, (_, it) => object(`p${String(it).padStart(4, '0')}`, 'shop'))
    const clusters = [{ objects: { pods }, page: 250 }]
    const all = await complete({ argument: 'name', kind: 'pod' }, { clusters })
    expect({ count: all.values.length, hasMore: all.hasMore }).toEqual({ count: 100, hasMore: true })
    expect(all.calls.filter(({ method }) => method === 'metadata')).toHaveLength(1)
    const late = await complete({ argument: 'name', kind: 'pod', value: 'p4' }, { clusters })
    expect(late.values).toEqual([])
    expect(late.calls.filter(({ method }) => method === 'metadata')).toHaveLength(4)
  })
})
