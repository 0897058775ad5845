/** Server-side Tables: the columns of every kind that people list, to the letter, and the cells that go with them. */
import assert from 'node:assert/strict'
import { withWidgets } from './discovery.ts'
import { refusal, status } from './expect.ts'
import { makePod, pendingPod } from './objects.ts'
import { AGE, ANY, CASES, type Expected, NAME } from './table-cases.ts'
import { type Api, at, type Contract, contract, type Json, type JsonObject, list } from './target.ts'

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const told = (column: JsonObject): string =>
  [
    String(column.name),
    column.type === 'string' ? '' : String(column.type),
    column.format === '' ? '' : `(${String(column.format)})`,
    column.priority === 0 ? '' : 'wide',
  ]
    .filter((part) => part !== '')
    .join(' ')

const compare = async (api: Api, path: string, { columns, cells }: Expected, name: string): Promise<void> => {
  const table = await api.read(path, TABLE)
  assert.equal(table.kind, 'Table', path)
  assert.equal(table.apiVersion, 'meta.k8s.io/v1')
  assert.deepEqual(list(table, 'columnDefinitions').map(told), columns, path)
  if (cells === undefined) return
  const row = list(table, 'rows').find((item) => at(item, 'object', 'metadata', 'name') === name)
  assert(row !== undefined, `${path}: no row of ${name}`)
  const found = row.cells as Json[]
  assert.equal(found.length, cells.length, `${path}: ${JSON.stringify(found)}`)
  for (const [index, cell] of cells.entries()) {
    if (cell instanceof RegExp) assert.match(String(found[index]), cell, `${path}: ${columns[index]}`)
    else assert.deepEqual(found[index], cell, `${path}: ${columns[index]}`)
  }
}

