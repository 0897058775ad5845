/** kube-system and monitoring: healthy, and there so that a look at all namespaces finds more than the shop. */

import { runPod } from '../controllers/kubelet.ts'
import { admitted } from '../controllers/pods.ts'
import { settle } from '../controllers/settle.ts'
import { before, born } from '../controllers/world.ts'
import { type Builder, container, DAYS, HOURS, workload } from './build.ts'
import { seedHelm } from './helm.ts'

const STATIC = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']
const CONTROL_PLANE = 'demo-control-plane'
const AGE = 96 * DAYS
const EVERYWHERE = [{ operator: 'Exists' }]

const staticPods = (builder: Builder): void => {
  const when = before(builder.now, AGE)
  for (const name of STATIC) {
    const pod = admitted({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: born(when, {
        name: `${name}-${CONTROL_PLANE}`,
        namespace: 'kube-system',
        labels: { component: name, tier: 'control-plane' },
        annotations: { 'kubernetes.io/config.source': 'file' },
      }),
      spec: {
        automountServiceAccountToken: false,
        containers: [container(name, { image: `${name}:${name === 'etcd' ? '3.6.5-0' : 'v1.36.3'}`, cpu: '100m' })],
        hostNetwork: true,
        nodeName: CONTROL_PLANE,
        priorityClassName: 'system-node-critical',
        tolerations: EVERYWHERE,
      },
    })
    const world = { store: builder.cluster.store, cluster: builder.cluster, when, now: builder.now }
    builder.cluster.store.put('pods', runPod(world, pod))
  }
}

export const seedPlatform = (builder: Builder): void => {
  staticPods(builder)
  const system = { namespace: 'kube-system', generation: 1 }
  builder.put(
    'v1',
    'ConfigMap',
    'coredns',
    AGE,
    { namespace: 'kube-system' },
    {
      data: {
        Corefile: '.:53 {\n    errors\n    health\n    kubernetes cluster.local\n    forward . /etc/resolv.conf\n}\n',
      },
    },
  )
  builder.put(
    'apps/v1',
    'Deployment',
    'coredns',
    AGE,
    { ...system, labels: { 'k8s-app': 'kube-dns' } },
    {
      spec: workload('coredns', {
        replicas: 2,
        labels: { 'k8s-app': 'kube-dns' },
        containers: [container('coredns', { image: 'coredns:v1.12.4', port: 9153, cpu: '100m', memory: '70Mi' })],
        pod: { priorityClassName: 'system-cluster-critical' },
      }),
    },
  )
  for (const [name, image] of [
    ['kube-proxy', 'kube-proxy:v1.36.3'],
    ['cni-agent', 'cni-agent:1.6.2'],
  ] as const) {
    builder.put('apps/v1', 'DaemonSet', name, AGE, system, {
      spec: workload(name, { containers: [container(name, { image })], pod: { tolerations: EVERYWHERE } }),
    })
  }
  builder.put(
    'v1',
    'Service',
    'kube-dns',
    AGE,
    { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
    {
      spec: {
        clusterIP: '10.96.0.10',
        selector: { 'k8s-app': 'kube-dns' },
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        ],
      },
    },
  )
  settle(builder.cluster, before(builder.now, AGE), 'kube-system')
  monitoring(builder)
}

const monitoring = (builder: Builder): void => {
  const age = 80 * DAYS
  const described = { namespace: 'monitoring', generation: 1 }
  for (const [name, image, size] of [
    ['prometheus', 'prometheus:v3.6.0', '20Gi'],
    ['alertmanager', 'alertmanager:v0.28.1', '2Gi'],
  ] as const) {
    builder.put('apps/v1', 'StatefulSet', name, age, described, {
      spec: workload(name, {
        replicas: 1,
        containers: [container(name, { image, port: 9090, cpu: '200m', memory: '512Mi' })],
        more: {
          serviceName: name,
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
            },
          ],
        },
      }),
    })
    builder.put('v1', 'Service', name, age, described, {
      spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name: 'http', port: 9090, targetPort: 'http' }] },
    })
  }
  seedHelm(builder)
  for (const name of ['node-exporter', 'log-collector']) {
    builder.put('apps/v1', 'DaemonSet', name, age, described, {
      spec: workload(name, {
        containers: [container(name, { image: `${name}:1.9.1` })],
        pod: { tolerations: EVERYWHERE },
      }),
    })
  }
  settle(builder.cluster, before(builder.now, 9 * HOURS), 'monitoring')
}
