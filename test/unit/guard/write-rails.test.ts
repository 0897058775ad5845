import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Operation } from '../../../src/change.ts'
import { createMarker } from '../../../src/guard/output/marks.ts'
import { checkSubmitted, checkWrite, type Proposal, WRITE_RAILS } from '../../../src/guard/write-rails.ts'
import type { Json, KubeObject } from '../../../src/tool.ts'
import { HOSTILE } from '../kube/hostile.ts'
import { create, OWN, objectOf, patch, remove, type Sample, typeOf } from './writes.ts'

const RBAC = 'rbac.authorization.k8s.io/v1'
const config: Sample = { apiVersion: 'v1', kind: 'ConfigMap' }
const namespace: Sample = { apiVersion: 'v1', kind: 'Namespace', name: 'shop' }
const service: Sample = { apiVersion: 'v1', kind: 'Service', fields: { spec: { ports: [{ port: 80 }] } } }
const secret: Sample = { apiVersion: 'v1', kind: 'Secret', fields: { type: 'Opaque' } }
const safe: Json = { containers: [{ name: 'app', image: 'registry.example.com/app:1' }] }
const pod = (more: { [key: string]: Json } = {}): Sample => ({
  apiVersion: 'v1',
  kind: 'Pod',
  fields: { spec: { ...(safe as object), ...more } },
})
const deployment = (spec: Json, name = 'web'): Sample => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name,
  fields: { spec: { replicas: 2, template: { spec } } },
})
const node = (more: { [key: string]: Json }, metadata: { [key: string]: Json } = {}): Sample => ({
  apiVersion: 'v1',
  kind: 'Node',
  name: 'node-1',
  metadata: { labels: { zone: 'a' }, resourceVersion: '7', ...metadata },
  fields: { spec: { podCIDR: '10.0.0.0/24', ...more }, status: { conditions: [] } },
})
const role = (rule: { [key: string]: Json }, more: Partial<Sample> = {}): Sample => ({
  apiVersion: RBAC,
  kind: 'ClusterRole',
  fields: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...rule }] },
  ...more,
})
const binding = (roleName: string, subject: { [key: string]: Json }, name = 'it'): Sample => ({
  apiVersion: RBAC,
  kind: 'RoleBinding',
  name,
  fields: { roleRef: { kind: 'ClusterRole', name: roleName }, subjects: [subject] },
})
const user = { kind: 'User', name: 'jane' }
const crd = (conversion: Json): Sample => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  name: 'coupons.shop.example.com',
  fields: { spec: { conversion } },
})
const labelled = (labels: { [key: string]: Json }): Sample => ({ ...namespace, metadata: { labels } })
const ENFORCE = 'pod-security.kubernetes.io/enforce'
const mark = createMarker(new Uint8Array(16).fill(7))('a value', 24)

const operation = (proposal: Proposal, more: object): Proposal => ({
  ...proposal,
  operation: { ...proposal.operation, ...more } as Operation,
})
const jsonPatch = (...patch: Json[]): Proposal => operation(patchOf(config), { patchType: 'json', patch })
const patchOf = (sample: Sample, sent: Json = {}): Proposal => patch(sample, sample, sent)
const everyWay = (sample: Sample): Proposal[] => [create(sample), patchOf(sample), remove(sample)]

