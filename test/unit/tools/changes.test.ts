/** changes_list: what is asked, in how many rounds, and what is said where something cannot be looked at. */
import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../../src/access.ts'
import type { FieldWrite, KubeObject, RecordedChange } from '../../../src/tool.ts'
import { changesList } from '../../../src/tools/changes-list.ts'
import { callTool, createFake, type FakeCluster, type FakeOptions, NOW, row } from '../../support/fake-view.ts'
import { CRASHING_POD, EVENTS, SHOP } from './shop.ts'

const DENY: Verdict = { decision: 'deny', by: 'default', reason: 'No rule allows it.' }
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString()
const write = (manager: string, minutes: number, ...fields: readonly string[]): FieldWrite => ({
  manager,
  operation: 'Update',
  time: ago(minutes),
  fields,
  more: 0,
})
const event = (last: string, reason: string, object: string, message: string, source: string) =>
  row('shop', last, 'Normal', reason, object, '', source, message, last, 1, `${object}.1`)

const HELM: KubeObject = {
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: {
    name: 'sh.helm.release.v1.web.v4',
    namespace: 'shop',
    creationTimestamp: ago(50),
    labels: { owner: 'helm', name: 'web', version: '4', status: 'deployed' },
  },
}
const [, second, third] = SHOP.objects?.replicasets ?? []
const PLACE: FakeCluster = {
  ...SHOP,
  tables: {
    ...SHOP.tables,
    events: {
      columns: EVENTS.columns,
      rows: [
        event('9m', 'ScalingReplicaSet', 'deployment/checkout', 'Scaled up to 2', 'deployment-controller'),
        event('8m', 'Killing', 'pod/checkout-7c9f6b5d4f-x2lqz', 'Stopping container app', 'kubelet, node-1'),
        event('7m', 'Killing', 'pod/checkout-admin-0', 'Stopping container app', 'kubelet, node-1'),
        event('6m', 'BackOff', 'pod/checkout-1', 'Back-off restarting', 'kubelet, node-1'),
      ],
    },
  },
  objects: {
    ...SHOP.objects,
    replicasets: [second, { ...third, metadata: { ...third?.metadata, creationTimestamp: ago(10) } }] as KubeObject[],
    services: [{ kind: 'Service', apiVersion: 'v1', metadata: { name: 'front', namespace: 'shop' } }],
    secrets: [HELM, { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'checkout-db', namespace: 'shop' } }],
  },
  writes: {
    checkout: [write('kubectl-set', 10.1, 'spec.template…[app].image'), write('kubectl-edit', 3, 'spec.replicas')],
    front: [write('argocd', 40, 'spec.ports…[80].targetPort')],
    'checkout-db': [write('external-secrets', 30)],
  },
}
const RECORDED: RecordedChange = {
  time: ago(2),
  caller: 'ci-agent',
  tool: 'resources_scale',
  operation: 'patch',
  group: 'apps',
  resource: 'deployments',
  subresource: 'scale',
  namespace: 'shop',
  name: 'checkout',
  outcome: 'done',
}

const run = async (args: unknown, options: FakeOptions = {}) => {
  const fake = createFake({ clusters: [PLACE], recorded: { changes: [RECORDED], complete: true }, ...options })
  return { answer: await callTool(changesList, args, fake.views), calls: fake.calls }
}
const asked = (calls: readonly { readonly method: string; readonly question: unknown }[]) =>
  calls
    .filter(({ method }) => method !== 'resolve' && method !== 'types')
    .map(({ method, question }) => `${method} ${(question as { resource: string }).resource}`)
const WORKLOAD = { kind: 'deploy', name: 'checkout', namespace: 'shop' }

describe('of a namespace', () => {
  test('tells what each source knows', async () => {
    const { answer } = await run({ namespace: 'shop' })
    await expect(`${answer.untrusted}\n\n${answer.notes?.join('\n')}\n`).toMatchFileSnapshot(
      '../../snapshots/answers/changes.txt',
    )
  })

  test('reads metadata alone, but for revisions and events', async () => {
    const { calls } = await run({ namespace: 'shop' })
    const others = asked(calls).filter((it) => !it.startsWith('metadata '))
    expect(others.sort()).toEqual(['list controllerrevisions', 'list replicasets', 'table events'])
  })

  test('takes the last day unless asked otherwise', async () => {
    expect((await run({ namespace: 'shop' })).answer.untrusted).toContain('kubectl-edit')
    const { answer } = await run({ namespace: 'shop', since: '1m' })
    expect(answer).toMatchObject({ notes: expect.arrayContaining(['No changes found within 1m.']) })
    expect(answer.untrusted).toBeUndefined()
  })

  test('names what policy hides, and is refused where it hides everything', async () => {
    const decide: FakeOptions['decide'] = ({ resource }) =>
      resource === 'secrets' ? DENY : { decision: 'allow', by: 'policy', reason: '' }
    const { answer } = await run({ namespace: 'shop' }, { decide })
    expect(answer.notes?.at(-1)).toMatch(/^Not looked at: .*Secrets, and Helm releases kept in them \(policy_denied\)/)
    expect(answer.untrusted).not.toContain('Release/web')
    await expect(run({ namespace: 'shop' }, { decide: () => DENY })).rejects.toMatchObject({ code: 'policy_denied' })
  })

  test('says what was not read to its end', async () => {
    const services = Array.from({ length: 30 }, (_, it) => ({ metadata: { name: `s${it}`, namespace: 'shop' } }))
    const { answer, calls } = await run(
      { namespace: 'shop' },
      {
        clusters: [{ ...PLACE, page: 2, objects: { ...PLACE.objects, services } }],
        recorded: { changes: [], complete: false },
      },
    )
    expect(answer.notes).toContain('Incomplete: there are more events, services than were read.')
    expect(answer.notes).toContain("Incomplete: Bulkhead's own ledger holds more changes of that time than were read.")
    expect(asked(calls).filter((it) => it === 'metadata services')).toHaveLength(3)
  })

  test('shows as many as fit, and says how many there are', async () => {
    const services = Array.from({ length: 130 }, (_, it) => ({
      kind: 'Service',
      metadata: { name: `s${it}`, namespace: 'shop', creationTimestamp: ago(100 + it) },
    }))
    const clusters = [{ ...PLACE, objects: { ...PLACE.objects, services } }]
    const { answer } = await run({ namespace: 'shop' }, { clusters })
    expect(answer.notes?.[0]).toMatch(/^The newest 100 of 13[0-9] changes within 1d: /)
    const small = await run({ namespace: 'shop' }, { clusters, maxBytes: 2_000 })
    expect(small.answer.notes?.[0]).toMatch(/^The newest (?:25|12) of 13[0-9] changes/)
  })
})

