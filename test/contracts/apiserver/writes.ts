/** Writing: creation, replacement, the patch types, deletion; dry runs, preconditions, validation of fields. */
import assert from 'node:assert/strict'
import { withWidgets } from './discovery.ts'
import {
  at,
  type Contract,
  configMap,
  contract,
  deployment,
  eventually,
  type JsonObject,
  list,
  makePod,
  names,
  pendingPod,
  refusal,
  status,
  text,
} from './target.ts'

const MAPS = '/api/v1/namespaces/:ns/configmaps'
const DEPLOYMENTS = '/apis/apps/v1/namespaces/:ns/deployments'

const conflict = (name: string, kind: string): JsonObject => status(409, 'Conflict', { name, kind })
const missing = (name: string): JsonObject => status(404, 'NotFound', { name, kind: 'configmaps' })

const causesOf = (answer: { readonly body: JsonObject }): string[] =>
  list(answer.body, 'details', 'causes').map((cause) => `${String(cause.reason)} ${String(cause.field)}`)

const version = (object: JsonObject): string => text(object, 'metadata', 'resourceVersion')

const create: readonly Contract[] = [
  contract('creates an object and gives it an identity', async (api) => {
    const made = await api.make(MAPS, configMap('one', { a: '1' }))
    assert.deepEqual([made.kind, made.apiVersion, made.data], ['ConfigMap', 'v1', { a: '1' }])
    assert.match(text(made, 'metadata', 'uid'), /^[0-9a-f]{8}-[0-9a-f-]{27}$/)
    assert.match(text(made, 'metadata', 'creationTimestamp'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.equal(at(made, 'metadata', 'namespace'), api.namespace)
    assert.deepEqual(await api.read(`${MAPS}/one`), made)
    const generated = await api.make(MAPS, { ...configMap('x'), metadata: { generateName: 'gen-' } })
    assert.match(text(generated, 'metadata', 'name'), /^gen-[a-z0-9]{5}$/)
  }),

  contract('refuses what cannot be created', async (api) => {
    await api.make(MAPS, configMap('one'))
    const exists = await api.post(MAPS, configMap('one'))
    assert.deepEqual(refusal(exists), status(409, 'AlreadyExists', { name: 'one', kind: 'configmaps' }))
    assert.equal(exists.body.message, 'configmaps "one" already exists')
    const nowhere = await api.post('/api/v1/namespaces/no-such-namespace/configmaps', configMap('one'))
    assert.deepEqual(refusal(nowhere), status(404, 'NotFound', { name: 'no-such-namespace', kind: 'namespaces' }))
    const bad = status(400, 'BadRequest')
    for (const body of [
      '{"a":',
      '',
      '[]',
      { ...configMap('x'), kind: 'Secret' },
      { ...configMap('x'), apiVersion: 'apps/v1' },
      { ...configMap('x'), metadata: { name: 'x', namespace: 'other' } },
      { ...configMap('x'), data: { a: 1 } },
    ]) {
      assert.deepEqual(refusal(await api.post(MAPS, body)), bad, JSON.stringify(body))
    }
    const format = await api.post(MAPS, 'x', { 'content-type': 'text/plain' })
    assert.deepEqual(refusal(format), status(415, 'UnsupportedMediaType'))
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: "1"\n'
    assert.equal((await api.post(MAPS, yaml, { 'content-type': 'application/yaml' })).status, 201)
  }),

  contract('names every cause of an invalid object', async (api) => {
    const nameless = await api.post(MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} })
    assert.deepEqual([nameless.status, nameless.body.reason], [422, 'Invalid'])
    assert.deepEqual(causesOf(nameless), ['FieldValueRequired metadata.name'])
    const misnamed = await api.post(MAPS, configMap('Not_a_name'))
    assert.deepEqual(causesOf(misnamed), ['FieldValueInvalid metadata.name'])
    assert.equal(at(misnamed.body, 'details', 'name'), 'Not_a_name')
    const wrong = await api.post(
      DEPLOYMENTS,
      deployment('bad', { replicas: -1, selector: { matchLabels: { app: 'other' } } }),
    )
    assert.equal(wrong.status, 422)
    assert.deepEqual(causesOf(wrong), [
      'FieldValueInvalid spec.replicas',
      'FieldValueInvalid spec.template.metadata.labels',
    ])
    assert.deepEqual(
      [at(wrong.body, 'details', 'group'), at(wrong.body, 'details', 'kind'), at(wrong.body, 'details', 'name')],
      ['apps', 'Deployment', 'bad'],
    )
    const empty = await api.post(DEPLOYMENTS, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'bad' } })
    assert.deepEqual(causesOf(empty), [
      'FieldValueRequired spec.selector',
      'FieldValueInvalid spec.template.metadata.labels',
      'FieldValueRequired spec.template.spec.containers',
    ])
    const type = await api.post(DEPLOYMENTS, deployment('bad', { replicas: 'two' }))
    assert.deepEqual(refusal(type), status(400, 'BadRequest'))
  }),

  contract('fills in what a workload leaves out', async (api) => {
    const made = await api.make(DEPLOYMENTS, deployment('web'))
    const { template, ...spec } = made.spec as JsonObject
    assert.deepEqual(spec, {
      replicas: 0,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    })
    assert.deepEqual(at(template, 'spec'), {
      containers: [
        {
          name: 'app',
          image: 'example:1.0',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    })
    assert.equal(at(made, 'metadata', 'generation'), 1)
    const service = await api.make('/api/v1/namespaces/:ns/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80 }] },
    })
    assert.deepEqual(at(service, 'spec', 'ports'), [{ protocol: 'TCP', port: 80, targetPort: 80 }])
    assert.deepEqual([at(service, 'spec', 'type'), at(service, 'spec', 'sessionAffinity')], ['ClusterIP', 'None'])
    assert.deepEqual(at(service, 'spec', 'clusterIPs'), [at(service, 'spec', 'clusterIP')])
    const secret = await api.make('/api/v1/namespaces/:ns/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { a: 'b' },
    })
    assert.deepEqual([secret.type, secret.data, secret.stringData], ['Opaque', { a: 'Yg==' }, undefined])
  }),
]

