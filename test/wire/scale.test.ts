/**
 * A cluster that fits in no memory, made while it is sent: a list comes a page at a time, a log by its end, and no call has
 * more than six requests under way. What it costs in time and memory is for `npm run bench -- scale`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_CONNECTIONS } from '../../src/kube/lanes.ts'
import { LARGE, NODES, podsNamespace, type ScaleServer, startScaleServer } from '../support/scale-server.ts'
import { runCounted } from '../support/trips.ts'

/** What the API server is asked for at a time: rows without their objects, and with metadata. */
const PAGE = 500
const METADATA_PAGE = 250

let scale: ScaleServer
let run: ReturnType<typeof runCounted>
beforeAll(async () => {
  scale = await startScaleServer()
  run = runCounted(scale)
  // Until discovery and the credential are known.
  expect((await run.call('pods_list', { namespace: podsNamespace(1) })).isError).toBe(false)
})
afterAll(async () => {
  run?.stop()
  await scale?.stop()
})

const called = async (tool: string, args: Readonly<Record<string, unknown>>) => {
  scale.take()
  const { text, isError } = await run.call(tool, args)
  expect(isError, text.slice(0, 500)).toBe(false)
  return { text, ...scale.take() }
}
const cursorIn = (text: string): string | undefined => /repeat the call with cursor (\S+)/.exec(text)?.[1]

test('50,000 pods: a page of the API server for a page of ours, and the rest by its cursor', async () => {
  const namespace = podsNamespace(50_000)
  const first = await called('pods_list', { namespace })
  expect(first.text).toContain(`${PAGE} shown, about 49500 more`)
  expect(first).toMatchObject({ requests: 1, longestList: PAGE })
  const second = await called('pods_list', { namespace, cursor: cursorIn(first.text) })
  expect(second.text).toContain('worker-00500-')
  expect(second.text).not.toContain('worker-00499-')
  expect(second).toMatchObject({ requests: 1, longestList: PAGE })
})

test('over all namespaces, where rows come with metadata: in smaller pages, one after the other', async () => {
  const { text, ...counts } = await called('pods_list', {})
  expect(text).toContain(`${PAGE} shown`)
  expect(counts).toMatchObject({ requests: 2, longestList: METADATA_PAGE, mostAtOnce: 1 })
})

test('a walk comes to its end with every row once', async () => {
  const names = new Set<string>()
  let cursor: string | undefined = ''
  while (cursor !== undefined) {
    const { text } = await called('resources_list', { kind: 'Node', ...(cursor === '' ? {} : { cursor }) })
    for (const [name] of text.matchAll(/^node-\d{4}\b/gm)) names.add(name)
    cursor = cursorIn(text)
  }
  expect(names.size).toBe(NODES)
})

test('20,000 events: no more than four pages are read, and the answer says that it is not all', async () => {
  const { text, requests, longestList } = await called('events_list', {})
  expect(requests).toBeLessThanOrEqual(4)
  expect(longestList).toBeLessThanOrEqual(PAGE)
  expect(text).toContain('Incomplete: there are more events than were read')
})

test('the end of a log of a gigabyte: no more than its end is sent', async () => {
  const { text, bytes } = await called('pods_log', { namespace: LARGE.namespace, name: LARGE.pod, container: 'app' })
  expect(text).toContain('The newest 100 lines')
  expect(bytes).toBeLessThan(20_000)
})

test('an object of 5 MB is answered within the budget, and says that it was cut', async () => {
  const { text } = await called('resources_get', {
    kind: 'ConfigMap',
    namespace: LARGE.namespace,
    name: LARGE.configMap,
  })
  expect(Buffer.byteLength(text)).toBeLessThan(50_000)
  expect(text).toMatch(/cut|shortened/i)
})

test.each([
  ['changes_list', { namespace: 'shop', since: '300d' }],
  ['diagnose', { namespace: 'shop' }],
  ['diagnose', {}],
  ['resources_describe', { kind: 'Deployment', namespace: 'shop', name: 'catalog' }],
])('%s %j has no more requests under way than a Worker has connections', async (tool, args) => {
  const { requests, mostAtOnce } = await called(tool, args)
  expect(requests).toBeGreaterThan(1)
  expect(mostAtOnce).toBeGreaterThan(1)
  expect(mostAtOnce).toBeLessThanOrEqual(MAX_CONNECTIONS)
})
