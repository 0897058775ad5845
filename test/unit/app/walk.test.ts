/** A call that reads a list page by page by itself, and whose continue token expires on the way: 410, as etcd compacts. */
import { expect, test } from 'vitest'
import { run } from './setup.ts'

const page = (names: readonly string[], next?: string): Response =>
  Response.json({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: next === undefined ? {} : { continue: next },
    items: names.map((name) => ({ metadata: { name, namespace: 'shop' } })),
  })
const expired = (): Response =>
  Response.json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 }, { status: 410 })

/** Two pages of pods, of which the second answers 410 so many times. */
const listing = (times: number) => {
  let left = times
  return run({
    send: (path) => {
      if (!path.startsWith('/api/v1/namespaces/shop/pods?')) return undefined
      if (!path.includes('continue=')) return Promise.resolve(page([`first-of-${times - left}`], 'next'))
      left -= 1
      return Promise.resolve(left < 0 ? page(['second']) : expired())
    },
  })
}
const ASK = { kind: 'Pod', namespace: 'shop', fields: ['metadata.uid'] }

test('is begun anew once, and nothing of the first time is in the answer', async () => {
  const it = listing(1)
  const { text, isError } = await it.call('resources_list', ASK)
  expect(isError, text).toBe(false)
  expect(text).toMatch(/first-of-1[\s\S]*second[\s\S]*2 shown, complete\./)
  expect(text).not.toMatch(/first-of-0/)
  expect(it.asked).toHaveLength(4)
})

test('says so when that was in vain, and shows no half of it', async () => {
  const it = listing(2)
  const reply = await it.call('resources_list', ASK)
  expect(reply).toMatchObject({ isError: true, code: 'cursor_expired' })
  expect(reply.text).not.toMatch(/first-of/)
  expect(it.asked).toHaveLength(4)
})

test('with a cursor of the caller is the caller’s to begin anew', async () => {
  const it = listing(1)
  const first = await it.call('resources_list', { ...ASK, limit: 1 })
  const cursor = /cursor (\S+)/.exec(first.text)?.[1]
  expect(await it.call('resources_list', { ...ASK, limit: 1, cursor })).toMatchObject({ code: 'cursor_expired' })
  expect(it.asked).toHaveLength(2)
})
