/** From labels to a place: as kube-state-metrics, the kubelet, node-exporter and kubernetes-mixin write them. */
import { describe, expect, test } from 'vitest'
import { type RawAlert, severityOf } from '../../../src/guard/hooks/alert.ts'
import { digestOf, newsOf } from '../../../src/guard/hooks/causes.ts'
import { MAX_TARGETS, placeAlerts } from '../../../src/guard/hooks/scope.ts'

const alert = (labels: Record<string, string>): RawAlert => ({
  name: 'A',
  status: 'firing',
  severity: '',
  startsAt: '',
  summary: '',
  labels,
})
const RULE = { cluster: 'prod' }
const place = (...labels: Record<string, string>[]) => placeAlerts(labels.map(alert), RULE, ['prod', 'test'])
const scopes = (...labels: Record<string, string>[]) => place(...labels).targets.map((it) => it.scope)

const KSM = { job: 'kube-state-metrics', container: 'kube-state-metrics', instance: '10.0.0.7:8080' }

describe('one alert', () => {
  test.each([
    [
      'KubePodCrashLooping',
      { ...KSM, namespace: 'shop', pod: 'cart-0', container: 'cart' },
      { namespace: 'shop', kind: 'Pod', name: 'cart-0' },
    ],
    [
      'KubeDeploymentReplicasMismatch, with the exporter’s own pod',
      { ...KSM, namespace: 'shop', deployment: 'cart', pod: 'kube-state-metrics-7d' },
      { namespace: 'shop', kind: 'Deployment', name: 'cart' },
    ],
    [
      'KubeStatefulSetUpdateNotRolledOut',
      { ...KSM, namespace: 'db', statefulset: 'main' },
      { namespace: 'db', kind: 'StatefulSet', name: 'main' },
    ],
    [
      'KubeDaemonSetRolloutStuck',
      { ...KSM, namespace: 'net', daemonset: 'agent' },
      { namespace: 'net', kind: 'DaemonSet', name: 'agent' },
    ],
    [
      'KubeJobFailed: `job` is the scrape',
      { ...KSM, namespace: 'batch', job_name: 'nightly-1' },
      { namespace: 'batch', kind: 'Job', name: 'nightly-1' },
    ],
    [
      'KubeHpaMaxedOut',
      { ...KSM, namespace: 'shop', horizontalpodautoscaler: 'cart' },
      { namespace: 'shop', kind: 'HorizontalPodAutoscaler', name: 'cart' },
    ],
    [
      'KubePersistentVolumeFillingUp',
      { job: 'kubelet', namespace: 'db', persistentvolumeclaim: 'data-main-0', node: 'worker-1' },
      { namespace: 'db', kind: 'PersistentVolumeClaim', name: 'data-main-0' },
    ],
    [
      'CPUThrottlingHigh',
      { namespace: 'shop', pod: 'cart-0', container: 'cart' },
      { namespace: 'shop', kind: 'Pod', name: 'cart-0' },
    ],
    [
      'a workload of the mixin',
      { namespace: 'shop', workload: 'cart', workload_type: 'deployment' },
      { namespace: 'shop', kind: 'Deployment', name: 'cart' },
    ],
    [
      'KubeNodeNotReady, with the exporter’s own pod and namespace',
      { ...KSM, node: 'worker-1', namespace: 'monitoring', pod: 'kube-state-metrics-7d' },
      { kind: 'Node', name: 'worker-1' },
    ],
    ['KubeletDown', { job: 'kubelet', node: 'worker-1' }, { kind: 'Node', name: 'worker-1' }],
    [
      'NodeFilesystemSpaceFillingUp, named',
      { job: 'node-exporter', instance: 'worker-1:9100' },
      { kind: 'Node', name: 'worker-1' },
    ],
    ['NodeFilesystemSpaceFillingUp, by address', { job: 'node-exporter', instance: '10.0.0.7:9100' }, {}],
    [
      'a scrape that renamed what the metric said',
      { namespace: 'monitoring', pod: 'prometheus-0', exported_namespace: 'shop', exported_pod: 'cart-0' },
      { namespace: 'shop', kind: 'Pod', name: 'cart-0' },
    ],
    ['KubeQuotaExceeded', { ...KSM, namespace: 'shop', resourcequota: 'all' }, { namespace: 'shop' }],
    ['a pod without a namespace', { pod: 'cart-0' }, {}],
    ['Watchdog', { severity: 'none' }, {}],
  ] as const)('%s', (_, labels, scope) => expect(scopes(labels)).toEqual([{ cluster: 'prod', ...scope }]))
})

describe('a group', () => {
  test('of one object is that object; of several in a namespace, the namespace', () => {
    expect(scopes({ namespace: 'a', pod: 'x' }, { namespace: 'a', pod: 'x' })).toEqual([
      { cluster: 'prod', namespace: 'a', kind: 'Pod', name: 'x' },
    ])
    expect(scopes({ namespace: 'a', pod: 'x' }, { namespace: 'a', pod: 'y' })).toEqual([
      { cluster: 'prod', namespace: 'a' },
    ])
  })

  test('of several namespaces and nodes is each of them, up to a few, and says so', () => {
    expect(scopes({ namespace: 'a' }, { namespace: 'b' }, { node: 'n-1' }, { node: 'n-2' })).toHaveLength(4)
    const many = place(...Array.from({ length: 9 }, (_, index) => ({ namespace: `ns-${index}` })))
    expect(many.targets).toHaveLength(MAX_TARGETS)
    expect(many.notes).toEqual(['The alerts point to 9 places; the first 4 were looked at. Group them by namespace.'])
  })

  test('partly of an unknown cluster: what is known is looked at, and the rest is said', () => {
    const rule = { cluster: { label: 'cluster', map: { 'eu-1': 'prod' } } }
    const labels = ['eu-1', 'test', 'mars', ''].map((cluster) => alert({ cluster, namespace: 'shop' }))
    const { targets } = placeAlerts(labels, rule, ['prod', 'test'])
    expect(targets.map((it) => [it.scope.cluster, it.code])).toEqual([
      ['prod', undefined],
      ['test', undefined],
      ['unknown', 'unknown_cluster'],
    ])
  })
})

test('a severity that is not understood is not taken for harmless', () => {
  expect(['critical', 'Page', 'P1', 'warning', 'none', 'info', 'banana', ''].map(severityOf)).toEqual([
    'critical',
    'critical',
    'critical',
    'warning',
    'info',
    'info',
    'warning',
    'warning',
  ])
})

test('what is news', () => {
  const told = (status: 'firing' | 'resolved', causes: readonly string[]) => ({
    count: 1,
    status,
    causes: digestOf(causes),
  })
  expect(newsOf(undefined, 'firing', ['a'], undefined)).toBe('first')
  expect(newsOf(undefined, 'firing', [], 'cluster_unreachable')).toBe('first')
  expect(newsOf(undefined, 'resolved', ['a'], undefined)).toBeUndefined()
  expect(newsOf(told('firing', ['a', 'b']), 'firing', ['b', 'a'], undefined)).toBeUndefined()
  expect(newsOf(told('firing', ['a']), 'firing', ['b'], undefined)).toBe('changed')
  expect(newsOf(told('firing', ['a']), 'firing', [], 'cluster_unreachable')).toBeUndefined()
  expect(newsOf(told('firing', ['a']), 'resolved', ['a'], undefined)).toBe('resolved')
  expect(newsOf(told('resolved', ['a']), 'resolved', ['a'], undefined)).toBeUndefined()
  expect(newsOf(told('resolved', ['a']), 'firing', ['a'], undefined)).toBe('first')
})
