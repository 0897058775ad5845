/**
 * The rails for writes on what a real API server makes of a write: its dry run, with its defaults and its merges. The
 * unit tests say what each rail refuses; these say that nothing plain is refused, and that no form of a patch goes around.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { applyManifests } from '../../scripts/control-plane/helpers.ts'
import { waitFor } from '../../scripts/control-plane/wait.ts'
import type { Operation } from '../../src/change.ts'
import { isReady } from '../../src/guard/blast/owners.ts'
import { blastRadius } from '../../src/guard/blast.ts'
import { examine } from '../../src/guard/examine.ts'
import { checkSubmitted, checkWrite, type Proposal } from '../../src/guard/write-rails.ts'
import { createKubeClient, type KubeClient, type KubeClientOptions } from '../../src/kube/client.ts'
import { createDiscoveryMemory } from '../../src/kube/discovery.ts'
import { createKubeWriter, type KubeWriter } from '../../src/kube/writer.ts'
import type { Json } from '../../src/tool.ts'
import { createNodeTransport } from '../support/node-transport.ts'
import { mapCache } from '../support/scripted-transport.ts'

const { server, certificateAuthority, tokens } = inject('controlPlane')
const controlPlane = inject('controlPlane')
const signal = new AbortController().signal
const transport = createNodeTransport({ server, certificateAuthority })
const OWN = [{ namespace: 'bulkhead-test', name: 'admin' }]

type Fields = { readonly [key: string]: Json }

const GROUND = `
apiVersion: v1
kind: Namespace
metadata: { name: rails, labels: { pod-security.kubernetes.io/warn: restricted } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: held, namespace: rails, finalizers: [example.com/hold, example.com/keep] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: rails-plain }
rules: [{ apiGroups: [''], resources: [pods], verbs: [get] }]
---
apiVersion: v1
kind: Secret
metadata: { name: plain, namespace: rails }
stringData: { password: fixture }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: low, namespace: rails }
spec:
  replicas: 0
  selector: { matchLabels: { app: low } }
  template:
    metadata: { labels: { app: low } }
    spec: { hostNetwork: true, containers: [{ name: app, image: registry.example.com/app:1 }] }
`

let client: KubeClient
let writer: KubeWriter

const webIsReady = async (): Promise<boolean> => {
  const pods = await client.resolve('Pod', 'v1', signal)
  const { items } = await client.list(pods, { namespace: 'shop', labelSelector: 'app=web' }, signal)
  return items.filter(isReady).length === 3
}

beforeAll(async () => {
  const options: KubeClientOptions = {
    cluster: 'real',
    server,
    transport,
    token: async () => tokens.admin,
    clock: { now: Date.now },
    cache: mapCache(),
    memory: createDiscoveryMemory(),
    version: '0.0.0',
  }
  client = createKubeClient(options)
  writer = createKubeWriter(options)
  await applyManifests(controlPlane, GROUND)
  await waitFor(webIsReady, { what: 'three ready pods of the shop', deadlineMs: 45_000 })
})
afterAll(() => transport.stop())

interface Asked {
  readonly kind: string
  readonly apiVersion?: string
  readonly name: string
  /** Absent: `rails`; null: none. */
  readonly namespace?: string | null
  readonly write: Fields
}

const operationOf = async ({ kind, apiVersion, name, namespace, write }: Asked): Promise<Operation> => {
  const type = await client.resolve(kind, apiVersion, signal)
  const place = namespace === null ? {} : { namespace: namespace ?? 'rails' }
  const object = {
    apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
    kind: type.kind,
    metadata: { name, ...place, ...((write.metadata ?? {}) as object) },
    ...(write.fields as object | undefined),
  }
  const { fields: _, metadata: __, ...rest } = write
  const body = write.verb === 'create' || write.verb === 'apply' ? { object } : {}
  return { type, ...place, name, ...rest, ...body } as unknown as Operation
}

const proposalOf = async (asked: Asked): Promise<Proposal> => {
  const { operation, live, admitted } = await examine(writer, 'real', await operationOf(asked), signal)
  return { operation, ...(live === undefined ? {} : { live }), ...(admitted === undefined ? {} : { admitted }) }
}

const merge = (patch: Json): Fields => ({ verb: 'patch', patchType: 'merge', patch })
const strategic = (patch: Json): Fields => ({ verb: 'patch', patchType: 'strategic', patch })
const json = (...patch: Json[]): Fields => ({ verb: 'patch', patchType: 'json', patch })
const create = (fields: Fields, metadata: Fields = {}): Fields => ({ verb: 'create', fields, metadata })
const apply = (fields: Fields, metadata: Fields = {}): Fields => ({ verb: 'apply', force: true, fields, metadata })
const POD: Json = { containers: [{ name: 'app', image: 'registry.example.com/app:1' }] }
const workload = (spec: Json): Fields => ({
  spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } }, spec } },
})
const web = (write: Fields): Asked => ({ kind: 'Deployment', name: 'web', namespace: 'shop', write })
const held = (write: Fields): Asked => ({ kind: 'ConfigMap', name: 'held', write })
const role = (write: Fields): Asked => ({ kind: 'ClusterRole', name: 'rails-plain', namespace: null, write })
const rails = (write: Fields): Asked => ({ kind: 'Namespace', name: 'rails', namespace: null, write })
const plainSecret = (write: Fields): Asked => ({ kind: 'Secret', name: 'plain', write })
const shopService = (write: Fields): Asked => ({ kind: 'Service', name: 'web', namespace: 'shop', write })

