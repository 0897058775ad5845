/** Reading: objects, their metadata alone, selectors, pages, compression, events under both of their names. */
import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { withWidgets } from './discovery.ts'
import { refusal, status } from './expect.ts'
import { configMap, makePod, pendingPod } from './objects.ts'
import { type Api, at, type Contract, contract, type JsonObject, list, names, text } from './target.ts'

const SECRETS = '/api/v1/namespaces/:ns/secrets'
const METADATA = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'

const makeSecrets = async (api: Api, labels: Readonly<Record<string, JsonObject>>): Promise<void> => {
  for (const [name, own] of Object.entries(labels)) {
    await api.make(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, labels: own },
      stringData: { k: 'v' },
    })
  }
}

const bad = status(400, 'BadRequest')

const LABELS: Readonly<Record<string, JsonObject>> = {
  a: { app: 'web', tier: 'front', size: '3' },
  b: { app: 'web', tier: 'back', size: '10' },
  c: { app: 'db', 'example.com/zone': 'x' },
  d: {},
}

/** Selector → names of the four secrets above. */
const SELECTED: Readonly<Record<string, string>> = {
  'app=web': 'a b',
  'app==web': 'a b',
  'app!=web': 'c d',
  'app=web,tier=back': 'b',
  'app in (web, db)': 'a b c',
  'app notin (web)': 'c d',
  app: 'a b c',
  '!app': 'd',
  'app,!tier': 'c',
  'size>5': 'b',
  'size<5': 'a',
  'example.com/zone=x': 'c',
  'app=': '',
  'app in (web),tier notin (back)': 'a',
}

const NOT_SELECTORS = ['app=!b', 'a b', 'app in (', 'app in (a))', '-app', 'app=a b', 'app>x', '=a', 'a/b/c=d']

const event = (api: Api, name: string, more: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: api.namespace },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: api.namespace, name: 'web-0' },
  type: 'Normal',
  source: { component: 'contract' },
  ...more,
})

/** Large enough that the server compresses it. */
const LARGE_BYTES = 300_000

