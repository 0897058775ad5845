/** Deletion: on condition, with finalizers, of collections, with what hangs below; and eviction. */
import assert from 'node:assert/strict'
import { conflict, missing, refusal, status, version } from './expect.ts'
import { configMap, MAPS, makePod, pendingPod } from './objects.ts'
import { at, type Contract, contract, eventually, type JsonObject, names, text } from './target.ts'

export const deleteContracts: readonly Contract[] = [
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