const OPEN: readonly (readonly [string, Asked])[] = [
  ['a ConfigMap', { kind: 'ConfigMap', name: 'new', write: create({ data: { a: 'b' } }) }],
  ['an applied ConfigMap', { kind: 'ConfigMap', name: 'new', write: apply({ data: { a: 'b' } }) }],
  ['a Secret', { kind: 'Secret', name: 'new', write: create({ stringData: { password: 'fixture' } }) }],
  ['a Service', { kind: 'Service', name: 'new', write: create({ spec: { ports: [{ port: 80 }] } }) }],
  ['a Deployment', { kind: 'Deployment', name: 'new', write: create(workload(POD)) }],
  [
    'a Job',
    {
      kind: 'Job',
      name: 'new',
      write: create({ spec: { template: { spec: { ...(POD as object), restartPolicy: 'Never' } } } }),
    },
  ],
  ['a Pod', { kind: 'Pod', name: 'new', write: create({ spec: POD }) }],
  ['a Namespace', { kind: 'Namespace', name: 'new', namespace: null, write: create({}) }],
  [
    'a Role',
    { kind: 'Role', name: 'new', write: create({ rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }) },
  ],
  [
    'an old version of an API',
    {
      kind: 'HorizontalPodAutoscaler',
      apiVersion: 'autoscaling/v1',
      name: 'web',
      namespace: 'shop',
      write: merge({ spec: { maxReplicas: 7 } }),
    },
  ],
  ['a new image', web(strategic({ spec: { template: { spec: { containers: [{ name: 'web', image: 'x:2' }] } } } }))],
  ['an applied image', web(apply({ spec: { template: { spec: { containers: [{ name: 'web', image: 'x:2' }] } } } }))],
  ['a scale', web({ ...merge({ spec: { replicas: 0 } }), subresource: 'scale' })],
  ['a delete', web({ verb: 'delete', propagation: 'Background' })],
  ['a label of a labelled Namespace', rails(merge({ metadata: { labels: { team: 'x' } } }))],
  ['data of what has finalizers', held(merge({ data: { a: 'b' } }))],
  ['a plain rule', role(json({ op: 'add', path: '/rules/0/verbs/-', value: 'list' }))],
]

const CLOSED: readonly (readonly [string, Asked])[] = [
  ['managed-fields', held(merge({ metadata: { managedFields: [{}] } }))],
  [
    'owner-references',
    held(merge({ metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'gone', uid: 'no-such' }] } })),
  ],
  ['finalizers', held(merge({ metadata: { finalizers: null } }))],
  ['finalizers', held(merge({ metadata: { finalizers: ['example.com/keep'] } }))],
  ['finalizers', held(strategic({ metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/hold'] } }))],
  ['finalizers', held(strategic({ metadata: { $patch: 'replace', name: 'held', namespace: 'rails' } }))],
  ['finalizers', held(json({ op: 'remove', path: '/metadata/finalizers/0' }))],
  [
    'rbac-escalation',
    role(json({ op: 'add', path: '/rules/-', value: { apiGroups: ['*'], resources: ['*'], verbs: ['*'] } })),
  ],
  ['rbac-escalation', role(json({ op: 'replace', path: '/rules/0/verbs/0', value: 'impersonate' }))],
  ['rbac-escalation', role(merge({ metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } } }))],
  [
    'rbac-escalation',
    role(
      json({ op: 'add', path: '/metadata/labels', value: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }),
    ),
  ],
  ['pod-security-labels', rails(merge({ metadata: { labels: { 'pod-security.kubernetes.io/warn': null } } }))],
  ['pod-security-labels', rails(merge({ metadata: { labels: null } }))],
  [
    'pod-security-labels',
    rails(json({ op: 'replace', path: '/metadata/labels/pod-security.kubernetes.io~1warn', value: 'privileged' })),
  ],
  ['pod-security-labels', rails(json({ op: 'move', from: '/metadata/labels', path: '/metadata/annotations' }))],
  [
    'token-secrets',
    plainSecret(merge({ metadata: { annotations: { 'kubernetes.io/service-account.name': 'default' } } })),
  ],
  [
    'token-secrets',
    {
      kind: 'Secret',
      name: 'new',
      write: create(
        { type: 'kubernetes.io/service-account-token' },
        { annotations: { 'kubernetes.io/service-account.name': 'default' } },
      ),
    },
  ],
  ['external-ips', shopService(json({ op: 'add', path: '/spec/externalIPs', value: ['192.0.2.1'] }))],
  ['external-ips', shopService(apply({ spec: { externalIPs: ['192.0.2.1'] } }))],
  [
    'pod-security-baseline',
    web(
      strategic({
        spec: { template: { spec: { containers: [{ name: 'web', securityContext: { privileged: true } }] } } },
      }),
    ),
  ],
  ['pod-security-baseline', web(json({ op: 'add', path: '/spec/template/spec/hostPID', value: true }))],
  [
    'pod-security-baseline',
    web(json({ op: 'add', path: '/spec/template/spec/volumes', value: [{ name: 'v', hostPath: { path: '/' } }] })),
  ],
  ['pod-security-baseline', { kind: 'Deployment', name: 'low', write: merge({ metadata: { labels: { a: 'b' } } }) }],
  [
    'pod-security-baseline',
    { kind: 'Deployment', name: 'low', write: { ...merge({ spec: { replicas: 3 } }), subresource: 'scale' } },
  ],
  [
    'host-volumes',
    {
      kind: 'PersistentVolume',
      name: 'new',
      namespace: null,
      write: create({
        spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/' } },
      }),
    },
  ],
  [
    'system-namespaces',
    { kind: 'ConfigMap', name: 'kube-root-ca.crt', namespace: 'kube-system', write: merge({ data: { a: 'b' } }) },
  ],
  [
    'own-identity',
    {
      kind: 'ServiceAccount',
      name: 'admin',
      namespace: 'bulkhead-test',
      write: merge({ metadata: { labels: { a: 'b' } } }),
    },
  ],
  [
    'own-identity',
    {
      kind: 'RoleBinding',
      name: 'new',
      write: create({
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'ServiceAccount', name: 'admin', namespace: 'bulkhead-test' }],
      }),
    },
  ],
  ['own-namespace', { kind: 'ConfigMap', name: 'new', namespace: 'bulkhead-test', write: create({}) }],
  [
    'rbac-binding',
    {
      kind: 'ClusterRoleBinding',
      name: 'bulkhead-test-admin',
      namespace: null,
      write: merge({ metadata: { labels: { a: 'b' } } }),
    },
  ],
  [
    'admission',
    { kind: 'ValidatingWebhookConfiguration', name: 'new', namespace: null, write: create({ webhooks: [] }) },
  ],
]