export const listContracts: readonly Contract[] = [
  contract('lists objects in order, without kind and apiVersion on the items', async (api) => {
    await makeSecrets(api, { b: {}, a: {}, c: {} })
    const all = await api.read(SECRETS)
    assert.deepEqual([all.kind, all.apiVersion], ['SecretList', 'v1'])
    assert.deepEqual(names(all), ['a', 'b', 'c'])
    assert.match(text(all, 'metadata', 'resourceVersion'), /^\d+$/)
    const [item] = list(all, 'items')
    assert.deepEqual([item?.kind, item?.apiVersion], [undefined, undefined])
    assert.equal((await api.read('/api/v1/namespaces/no-such-namespace/secrets')).kind, 'SecretList')
  }),

  contract('gives metadata alone', async (api) => {
    await makeSecrets(api, { a: { x: 'y' } })
    const one = await api.read(`${SECRETS}/a`, METADATA)
    assert.deepEqual([one.kind, one.apiVersion], ['PartialObjectMetadata', 'meta.k8s.io/v1'])
    assert.deepEqual(Object.keys(one).sort(), ['apiVersion', 'kind', 'metadata'])
    const all = await api.read(SECRETS, METADATA_LIST)
    assert.deepEqual([all.kind, all.apiVersion], ['PartialObjectMetadataList', 'meta.k8s.io/v1'])
    const [item] = list(all, 'items')
    assert.deepEqual(at(item, 'metadata', 'labels'), { x: 'y' })
    assert.equal(at(item, 'data'), undefined)
    for (const [path, accept] of [
      [SECRETS, METADATA],
      [`${SECRETS}/a`, METADATA_LIST],
    ] as const) {
      assert.deepEqual(refusal(await api.get(path, accept)), status(406, 'NotAcceptable'), accept)
    }
  }),

  contract('selects by label in the whole grammar', async (api) => {
    await makeSecrets(api, LABELS)
    for (const [selector, expected] of Object.entries(SELECTED)) {
      const found = await api.read(`${SECRETS}?labelSelector=${encodeURIComponent(selector)}`)
      assert.equal(names(found).join(' '), expected, selector)
    }
    for (const selector of NOT_SELECTORS) {
      const answer = await api.get(`${SECRETS}?labelSelector=${encodeURIComponent(selector)}`)
      assert.deepEqual(refusal(answer), bad, selector)
    }
  }),

  contract('selects by the fields that a kind supports and refuses others', async (api) => {
    await makeSecrets(api, { a: {}, b: {} })
    await makePod(api, pendingPod('p'))
    const found = async (path: string, selector: string) =>
      names(await api.read(`${path}?fieldSelector=${encodeURIComponent(selector)}`)).join(' ')
    assert.equal(await found(SECRETS, 'metadata.name=a'), 'a')
    assert.equal(await found(SECRETS, 'metadata.name!=a,type=Opaque'), 'b')
    assert.equal(await found(SECRETS, 'type=kubernetes.io/tls'), '')
    const pods = '/api/v1/namespaces/:ns/pods'
    assert.equal(await found(pods, 'status.phase=Pending,spec.nodeName='), 'p')
    assert.equal(await found(pods, 'spec.restartPolicy==Always'), 'p')
    assert.equal(await found(pods, 'status.phase!=Pending'), '')
    assert.equal(await found('/api/v1/namespaces', `metadata.name=${api.namespace},status.phase=Active`), api.namespace)
    for (const [path, selector] of [
      [pods, 'spec.foo=a'],
      [SECRETS, 'data.k=v'],
      ['/api/v1/namespaces/:ns/configmaps', 'data=x'],
      ['/apis/apps/v1/namespaces/:ns/deployments', 'status.replicas=1'],
      ['/apis/apps/v1/namespaces/:ns/replicasets', 'status.replicas=1'],
      ['/apis/batch/v1/namespaces/:ns/jobs', 'status.failed=1'],
      ['/apis/events.k8s.io/v1/namespaces/:ns/events', 'involvedObject.name=a'],
      ['/api/v1/namespaces/:ns/events', 'regarding.name=a'],
      [pods, 'nonsense'],
    ] as const) {
      const answer = await api.get(`${path}?fieldSelector=${encodeURIComponent(selector)}`)
      assert.deepEqual(refusal(answer), bad, `${path} ${selector}`)
    }
  }),

  contract('hands out a list in pages that belong together', async (api) => {
    await makeSecrets(api, { a: {}, b: {}, c: {}, d: {}, e: {} })
    const page = async (token: string) => api.read(`${SECRETS}?limit=2${token === '' ? '' : `&continue=${token}`}`)
    const first = await page('')
    assert.deepEqual(names(first), ['a', 'b'])
    assert.equal(at(first, 'metadata', 'remainingItemCount'), 3)
    // What happens in between is not part of this walk.
    await api.make(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bb' } })
    await api.send('DELETE', `${SECRETS}/e`)
    const second = await page(text(first, 'metadata', 'continue'))
    assert.deepEqual(names(second), ['c', 'd'])
    assert.equal(at(second, 'metadata', 'remainingItemCount'), 1)
    assert.equal(at(second, 'metadata', 'resourceVersion'), at(first, 'metadata', 'resourceVersion'))
    const last = await page(text(second, 'metadata', 'continue'))
    assert.deepEqual(names(last), ['e'])
    assert.equal(at(last, 'metadata', 'continue'), undefined)
    assert.equal(at(last, 'metadata', 'remainingItemCount'), undefined)
    assert.deepEqual(names(await api.read(`${SECRETS}?limit=100`)), ['a', 'b', 'bb', 'c', 'd'])
  }),

  contract('does not count what remains of a selected list', async (api) => {
    await makeSecrets(api, { a: { x: '1' }, b: { x: '1' }, c: { x: '1' }, d: {} })
    const found: string[] = []
    let token = ''
    for (let pages = 0; pages < 10; pages += 1) {
      const page = await api.read(`${SECRETS}?labelSelector=x&limit=2${token === '' ? '' : `&continue=${token}`}`)
      assert.equal(at(page, 'metadata', 'remainingItemCount'), undefined)
      found.push(...names(page))
      token = String(at(page, 'metadata', 'continue') ?? '')
      if (token === '') break
    }
    assert.deepEqual(found, ['a', 'b', 'c'])
  }),

  contract('refuses tokens and numbers that it never gave', async (api) => {
    const forged = (content: string) => Buffer.from(content).toString('base64url')
    for (const query of [
      'limit=2&continue=abc',
      'limit=2&continue=***',
      `limit=2&continue=${forged('{"v":"meta.k8s.io/v2","rv":5,"start":"a"}')}`,
      `limit=2&continue=${forged('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}')}`,
      `limit=2&continue=${forged('{"v":"meta.k8s.io/v1","rv":5,"start":"../../secrets/a"}')}`,
      'limit=x',
      'resourceVersion=x',
    ]) {
      assert.deepEqual(refusal(await api.get(`${SECRETS}?${query}`)), bad, query)
    }
    assert.equal((await api.get(`${SECRETS}?limit=-1`)).status, 200)
  }),

  // On custom resources: of built-in ones the API server remembers its whole life, and answers from memory.
  contract('tells an expired token apart and how to go on', (api) =>
    withWidgets(api, async (group, path) => {
      for (const name of ['a', 'b', 'c']) {
        await api.make(path, { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name }, spec: { size: 1 } })
      }
      const token = await api.target.expiredContinueToken(path.replace(':ns', api.namespace))
      const answer = await api.get(`${path}?limit=1&continue=${token}`)
      assert.deepEqual([answer.status, answer.body.reason, answer.body.code], [410, 'Expired', 410])
      const onwards = text(answer.body, 'metadata', 'continue')
      const rest = await api.read(`${path}?limit=10&continue=${onwards}`)
      assert.deepEqual(names(rest).at(-1), 'c')
    }),
  ),

  contract('compresses large answers for those who accept it', async (api) => {
    await api.make('/api/v1/namespaces/:ns/configmaps', configMap('large', { k: 'x'.repeat(LARGE_BYTES) }))
    const path = '/api/v1/namespaces/:ns/configmaps/large'
    const plain = await api.get(path)
    assert.equal(plain.headers['content-encoding'], undefined)
    const packed = await api.send('GET', path, { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(packed.headers['content-encoding'], 'gzip')
    assert.deepEqual(JSON.parse(gunzipSync(packed.bytes).toString()), plain.body)
    const small = await api.send('GET', '/version', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(small.headers['content-encoding'], undefined)
  }),

  contract('answers only in what the caller accepts', async (api) => {
    const answer = await api.get('/api/v1/namespaces', 'application/json;as=Table;v=v1;g=example.com')
    assert.deepEqual(refusal(answer), status(406, 'NotAcceptable'))
    assert.equal((await api.get('/api/v1/namespaces', 'text/html')).status, 406)
    const yaml = await api.get('/api/v1/namespaces/:ns', 'application/yaml')
    assert.equal(yaml.headers['content-type'], 'application/yaml')
    assert.match(yaml.text, /^kind: Namespace$/m)
    const fallback = await api.get('/api/v1/namespaces', 'application/vnd.example.nonsense,application/json')
    assert.equal(fallback.body.kind, 'NamespaceList')
  }),

  contract('tells changes since a version, and what they are to those who watch a selection', async (api) => {
    const maps = '/api/v1/namespaces/:ns/configmaps'
    await api.make(maps, configMap('a'))
    const known = text(await api.read(maps), 'metadata', 'resourceVersion')
    await api.patch(`${maps}/a`, 'merge', { metadata: { labels: { colour: 'red' } } })
    await api.make(maps, { ...configMap('b'), metadata: { name: 'b', labels: { colour: 'red' } } })
    await api.patch(`${maps}/b`, 'merge', { metadata: { labels: { colour: null } } })
    await api.send('DELETE', `${maps}/a`)
    const watched = async (query: string) => {
      const answer = await api.get(`${maps}?watch=true&timeoutSeconds=1&resourceVersion=${known}${query}`)
      assert.equal(answer.status, 200, answer.text)
      const events = answer.bytes
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as JsonObject)
      return events
        .filter((item) => at(item, 'object', 'metadata', 'name') !== 'kube-root-ca.crt')
        .map((item) => `${String(item.type)} ${String(at(item, 'object', 'metadata', 'name'))}`)
    }
    assert.deepEqual(await watched(''), ['MODIFIED a', 'ADDED b', 'MODIFIED b', 'DELETED a'])
    assert.deepEqual(await watched('&labelSelector=colour%3Dred'), ['ADDED a', 'ADDED b', 'DELETED b', 'DELETED a'])
    assert.deepEqual(await watched('&fieldSelector=metadata.name%3Db'), ['ADDED b', 'MODIFIED b'])
  }),

  contract('shows events under both of their names', async (api) => {
    const events = '/api/v1/namespaces/:ns/events'
    const time = `${new Date().toISOString().slice(0, 19)}Z`
    await api.make(
      events,
      event(api, 'one', {
        reason: 'Started',
        message: 'Started it',
        count: 4,
        firstTimestamp: time,
        lastTimestamp: time,
      }),
    )
    await api.make(events, event(api, 'two', { reason: 'BackOff', message: 'Back-off', type: 'Warning' }))
    const selectedBy = async (path: string, selector: string) =>
      names(await api.read(`${path}?fieldSelector=${encodeURIComponent(selector)}`)).join(' ')
    assert.equal(await selectedBy(events, 'involvedObject.name=web-0,type=Warning'), 'two')
    assert.equal(await selectedBy(events, 'involvedObject.kind=Pod,reason=Started'), 'one')
    assert.equal(await selectedBy(events, `involvedObject.namespace=${api.namespace}`), 'one two')
    const newer = '/apis/events.k8s.io/v1/namespaces/:ns/events'
    assert.equal(await selectedBy(newer, 'regarding.name=web-0,type=Warning'), 'two')
    const one = await api.read(`${newer}/one`)
    assert.equal(one.apiVersion, 'events.k8s.io/v1')
    assert.deepEqual([one.note, one.deprecatedCount, one.reason], ['Started it', 4, 'Started'])
    assert.equal(at(one, 'regarding', 'name'), 'web-0')
    assert.deepEqual(one.deprecatedSource, { component: 'contract' })
    assert.deepEqual([one.message, one.involvedObject, one.count], [undefined, undefined, undefined])
  }),
]