const fields: readonly Contract[] = [
  contract('tells, warns about or passes over unknown fields', async (api) => {
    const odd = { ...configMap('odd'), colour: 'red', metadata: { name: 'odd', mood: 'fine' } }
    const strict = await api.post(`${MAPS}?fieldValidation=Strict`, odd)
    assert.deepEqual(refusal(strict), status(400, 'BadRequest'))
    assert.match(text(strict.body, 'message'), /strict decoding error: .*unknown field "colour"/)
    assert.match(text(strict.body, 'message'), /unknown field "metadata\.mood"/)
    const warned = await api.post(`${MAPS}?dryRun=All&fieldValidation=Warn`, odd)
    assert.equal(warned.status, 201)
    assert.match(String(warned.headers.warning), /299 - "unknown field \\"metadata\.mood\\""/)
    assert.equal(warned.body.colour, undefined)
    const silent = await api.post(`${MAPS}?dryRun=All&fieldValidation=Ignore`, odd)
    assert.deepEqual([silent.status, silent.headers.warning], [201, undefined])
    const usual = await api.post(`${MAPS}?dryRun=All`, odd)
    assert.notEqual(usual.headers.warning, undefined)
    const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"odd"},"data":{"a":"1","a":"2"}}'
    const duplicate = await api.post(`${MAPS}?fieldValidation=Strict`, twice)
    assert.match(text(duplicate.body, 'message'), /duplicate field "data\.a"/)
    assert.equal(duplicate.status, 400)
    await api.make(MAPS, configMap('one'))
    const patched = await api.patch(`${MAPS}/one?fieldValidation=Strict`, 'merge', { colour: 'red' })
    assert.deepEqual([patched.status, patched.body.reason], [422, 'Invalid'])
    assert.match(text(patched.body, 'message'), /unknown field "colour"/)
    const unsupported = await api.post(`${MAPS}?fieldValidation=Loose`, configMap('x'))
    assert.deepEqual(causesOf(unsupported), ['FieldValueNotSupported fieldValidation'])
  }),

  contract('holds custom resources to their schema', (api) =>
    withWidgets(api, async (group, path) => {
      const widget = (spec: JsonObject) => ({
        apiVersion: `${group}/v1`,
        kind: 'Widget',
        metadata: { name: 'w' },
        spec,
      })
      const lacking = await api.post(path, widget({ label: 'x' }))
      assert.deepEqual([lacking.status, lacking.body.reason], [422, 'Invalid'])
      assert.deepEqual(causesOf(lacking), ['FieldValueRequired spec.size'])
      assert.equal((await api.post(path, widget({ size: 'large' }))).status, 422)
      const strict = await api.post(`${path}?fieldValidation=Strict`, widget({ size: 1, depth: 2 }))
      assert.deepEqual([strict.status, strict.body.reason], [400, 'BadRequest'])
      const pruned = await api.make(path, widget({ size: 1, depth: 2 }))
      assert.deepEqual(pruned.spec, { size: 1 })
      const strategic = await api.patch(`${path}/w`, 'strategic', { spec: { size: 2 } })
      assert.equal(strategic.status, 415)
      const merged = await api.patch(`${path}/w`, 'merge', { spec: { size: 2 }, status: { phase: 'Ready' } })
      assert.deepEqual(
        [at(merged.body, 'spec', 'size'), merged.body.status, at(merged.body, 'metadata', 'generation')],
        [2, undefined, 2],
      )
      const state = await api.patch(`${path}/w/status`, 'merge', { spec: { size: 9 }, status: { phase: 'Ready' } })
      assert.deepEqual(
        [at(state.body, 'spec', 'size'), at(state.body, 'status', 'phase'), at(state.body, 'metadata', 'generation')],
        [2, 'Ready', 2],
      )
    }),
  ),
]

