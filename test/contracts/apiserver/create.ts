/** Creation: identity, defaults, refusals, unknown fields; and that a dry run changes nothing. */
import assert from 'node:assert/strict'
import { withWidgets } from './discovery.ts'
import { causesOf, missing, refusal, status, version } from './expect.ts'
import { configMap, DEPLOYMENTS, deployment, MAPS } from './objects.ts'
import { at, type Contract, contract, type JsonObject, text } from './target.ts'

const creations: readonly Contract[] = [
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

export const createContracts: readonly Contract[] = [...creations, ...fields, ...dryRuns]
