/** Change: replacement, the patch types, scaling; what may not change, and what controllers make of it. */
import assert from 'node:assert/strict'
import { causesOf, conflict, missing, refusal, status, version } from './expect.ts'
import { configMap, DEPLOYMENTS, deployment, MAPS, makePod, pendingPod } from './objects.ts'
import { at, type Contract, contract, eventually, type JsonObject, list, names, text } from './target.ts'

export const updateContracts: readonly Contract[] = [
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