const dryRuns: readonly Contract[] = [
  contract('changes nothing in a dry run', async (api) => {
    const made = await api.make(MAPS, configMap('one', { a: '1' }))
    const created = await api.post(`${MAPS}?dryRun=All`, configMap('two'))
    assert.deepEqual([created.status, at(created.body, 'metadata', 'resourceVersion')], [201, undefined])
    const patched = await api.patch(`${MAPS}/one?dryRun=All`, 'merge', { data: { a: '2' } })
    assert.deepEqual([patched.body.data, version(patched.body)], [{ a: '2' }, version(made)])
    const replaced = await api.send('PUT', `${MAPS}/one?dryRun=All`, { body: configMap('one', { b: '1' }) })
    assert.deepEqual(replaced.body.data, { b: '1' })
    const applied = await api.patch(`${MAPS}/three?dryRun=All&fieldManager=x`, 'apply', configMap('three'))
    assert.equal(applied.status, 201)
    assert.equal((await api.send('DELETE', `${MAPS}/one?dryRun=All`)).status, 200)
    assert.equal((await api.send('DELETE', `${MAPS}/one`, { body: { dryRun: ['All'] } })).status, 200)
    assert.deepEqual(await api.read(`${MAPS}/one`), made)
    for (const name of ['two', 'three']) assert.deepEqual(refusal(await api.get(`${MAPS}/${name}`)), missing(name))
    const unknown = await api.post(`${MAPS}?dryRun=Some`, configMap('two'))
    assert.deepEqual(causesOf(unknown), ['FieldValueNotSupported dryRun'])
    assert.equal(unknown.status, 422)
  }),
]

