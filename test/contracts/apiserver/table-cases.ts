/**
 * One object of each kind, such that no controller changes its row, and the columns and cells that the API server prints
 * for it.
 */
import { deployment } from './objects.ts'
import type { Json, JsonObject } from './target.ts'

export const AGE = /^\d+s$/
export const ANY = /.*/

export type Cell = Json | RegExp

export interface Expected {
  /** `name type[ format][ priority]`; type string and priority 0 are left out. */
  readonly columns: readonly string[]
  readonly cells?: readonly Cell[]
}

const WORKLOAD = ['Containers wide', 'Images wide', 'Selector wide']
const INTEGERS = (...names: string[]): string[] => names.map((name) => `${name} integer`)
export const NAME = 'Name (name)'
const NAMED = (name: string): JsonObject => ({ name })

const template = (app: string, more: JsonObject = {}): JsonObject => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'app', image: 'example:1.0' }], ...more },
})

export interface Case {
  readonly apiVersion: string
  readonly kind: string
  readonly resource: string
  readonly object: JsonObject
  readonly expected: Expected
}

const selected = (app: string) => ({ selector: { matchLabels: { app } } })

/** One object of each kind, such that no controller changes its row. */
export const CASES: readonly Case[] = [
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
