/**
 * Roles: the few of the real server's own that matter to a caller, and what the demo's `read` and `change` tokens may
 * do. A reader sees everything useful and no Secret; a changer also writes, in the shop and in monitoring, and may empty
 * nodes. In monitoring both have the opt-in roles for Secrets, so that there is a Helm release to look at and to roll back.
 */
import type { JsonObject } from '../json.ts'
import { type Builder, DAYS } from './build.ts'

const RBAC = 'rbac.authorization.k8s.io/v1'

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
  'metrics.k8s.io': ['nodes', 'pods'],
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

/** To empty a node takes evictions wherever its pods are. */
const NODE_RULES: readonly JsonObject[] = [
  { verbs: ['get', 'list', 'patch'], apiGroups: [''], resources: ['nodes'] },
  { verbs: ['create'], apiGroups: [''], resources: ['pods/eviction'] },
]

/** As deploy/rbac/secrets-optin.yaml and change-releases.yaml have it. */
const secretsRule = (...verbs: string[]): JsonObject => ({ verbs, apiGroups: [''], resources: ['secrets'] })

const account = (name: string): JsonObject => ({ kind: 'ServiceAccount', name, namespace: 'bulkhead' })
const group = (name: string): JsonObject => ({ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name })
const reference = (kind: string, name: string): JsonObject => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name })

/** @param age of the cluster, in seconds */
export const seedAccess = (builder: Builder, age: number): void => {
  const bind = (name: string, role: string, subjects: JsonObject[]) =>
    builder.put(RBAC, 'ClusterRoleBinding', name, age, {}, { subjects, roleRef: reference('ClusterRole', role) })
  for (const [name, rules] of Object.entries(CLUSTER_ROLES)) {
    const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
    builder.put(RBAC, 'ClusterRole', name, age, { labels }, { rules: [...rules] })
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
  builder.put(RBAC, 'ClusterRole', 'bulkhead-change-nodes', 30 * DAYS, {}, { rules: [...NODE_RULES] })
  bind('bulkhead-change-nodes', 'bulkhead-change-nodes', [account('bulkhead-change')])
  bind('bulkhead-read', 'bulkhead-read', [account('bulkhead-read'), account('bulkhead-change')])
  const grant = (namespace: string, name: string, who: string, rules: readonly JsonObject[]) => {
    builder.put(RBAC, 'Role', name, 30 * DAYS, { namespace }, { rules: [...rules] })
    const bound = { subjects: [account(who)], roleRef: reference('Role', name) }
    builder.put(RBAC, 'RoleBinding', name, 30 * DAYS, { namespace }, bound)
  }
  for (const namespace of ['shop', 'monitoring']) grant(namespace, 'bulkhead-change', 'bulkhead-change', CHANGE_RULES)
  grant('monitoring', 'bulkhead-secrets', 'bulkhead-read', [secretsRule('get', 'list')])
  grant('monitoring', 'bulkhead-change-releases', 'bulkhead-change', [secretsRule('get', 'create', 'patch')])
}