/** What is refused, by the rail that refuses it. */
const CLOSED: readonly (readonly [string, readonly Proposal[]])[] = [
  [
    'write-spelling',
    [
      operation(patchOf(config), { verb: 'update' }),
      operation(patchOf(config), { verb: 'deletecollection' }),
      operation(patchOf(config), { subresource: 'status' }),
      operation(patchOf(pod()), { subresource: 'ephemeralcontainers' }),
      operation(remove(config), { subresource: 'scale' }),
      operation(remove(config), { verb: 'evict' }),
      operation(create(config), { namespace: undefined }),
      operation(create(namespace), { namespace: 'shop' }),
      operation(create(config), { type: { ...typeOf('v1', 'ConfigMap'), resource: 'Nodes' } }),
      operation(create(config), { type: { ...typeOf('v1', 'ConfigMap'), group: 'Apps' } }),
    ],
  ],
  [
    'unseen',
    [
      { operation: create(config).operation },
      { operation: patchOf(config).operation, live: objectOf(config) as KubeObject },
      { operation: patchOf(config).operation, admitted: objectOf(config) as KubeObject },
      { operation: remove(config).operation },
    ],
  ],
  [
    'another-object',
    [
      operation(create(config), { object: objectOf({ ...config, kind: 'List' }) }),
      operation(create(config), { object: objectOf({ ...config, name: 'other' }) }),
      operation(create(config), { object: objectOf({ ...config, namespace: 'kube-system' }) }),
      operation(create(config), { object: objectOf({ ...config, apiVersion: 'evil.example.com/v1' }) }),
      operation(create(config), { object: objectOf({ ...config, kind: 'configmap' }) }),
      { ...create(config), admitted: objectOf({ ...config, name: 'other' }) as KubeObject },
      { ...patchOf(config), live: objectOf({ ...config, namespace: 'other' }) as KubeObject },
    ],
  ],
  [
    'generate-name',
    [
      create({ ...config, metadata: { generateName: 'it-' } }),
      patch(config, { ...config, metadata: { generateName: 'it-' } }),
    ],
  ],
  [
    'redaction-mark',
    [
      create({ ...config, fields: { data: { url: `postgres://u:${mark}@db` } } }),
      create({ ...config, fields: { data: { [mark]: '' } } }),
      create({ ...secret, fields: { data: { password: btoa(mark) } } }),
      create({ ...secret, fields: { data: { password: btoa(`x${mark}`).replaceAll('=', '') } } }),
      patchOf(config, { metadata: { annotations: { note: mark } } }),
      jsonPatch({ op: 'add', path: '/data/x', value: [['deep', { er: mark }]] }),
    ],
  ],
  [
    'status-fields',
    [
      create({ ...config, fields: { status: { phase: 'Ready' } } }),
      patchOf(config, { status: {} }),
      patchOf(config, { status: null }),
      jsonPatch({ op: 'replace', path: '/status/phase', value: 'Ready' }),
      jsonPatch({ op: 'replace', path: '', value: {} }),
      jsonPatch({ op: 'move', from: '/status', path: '/spec' }),
      jsonPatch({ op: 'add', path: ['status'], value: 1 }),
    ],
  ],
  [
    'managed-fields',
    [
      create({ ...config, metadata: { managedFields: [{}] } }),
      patchOf(config, { metadata: { managedFields: [{}] } }),
      jsonPatch({ op: 'add', path: '/metadata/managedFields', value: [{}] }),
      jsonPatch({ op: 'replace', path: '/metadata', value: { name: 'it', managedFields: [{}] } }),
      jsonPatch({ op: 'copy', from: '/data/x', path: '/metadata/managedFields/0' }),
    ],
  ],
  [
    'owner-references',
    [
      patch(config, {
        ...config,
        metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'gone', uid: 'u' }] },
      }),
    ],
  ],
  [
    'finalizers',
    [
      patch({ ...config, metadata: { finalizers: ['a/b', 'c/d'] } }, { ...config, metadata: { finalizers: ['c/d'] } }),
      patch({ ...namespace, fields: { spec: { finalizers: ['kubernetes'] } } }, namespace),
    ],
  ],
  [
    'system-namespaces',
    ['kube-system', 'kube-public', 'kube-node-lease'].flatMap((name) => [
      ...everyWay({ ...config, namespace: name }),
      ...everyWay({ ...pod(), namespace: name }),
      ...everyWay({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: name }),
      ...everyWay({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace: name }),
      ...everyWay({ ...namespace, name }),
      operation(remove({ ...pod(), namespace: name }), { verb: 'evict' }),
    ]),
  ],
  [
    'own-identity',
    [
      ...everyWay({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'bulkhead', name: 'writer' }),
      ...everyWay({
        ...secret,
        namespace: 'bulkhead',
        metadata: { annotations: { 'kubernetes.io/service-account.name': 'writer' } },
      }),
      ...everyWay({ ...pod({ serviceAccountName: 'writer' }), namespace: 'bulkhead' }),
      ...everyWay({ ...pod({ serviceAccount: 'writer' }), namespace: 'bulkhead' }),
      ...everyWay({ ...deployment({ ...(safe as object), serviceAccountName: 'writer' }), namespace: 'bulkhead' }),
      ...everyWay(binding('view', { kind: 'ServiceAccount', name: 'writer', namespace: 'bulkhead' })),
      ...everyWay({ ...binding('view', { kind: 'ServiceAccount', name: 'writer' }), namespace: 'bulkhead' }),
      ...everyWay(binding('view', { kind: 'User', name: 'system:serviceaccount:bulkhead:writer' })),
      ...everyWay(binding('view', user, 'writer')),
      ...everyWay(role({}, { name: 'bulkhead-change' })),
    ],
  ],
  [
    'own-namespace',
    [
      ...everyWay({ ...namespace, name: 'bulkhead' }),
      ...everyWay({ ...config, namespace: 'bulkhead' }),
      ...everyWay({ ...pod(), namespace: 'bulkhead' }),
    ],
  ],
  [
    'rbac-escalation',
    [
      ...['*', 'escalate', 'bind', 'impersonate', 'impersonate:user-info', 'approve', 'sign'].flatMap((verb) => [
        ...everyWay(role({ verbs: ['get', verb] })),
        ...everyWay(role({ verbs: [verb] }, { kind: 'Role' })),
        ...everyWay(role({ verbs: [verb] }, { apiVersion: 'rbac.authorization.k8s.io/v1beta1' })),
      ]),
      ...['*', '*/scale', 'pods/*', 'serviceaccounts/token', 'secrets', 'pods/exec', 'nodes/proxy'].flatMap((it) =>
        everyWay(role({ resources: [it] })),
      ),
      ...everyWay(role({ apiGroups: ['*'] })),
      ...everyWay(role({ nonResourceURLs: ['*'] })),
      ...everyWay(role({ verbs: [['*']] })),
      ...everyWay(role({}, { metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } } })),
      ...everyWay(role({}, { fields: { aggregationRule: {} } })),
      ...everyWay(role({}, { name: 'system:node' })),
      ...everyWay(role({}, { name: 'cluster-admin' })),
      patch(role({ verbs: ['*'] }), role({})),
      patch(role({}), role({ verbs: ['*'] })),
    ],
  ],
  [
    'rbac-binding',
    [
      ...['cluster-admin', 'admin', 'edit'].flatMap((name) => everyWay(binding(name, user))),
      ...everyWay(binding('system:controller:job-controller', user)),
      ...['masters', 'unauthenticated', 'authenticated', 'serviceaccounts', 'serviceaccounts:shop', 'nodes'].flatMap(
        (group) => everyWay(binding('view', { kind: 'Group', name: `system:${group}` })),
      ),
      ...everyWay(binding('view', { kind: 'User', name: 'system:anonymous' })),
      ...everyWay({ ...binding('cluster-admin', user), kind: 'ClusterRoleBinding' }),
      patch(binding('view', user), binding('view', { kind: 'Group', name: 'system:authenticated' })),
    ],
  ],
  [
    'admission',
    ['ValidatingWebhookConfiguration', 'MutatingAdmissionPolicyBinding'].flatMap((kind) =>
      ['v1', 'v1beta1', 'v1alpha1'].flatMap((version) =>
        everyWay({ apiVersion: `admissionregistration.k8s.io/${version}`, kind }),
      ),
    ),
  ],
  ['api-services', everyWay({ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' })],
  [
    'crd-conversion',
    [
      ...everyWay(crd({ strategy: 'Webhook', webhook: {} })),
      ...everyWay(crd({ strategy: 'webhook' })),
      patch(crd({ strategy: 'None' }), crd({ strategy: 'Webhook' })),
    ],
  ],
  [
    'identities',
    [
      ...everyWay({ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' }),
      create({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview' }),
      create({ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview' }),
      create({ apiVersion: 'authorization.k8s.io/v1', kind: 'LocalSubjectAccessReview' }),
    ],
  ],
  [
    'token-secrets',
    [
      ...['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'].flatMap((type) =>
        everyWay({ ...secret, fields: { type } }),
      ),
      ...everyWay({ ...secret, metadata: { annotations: { 'kubernetes.io/service-account.name': 'someone' } } }),
      ...everyWay({ ...config, metadata: { annotations: { 'kubernetes.io/service-account.name': 'someone' } } }),
      patch(secret, { ...secret, fields: { type: 'kubernetes.io/service-account-token' } }),
    ],
  ],
  [
    'nodes',
    [
      create({ apiVersion: 'v1', kind: 'Node', name: 'node-9' }),
      remove(node({})),
      patch(node({}), node({}, { labels: { zone: 'b' } })),
      patch(node({}), node({}, { annotations: { a: 'b' } })),
      patch(node({}), node({ providerID: 'aws:///x' })),
      patch(node({ unschedulable: true }), node({ podCIDR: '10.9.0.0/24' })),
      operation(patch(node({}), node({ externalID: 'x' })), { patchType: 'json', patch: [] }),
    ],
  ],
  [
    'pod-security-labels',
    [
      create(labelled({ [ENFORCE]: 'privileged' })),
      patch(namespace, labelled({ [ENFORCE]: 'restricted' })),
      patch(labelled({ [ENFORCE]: 'restricted' }), labelled({ [ENFORCE]: 'privileged' })),
      patch(labelled({ [ENFORCE]: 'restricted' }), namespace),
      patch(
        labelled({ [ENFORCE]: 'restricted' }),
        labelled({ [ENFORCE]: 'restricted', [`${ENFORCE}-version`]: 'v1.0' }),
      ),
    ],
  ],
  [
    'external-ips',
    [
      create({ ...service, fields: { spec: { externalIPs: ['192.0.2.1'] } } }),
      patch(service, { ...service, fields: { spec: { externalIPs: ['192.0.2.1'] } } }),
      patch(
        { ...service, fields: { spec: { externalIPs: ['192.0.2.1'] } } },
        { ...service, fields: { spec: { externalIPs: ['192.0.2.2'] } } },
      ),
    ],
  ],
  [
    'host-volumes',
    ['hostPath', 'local'].map((field) =>
      create({ apiVersion: 'v1', kind: 'PersistentVolume', fields: { spec: { [field]: { path: '/' } } } }),
    ),
  ],
  [
    'added-ephemeral-containers',
    [
      create(pod({ ephemeralContainers: [{ name: 'debug' }] })),
      patch(
        pod({ ephemeralContainers: [{ name: 'a' }] }),
        pod({ ephemeralContainers: [{ name: 'a' }, { name: 'b' }] }),
      ),
    ],
  ],
  [
    'pod-security-baseline',
    [
      create(pod({ hostNetwork: true })),
      patchOf(pod({ hostNetwork: true })),
      patch(deployment(safe), deployment({ ...(safe as object), hostPID: true })),
      operation(patchOf(deployment({ ...(safe as object), hostPID: true })), { subresource: 'scale' }),
      create({ ...deployment({ ...(safe as object), hostPID: true }), apiVersion: 'extensions/v1beta1' }),
      create({ ...deployment({ ...(safe as object), hostIPC: true }), apiVersion: 'argoproj.io/v1', kind: 'Rollout' }),
    ],
  ],
]

const OPEN: readonly (readonly [string, Proposal])[] = [
  ['a ConfigMap', create(config)],
  ['a ConfigMap that is deleted', remove(config)],
  ['a plain Deployment', create(deployment(safe))],
  ['a Secret', create({ ...secret, fields: { data: { password: btoa('a long password, no mark in it') } } })],
  ['a Namespace', create(namespace)],
  ['deleting a Namespace', remove(labelled({ [ENFORCE]: 'restricted' }))],
  [
    'another label of a labelled Namespace',
    patch(labelled({ [ENFORCE]: 'a' }), labelled({ [ENFORCE]: 'a', team: 'b' })),
  ],
  ['a cordon', patch(node({}), node({ unschedulable: true }))],
  ['a taint, while the Node lives on', patch(node({}), node({ taints: [] }, { resourceVersion: '8' }))],
  ['deleting a CRD', remove(crd({ strategy: 'None' }))],
  ['deleting a privileged pod', remove(pod({ hostNetwork: true }))],
  ['a plain Role', create(role({}, { kind: 'Role' }))],
  ['a binding of a user', create(binding('view', user))],
  ["a binding of somebody's ServiceAccount", create(binding('view', { kind: 'ServiceAccount', name: 'writer' }))],
  ["a ServiceAccount's name in another namespace", create(pod({ serviceAccountName: 'writer' }))],
  ['what carries an externalIP already', patchOf({ ...service, fields: { spec: { externalIPs: ['192.0.2.1'] } } })],
  ['a controller-made pod', patchOf({ ...pod(), metadata: { generateName: 'web-' } })],
  ['an empty status of a generator', create({ ...config, fields: { status: {} } })],
  ['a JSON Patch that tests status', jsonPatch({ op: 'test', path: '/status/phase', value: 'x' })],
  ['a field that only begins like status', jsonPatch({ op: 'add', path: '/statusPage', value: 'x' })],
  ['what is made with an owner', create({ ...config, metadata: { ownerReferences: [{ kind: 'CronJob', uid: 'u' }] } })],
  ['what keeps its owner', patchOf({ ...config, metadata: { ownerReferences: [{ kind: 'CronJob', uid: 'u' }] } })],
  ['a finalizer added', patch(config, { ...config, metadata: { finalizers: ['a/b'] } })],
  ['deleting what has a finalizer', remove({ ...config, metadata: { finalizers: ['a/b'] } })],
  [
    'a scale',
    operation(
      patch(deployment(safe), { ...deployment(safe), fields: { spec: { replicas: 5, template: { spec: safe } } } }),
      {
        subresource: 'scale',
      },
    ),
  ],
  ['an eviction', operation(remove(pod()), { verb: 'evict' })],
]

describe('rails for writes (R-2)', () => {
  it.each(CLOSED)('%s refuses, and names itself', (rail, proposals) => {
    expect(proposals.length).toBeGreaterThan(0)
    for (const proposal of proposals) {
      const refusal = checkWrite(proposal, OWN)
      expect(refusal, JSON.stringify(proposal)).toMatchObject({ rail })
      expect(refusal?.reason).toMatch(/^[\x20-\x7e]{1,400}$/)
      expect(refusal?.field).not.toBe('')
    }
  })

  it('has a proof for each rail, and a name for each of its own', () => {
    const names = WRITE_RAILS.map((rail) => rail.name)
    expect(new Set(names).size).toBe(names.length)
    expect(new Set(CLOSED.map(([name]) => name))).toEqual(new Set(names))
  })

  it.each(OPEN)('leaves %s to policy', (_, proposal) => {
    expect(checkWrite(proposal, OWN)).toBeUndefined()
  })

  it('an own identity in another namespace closes that namespace, none closes nothing', () => {
    expect(checkWrite(create(config), [{ namespace: 'shop', name: 'x' }])).toMatchObject({ rail: 'own-namespace' })
    expect(checkWrite(create({ ...config, namespace: 'bulkhead' }), [])).toBeUndefined()
  })

  it.each(OPEN)('says nothing before the dry run of %s either', (_, { operation: sent }) => {
    expect(checkSubmitted(sent, OWN)).toBeUndefined()
  })

  it.each(CLOSED)('%s is found before the dry run wherever what is sent says it all', (rail, proposals) => {
    const compares = WRITE_RAILS.find(({ name }) => name === rail)?.compares === true
    for (const { operation: sent, admitted } of proposals) {
      if (sent.verb !== 'create' || compares || JSON.stringify(sent.object) !== JSON.stringify(admitted)) continue
      expect(checkSubmitted(sent, OWN), JSON.stringify(sent)).toMatchObject({ rail })
    }
  })

  it('R-5 repeats no more of the text around a mark than the mark', () => {
    const refusal = checkWrite(
      create({ ...config, fields: { data: { key: `hidden before ${mark} and behind` } } }),
      OWN,
    )
    expect(refusal).toMatchObject({ rail: 'redaction-mark', field: 'data.key', value: mark })
  })

  it('R-6 refuses generateName beside a name too', () => {
    const both = create({ ...config, name: 'it', metadata: { generateName: 'it-' } })
    expect(checkWrite(both, OWN)).toMatchObject({ rail: 'generate-name', value: 'it-' })
  })

  it('L3-5 holds for hostile names, namespaces, resources and groups', () => {
    for (const text of HOSTILE) {
      const type = typeOf('v1', 'ConfigMap')
      const spellings = [
        { name: text },
        { namespace: text },
        { type: { ...type, resource: text } },
        ...(text === '' ? [] : [{ type: { ...type, group: text } }]),
        { subresource: text },
      ]
      for (const spelling of spellings) {
        const refusal = checkWrite(operation(patchOf(config), spelling), OWN)
        expect(refusal).toMatchObject({ rail: 'write-spelling' })
        expect(refusal?.value.length).toBeLessThanOrEqual(201)
      }
    }
  })
})

describe('total', () => {
  const jsons = fc.jsonValue({ maxDepth: 6 }) as fc.Arbitrary<Json>
  /** JSON under the very keys that the rails look at. */
  const pointed: fc.Arbitrary<Json> = fc.letrec<{ tree: Json; leaf: Json }>((tie) => ({
    leaf: fc.constantFrom<Json>(null, true, 0, '', '*', 'x', 'kubernetes.io/service-account-token'),
    tree: fc.oneof(
      { depthSize: 'small' },
      tie('leaf'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          ...[
            'metadata',
            'spec',
            'status',
            'labels',
            'annotations',
            'finalizers',
            'name',
            'template',
            'rules',
            'verbs',
          ],
          ...['subjects', 'roleRef', 'containers', 'initContainers', 'securityContext', 'conversion', 'taints', 'type'],
          ...['ephemeralContainers', 'volumes', 'jobTemplate', 'capabilities', 'ports', 'livenessProbe', '__proto__'],
        ),
        tie('tree'),
      ) as fc.Arbitrary<Json>,
    ),
  })).tree
  const kinds: readonly (readonly [string, string])[] = [
    ['v1', 'Pod'],
    ['v1', 'Node'],
    ['v1', 'Namespace'],
    ['v1', 'Secret'],
    ['v1', 'Service'],
    ['apps/v1', 'Deployment'],
    ['batch/v1', 'CronJob'],
    [RBAC, 'ClusterRole'],
    [RBAC, 'RoleBinding'],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
    ['example.com/v1', 'Thing'],
  ]
  const keep = (sample: Sample, fields: Json): KubeObject => {
    const object = fields !== null && typeof fields === 'object' && !Array.isArray(fields) ? fields : { spec: fields }
    const metadata = (object as { metadata?: Json }).metadata
    const own = objectOf(sample)
    return {
      ...(object as object),
      ...own,
      metadata: { ...(typeof metadata === 'object' && metadata !== null ? metadata : {}), ...(own.metadata as object) },
    }
  }

  test('no JSON makes a rail throw, wherever it stands', () => {
    return fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.oneof(jsons, pointed),
        fc.oneof(jsons, pointed),
        fc.oneof(jsons, pointed),
        ([apiVersion, kind], before, after, sent) => {
          const sample = { apiVersion, kind }
          checkWrite(
            { operation: patchOf(sample, sent).operation, live: keep(sample, before), admitted: keep(sample, after) },
            OWN,
          )
          checkWrite({ ...patchOf(sample, sent), live: before as KubeObject, admitted: after as KubeObject }, OWN)
          checkWrite(operation(create(sample), { object: sent }), OWN)
          checkSubmitted(operation(create(sample), { object: sent }).operation, OWN)
          checkSubmitted(patchOf(sample, sent).operation, OWN)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('nor does one that is nested beyond any stack', () => {
    let deep: Json = mark
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(checkWrite(patchOf(config, { data: deep }), OWN)).toMatchObject({ rail: 'redaction-mark' })
  })

  test('an escalating verb is found wherever it stands among the rules of a role', () => {
    const words = fc.array(fc.constantFrom('get', 'list', 'watch', 'create'), { maxLength: 4 })
    const rule = fc.record({ apiGroups: fc.constant(['']), resources: fc.constant(['pods']), verbs: words })
    return fc.assert(
      fc.property(fc.array(rule), rule, words, fc.array(rule), (before, bad, more, after) => {
        const escalating = { ...bad, verbs: [...bad.verbs, 'escalate', ...more] }
        const sample: Sample = { apiVersion: RBAC, kind: 'Role', fields: { rules: [...before, escalating, ...after] } }
        return everyWay(sample).every((proposal) => checkWrite(proposal, OWN)?.rail === 'rbac-escalation')
      }),
    )
  })
})
