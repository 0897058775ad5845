/** A caller that is talked into giving its credential away: arguments are no way to carry it to a cluster. */
import { expect, test } from 'vitest'
import { keyOf, run } from '../app/setup.ts'

const base64url = (text: string) => Buffer.from(text).toString('base64url')
const JWT = [JSON.stringify({ alg: 'ES256' }), JSON.stringify({ sub: 'a' }), 'signature'].map(base64url).join('.')

test.each([
  ['pods_list', { labelSelector: `key=${keyOf('a')}` }],
  ['pods_list', { namespace: 'shop', fieldSelector: `metadata.name=${keyOf('a')}` }],
  ['pods_get', { namespace: 'shop', name: keyOf('a') }],
  ['resources_get', { kind: 'Pod', namespace: 'shop', name: JWT }],
  ['resources_list', { kind: 'ConfigMap', labelSelector: `token=${JWT}` }],
  ['no_such_tool', { note: keyOf('a') }],
])('L1-3 L4-1 %s %j is refused, and the credential reaches neither the cluster nor the ledger', async (tool, args) => {
  const asked: string[] = []
  const it = run({
    send(path) {
      asked.push(path)
      return undefined
    },
  })
  const reply = await it.call(tool, args)
  expect(reply.isError, reply.text).toBe(true)
  expect(reply.text).not.toMatch(/bh_agent_a|eyJ/)
  const seen = `${asked.join()}${JSON.stringify(await it.records('prod'))}${JSON.stringify(await it.records('gateway'))}`
  expect(decodeURIComponent(seen)).not.toMatch(/bh_agent_a|eyJ/i)
})

test('L2-5 a long argument that begins as a token over and over costs no more than any other', {
  timeout: 5000,
}, async () => {
  const reply = await run().call('pods_list', { labelSelector: 'eyJ'.repeat(80_000) })
  expect(reply.isError || reply.status === 413, reply.text).toBe(true)
})
