/** `pods/NAME/log`: which container, which part, and how each thing that cannot be is refused. */
import assert from 'node:assert/strict'
import { causesOf, refusal, status } from './expect.ts'
import { makePod, pendingPod } from './objects.ts'
import { type Answer, Api, type Contract, contract } from './target.ts'

const lines = (answer: Answer): string[] => {
  assert.equal(answer.status, 200, answer.text)
  assert.match(String(answer.headers['content-type']), /^text\/plain/)
  return answer.text.split('\n').slice(0, -1)
}

export const logContracts: readonly Contract[] = [
  {
    name: 'reads a log, or its end',
    async run(target) {
      const known = await target.log()
      const api = new Api(target, known.namespace)
      const read = async (query: string) =>
        lines(await api.get(`/api/v1/namespaces/:ns/pods/${known.pod}/log?container=${known.container}${query}`))
      const all = await read('')
      assert.deepEqual(all.slice(0, known.lines.length), known.lines)
      assert.deepEqual(await read('&tailLines=2'), all.slice(-2))
      assert.deepEqual(await read('&tailLines=0'), [])
      const stamped = await read('&timestamps=true&tailLines=1')
      assert.match(stamped[0] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z /)
      assert.equal((stamped[0] ?? '').replace(/^\S+ /, ''), all.at(-1))
      const future = new Date(Date.now() + 3_600_000).toISOString()
      assert.deepEqual(await read(`&sinceTime=${future}`), [])
      assert.deepEqual(await read('&sinceSeconds=31536000'), all)
      const cut = await api.get(
        `/api/v1/namespaces/:ns/pods/${known.pod}/log?container=${known.container}&limitBytes=5`,
      )
      assert.equal(cut.text, known.lines.join('\n').slice(0, 5))
      const other = await api.get(`/api/v1/namespaces/:ns/pods/${known.pod}/log?container=no-such-container`)
      assert.deepEqual(refusal(other), status(400, 'BadRequest'))
      const earlier = await api.get(
        `/api/v1/namespaces/:ns/pods/${known.pod}/log?container=${known.container}&previous=true`,
      )
      assert.equal(earlier.status, 400, earlier.text)
    },
  },

  contract('has nothing of a pod that no node has taken', async (api) => {
    await makePod(api, pendingPod('p'))
    const answer = await api.get('/api/v1/namespaces/:ns/pods/p/log')
    assert.deepEqual([answer.status, answer.text], [204, ''])
    assert.equal((await api.get('/api/v1/namespaces/:ns/pods/p/log?previous=true')).status, 204)
    const none = await api.get('/api/v1/namespaces/:ns/pods/none/log')
    assert.deepEqual(refusal(none), status(404, 'NotFound', { name: 'none', kind: 'pods' }))
  }),

  contract('wants a container named where there are several', async (api) => {
    const pod = pendingPod('p', ['a', 'b'])
    await makePod(api, pod)
    const answer = await api.get('/api/v1/namespaces/:ns/pods/p/log')
    assert.deepEqual(refusal(answer), status(400, 'BadRequest'))
    assert.equal(answer.body.message, 'a container name must be specified for pod p, choose one of: [a b]')
    const wrong = await api.get('/api/v1/namespaces/:ns/pods/p/log?container=c')
    assert.equal(wrong.body.message, 'container c is not valid for pod p')
    assert.equal((await api.get('/api/v1/namespaces/:ns/pods/p/log?container=b')).status, 204)
  }),

  contract('refuses options that make no sense', async (api) => {
    await makePod(api, pendingPod('p'))
    const ask = (query: string) => api.get(`/api/v1/namespaces/:ns/pods/p/log?${query}`)
    for (const [query, cause] of [
      ['tailLines=-1', 'FieldValueInvalid tailLines'],
      ['limitBytes=0', 'FieldValueInvalid limitBytes'],
      ['sinceSeconds=0', 'FieldValueInvalid sinceSeconds'],
      ['sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z', 'FieldValueForbidden []'],
    ] as const) {
      const answer = await ask(query)
      assert.deepEqual([answer.status, answer.body.reason, causesOf(answer)], [422, 'Invalid', [cause]], query)
    }
    for (const query of ['tailLines=x', 'sinceTime=yesterday']) {
      assert.deepEqual(refusal(await ask(query)), status(400, 'BadRequest'), query)
    }
  }),
]