describe('of the cluster', () => {
  test('says what only a namespace tells, and shows namespaces', async () => {
    const { answer, calls } = await run({})
    expect(answer.notes?.join('\n')).toMatch(/Over all namespaces, revisions, .* are not looked at/)
    expect(asked(calls)).not.toContain('list replicasets')
    expect(asked(calls)).not.toContain('metadata configmaps')
    expect(answer.untrusted).toMatch(/NAMESPACE/)
    // By the label of its releases alone, Secrets are looked at.
    expect(
      calls.find(
        ({ method, question }) => method === 'metadata' && (question as { resource: string }).resource === 'secrets',
      )?.question,
    ).toMatchObject({ labelSelector: 'owner=helm' })
  })
})

describe('of one object', () => {
  test('tells its own, its pods and its revisions, and nothing of a neighbour with a longer name', async () => {
    const { answer, calls } = await run(WORKLOAD)
    expect(answer.untrusted).toMatch(/Pod\/checkout-7c9f6b5d4f-x2lqz/)
    expect(answer.untrusted).toMatch(/ci-agent/)
    expect(answer.untrusted).not.toMatch(/checkout-admin|Service|Secret/)
    expect(asked(calls)).toEqual(['get deployments', 'table events', 'list replicasets'])
  })

  test('goes up to its owners, and reads the revisions once', async () => {
    const replicaSet = {
      ...third,
      metadata: { ...third?.metadata, name: 'checkout-7c9f6b5d4f' },
      spec: { ...(third?.spec as object), selector: { matchLabels: { app: 'checkout', 'pod-template-hash': 'x' } } },
    } as KubeObject
    const clusters = [{ ...PLACE, objects: { ...PLACE.objects, replicasets: [second as KubeObject, replicaSet] } }]
    const { answer, calls } = await run(
      { kind: 'pod', name: CRASHING_POD.metadata?.name, namespace: 'shop', since: '30d' },
      { clusters },
    )
    expect(asked(calls)).toEqual(['get pods', 'table events', 'get replicasets', 'get deployments', 'list replicasets'])
    expect(calls.find(({ method }) => method === 'list')?.question).toMatchObject({ labelSelector: 'app=checkout' })
    expect(answer.untrusted).toMatch(/revision 3: /)
    expect(answer.untrusted).toMatch(/kubectl-edit/)
  })

  test('looks for the release that installed it', async () => {
    const annotations = { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' }
    const services = [{ kind: 'Service', apiVersion: 'v1', metadata: { name: 'web', namespace: 'shop', annotations } }]
    const clusters = [{ ...PLACE, objects: { ...PLACE.objects, services } }]
    const { answer, calls } = await run({ kind: 'svc', name: 'web', namespace: 'shop' }, { clusters })
    expect(calls.at(-1)?.question).toMatchObject({ labelSelector: 'owner=helm,name=web', namespace: 'shop' })
    expect(answer.untrusted).toContain('revision 4: deployed')
  })

  test('that is gone is told by what it left behind', async () => {
    const { answer } = await run({ ...WORKLOAD, kind: 'sts' })
    expect(answer.notes?.join('\n')).toContain('There is no such object now')
    expect(answer.untrusted).toContain('Scaled up to 2')
  })

  test('that lives in no namespace has its events in the default one', async () => {
    const { calls } = await run({ kind: 'node', name: 'node-1' })
    expect(calls.find(({ method }) => method === 'table')?.question).toMatchObject({
      namespace: 'default',
      fieldSelector: 'involvedObject.kind=Node,involvedObject.name=node-1',
    })
  })

  test('is refused as a read of it is, and wants kind and name together', async () => {
    await expect(run(WORKLOAD, { decide: () => DENY })).rejects.toMatchObject({ code: 'policy_denied' })
    await expect(run({ kind: 'deploy', namespace: 'shop' })).rejects.toMatchObject({ code: 'invalid_arguments' })
    await expect(run({ name: 'checkout' })).rejects.toMatchObject({ code: 'invalid_arguments' })
  })
})
