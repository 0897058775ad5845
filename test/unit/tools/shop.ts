/** A small shop for the tools' tests: the tables that the API server would print, and the objects behind them. */
import type { KubeObject } from '../../../src/tool.ts'
import { type FakeCluster, type FakeTable, row } from '../../support/fake-view.ts'

const TAINTS = ['not-ready', 'unreachable']

export const CRASHING_POD: KubeObject = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: 'checkout-7c9f6b5d4f-x2lqz',
    generateName: 'checkout-7c9f6b5d4f-',
    namespace: 'shop',
    uid: '0a3a9c55-1d0e-4b51-9be9-2f0c3d0e7a11',
    resourceVersion: '184233',
    generation: 1,
    creationTimestamp: '2026-11-17T09:12:44Z',
    labels: { app: 'checkout', 'pod-template-hash': '7c9f6b5d4f' },
    annotations: { 'prometheus.io/scrape': 'true' },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'checkout-7c9f6b5d4f',
        uid: '8e0ef4a0-9f4b-4d8e-b6f0-92f1f3a2a511',
        controller: true,
      },
    ],
    managedFields: [{ manager: 'kubelet', operation: 'Update' }],
  },
  spec: {
    volumes: [
      { name: 'config', configMap: { name: 'checkout-config', defaultMode: 420 } },
      { name: 'scratch', emptyDir: {} },
      { name: 'kube-api-access-7s9nk', projected: { sources: [], defaultMode: 420 } },
    ],
    containers: [
      {
        name: 'app',
        image: 'shop/checkout:1.14.2',
        args: ['--port=8080', '--log-level=info'],
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        env: [
          { name: 'LOG_FORMAT', value: 'json' },
          { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'checkout-db', key: 'url' } } },
        ],
        resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
        volumeMounts: [
          { name: 'config', mountPath: '/etc/checkout' },
          {
            name: 'kube-api-access-7s9nk',
            readOnly: true,
            mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
          },
        ],
        livenessProbe: {
          httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' },
          initialDelaySeconds: 5,
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
        securityContext: { runAsNonRoot: true },
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'checkout',
    serviceAccount: 'checkout',
    nodeName: 'node-2',
    securityContext: {},
    schedulerName: 'default-scheduler',
    tolerations: TAINTS.map((taint) => ({
      key: `node.kubernetes.io/${taint}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
  },
  status: {
    phase: 'Running',
    conditions: [
      { type: 'Initialized', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-11-17T09:12:44Z' },
      {
        type: 'Ready',
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime: '2026-11-22T13:26:12Z',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [app]',
      },
      {
        type: 'ContainersReady',
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime: '2026-11-22T13:26:12Z',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [app]',
      },
      { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-11-17T09:12:44Z' },
    ],
    hostIP: '10.0.1.12',
    hostIPs: [{ ip: '10.0.1.12' }],
    podIP: '10.244.2.17',
    podIPs: [{ ip: '10.244.2.17' }],
    startTime: '2026-11-17T09:12:44Z',
    containerStatuses: [
      {
        name: 'app',
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=app' } },
        lastState: {
          terminated: {
            exitCode: 1,
            reason: 'Error',
            startedAt: '2026-11-22T13:54:08Z',
            finishedAt: '2026-11-22T13:54:11Z',
            containerID: 'containerd://5fd2a6d0',
          },
        },
        ready: false,
        restartCount: 1497,
        image: 'shop/checkout:1.14.2',
        imageID: 'shop/checkout@sha256:9d5b1a3c',
        containerID: 'containerd://5fd2a6d0',
        started: false,
        resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
        volumeMounts: [{ name: 'config', mountPath: '/etc/checkout' }],
      },
    ],
    qosClass: 'Burstable',
  },
}

const container = (image: string, ...env: readonly { name: string; value: string }[]) => ({ name: 'app', image, env })

const replicaSet = (revision: number, replicas: number, spec: object, cause?: string): KubeObject => ({
  kind: 'ReplicaSet',
  apiVersion: 'apps/v1',
  metadata: {
    name: `checkout-${'7c9f6b5d4f'.slice(revision)}`,
    namespace: 'shop',
    uid: `replica-set-${revision}`,
    creationTimestamp: `2026-11-${14 + revision}T09:12:44Z`,
    annotations: {
      'deployment.kubernetes.io/revision': String(revision),
      ...(cause === undefined ? {} : { 'kubernetes.io/change-cause': cause }),
    },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout', uid: 'checkout', controller: true },
    ],
  },
  spec: { template: { metadata: { labels: { app: 'checkout', 'pod-template-hash': `hash-${revision}` } }, spec } },
  status: { replicas },
})

export const REPLICA_SETS: readonly KubeObject[] = [
  replicaSet(1, 0, { containers: [container('shop/checkout:1.14.0', { name: 'LOG_FORMAT', value: 'text' })] }),
  replicaSet(2, 0, { containers: [container('shop/checkout:1.14.1', { name: 'LOG_FORMAT', value: 'json' })] }),
  replicaSet(
    3,
    2,
    {
      containers: [container('shop/checkout:1.14.2', { name: 'LOG_FORMAT', value: 'json' }, { name: 'A', value: '1' })],
      volumes: [{ name: 'scratch', emptyDir: {} }],
    },
    'release\n1.14.2',
  ),
]

export const CHECKOUT: KubeObject = {
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: {
    name: 'checkout',
    namespace: 'shop',
    uid: 'checkout',
    generation: 3,
    annotations: { 'deployment.kubernetes.io/revision': '3' },
  },
  spec: { replicas: 2, selector: { matchLabels: { app: 'checkout' } } },
  status: {
    observedGeneration: 3,
    replicas: 2,
    updatedReplicas: 2,
    unavailableReplicas: 2,
    conditions: [
      {
        type: 'Available',
        status: 'False',
        lastTransitionTime: '2026-11-22T13:26:12Z',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      },
      { type: 'Progressing', status: 'True', lastTransitionTime: '2026-11-17T09:12:44Z', reason: 'ReplicaSetUpdated' },
    ],
  },
}

export const PODS: FakeTable = {
  columns: ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP+', 'Node+', 'Nominated Node+'],
  rows: [
    row('monitoring', 'prometheus-0', '1/1', 'Running', '0', '9h', '10.244.1.5', 'node-1', '<none>'),
    row(
      'shop',
      'checkout-7c9f6b5d4f-x2lqz',
      '0/1',
      'CrashLoopBackOff',
      '1497 (5m49s ago)',
      '5d4h',
      '10.244.2.17',
      'node-2',
      '<none>',
    ),
    row('shop', 'reports-wtvg5nccjw-82z7z', '0/1', 'Pending', '0', '41m', '<none>', '<none>', '<none>'),
    row('shop', 'storefront-5sbm2w6xvx-fvmj5', '1/1', 'Running', '0', '12d', '10.244.2.108', 'node-2', '<none>'),
    row('shop', 'storefront-5sbm2w6xvx-lcqp2', '1/1', 'Running', '0', '12d', '10.244.2.28', 'node-2', '<none>'),
  ],
}

const event = (
  namespace: string,
  last: string,
  type: string,
  reason: string,
  object: string,
  message: string,
  first: string,
  count: number,
  name: string,
) => ({ namespace, name, cells: [last, type, reason, object, '', 'kubelet', message, first, count, name] })

export const EVENTS: FakeTable = {
  columns: [
    'Last Seen',
    'Type',
    'Reason',
    'Object',
    'Subobject+',
    'Source+',
    'Message',
    'First Seen+',
    'Count+',
    'Name+',
  ],
  rows: [
    event('shop', '41m', 'Warning', 'FailedScheduling', 'pod/reports-1', '0/3 nodes are available', '41m', 1, 'a'),
    event(
      'shop',
      '9s',
      'Warning',
      'BackOff',
      'pod/checkout-1',
      'Back-off restarting\nfailed container',
      '47m',
      188,
      'b',
    ),
    event('shop', '2h', 'Normal', 'Pulled', 'pod/checkout-1', 'Container image already present', '5d4h', 14, 'c'),
    event('shop', '3m20s', 'Normal', 'Pulled', 'pod/checkout-1', 'Container image already present', '100m', 2, 'd'),
    event('web', '<unknown>', 'Normal', 'Started', 'pod/web-1', 'Container started', '<unknown>', 0, 'e'),
  ],
}

const measuredPod = (
  namespace: string,
  name: string,
  ...containers: readonly (readonly [string, string, string])[]
): KubeObject => ({
  metadata: { name, namespace },
  containers: containers.map(([name, cpu, memory]) => ({ name, usage: { cpu, memory } })),
})

export const SHOP: FakeCluster = {
  tables: {
    pods: PODS,
    events: EVENTS,
    namespaces: {
      columns: ['Name', 'Status', 'Age'],
      rows: ['default', 'kube-system', 'monitoring', 'shop'].map((name) => row(undefined, name, 'Active', '96d')),
    },
    secrets: { columns: ['Name', 'Type', 'Data', 'Age'], rows: [row('shop', 'checkout-db', 'Opaque', 2, '61d')] },
  },
  objects: {
    configmaps: [
      {
        metadata: {
          name: 'sh.helm.release.v1.web.v1',
          namespace: 'shop',
          labels: { owner: 'helm', name: 'web', version: '1', status: 'deployed' },
        },
      },
    ],
    pods: [CRASHING_POD],
    deployments: [CHECKOUT],
    'pods.metrics.k8s.io': [
      measuredPod('shop', 'checkout-7c9f6b5d4f-x2lqz', ['app', '12345678n', '131072Ki'], ['proxy', '1m', '8Mi']),
      measuredPod('shop', 'storefront-5sbm2w6xvx-fvmj5', ['app', '250m', '64Mi']),
      measuredPod('monitoring', 'prometheus-0', ['app', '2', '3Gi']),
    ],
    nodes: [
      { metadata: { name: 'node-1' }, status: { allocatable: { cpu: '4', memory: '16Gi' } } },
      { metadata: { name: 'node-2' }, status: { allocatable: { cpu: '4', memory: '16Gi' } } },
    ],
    'nodes.metrics.k8s.io': [
      { metadata: { name: 'node-1' }, usage: { cpu: '1', memory: '8Gi' } },
      { metadata: { name: 'node-2' }, usage: { cpu: '3000000000n', memory: '4Gi' } },
      { metadata: { name: 'node-new' }, usage: { cpu: '10m', memory: '100Mi' } },
    ],
    replicasets: REPLICA_SETS,
    secrets: [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'checkout-db', namespace: 'shop', managedFields: [] },
      },
    ],
  },
  schema: {
    name: 'strategy',
    type: 'DeploymentStrategy',
    required: false,
    description: 'How existing pods are replaced\nby new ones. See the documentation.',
    fields: [
      {
        name: 'rollingUpdate',
        type: 'RollingUpdateDeployment',
        required: false,
        description: 'Only where type is RollingUpdate, e.g.\twith "25%". More of it is not told here.',
      },
      { name: 'type', type: 'Recreate|RollingUpdate', required: true, description: '', default: 'RollingUpdate' },
    ],
  },
  release: {
    chart: 'web-1.2.3',
    appVersion: '9',
    status: 'deployed',
    description: 'Install complete',
    notes: '',
    values: {},
    manifest: [],
  },
  log: { text: 'starting\nlistening on :8080\n', cut: false },
}
