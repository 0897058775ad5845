/** What every cluster has before anybody deploys to it: nodes, namespaces, storage, the default roles. */

import { settle } from '../controllers/settle.ts'
import { before } from '../controllers/world.ts'
import type { JsonObject } from '../json.ts'
import { timestamp } from '../store.ts'
import { seedAccess } from './access.ts'
import { type Builder, DAYS } from './build.ts'

const CLUSTER_AGE = 96 * DAYS

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
  seedAccess(builder, CLUSTER_AGE)
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