const updates: readonly Contract[] = [
  contract('replaces an object only in the version that the writer knew', async (api) => {
    const made = await api.make(MAPS, configMap('one', { a: '1' }))
    const put = (name: string, body: JsonObject) => api.send('PUT', `${MAPS}/${name}`, { body })
    const known = { name: 'one', resourceVersion: version(made) }
    const replaced = await put('one', { ...configMap('one', { a: '2' }), metadata: known })
    assert.equal(replaced.status, 200)
    assert.notEqual(version(replaced.body), version(made))
    assert.equal(at(replaced.body, 'metadata', 'uid'), at(made, 'metadata', 'uid'))
    const stale = await put('one', { ...configMap('one', { a: '3' }), metadata: known })
    assert.deepEqual(refusal(stale), conflict('one', 'configmaps'))
    assert.match(text(stale.body, 'message'), /the object has been modified/)
    assert.equal((await put('one', configMap('one', { a: '4' }))).status, 200)
    const other = await put('one', { ...configMap('one'), metadata: { name: 'one', uid: 'another' } })
    assert.deepEqual(refusal(other), conflict('one', 'configmaps'))
    assert.deepEqual(refusal(await put('one', configMap('two'))), status(400, 'BadRequest'))
    assert.deepEqual(refusal(await put('none', configMap('none'))), missing('none'))
  }),

  contract('leaves the version alone when nothing changes', async (api) => {
    const made = await api.make(MAPS, configMap('one', { a: '1' }))
    const same = await api.patch(`${MAPS}/one`, 'merge', { data: { a: '1' } })
    assert.equal(version(same.body), version(made))
    const put = await api.send('PUT', `${MAPS}/one`, { body: configMap('one', { a: '1' }) })
    assert.equal(version(put.body), version(made))
  }),

  contract('merges', async (api) => {
    const made = await api.make(MAPS, configMap('one', { a: '1', b: '2' }))
    const merged = await api.patch(`${MAPS}/one`, 'merge', {
      data: { b: null, c: '3' },
      metadata: { labels: { x: 'y' } },
    })
    assert.deepEqual(
      [merged.status, merged.body.data, at(merged.body, 'metadata', 'labels')],
      [200, { a: '1', c: '3' }, { x: 'y' }],
    )
    const stale = await api.patch(`${MAPS}/one`, 'merge', {
      metadata: { resourceVersion: version(made) },
      data: { d: '4' },
    })
    assert.deepEqual(refusal(stale), conflict('one', 'configmaps'))
    const uid = await api.patch(`${MAPS}/one`, 'merge', { metadata: { uid: 'another' } })
    assert.deepEqual([uid.status, causesOf(uid)[0]], [422, 'FieldValueInvalid metadata.uid'])
    const bad = status(400, 'BadRequest')
    assert.deepEqual(refusal(await api.patch(`${MAPS}/one`, 'merge', { metadata: { name: 'two' } })), bad)
    assert.deepEqual(refusal(await api.patch(`${MAPS}/one`, 'merge', [])), bad)
    assert.deepEqual(refusal(await api.patch(`${MAPS}/none`, 'merge', {})), missing('none'))
    const typeless = await api.send('PATCH', `${MAPS}/one`, { body: {} })
    assert.deepEqual(refusal(typeless), status(415, 'UnsupportedMediaType', {}))
    const forced = await api.patch(`${MAPS}/one?force=true`, 'merge', {})
    assert.deepEqual(causesOf(forced), ['FieldValueForbidden force'])
  }),

  contract('patches by operations', async (api) => {
    await api.make(MAPS, { ...configMap('one', { a: '1' }), metadata: { name: 'one', annotations: { 'x/y': 'z' } } })
    const patched = await api.patch(`${MAPS}/one`, 'json', [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'add', path: '/data/b', value: '2' },
      { op: 'replace', path: '/data/a', value: '9' },
      { op: 'copy', from: '/data/a', path: '/data/c' },
      { op: 'move', from: '/metadata/annotations/x~1y', path: '/data/d' },
      { op: 'remove', path: '/data/b' },
    ])
    assert.deepEqual([patched.status, patched.body.data], [200, { a: '9', c: '9', d: 'z' }])
    const impossible = status(422, 'Invalid', {})
    for (const operation of [
      { op: 'test', path: '/data/a', value: 'no' },
      { op: 'remove', path: '/data/none' },
      { op: 'replace', path: '/none/none', value: 'x' },
      { op: 'nonsense', path: '/data' },
    ]) {
      assert.deepEqual(
        refusal(await api.patch(`${MAPS}/one`, 'json', [operation])),
        impossible,
        JSON.stringify(operation),
      )
    }
    assert.deepEqual(refusal(await api.patch(`${MAPS}/one`, 'json', { a: 1 })), status(400, 'BadRequest'))
    assert.deepEqual(at(await api.read(`${MAPS}/one`), 'data'), { a: '9', c: '9', d: 'z' })
  }),

  contract('merges lists by their keys in a strategic merge patch', async (api) => {
    await api.make(DEPLOYMENTS, deployment('web'))
    const containers = async (patch: JsonObject[]) => {
      const answer = await api.patch(`${DEPLOYMENTS}/web`, 'strategic', {
        spec: { template: { spec: { containers: patch } } },
      })
      assert.equal(answer.status, 200, answer.text)
      return list(answer.body, 'spec', 'template', 'spec', 'containers').map(({ name, image, env }) => ({
        name,
        image,
        ...(env === undefined ? {} : { env }),
      }))
    }
    assert.deepEqual(
      await containers([
        { name: 'app', env: [{ name: 'A', value: '1' }] },
        { name: 'side', image: 'side:1' },
      ]),
      [
        { name: 'app', image: 'example:1.0', env: [{ name: 'A', value: '1' }] },
        { name: 'side', image: 'side:1' },
      ],
    )
    assert.deepEqual(await containers([{ name: 'app', env: [{ name: 'B', value: '2' }] }]), [
      {
        name: 'app',
        image: 'example:1.0',
        env: [
          { name: 'B', value: '2' },
          { name: 'A', value: '1' },
        ],
      },
      { name: 'side', image: 'side:1' },
    ])
    assert.deepEqual((await containers([{ name: 'side', $patch: 'delete' }])).length, 1)
    assert.deepEqual(await containers([{ $patch: 'replace' }, { name: 'new', image: 'new:1' }]), [
      { name: 'new', image: 'new:1' },
    ])
  }),

  contract('counts the changes of a spec and keeps what may not change', async (api) => {
    await api.make(DEPLOYMENTS, deployment('web'))
    const generation = (answer: { body: JsonObject }) => at(answer.body, 'metadata', 'generation')
    const paused = await api.patch(`${DEPLOYMENTS}/web`, 'merge', { spec: { paused: true } })
    assert.equal(generation(paused), 2)
    const labelled = await api.patch(`${DEPLOYMENTS}/web`, 'merge', { metadata: { labels: { x: 'y' } } })
    assert.equal(generation(labelled), 2)
    const selector = { matchLabels: { app: 'x' } }
    const template = { metadata: { labels: { app: 'x' } } }
    const immutable = await api.patch(`${DEPLOYMENTS}/web`, 'merge', { spec: { selector, template } })
    assert.deepEqual([immutable.status, causesOf(immutable)], [422, ['FieldValueInvalid spec.selector']])
    await makePod(api, pendingPod('p'))
    const moved = await api.patch('/api/v1/namespaces/:ns/pods/p', 'merge', { spec: { nodeSelector: { a: 'b' } } })
    assert.deepEqual([moved.status, causesOf(moved)], [422, ['FieldValueForbidden spec']])
    const sealed = await api.make(MAPS, configMap('sealed', { a: '1' }, { immutable: true }))
    assert.equal(sealed.immutable, true)
    const opened = await api.patch(`${MAPS}/sealed`, 'merge', { data: { a: '2' } })
    assert.deepEqual([opened.status, causesOf(opened)], [422, ['FieldValueForbidden data']])
  }),

  contract('scales through the subresource', async (api) => {
    await api.make(DEPLOYMENTS, deployment('web', { paused: true }))
    const path = `${DEPLOYMENTS}/web/scale`
    const scale = await api.read(path)
    assert.deepEqual([scale.kind, scale.apiVersion, scale.spec], ['Scale', 'autoscaling/v1', {}])
    assert.deepEqual(scale.status, { replicas: 0, selector: 'app=web' })
    const negative = await api.patch(path, 'merge', { spec: { replicas: -1 } })
    assert.deepEqual([negative.status, causesOf(negative)], [422, ['FieldValueInvalid spec.replicas']])
    const tried = await api.patch(`${path}?dryRun=All`, 'merge', { spec: { replicas: 2 } })
    assert.deepEqual([tried.status, tried.body.spec], [200, { replicas: 2 }])
    assert.equal(at(await api.read(`${DEPLOYMENTS}/web`), 'spec', 'replicas'), 0)
    const none = await api.get(`${DEPLOYMENTS}/none/scale`)
    assert.deepEqual(refusal(none), status(404, 'NotFound', { name: 'none', group: 'apps', kind: 'deployments' }))
  }),

  contract('rolls a deployment out to a ReplicaSet and its pods, and back', async (api) => {
    const pods = async () => names(await api.read('/api/v1/namespaces/:ns/pods?labelSelector=app%3Dweb'))
    const sets = async () =>
      list(await api.read('/apis/apps/v1/namespaces/:ns/replicasets?labelSelector=app%3Dweb'), 'items')
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [{ name: 'app', image: 'example:1.0' }],
        nodeSelector: { 'example.com/contract': 'nowhere' },
      },
    }
    await api.make(DEPLOYMENTS, deployment('web', { replicas: 2, template }))
    await eventually('two pods', async () => ((await pods()).length === 2 ? true : undefined))
    const [set] = await sets()
    assert.match(text(set, 'metadata', 'name'), /^web-[a-z0-9]+$/)
    const [owner] = list(set, 'metadata', 'ownerReferences')
    assert.deepEqual([owner?.kind, owner?.name, owner?.controller], ['Deployment', 'web', true])
    await api.patch(`${DEPLOYMENTS}/web/scale`, 'merge', { spec: { replicas: 1 } })
    await eventually('one pod', async () => ((await pods()).length === 1 ? true : undefined))
    assert.equal((await api.send('DELETE', `${DEPLOYMENTS}/web`)).status, 200)
    await eventually('nothing left', async () =>
      (await pods()).length + (await sets()).length === 0 ? true : undefined,
    )
  }),
]