describe('R-2 on the real API server', () => {
  test.each(OPEN)('%s is left to policy', async (_, asked) => {
    const proposal = await proposalOf(asked)
    expect(checkSubmitted(await operationOf(asked), OWN)).toBeUndefined()
    expect(checkWrite(proposal, OWN)).toBeUndefined()
  })

  test.each(CLOSED)('%s refuses %j', async (rail, asked) => {
    // The own binding of the tests names its account first; without that it is one to cluster-admin.
    const own = rail === 'rbac-binding' ? [] : OWN
    expect(checkWrite(await proposalOf(asked), own)).toMatchObject({ rail })
  })

  test('a Node can be cordoned and tainted, while its kubelet reports, and nothing else', async () => {
    const nodes = await client.resolve('Node', 'v1', signal)
    const [node] = (await client.list(nodes, {}, signal)).items
    const name = node?.metadata?.name ?? ''
    const asked = (write: Fields): Asked => ({ kind: 'Node', name, namespace: null, write })
    const railOf = async (write: Fields) => checkWrite(await proposalOf(asked(write)), OWN)?.rail
    expect(await railOf(merge({ spec: { unschedulable: true } }))).toBeUndefined()
    expect(await railOf(strategic({ spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }))).toBeUndefined()
    expect(await railOf(merge({ metadata: { labels: { a: 'b' } } }))).toBe('nodes')
    expect(await railOf(merge({ spec: { unschedulable: true }, metadata: { annotations: { a: 'b' } } }))).toBe('nodes')
    expect(await railOf({ verb: 'delete', propagation: 'Background' })).toBe('nodes')
  })
})

describe('L7-3 on the real API server', () => {
  const radiusOf = async (asked: Asked) => blastRadius([await proposalOf(asked)], client, signal)

  test('a scale to none takes every pod of the workload, and its Service', async () => {
    const radius = await radiusOf(web({ ...merge({ spec: { replicas: 0 } }), subresource: 'scale' }))
    expect(radius.pods).toBe(3)
    expect(radius.workloads).toEqual([
      { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 3, after: 0, last: true },
    ])
    expect(radius.services).toEqual([{ namespace: 'shop', name: 'web' }])
    expect(radius.notLookedAt).toEqual([])
  })

  test('a delete takes ReplicaSets and pods along', async () => {
    const radius = await radiusOf(web({ verb: 'delete', propagation: 'Background' }))
    expect(radius.dependents).toMatchObject({ ReplicaSet: 1, Pod: 3 })
  })

  test('a Namespace takes everything', async () => {
    const shop: Asked = {
      kind: 'Namespace',
      name: 'shop',
      namespace: null,
      write: { verb: 'delete', propagation: 'Background' },
    }
    const radius = await radiusOf(shop)
    expect(radius.dependents).toMatchObject({ Deployment: expect.any(Number), Service: expect.any(Number), Secret: 1 })
    expect(radius.namespaceFraction).toBe(1)
  })
})
