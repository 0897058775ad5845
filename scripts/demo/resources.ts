/**
 * Which resources the demo serves, as the real server's discovery names them: one line each. Discovery, routing,
 * scopes, short names and field selectors are all derived from this list; CustomResourceDefinitions add to it.
 */
export interface Subresource {
  readonly name: string
  readonly kind: string
  /** Group and version of the kind where they differ from the parent's. */
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly string[]
}

export interface Resource {
  readonly group: string
  readonly version: string
  readonly name: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: readonly Subresource[]
  /** The resource, in `group/version`, whose store this one shares: events.k8s.io is another face of core events. */
  readonly storedAs?: string
  readonly custom: boolean
}

export const apiVersionOf = ({ group, version }: Pick<Resource, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const READ_WRITE = ['get', 'patch', 'update']

const status = (kind: string): Subresource => ({ name: 'status', kind, verbs: READ_WRITE })
const SCALE: Subresource = { name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: READ_WRITE }
const connect = (name: string, kind: string, verbs: readonly string[] = ['create', 'get']): Subresource => ({
  name,
  kind,
  verbs,
})
const PROXY_VERBS = ['create', 'delete', 'get', 'patch', 'update']

interface Extras {
  readonly short?: readonly string[]
  readonly categories?: readonly string[]
  readonly verbs?: readonly string[]
  readonly sub?: readonly Subresource[]
  readonly status?: boolean
  readonly storedAs?: string
}

type Define = (name: string, kind: string, extras?: Extras) => Resource

const scoped =
  (group: string, version: string, namespaced: boolean): Define =>
  (name, kind, extras = {}) => ({
    group,
    version,
    name,
    singular: kind.toLowerCase(),
    kind,
    namespaced,
    verbs: extras.verbs ?? ALL_VERBS,
    shortNames: extras.short ?? [],
    categories: extras.categories ?? [],
    subresources: [...(extras.sub ?? []), ...(extras.status ? [status(kind)] : [])],
    custom: false,
    ...(extras.storedAs === undefined ? {} : { storedAs: extras.storedAs }),
  })

const groupVersion = (group: string, version: string, define: (ns: Define, cluster: Define) => Resource[]) =>
  define(scoped(group, version, true), scoped(group, version, false))

const ALL = { categories: ['all'] }
const CREATE = { verbs: ['create'] }
/** Of metrics-server, which measures and keeps nothing. */
const MEASURED = { verbs: ['get', 'list'] }
const EXTENSION = { categories: ['api-extensions'] }

const POD_SUBRESOURCES: readonly Subresource[] = [
  connect('attach', 'PodAttachOptions'),
  { name: 'binding', kind: 'Binding', verbs: ['create'] },
  { name: 'ephemeralcontainers', kind: 'Pod', verbs: READ_WRITE },
  { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  connect('exec', 'PodExecOptions'),
  { name: 'log', kind: 'Pod', verbs: ['get'] },
  connect('portforward', 'PodPortForwardOptions'),
  connect('proxy', 'PodProxyOptions', PROXY_VERBS),
  { name: 'resize', kind: 'Pod', verbs: READ_WRITE },
]

/** In the order in which discovery shows the groups: core first, then as the aggregator sorts them. */
export const BUILT_IN: readonly Resource[] = [
  ...groupVersion('', 'v1', (ns, cluster) => [
    ns('bindings', 'Binding', CREATE),
    ns('configmaps', 'ConfigMap', { short: ['cm'] }),
    ns('endpoints', 'Endpoints', { short: ['ep'] }),
    ns('events', 'Event', { short: ['ev'] }),
    ns('limitranges', 'LimitRange', { short: ['limits'] }),
    cluster('namespaces', 'Namespace', {
      short: ['ns'],
      verbs: ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
      sub: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
      status: true,
    }),
    cluster('nodes', 'Node', { short: ['no'], sub: [connect('proxy', 'NodeProxyOptions', PROXY_VERBS)], status: true }),
    ns('persistentvolumeclaims', 'PersistentVolumeClaim', { short: ['pvc'], status: true }),
    cluster('persistentvolumes', 'PersistentVolume', { short: ['pv'], status: true }),
    ns('pods', 'Pod', { short: ['po'], ...ALL, sub: POD_SUBRESOURCES, status: true }),
    ns('podtemplates', 'PodTemplate'),
    ns('replicationcontrollers', 'ReplicationController', { short: ['rc'], ...ALL, sub: [SCALE], status: true }),
    ns('resourcequotas', 'ResourceQuota', { short: ['quota'], status: true }),
    ns('secrets', 'Secret'),
    ns('serviceaccounts', 'ServiceAccount', {
      short: ['sa'],
      sub: [{ name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] }],
    }),
    ns('services', 'Service', {
      short: ['svc'],
      ...ALL,
      sub: [connect('proxy', 'ServiceProxyOptions', PROXY_VERBS)],
      status: true,
    }),
  ]),
  ...groupVersion('apiregistration.k8s.io', 'v1', (_ns, cluster) => [
    cluster('apiservices', 'APIService', { ...EXTENSION, status: true }),
  ]),
  ...groupVersion('apps', 'v1', (ns) => [
    ns('controllerrevisions', 'ControllerRevision'),
    ns('daemonsets', 'DaemonSet', { short: ['ds'], ...ALL, status: true }),
    ns('deployments', 'Deployment', { short: ['deploy'], ...ALL, sub: [SCALE], status: true }),
    ns('replicasets', 'ReplicaSet', { short: ['rs'], ...ALL, sub: [SCALE], status: true }),
    ns('statefulsets', 'StatefulSet', { short: ['sts'], ...ALL, sub: [SCALE], status: true }),
  ]),
  ...groupVersion('events.k8s.io', 'v1', (ns) => [ns('events', 'Event', { short: ['ev'], storedAs: 'events' })]),
  ...groupVersion('authentication.k8s.io', 'v1', (_ns, cluster) => [
    cluster('selfsubjectreviews', 'SelfSubjectReview', CREATE),
    cluster('tokenreviews', 'TokenReview', CREATE),
  ]),
  ...groupVersion('authorization.k8s.io', 'v1', (ns, cluster) => [
    ns('localsubjectaccessreviews', 'LocalSubjectAccessReview', CREATE),
    cluster('selfsubjectaccessreviews', 'SelfSubjectAccessReview', CREATE),
    cluster('selfsubjectrulesreviews', 'SelfSubjectRulesReview', CREATE),
    cluster('subjectaccessreviews', 'SubjectAccessReview', CREATE),
  ]),
  ...groupVersion('autoscaling', 'v2', (ns) => [
    ns('horizontalpodautoscalers', 'HorizontalPodAutoscaler', { short: ['hpa'], ...ALL, status: true }),
  ]),
  ...groupVersion('batch', 'v1', (ns) => [
    ns('cronjobs', 'CronJob', { short: ['cj'], ...ALL, status: true }),
    ns('jobs', 'Job', { ...ALL, status: true }),
  ]),
  ...groupVersion('networking.k8s.io', 'v1', (ns, cluster) => [
    cluster('ingressclasses', 'IngressClass'),
    ns('ingresses', 'Ingress', { short: ['ing'], status: true }),
    ns('networkpolicies', 'NetworkPolicy', { short: ['netpol'] }),
  ]),
  ...groupVersion('policy', 'v1', (ns) => [
    ns('poddisruptionbudgets', 'PodDisruptionBudget', { short: ['pdb'], status: true }),
  ]),
  ...groupVersion('rbac.authorization.k8s.io', 'v1', (ns, cluster) => [
    cluster('clusterrolebindings', 'ClusterRoleBinding'),
    cluster('clusterroles', 'ClusterRole'),
    ns('rolebindings', 'RoleBinding'),
    ns('roles', 'Role'),
  ]),
  ...groupVersion('storage.k8s.io', 'v1', (_ns, cluster) => [
    cluster('storageclasses', 'StorageClass', { short: ['sc'] }),
    cluster('volumeattachments', 'VolumeAttachment', { status: true }),
  ]),
  ...groupVersion('admissionregistration.k8s.io', 'v1', (_ns, cluster) => [
    cluster('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', EXTENSION),
    cluster('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', EXTENSION),
  ]),
  ...groupVersion('apiextensions.k8s.io', 'v1', (_ns, cluster) => [
    cluster('customresourcedefinitions', 'CustomResourceDefinition', {
      short: ['crd', 'crds'],
      ...EXTENSION,
      status: true,
    }),
  ]),
  ...groupVersion('scheduling.k8s.io', 'v1', (_ns, cluster) => [
    cluster('priorityclasses', 'PriorityClass', { short: ['pc'] }),
  ]),
  ...groupVersion('coordination.k8s.io', 'v1', (ns) => [ns('leases', 'Lease')]),
  ...groupVersion('discovery.k8s.io', 'v1', (ns) => [ns('endpointslices', 'EndpointSlice')]),
  ...groupVersion('metrics.k8s.io', 'v1beta1', (ns, cluster) => [
    cluster('nodes', 'NodeMetrics', MEASURED),
    ns('pods', 'PodMetrics', MEASURED),
  ]),
]

/** The key of the store's shelf for a resource, the same for both faces of events. */
export const shelfOf = (resource: Resource): string =>
  resource.storedAs ?? (resource.group === '' ? resource.name : `${resource.name}.${resource.group}`)
