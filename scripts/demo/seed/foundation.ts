/** What every cluster has before anybody deploys to it: nodes, namespaces, storage, the default roles. */

import { settle } from '../controllers/settle.ts'
import { before } from '../controllers/world.ts'
import type { JsonObject } from '../json.ts'
import { timestamp } from '../store.ts'
import { type Builder, DAYS } from './build.ts'

const CLUSTER_AGE = 96 * DAYS
const RBAC = 'rbac.authorization.k8s.io/v1'

interface NodePlan {
  readonly name: string
  readonly address: string
  readonly cpu: string
  readonly memory: string
  readonly controlPlane?: boolean
}

const NODES: readonly NodePlan[] = [
  { name: 'demo-control-plane', address: '172.18.0.2', cpu: '4', memory: '8148108Ki', controlPlane: true },
  { name: 'demo-worker-1', address: '172.18.0.3', cpu: '8', memory: '16296216Ki' },
  { name: 'demo-worker-2', address: '172.18.0.4', cpu: '8', memory: '16296216Ki' },
]

const nodeConditions = (builder: Builder): JsonObject[] =>
  [
    ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ].map(([type = '', status = '', reason = '', message = '']) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: timestamp(before(builder.now, 40)),
    lastTransitionTime: timestamp(before(builder.now, CLUSTER_AGE)),
  }))

const nodes = (builder: Builder): void => {
  for (const { name, address, cpu, memory, controlPlane } of NODES) {
    const taint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }
    const resources = { cpu, memory, 'ephemeral-storage': '61255492Ki', pods: '110' }
    builder.put(
      'v1',
      'Node',
      name,
      CLUSTER_AGE,
      {
        labels: {
          'kubernetes.io/hostname': name,
          'kubernetes.io/arch': 'amd64',
          'kubernetes.io/os': 'linux',
          'topology.kubernetes.io/zone': name.endsWith('2') ? 'zone-b' : 'zone-a',
          ...(controlPlane ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
        },
      },
      {
        spec: { podCIDR: '10.244.0.0/24', ...(controlPlane ? { taints: [taint] } : {}) },
        status: {
          capacity: resources,
          allocatable: resources,
          conditions: nodeConditions(builder),
          addresses: [
            { type: 'InternalIP', address },
            { type: 'Hostname', address: name },
          ],
          nodeInfo: {
            kubeletVersion: 'v1.36.3',
            kubeProxyVersion: '',
            osImage: 'Debian GNU/Linux 13 (trixie)',
            kernelVersion: '6.12.48',
            containerRuntimeVersion: 'containerd://2.1.4',
            architecture: 'amd64',
            operatingSystem: 'linux',
            machineID: '',
            systemUUID: '',
            bootID: '',
          },
        },
      },
    )
    builder.put(
      'coordination.k8s.io/v1',
      'Lease',
      name,
      CLUSTER_AGE,
      { namespace: 'kube-node-lease' },
      {
        spec: {
          holderIdentity: name,
          leaseDurationSeconds: 40,
          renewTime: `${timestamp(before(builder.now, 8)).slice(0, -1)}.000000Z`,
        },
      },
    )
  }
}

/** Name → rules, as in the real server's bootstrap policy, of those that matter to a caller here. */
const CLUSTER_ROLES: Readonly<Record<string, readonly JsonObject[]>> = {
  'cluster-admin': [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ],
  'system:discovery': [
    {
      verbs: ['get'],
      nonResourceURLs: [
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ],
    },
  ],
  'system:public-info-viewer': [
    { verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] },
  ],
  'system:basic-user': [
    {
      verbs: ['create'],
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    },
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  ],
}

const LOOK = ['get', 'list', 'watch']

/** Everything useful to a reader, and no Secret; group → resources. */
const READABLE: Readonly<Record<string, readonly string[]>> = {
  '': [
    'configmaps',
    'endpoints',
    'events',
    'limitranges',
    'namespaces',
    'nodes',
    'persistentvolumeclaims',
    'persistentvolumes',
    'pods',
    'podtemplates',
    'replicationcontrollers',
    'resourcequotas',
    'serviceaccounts',
    'services',
  ],
  apps: ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  batch: ['cronjobs', 'jobs'],
  autoscaling: ['horizontalpodautoscalers'],
  'networking.k8s.io': ['ingressclasses', 'ingresses', 'networkpolicies'],
  policy: ['poddisruptionbudgets'],
  'rbac.authorization.k8s.io': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
  'storage.k8s.io': ['storageclasses', 'volumeattachments'],
  'discovery.k8s.io': ['endpointslices'],
  'events.k8s.io': ['events'],
  'coordination.k8s.io': ['leases'],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  'apiregistration.k8s.io': ['apiservices'],
  'admissionregistration.k8s.io': ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  'scheduling.k8s.io': ['priorityclasses'],
  'ops.example.com': ['backupschedules'],
}

const readRules = (): JsonObject[] => [
  ...Object.entries(READABLE).map(([group, resources]) => ({
    verbs: LOOK,
    apiGroups: [group],
    resources: [...resources],
  })),
  { verbs: ['get'], apiGroups: [''], resources: ['pods/log'] },
]

