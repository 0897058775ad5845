/** Server-side Tables: the columns of every kind that people list, to the letter, and the cells that go with them. */
import assert from 'node:assert/strict'
import { withWidgets } from './discovery.ts'
import {
  type Api,
  at,
  type Contract,
  contract,
  deployment,
  type Json,
  type JsonObject,
  list,
  makePod,
  pendingPod,
  refusal,
  status,
} from './target.ts'

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const AGE = /^\d+s$/
const ANY = /.*/

type Cell = Json | RegExp

interface Expected {
  /** `name type[ format][ priority]`; type string and priority 0 are left out. */
  readonly columns: readonly string[]
  readonly cells?: readonly Cell[]
}

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

const WORKLOAD = ['Containers wide', 'Images wide', 'Selector wide']
const INTEGERS = (...names: string[]): string[] => names.map((name) => `${name} integer`)
const NAME = 'Name (name)'
const NAMED = (name: string): JsonObject => ({ name })

const template = (app: string, more: JsonObject = {}): JsonObject => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'app', image: 'example:1.0' }], ...more },
})

interface Case {
  readonly apiVersion: string
  readonly kind: string
  readonly resource: string
  readonly object: JsonObject
  readonly expected: Expected
}

const selected = (app: string) => ({ selector: { matchLabels: { app } } })

