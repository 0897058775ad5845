/** Helm's releases, as the labels of their stores tell. */
import { describe, expect, test } from 'vitest'
import type { Access, Verdict } from '../../../src/access.ts'
import { BulkheadError } from '../../../src/errors.ts'
import type { KubeObject } from '../../../src/tool.ts'
import { helmGet } from '../../../src/tools/helm-get.ts'
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

describe('helm_get', () => {
  const WITH: FakeCluster = {
    ...CLUSTER,
    release: {
      chart: 'web-1.2.3',
      appVersion: '9',
      status: 'deployed',
      description: 'Upgrade complete',
      notes: 'Thank you.',
      values: { replicas: '[masked:0a1b2c3d 1B]' },
      manifest: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } }, { kind: 'Secret' }],
    },
  }
  const get = async (args: object, cluster: FakeCluster = WITH, decide?: (access: Access) => Verdict) => {
    const fake = createFake({ clusters: [cluster], ...(decide === undefined ? {} : { decide }) })
    return {
      answer: await callTool(helmGet, { namespace: 'shop', name: 'web', ...args }, fake.views),
      calls: fake.calls,
    }
  }
  const HEAD = 'chart web-1.2.3, app 9, deployed: Upgrade complete'

  test("gives the newest revision's manifest unless asked for another part", async () => {
    const { answer, calls } = await get({})
    expect(answer).toEqual({
      untrusted: `${HEAD}\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\nkind: Secret`,
      notes: ['Revision 10.'],
    })
    expect(calls.at(-1)).toMatchObject({
      method: 'helmRelease',
      question: { resource: 'secrets', namespace: 'shop', name: 'web', revision: 10 },
    })
  })

  test.each([
    ['values', `${HEAD}\nreplicas: '[masked:0a1b2c3d 1B]'`],
    ['notes', `${HEAD}\nThank you.`],
  ])('part %s', async (part, text) => {
    expect((await get({ part, revision: 9 })).answer.untrusted).toBe(text)
  })

  test('a manifest that cannot be read is said to be left out', async () => {
    const { release } = WITH
    const { manifest: _, ...unread } = release ?? { manifest: [] }
    const { answer } = await get({}, { ...WITH, release: unread as NonNullable<FakeCluster['release']> })
    expect(answer.notes).toContain('The manifest is no plain YAML and was left out.')
  })

  test('R-3 history reads no release', async () => {
    const { answer, calls } = await get({ part: 'history' })
    expect(answer.untrusted).toBe('REVISION\tSTATUS\tUPDATED\n10\tdeployed\t60m\n9\tsuperseded\t2d')
    expect(calls.some(({ method }) => method === 'helmRelease')).toBe(false)
  })

  test('R-3 what it could not look for is not called missing', async () => {
    await expect(get({ name: 'nope' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(get({ revision: 77 })).rejects.toMatchObject({ code: 'not_found' })
    const { answer } = await get({}, WITH, refusing('secrets'))
    expect(answer.notes?.join(' ')).toMatch(/^No such release .*Secrets were not looked at/)
  })
})
