/** In which order Helm makes and deletes objects of a release, by their kind (helm.sh/helm/pkg/release/util/kind_sorter.go). Pure. */

const INSTALL = [
  'PriorityClass',
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'IngressClass',
  'Ingress',
  'APIService',
] as const

/** Backwards, but for Services, which go before what they lead to. */
const UNINSTALL = INSTALL.toReversed().flatMap((kind) => {
  if (kind === 'Service') return []
  return kind === 'IngressClass' ? [kind, 'Service'] : [kind]
})

type Kinded = { readonly type: { readonly kind: string } }

/** Kinds that Helm does not know come last, by their name; objects of one kind stay as they are. */
const byRank = (order: readonly string[]) => {
  const ranks = new Map(order.map((kind, rank) => [kind, rank]))
  return (a: Kinded, b: Kinded): number => {
    const [first, second] = [ranks.get(a.type.kind) ?? order.length, ranks.get(b.type.kind) ?? order.length]
    if (first !== second) return first - second
    return a.type.kind === b.type.kind ? 0 : a.type.kind < b.type.kind ? -1 : 1
  }
}

export const inInstallOrder = byRank(INSTALL)
export const inUninstallOrder = byRank(UNINSTALL)