/** One object of each kind, such that no controller changes its row. */
const CASES: readonly Case[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    resource: 'deployments',
    object: deployment('table'),
    expected: {
      columns: [NAME, 'Ready', 'Up-to-date', 'Available', 'Age', ...WORKLOAD],
      cells: ['table', '0/0', 0, 0, AGE, 'app', 'example:1.0', 'app=table'],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    resource: 'replicasets',
    object: { metadata: NAMED('table'), spec: { replicas: 0, ...selected('table'), template: template('table') } },
    expected: {
      columns: [NAME, ...INTEGERS('Desired', 'Current', 'Ready'), 'Age', ...WORKLOAD],
      cells: ['table', 0, 0, 0, AGE, 'app', 'example:1.0', 'app=table'],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    resource: 'statefulsets',
    object: {
      metadata: NAMED('table'),
      spec: { replicas: 0, serviceName: 'table', ...selected('sts'), template: template('sts') },
    },
    expected: {
      columns: [NAME, 'Ready', 'Age', 'Containers wide', 'Images wide'],
      cells: ['table', '0/0', AGE, 'app', 'example:1.0'],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    resource: 'daemonsets',
    object: {
      metadata: NAMED('table'),
      spec: { ...selected('ds'), template: template('ds', { nodeSelector: { 'example.com/contract': 'nowhere' } }) },
    },
    expected: {
      columns: [
        NAME,
        ...INTEGERS('Desired', 'Current', 'Ready', 'Up-to-date', 'Available'),
        'Node Selector',
        'Age',
        ...WORKLOAD,
      ],
      cells: ['table', 0, 0, 0, 0, 0, 'example.com/contract=nowhere', AGE, 'app', 'example:1.0', 'app=ds'],
    },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    resource: 'jobs',
    object: {
      metadata: NAMED('table'),
      spec: {
        completions: 2,
        template: template('job', { restartPolicy: 'Never', nodeSelector: { 'example.com/contract': 'nowhere' } }),
      },
    },
    expected: {
      columns: [NAME, 'Status', 'Completions', 'Duration', 'Age', ...WORKLOAD],
      cells: [
        'table',
        'Running',
        '0/2',
        /^(?:\d+s)?$/,
        AGE,
        'app',
        'example:1.0',
        /^batch\.kubernetes\.io\/controller-uid=/,
      ],
    },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    resource: 'cronjobs',
    object: {
      metadata: NAMED('table'),
      spec: {
        schedule: '0 3 * * *',
        suspend: true,
        jobTemplate: { spec: { template: template('cron', { restartPolicy: 'Never' }) } },
      },
    },
    expected: {
      columns: [NAME, 'Schedule', 'Timezone', 'Suspend boolean', 'Active integer', 'Last Schedule', 'Age', ...WORKLOAD],
      cells: ['table', '0 3 * * *', '<none>', 'True', 0, '<none>', AGE, 'app', 'example:1.0', '<none>'],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    resource: 'services',
    object: {
      metadata: NAMED('table'),
      spec: {
        selector: { app: 'x', tier: 'y' },
        ports: [{ port: 80 }, { name: 'b', port: 81 }].map((port, index) => ({ name: `p${index}`, ...port })),
      },
    },
    expected: {
      columns: [NAME, 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector wide'],
      cells: ['table', 'ClusterIP', /^\d+\.\d+\.\d+\.\d+$/, '<none>', '80/TCP,81/TCP', AGE, 'app=x,tier=y'],
    },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    resource: 'endpointslices',
    object: {
      metadata: NAMED('table'),
      addressType: 'IPv4',
      endpoints: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map((address) => ({ addresses: [address] })),
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
    expected: {
      columns: [NAME, 'AddressType', 'Ports', 'Endpoints', 'Age'],
      cells: ['table', 'IPv4', '8080', '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...', AGE],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    resource: 'ingresses',
    object: {
      metadata: NAMED('table'),
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['a.example.com'], secretName: 'tls' }],
        rules: ['a', 'b', 'c', 'd'].map((host) => ({
          host: `${host}.example.com`,
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }],
          },
        })),
      },
    },
    expected: {
      columns: [NAME, 'Class', 'Hosts', 'Address', 'Ports', 'Age'],
      cells: ['table', 'nginx', 'a.example.com,b.example.com,c.example.com + 1 more...', '', '80, 443', AGE],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    resource: 'configmaps',
    object: { metadata: NAMED('table'), data: { a: '1', b: '2' }, binaryData: { c: 'AA==' } },
    expected: { columns: [NAME, 'Data', 'Age'], cells: ['table', 3, AGE] },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    resource: 'secrets',
    object: { metadata: NAMED('table'), stringData: { a: '1', b: '2' } },
    expected: { columns: [NAME, 'Type', 'Data', 'Age'], cells: ['table', 'Opaque', 2, AGE] },
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    resource: 'serviceaccounts',
    object: { metadata: NAMED('table') },
    expected: { columns: [NAME, 'Age'], cells: ['table', AGE] },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    resource: 'persistentvolumeclaims',
    object: {
      metadata: NAMED('table'),
      spec: {
        storageClassName: 'nowhere',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      },
    },
    expected: {
      columns: [
        NAME,
        'Status',
        'Volume',
        'Capacity',
        'Access Modes',
        'StorageClass',
        'VolumeAttributesClass',
        'Age',
        'VolumeMode wide',
      ],
      cells: ['table', 'Pending', '', '', '', 'nowhere', '<unset>', AGE, 'Filesystem'],
    },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    resource: 'horizontalpodautoscalers',
    object: {
      metadata: NAMED('table'),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nowhere' },
        maxReplicas: 4,
        metrics: ['cpu', 'memory', 'ephemeral-storage'].map((name) => ({
          type: 'Resource',
          resource: { name, target: { type: 'Utilization', averageUtilization: 70 } },
        })),
      },
    },
    expected: {
      columns: [NAME, 'Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas', 'Age'],
      cells: ['table', 'Deployment/nowhere', 'cpu: <unknown>/70%, memory: <unknown>/70% + 1 more...', '1', 4, 0, AGE],
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    resource: 'poddisruptionbudgets',
    object: { metadata: NAMED('table'), spec: { minAvailable: '50%', ...selected('nowhere') } },
    expected: {
      columns: [NAME, 'Min Available', 'Max Unavailable', 'Allowed Disruptions integer', 'Age'],
      cells: ['table', '50%', 'N/A', 0, AGE],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    resource: 'networkpolicies',
    object: {
      metadata: NAMED('table'),
      spec: {
        podSelector: {
          matchLabels: { tier: 'b' },
          matchExpressions: [
            { key: 'app', operator: 'In', values: ['y', 'x'] },
            { key: 'old', operator: 'DoesNotExist' },
          ],
        },
      },
    },
    expected: { columns: [NAME, 'Pod-Selector', 'Age'], cells: ['table', 'app in (x,y),!old,tier=b', AGE] },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    resource: 'rolebindings',
    object: {
      metadata: NAMED('table'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'maria@example.com' },
        { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'agents' },
        { kind: 'ServiceAccount', name: 'robot', namespace: 'default' },
      ],
    },
    expected: {
      columns: [NAME, 'Role', 'Age', 'Users wide', 'Groups wide', 'ServiceAccounts wide'],
      cells: ['table', 'ClusterRole/view', AGE, 'maria@example.com', 'agents', 'default/robot'],
    },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    resource: 'roles',
    object: { metadata: NAMED('table'), rules: [] },
    expected: { columns: [NAME, 'Created At date'], cells: ['table', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/] },
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    resource: 'leases',
    object: { metadata: NAMED('table'), spec: { holderIdentity: 'me' } },
    expected: { columns: [NAME, 'Holder', 'Age'], cells: ['table', 'me', AGE] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    resource: 'controllerrevisions',
    object: { metadata: NAMED('table'), revision: 3, data: {} },
    expected: { columns: [NAME, 'Controller', 'Revision', 'Age'], cells: ['table', '<none>', 3, AGE] },
  },
]

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