const deletions: readonly Contract[] = [
  contract('deletes on condition', async (api) => {
    const made = await api.make(MAPS, configMap('one'))
    const remove = (preconditions: JsonObject) => api.send('DELETE', `${MAPS}/one`, { body: { preconditions } })
    assert.deepEqual(refusal(await remove({ uid: 'another' })), conflict('one', 'ConfigMap'))
    assert.deepEqual(refusal(await remove({ resourceVersion: '1' })), conflict('one', 'ConfigMap'))
    const policy = await api.send('DELETE', `${MAPS}/one`, { body: { propagationPolicy: 'Sometimes' } })
    assert.equal(policy.status, 422)
    const uid = text(made, 'metadata', 'uid')
    const gone = await remove({ uid, resourceVersion: version(made) })
    assert.deepEqual(gone.body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'one', kind: 'configmaps', uid },
    })
    assert.deepEqual(refusal(await api.send('DELETE', `${MAPS}/one`)), missing('one'))
  }),

  contract('answers with the object where the kind has it so', async (api) => {
    await makePod(api, pendingPod('p'))
    const pod = await api.send('DELETE', '/api/v1/namespaces/:ns/pods/p', { body: { gracePeriodSeconds: 0 } })
    assert.deepEqual(
      [pod.status, pod.body.kind, at(pod.body, 'metadata', 'deletionGracePeriodSeconds')],
      [200, 'Pod', 0],
    )
    await api.make('/api/v1/namespaces/:ns/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot' },
    })
    const account = await api.send('DELETE', '/api/v1/namespaces/:ns/serviceaccounts/robot')
    assert.equal(account.body.kind, 'ServiceAccount')
  }),

  contract('waits for finalizers', async (api) => {
    await api.make(MAPS, { ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } })
    const marked = await api.send('DELETE', `${MAPS}/held`)
    assert.equal(marked.body.kind, 'ConfigMap')
    assert.notEqual(at(await api.read(`${MAPS}/held`), 'metadata', 'deletionTimestamp'), undefined)
    await api.patch(`${MAPS}/held`, 'merge', { metadata: { finalizers: null } })
    assert.deepEqual(refusal(await api.get(`${MAPS}/held`)), missing('held'))
  }),

  contract('deletes what a selector finds', async (api) => {
    for (const [name, colour] of [
      ['a', 'red'],
      ['b', 'red'],
      ['c', 'blue'],
    ] as const) {
      await api.make(MAPS, { ...configMap(name), metadata: { name, labels: { colour } } })
    }
    const gone = await api.send('DELETE', `${MAPS}?labelSelector=colour%3Dred`)
    assert.deepEqual([gone.status, gone.body.kind, names(gone.body)], [200, 'ConfigMapList', ['a', 'b']])
    assert.deepEqual(names(await api.read(`${MAPS}?labelSelector=colour`)), ['c'])
  }),

  contract('lets dependents follow their owner, or not', async (api) => {
    const owner = async (name: string) => {
      const made = await api.make(MAPS, configMap(name))
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name, uid: text(made, 'metadata', 'uid') }
      await api.make(MAPS, {
        ...configMap(`${name}-child`),
        metadata: { name: `${name}-child`, ownerReferences: [reference] },
      })
    }
    await owner('a')
    await owner('b')
    await api.send('DELETE', `${MAPS}/a`)
    await eventually('the dependent is gone', async () =>
      (await api.get(`${MAPS}/a-child`)).status === 404 ? true : undefined,
    )
    await api.send('DELETE', `${MAPS}/b`, { body: { propagationPolicy: 'Orphan' } })
    await eventually('the owner is gone', async () => ((await api.get(`${MAPS}/b`)).status === 404 ? true : undefined))
    assert.equal(at(await api.read(`${MAPS}/b-child`), 'metadata', 'ownerReferences'), undefined)
  }),

  contract('evicts a pod unless a budget forbids it', async (api) => {
    await makePod(api, pendingPod('p'))
    const evict = (name: string, query = '') =>
      api.post(`/api/v1/namespaces/:ns/pods/p/eviction${query}`, {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace: api.namespace },
      })
    assert.deepEqual(refusal(await evict('other')), status(400, 'BadRequest'))
    const tried = await evict('p', '?dryRun=All')
    assert.deepEqual(tried.body, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
    assert.equal((await api.get('/api/v1/namespaces/:ns/pods/p')).status, 200)
    assert.equal((await evict('p')).status, 201)
    await eventually('the pod is gone', async () =>
      (await api.get('/api/v1/namespaces/:ns/pods/p')).status === 404 ? true : undefined,
    )
  }),
]

export const writeContracts: readonly Contract[] = [...create, ...fields, ...dryRuns, ...updates, ...deletions]