const CHANGE = ['create', 'update', 'patch', 'delete']

const CHANGE_RULES: readonly JsonObject[] = [
  { verbs: CHANGE, apiGroups: [''], resources: ['configmaps', 'pods', 'services', 'persistentvolumeclaims'] },
  { verbs: ['create'], apiGroups: [''], resources: ['pods/eviction'] },
  { verbs: CHANGE, apiGroups: ['apps'], resources: ['daemonsets', 'deployments', 'statefulsets', 'replicasets'] },
  { verbs: ['get', 'update', 'patch'], apiGroups: ['apps'], resources: ['deployments/scale', 'statefulsets/scale'] },
  { verbs: CHANGE, apiGroups: ['batch'], resources: ['cronjobs', 'jobs'] },
  { verbs: CHANGE, apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'] },
  { verbs: CHANGE, apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'] },
  { verbs: CHANGE, apiGroups: ['policy'], resources: ['poddisruptionbudgets'] },
]

const account = (name: string): JsonObject => ({ kind: 'ServiceAccount', name, namespace: 'bulkhead' })
const group = (name: string): JsonObject => ({ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name })
const reference = (kind: string, name: string): JsonObject => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name })

const access = (builder: Builder): void => {
  const bind = (name: string, role: string, subjects: JsonObject[]) =>
    builder.put(
      RBAC,
      'ClusterRoleBinding',
      name,
      CLUSTER_AGE,
      {},
      { subjects, roleRef: reference('ClusterRole', role) },
    )
  for (const [name, rules] of Object.entries(CLUSTER_ROLES)) {
    const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
    builder.put(RBAC, 'ClusterRole', name, CLUSTER_AGE, { labels }, { rules: [...rules] })
  }
  bind('cluster-admin', 'cluster-admin', [group('system:masters')])
  bind('system:discovery', 'system:discovery', [group('system:authenticated')])
  bind('system:basic-user', 'system:basic-user', [group('system:authenticated')])
  bind('system:public-info-viewer', 'system:public-info-viewer', [
    group('system:authenticated'),
    group('system:unauthenticated'),
  ])
  for (const name of ['bulkhead-read', 'bulkhead-change']) {
    builder.put('v1', 'ServiceAccount', name, 30 * DAYS, { namespace: 'bulkhead' })
  }
  builder.put(RBAC, 'ClusterRole', 'bulkhead-read', 30 * DAYS, {}, { rules: readRules() })
  bind('bulkhead-read', 'bulkhead-read', [account('bulkhead-read'), account('bulkhead-change')])
  builder.put(RBAC, 'Role', 'bulkhead-change', 30 * DAYS, { namespace: 'shop' }, { rules: [...CHANGE_RULES] })
  builder.put(
    RBAC,
    'RoleBinding',
    'bulkhead-change',
    30 * DAYS,
    { namespace: 'shop' },
    {
      subjects: [account('bulkhead-change')],
      roleRef: reference('Role', 'bulkhead-change'),
    },
  )
}

const NAMESPACES: Readonly<Record<string, number>> = {
  default: CLUSTER_AGE,
  'kube-system': CLUSTER_AGE,
  'kube-public': CLUSTER_AGE,
  'kube-node-lease': CLUSTER_AGE,
  shop: 61 * DAYS,
  payments: 61 * DAYS,
  monitoring: 80 * DAYS,
  bulkhead: 30 * DAYS,
}

export const seedFoundation = (builder: Builder): void => {
  for (const [name, age] of Object.entries(NAMESPACES)) {
    const team = name === 'shop' || name === 'payments' ? { 'example.com/team': `${name}-team` } : {}
    builder.put('v1', 'Namespace', name, age, { labels: team })
  }
  settle(builder.cluster, before(builder.now, CLUSTER_AGE))
  nodes(builder)
  access(builder)
  builder.put(
    'storage.k8s.io/v1',
    'StorageClass',
    'standard',
    CLUSTER_AGE,
    {
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    { provisioner: 'rancher.io/local-path', reclaimPolicy: 'Delete', volumeBindingMode: 'WaitForFirstConsumer' },
  )
  for (const [name, value] of [
    ['system-cluster-critical', 2_000_000_000],
    ['system-node-critical', 2_000_001_000],
  ] as const) {
    builder.put(
      'scheduling.k8s.io/v1',
      'PriorityClass',
      name,
      CLUSTER_AGE,
      {},
      {
        value,
        globalDefault: false,
        preemptionPolicy: 'PreemptLowerPriority',
      },
    )
  }
  builder.put(
    'networking.k8s.io/v1',
    'IngressClass',
    'nginx',
    CLUSTER_AGE,
    {},
    {
      spec: { controller: 'k8s.io/ingress-nginx' },
    },
  )
  builder.put(
    'v1',
    'Service',
    'kubernetes',
    CLUSTER_AGE,
    {
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    { spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443, protocol: 'TCP' }] } },
  )
}
