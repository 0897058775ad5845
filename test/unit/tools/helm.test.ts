/** Helm's releases, as the labels of their stores tell. */
import { describe, expect, test } from 'vitest'
import type { Access, Verdict } from '../../../src/access.ts'
import { BulkheadError } from '../../../src/errors.ts'
import type { KubeObject } from '../../../src/tool.ts'
import { helmList } from '../../../src/tools/helm-list.ts'
import { callTool, createFake, type FakeCluster } from '../../support/fake-view.ts'

const stored = (
  name: string,
  version: string,
  status: string,
  more: Readonly<Record<string, string>> = {},
): KubeObject => ({
  metadata: {
    name: `sh.helm.release.v1.${name}.v${version}`,
    namespace: 'shop',
    creationTimestamp: '2026-11-20T14:00:00Z',
    labels: { owner: 'helm', name, version, status, ...more },
  },
})

const CLUSTER: FakeCluster = {
  objects: {
    secrets: [
      stored('web', '9', 'superseded'),
      stored('web', '10', 'deployed', { modifiedAt: String(Date.UTC(2026, 10, 22, 13) / 1000) }),
      stored('cart', '1', 'failed'),
      stored('broken', 'x', 'deployed'),
    ],
    configmaps: [stored('old', '3', 'deployed')],
  },
}

const REFUSED: Verdict = { decision: 'deny', by: 'default', reason: 'No rule allows it.' }
const ALLOWED: Verdict = { decision: 'allow', by: 'policy', rule: 'look', reason: 'Rule "look" allows it.' }
const refusing =
  (...resources: readonly string[]) =>
  ({ resource }: Access): Verdict =>
    resources.includes(resource) ? REFUSED : ALLOWED

const list = async (cluster: FakeCluster, decide?: (access: Access) => Verdict) => {
  const fake = createFake({ clusters: [cluster], ...(decide === undefined ? {} : { decide }) })
  return { answer: await callTool(helmList, { namespace: 'shop' }, fake.views), calls: fake.calls }
}

describe('helm_list', () => {
  test('shows the newest revision of each release, from both stores', async () => {
    const { answer } = await list(CLUSTER)
    expect(answer).toEqual({
      untrusted: [
        'Every row: NAMESPACE shop.',
        'NAME\tREVISION\tSTATUS\tUPDATED',
        'cart\t1\tfailed\t2d',
        'old\t3\tdeployed\t2d',
        'web\t10\tdeployed\t60m',
      ].join('\n'),
      notes: ['3 releases.'],
    })
  })

  test('R-3 asks for metadata alone: no release is fetched to be listed', async () => {
    const { calls } = await list(CLUSTER)
    expect([...new Set(calls.map(({ method }) => method))].toSorted()).toEqual(['metadata', 'resolve'])
    expect(calls.at(-1)?.question).toMatchObject({ labelSelector: 'owner=helm', namespace: 'shop' })
  })

  test('R-3 says where it could not look, and still shows the rest', async () => {
    const { answer } = await list(CLUSTER, refusing('secrets'))
    expect(answer.untrusted).toMatch(/^old\t3/m)
    expect(answer.untrusted).not.toContain('web')
    expect(answer.notes?.join(' ')).toMatch(/Secrets were not looked at \(policy_denied\).*opt-in role/)
  })

  test('says that it found none, and why that may be wrong', async () => {
    const { answer } = await list({}, refusing('secrets', 'configmaps'))
    expect(answer.untrusted).toBeUndefined()
    expect(answer.notes).toEqual([
      'No Helm releases found.',
      expect.stringMatching(/^Secrets were not looked at/),
      expect.stringMatching(/^ConfigMaps were not looked at/),
    ])
  })

  test('hides no other error behind that', async () => {
    const down = () => {
      throw new BulkheadError('cluster_unreachable', 'down')
    }
    await expect(list(CLUSTER, down)).rejects.toMatchObject({ code: 'cluster_unreachable' })
  })

  test('reads ten pages of each store and says that there is more', async () => {
    const many = Array.from({ length: 30 }, (_, at) => stored(`r${at}`, '1', 'deployed'))
    const { answer } = await list({ page: 2, objects: { secrets: many } })
    expect(answer.notes).toEqual(['20 releases.', 'Not all Secrets were read: name a namespace.'])
  })
})