const pathOf = (apiVersion: string, resource: string): string =>
  `${apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`}/namespaces/:ns/${resource}`

const kindContracts = CASES.map(({ apiVersion, kind, resource, object, expected }) =>
  contract(`prints a ${kind} as kubectl shows it`, async (api) => {
    const path = pathOf(apiVersion, resource)
    await api.make(path, { apiVersion, kind, ...object })
    await compare(api, path, expected, 'table')
  }),
)

const ago = (seconds: number): string => `${new Date(Date.now() - seconds * 1000).toISOString().slice(0, 19)}Z`

export const tableContracts: readonly Contract[] = [
  ...kindContracts,

  contract('prints a pod, with its wide columns', async (api) => {
    await makePod(api, pendingPod('table', ['a', 'b']))
    const path = '/api/v1/namespaces/:ns/pods'
    await compare(
      api,
      path,
      {
        columns: [
          NAME,
          'Ready',
          'Status',
          'Restarts',
          'Age',
          ...['IP', 'Node', 'Nominated Node', 'Readiness Gates'].map((name) => `${name} wide`),
        ],
        cells: ['table', '0/2', 'Pending', '0', AGE, '<none>', '<none>', '<none>', '<none>'],
      },
      'table',
    )
    const failed = {
      phase: 'Failed',
      containerStatuses: [
        {
          name: 'a',
          image: 'x',
          imageID: '',
          ready: false,
          restartCount: 3,
          state: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
          lastState: { terminated: { exitCode: 1, finishedAt: ago(300) } },
        },
        {
          name: 'b',
          image: 'x',
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: ago(10) } },
        },
      ],
    }
    assert.equal((await api.patch(`${path}/table/status`, 'merge', { status: failed })).status, 200)
    const table = await api.read(path, TABLE)
    const [row] = list(table, 'rows')
    const cells = row?.cells as Json[]
    assert.deepEqual(cells.slice(0, 3), ['table', '1/2', 'OOMKilled'])
    assert.match(String(cells[3]), /^3 \(5m(?:\d+s)? ago\)$/)
    assert.deepEqual(row?.conditions, [
      { type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' },
    ])
  }),

  contract('prints every type of Service, and where it can be reached', async (api) => {
    const path = '/api/v1/namespaces/:ns/services'
    const ports = [{ port: 80, protocol: 'TCP' }]
    const make = (name: string, spec: JsonObject) =>
      api.make(path, { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec })
    await make('headless', { clusterIP: 'None', selector: { app: 'x' } })
    await make('node-port', { type: 'NodePort', ports })
    await make('balanced', { type: 'LoadBalancer', ports })
    await make('elsewhere', { type: 'ExternalName', externalName: 'db.example.com' })
    const cells = async (name: string) => at(await api.read(`${path}/${name}`, TABLE), 'rows', 0, 'cells') as Json[]
    assert.deepEqual((await cells('headless')).slice(1, 5), ['ClusterIP', 'None', '<none>', '<none>'])
    assert.match(String((await cells('node-port'))[4]), /^80:3\d{4}\/TCP$/)
    assert.equal((await cells('balanced'))[3], '<pending>')
    const ingress = [{ hostname: 'b.example.com' }, { ip: '192.0.2.7' }]
    const status = { loadBalancer: { ingress } }
    assert.equal((await api.patch(`${path}/balanced/status`, 'merge', { status })).status, 200)
    assert.equal((await cells('balanced'))[3], '192.0.2.7,b.example.com')
    assert.deepEqual((await cells('elsewhere')).slice(1, 5), ['ExternalName', '<none>', 'db.example.com', '<none>'])
  }),

  contract('prints an event', async (api) => {
    await api.make('/api/v1/namespaces/:ns/events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'table', namespace: api.namespace },
      involvedObject: { kind: 'Pod', namespace: api.namespace, name: 'web-0', fieldPath: 'spec.containers{app}' },
      reason: 'BackOff',
      message: 'Back-off restarting\n',
      type: 'Warning',
      source: { component: 'kubelet', host: 'node-a' },
      firstTimestamp: ago(3600),
      lastTimestamp: ago(240),
      count: 17,
    })
    await compare(
      api,
      '/api/v1/namespaces/:ns/events',
      {
        columns: [
          'Last Seen',
          'Type',
          'Reason',
          'Object',
          'Subobject wide',
          'Source wide',
          'Message',
          'First Seen wide',
          'Count wide',
          'Name (name) wide',
        ],
        cells: [
          /^4m(?:\d+s)?$/,
          'Warning',
          'BackOff',
          'pod/web-0',
          'spec.containers{app}',
          'kubelet, node-a',
          'Back-off restarting',
          '60m',
          17,
          'table',
        ],
      },
      'table',
    )
  }),

  contract('prints what has no namespace', async (api) => {
    await compare(
      api,
      '/api/v1/namespaces',
      { columns: [NAME, 'Status', 'Age'], cells: [api.namespace, 'Active', AGE] },
      api.namespace,
    )
    await compare(
      api,
      '/api/v1/nodes',
      {
        columns: [
          NAME,
          'Status',
          'Roles',
          'Age',
          'Version',
          ...['Internal-IP', 'External-IP', 'OS-Image', 'Kernel-Version', 'Container-Runtime'].map(
            (name) => `${name} wide`,
          ),
        ],
      },
      '',
    )
    await compare(
      api,
      '/api/v1/persistentvolumes',
      {
        columns: [
          NAME,
          ...[
            'Capacity',
            'Access Modes',
            'Reclaim Policy',
            'Status',
            'Claim',
            'StorageClass',
            'VolumeAttributesClass',
            'Reason',
            'Age',
          ],
          'VolumeMode wide',
        ],
      },
      '',
    )
    await compare(
      api,
      '/apis/storage.k8s.io/v1/storageclasses',
      { columns: [NAME, 'Provisioner', 'ReclaimPolicy', 'VolumeBindingMode', 'AllowVolumeExpansion', 'Age'] },
      '',
    )
    await compare(
      api,
      '/apis/scheduling.k8s.io/v1/priorityclasses',
      {
        columns: [NAME, 'Value integer', 'Global-Default boolean', 'Age', 'PreemptionPolicy'],
        cells: ['system-cluster-critical', 2_000_000_000, false, ANY, 'PreemptLowerPriority'],
      },
      'system-cluster-critical',
    )
    await compare(
      api,
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      { columns: [NAME, 'Created At date'] },
      '',
    )
  }),

  contract('prints a custom resource by the columns of its definition', (api) =>
    withWidgets(api, async (group, path) => {
      const spec = { size: 3, label: 'x', on: true, due: ago(7200) }
      await api.make(path, { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'table' }, spec })
      await api.make(path, {
        apiVersion: `${group}/v1`,
        kind: 'Widget',
        metadata: { name: 'bare' },
        spec: { size: 1, due: 'never' },
      })
      const columns = [NAME, 'Size integer', 'Label wide', 'On boolean', 'Due date', 'Phase']
      await compare(api, path, { columns, cells: ['table', 3, 'x', true, '120m', null] }, 'table')
      await compare(api, path, { columns, cells: ['bare', 1, null, null, '<invalid>', null] }, 'bare')
    }),
  ),

  contract('sends as much of the object with a row as was asked for', async (api) => {
    await api.make('/api/v1/namespaces/:ns/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'table', labels: { a: 'b' } },
      stringData: { key: 'value' },
    })
    const path = '/api/v1/namespaces/:ns/secrets'
    const object = async (query: string) => at(await api.read(`${path}${query}`, TABLE), 'rows', 0, 'object')
    assert.equal(await object('?includeObject=None'), null)
    for (const query of ['', '?includeObject=Metadata']) {
      const partial = await object(query)
      assert.equal(at(partial, 'kind'), 'PartialObjectMetadata')
      assert.equal(at(partial, 'apiVersion'), 'meta.k8s.io/v1')
      assert.deepEqual(at(partial, 'metadata', 'labels'), { a: 'b' })
      assert.equal(at(partial, 'data'), undefined)
    }
    const whole = await object('?includeObject=Object')
    assert.deepEqual([at(whole, 'kind'), at(whole, 'apiVersion')], ['Secret', 'v1'])
    assert.deepEqual(at(whole, 'data'), { key: 'dmFsdWU=' })
    const bad = await api.get(`${path}?includeObject=Everything`, TABLE)
    assert.deepEqual(refusal(bad), status(400, 'BadRequest'))
  }),

  contract('prints one object too, and pages of many', async (api) => {
    const path = '/api/v1/namespaces/:ns/secrets'
    for (const name of ['a', 'b', 'c']) await api.make(path, { apiVersion: 'v1', kind: 'Secret', metadata: { name } })
    const one = await api.read(`${path}/b`, TABLE)
    assert.equal(list(one, 'rows').length, 1)
    assert.equal(at(one, 'rows', 0, 'cells', 0), 'b')
    const page = await api.read(`${path}?limit=2`, TABLE)
    assert.deepEqual(
      list(page, 'rows').map((row) => at(row, 'cells', 0)),
      ['a', 'b'],
    )
    assert.equal(at(page, 'metadata', 'remainingItemCount'), 1)
    const rest = await api.read(`${path}?limit=2&continue=${String(at(page, 'metadata', 'continue'))}`, TABLE)
    assert.deepEqual(
      list(rest, 'rows').map((row) => at(row, 'cells', 0)),
      ['c'],
    )
    assert.equal(at(rest, 'metadata', 'continue'), undefined)
  }),

  contract('gives a Table to those who list fallbacks, as kubectl does', async (api) => {
    const accept = `${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`
    assert.equal((await api.read('/api/v1/namespaces', accept)).kind, 'Table')
    const old = await api.read('/api/v1/namespaces', 'application/json;as=Table;v=v1beta1;g=meta.k8s.io')
    assert.equal(old.apiVersion, 'meta.k8s.io/v1beta1')
  }),
]
