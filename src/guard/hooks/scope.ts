/**
 * Where alerts point to, from their labels as kube-state-metrics, the kubelet and kubernetes-mixin write them
 * (https://github.com/kubernetes/kube-state-metrics/tree/main/docs). A label is a stranger's text: what Kubernetes could
 * not have named so is not used and said. Pure.
 */
import { isLabel, isSubdomain } from '../../kube/grammar.ts'
import type { Scope } from '../../report.ts'
import type { Target } from '../../reports.ts'
import { labelOf, type RawAlert } from './alert.ts'

/** Places that one report looks at. A group that points to more is too coarse to be diagnosed as one. */
export const MAX_TARGETS = 4

/**
 * The workload before its pod: where an alert about a Deployment comes through a scrape, `pod` names the exporter.
 * `job` is the scrape's, never the Job.
 */
const OBJECTS: readonly (readonly [label: string, kind: string])[] = [
  ['job_name', 'Job'],
  ['cronjob', 'CronJob'],
  ['deployment', 'Deployment'],
  ['statefulset', 'StatefulSet'],
  ['daemonset', 'DaemonSet'],
  ['replicaset', 'ReplicaSet'],
  ['horizontalpodautoscaler', 'HorizontalPodAutoscaler'],
  ['persistentvolumeclaim', 'PersistentVolumeClaim'],
  ['poddisruptionbudget', 'PodDisruptionBudget'],
  ['ingress', 'Ingress'],
  ['pod', 'Pod'],
]
/** `workload_type` of kubernetes-mixin's recording rules. */
const WORKLOADS: Readonly<Record<string, string>> = {
  deployment: 'Deployment',
  statefulset: 'StatefulSet',
  daemonset: 'DaemonSet',
  job: 'Job',
  cronjob: 'CronJob',
  replicaset: 'ReplicaSet',
}
/** Exporters whose own pod stands in `pod` when an alert is about a node. */
const EXPORTER = /kube-state-metrics|node-exporter/

export interface ClusterRule {
  /** A cluster's name, or the label that holds one and what its values mean. */
  readonly cluster: string | { readonly label: string; readonly map: Readonly<Record<string, string>> }
}

export interface Placed {
  readonly targets: readonly Target[]
  /** Our sentences on what could not be used. */
  readonly notes: readonly string[]
}

/** Whether a name could be one, and a note of the label where not. */
type Check = (label: string, value: string, fits: (value: string) => boolean) => string

/** `exported_` is where Prometheus puts a label of the metric that the scrape has too. */
const rawLabel = ({ labels }: RawAlert, name: string): string =>
  labelOf(labels, `exported_${name}`) || labelOf(labels, name)

const objectOf = (alert: RawAlert, check: Check): { readonly kind: string; readonly name: string } | undefined => {
  for (const [label, kind] of OBJECTS) {
    const name = check(label, rawLabel(alert, label), isSubdomain)
    if (name !== '') return { kind, name }
  }
  const type = rawLabel(alert, 'workload_type').toLowerCase()
  const kind = Object.hasOwn(WORKLOADS, type) ? WORKLOADS[type] : undefined
  const name = check('workload', rawLabel(alert, 'workload'), isSubdomain)
  return kind === undefined || name === '' ? undefined : { kind, name }
}

const nodeOf = (alert: RawAlert, check: Check): string => {
  const named = check('node', rawLabel(alert, 'node'), isSubdomain)
  if (named !== '' || !rawLabel(alert, 'job').includes('node-exporter')) return named
  // An address is no node's name; a port is the exporter's.
  const [instance = ''] = labelOf(alert.labels, 'instance').split(':')
  return isSubdomain(instance) && /[a-z]/.test(instance) ? instance : ''
}

const placeOf = (alert: RawAlert, check: Check): Omit<Scope, 'cluster'> => {
  const node = nodeOf(alert, check)
  const aboutNode = node !== '' && EXPORTER.test(rawLabel(alert, 'pod'))
  const namespace = aboutNode ? '' : check('namespace', rawLabel(alert, 'namespace'), isLabel)
  const object = namespace === '' ? undefined : objectOf(alert, check)
  if (object !== undefined) return { namespace, ...object }
  if (node !== '') return { kind: 'Node', name: node }
  return namespace === '' ? {} : { namespace }
}

const clusterOf = (
  alert: RawAlert,
  { cluster }: ClusterRule,
  known: readonly string[],
): { readonly cluster: string } | { readonly label: string } => {
  if (typeof cluster === 'string') return { cluster }
  const value = labelOf(alert.labels, cluster.label)
  const name = Object.hasOwn(cluster.map, value) ? (cluster.map[value] ?? value) : value
  return known.includes(name) ? { cluster: name } : { label: cluster.label }
}

/** One object, or else the namespace that several of them are in. */
const together = (scopes: readonly Scope[]): Scope => {
  const [first, ...others] = scopes
  if (first === undefined) throw new RangeError('Put scopes together: there are none')
  if (others.every((it) => it.kind === first.kind && it.name === first.name)) return first
  const { cluster, namespace } = first
  return namespace === undefined ? { cluster } : { cluster, namespace }
}

/** `known`: the configured clusters. */
export const placeAlerts = (alerts: readonly RawAlert[], rule: ClusterRule, known: readonly string[]): Placed => {
  const unfit = new Map<string, number>()
  const check: Check = (label, value, fits) => {
    if (value === '' || fits(value)) return value
    unfit.set(label, (unfit.get(label) ?? 0) + 1)
    return ''
  }
  const groups = new Map<string, Scope[]>()
  let unknown: string | undefined
  for (const alert of alerts) {
    const found = clusterOf(alert, rule, known)
    if ('label' in found) {
      unknown = found.label
      continue
    }
    const scope: Scope = { cluster: found.cluster, ...placeOf(alert, check) }
    // Each node is a place of its own, and so is each namespace.
    const place = JSON.stringify([scope.cluster, scope.namespace ?? '', scope.kind === 'Node' ? scope.name : ''])
    groups.set(place, [...(groups.get(place) ?? []), scope])
  }
  const targets = [...groups.values()].map((scopes): Target => ({ scope: together(scopes) }))
  const notes = [...unfit].map(
    ([label, count]) =>
      `The label "${label}" of ${count === 1 ? 'an alert' : `${count} alerts`} is no name that Kubernetes could have given, and was not used.`,
  )
  const nowhere: readonly Target[] =
    unknown === undefined
      ? []
      : [
          {
            scope: { cluster: 'unknown' },
            code: 'unknown_cluster',
            reason: `The label "${unknown}" names no cluster that is configured: put its value into this hook's cluster.map.`,
          },
        ]
  const looked = targets.slice(0, MAX_TARGETS - nowhere.length)
  if (looked.length < targets.length)
    notes.push(
      `The alerts point to ${targets.length} places; the first ${looked.length} were looked at. Group them by namespace.`,
    )
  return { targets: [...looked, ...nowhere], notes }
}
