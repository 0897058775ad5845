import { describe, expect, test } from 'vitest'
import { METADATA_PAGE, OBJECT_PAGE } from '../../../src/kube/lists.ts'
import { TABLE_PAGE } from '../../../src/kube/tables.ts'
import { json } from '../../support/scripted-transport.ts'
import { clientOf, errorOf, NODES, never, PODS, SECRETS, typeOf } from './support.ts'

const VALUE = 'c2VjcmV0LWNhbmFyeS12YWx1ZQ=='
const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'db',
    namespace: 'shop',
    uid: 'u-1',
    labels: { app: 'db' },
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"password":"${VALUE}"}}`,
      owner: 'shop',
    },
    managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:data': { 'f:password': {} } } }],
  },
  type: 'Opaque',
  immutable: true,
  data: { password: VALUE, empty: '', one: 'YQ==', three: 'YWJj' },
  stringData: { password: 'secret-canary-value' },
  somethingNew: { password: VALUE },
}

describe('secrets', () => {
  test('R-3 of a Secret that had to be fetched, only key names and lengths are left', async () => {
    const secret = await clientOf(() => json(SECRET)).get(SECRETS, 'db', 'shop', never)
    expect(secret).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'db',
        namespace: 'shop',
        uid: 'u-1',
        labels: { app: 'db' },
        annotations: { owner: 'shop' },
        managedFields: [{ manager: 'kubectl' }],
      },
      type: 'Opaque',
      immutable: true,
      dataBytes: { password: 19, empty: 0, one: 1, three: 3 },
    })
  })

  test('a Secret that calls itself something else is reduced all the same', async () => {
    const disguised = { ...SECRET, kind: 'ConfigMap', apiVersion: 'v2' }
    const secret = await clientOf(() => json(disguised)).get(SECRETS, 'db', 'shop', never)
    expect(secret.kind).toBe('Secret')
    expect(JSON.stringify(secret)).not.toContain(VALUE)
  })

  test.each(['list', 'metadata'] as const)('%s asks for metadata, strictly, and keeps nothing else', async (method) => {
    const client = clientOf(() => json({ kind: 'SecretList', metadata: {}, items: [SECRET] }))
    const { items } = await client[method](SECRETS, { namespace: 'shop' }, never)
    expect(client.seen[0]?.headers.accept).toBe('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')
    expect(Object.keys(items[0] ?? {})).toEqual(['apiVersion', 'kind', 'metadata'])
    expect(JSON.stringify(items[0]?.metadata?.annotations)).not.toContain(VALUE)
  })

  test('getMetadata and tables have no second choice either', async () => {
    const client = clientOf(() => json({ kind: 'Table', columnDefinitions: [], rows: [], metadata: { name: 'db' } }))
    await client.getMetadata(SECRETS, 'db', 'shop', never)
    await client.listTable(SECRETS, {}, never)
    for (const { headers } of client.seen) expect(headers.accept).not.toContain(',')
  })
})

describe('objects', () => {
  const POD = { metadata: { name: 'web-1', namespace: 'shop' }, spec: { nodeName: 'n1' } }
  const listOf = (...items: object[]) => ({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items })

  test('items carry the kind that was asked for, whatever they say', async () => {
    const { items } = await clientOf(() => json(listOf(POD, { ...POD, kind: 'Forged' }))).list(PODS, {}, never)
    expect(items).toEqual([
      { apiVersion: 'v1', kind: 'Pod', ...POD },
      { apiVersion: 'v1', kind: 'Pod', ...POD },
    ])
    expect(Object.keys(items[0] ?? {})).toEqual(['apiVersion', 'kind', 'metadata', 'spec'])
  })

  test('metadata is all that is kept where a server sends more', async () => {
    const client = clientOf(() => json(listOf(POD)))
    expect((await client.metadata(PODS, {}, never)).items).toEqual([
      { apiVersion: 'v1', kind: 'Pod', metadata: POD.metadata },
    ])
    expect(client.seen[0]?.headers.accept).toBe(
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
    )
  })

  test('an empty list may be null', async () => {
    const answer = { kind: 'PodList', metadata: { continue: '', remainingItemCount: 0 }, items: null }
    expect(await clientOf(() => json(answer)).list(PODS, {}, never)).toEqual({ items: [] })
  })

  test('a page brings its continue token, raw, and what is left', async () => {
    const client = clientOf(() => json({ ...listOf(POD), metadata: { continue: 'to/ken+=', remainingItemCount: 41 } }))
    const page = await client.list(PODS, { namespace: 'shop' }, never)
    expect([page.continue, page.remaining]).toEqual(['to/ken+=', 41])
    await client.list(PODS, { namespace: 'shop', continue: 'to/ken+=' }, never)
    expect(client.seen[1]?.query.get('continue')).toBe('to/ken+=')
  })

  test.each([
    ['list', OBJECT_PAGE],
    ['metadata', METADATA_PAGE],
  ] as const)('%s asks for at most its page of %d', async (method, page) => {
    const client = clientOf(() => json(listOf()))
    for (const limit of [undefined, 5, 100_000, 0, -1]) {
      await client[method](PODS, limit === undefined ? {} : { limit }, never)
    }
    expect(client.seen.map(({ query }) => Number(query.get('limit')))).toEqual([page, 5, page, 1, 1])
  })

  test('selectors go along, checked', async () => {
    const client = clientOf(() => json(listOf()))
    await client.list(PODS, { labelSelector: 'app in (a,b)', fieldSelector: 'status.phase=Running' }, never)
    expect(client.seen[0]?.query.get('labelSelector')).toBe('app in (a,b)')
    expect(client.seen[0]?.query.get('fieldSelector')).toBe('status.phase=Running')
    for (const query of [{ labelSelector: 'a=b&watch=true' }, { fieldSelector: 'nonsense' }]) {
      expect((await errorOf(client.list(PODS, query, never))).code).toBe('invalid_arguments')
    }
    expect(client.seen).toHaveLength(1)
  })

  test('what a type does not offer is said before anything is asked', async () => {
    const reviews = typeOf('authentication.k8s.io', 'v1', 'TokenReview', 'tokenreviews', {
      namespaced: false,
      verbs: ['create'],
    })
    const client = clientOf(() => json(listOf()))
    expect((await errorOf(client.list(reviews, {}, never))).message).toContain('create')
    expect((await errorOf(client.get(reviews, 'x', undefined, never))).code).toBe('invalid_arguments')
    expect(client.seen).toEqual([])
  })

  test('L3-5 hostile names cause no request', async () => {
    const client = clientOf(() => json(POD))
    for (const name of ['..', 'a/b', 'a%2fb', '--server=https://evil', 'w\u0435b', 'a'.repeat(300), '']) {
      expect((await errorOf(client.get(PODS, name, 'shop', never))).code).toBe('invalid_arguments')
      expect((await errorOf(client.get(PODS, 'web-1', name, never))).code).toBe('invalid_arguments')
      expect((await errorOf(client.list(PODS, { namespace: name }, never))).code).toBe('invalid_arguments')
      expect((await errorOf(client.log({ namespace: 'shop', name }, never))).code).toBe('invalid_arguments')
    }
    expect((await errorOf(client.get(NODES, 'node-1', 'shop', never))).code).toBe('invalid_arguments')
    expect((await errorOf(client.get(PODS, 'web-1', undefined, never))).code).toBe('invalid_arguments')
    expect(client.seen).toEqual([])
  })
})

describe('tables', () => {
  const COLUMNS = [
    { name: 'Last Seen', type: 'string', format: '', description: 'words', priority: 0 },
    { name: 'Count', type: 'integer', format: '', description: 'words', priority: 1 },
    { name: 'Name', type: 'string', format: 'name', description: 'words', priority: 1 },
  ]
  const table = (...rows: object[]) => ({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: COLUMNS,
    rows,
  })

  test('of one namespace come without objects; the name is found by its column', async () => {
    const client = clientOf(() => json(table({ cells: ['5m', 3, 'web.1'], object: null })))
    const { columns, rows } = await client.listTable(PODS, { namespace: 'shop' }, never)
    expect(columns).toEqual([
      { name: 'Last Seen', type: 'string', priority: 0 },
      { name: 'Count', type: 'integer', priority: 1 },
      { name: 'Name', type: 'string', priority: 1 },
    ])
    expect(rows).toEqual([{ namespace: 'shop', name: 'web.1', cells: ['5m', 3, 'web.1'] }])
    expect(client.seen[0]?.query.get('includeObject')).toBe('None')
    expect(client.seen[0]?.query.get('limit')).toBe(String(TABLE_PAGE))
    expect(client.seen[0]?.headers.accept).toBe('application/json;as=Table;v=v1;g=meta.k8s.io,application/json')
  })

  test('over all namespaces come with metadata, in smaller pages, of which the names are kept', async () => {
    const object = {
      kind: 'PartialObjectMetadata',
      metadata: { name: 'web.1', namespace: 'shop', annotations: { a: 'b' } },
    }
    const client = clientOf(() => json(table({ cells: ['5m', 3, 'web.1'], object })))
    const { rows } = await client.listTable(PODS, {}, never)
    expect(rows).toEqual([{ namespace: 'shop', name: 'web.1', cells: ['5m', 3, 'web.1'] }])
    expect(client.seen[0]?.query.get('includeObject')).toBe('Metadata')
    expect(client.seen[0]?.query.get('limit')).toBe(String(METADATA_PAGE))
  })

  test('of a cluster-scoped type need no objects', async () => {
    const client = clientOf(() => json(table()))
    expect(await client.listTable(NODES, {}, never)).toMatchObject({ rows: [] })
    expect(client.seen[0]?.query.get('includeObject')).toBe('None')
  })

  test('a server that knows no tables sends a list, and gets the columns that everything has', async () => {
    const metadata = { name: 'w-1', namespace: 'shop', creationTimestamp: '2026-10-30T00:00:00Z' }
    const answer = { kind: 'WidgetList', metadata: { continue: 'more' }, items: [{ metadata, spec: {} }] }
    const page = await clientOf(() => json(answer)).listTable(PODS, {}, never)
    expect(page).toEqual({
      columns: [
        { name: 'Name', type: 'string', priority: 0 },
        { name: 'Age', type: 'string', priority: 0 },
      ],
      rows: [{ namespace: 'shop', name: 'w-1', cells: ['w-1', '2d'] }],
      continue: 'more',
    })
  })

  test.each([
    ['no columns', { kind: 'Table', rows: [] }],
    ['rows that are none', { ...table(), rows: [{ cells: 'web' }] }],
    ['a Status', { kind: 'Status' }],
    ['nameless items', { kind: 'PodList', items: [{}] }],
  ])('%s: cluster_nonsense', async (_, answer) => {
    expect((await errorOf(clientOf(() => json(answer)).listTable(PODS, {}, never))).code).toBe('cluster_nonsense')
  })
})
