/** What an operator adds to the shipped role for the custom resources of the situations (deploy/rbac/read.yaml says so). */
import type { Send } from './api.ts'

const RBAC = 'rbac.authorization.k8s.io/v1'
const NAME = 'bulkhead-read-operators'

const ROLE = {
  apiVersion: RBAC,
  kind: 'ClusterRole',
  metadata: { name: NAME },
  rules: [
    { apiGroups: ['argoproj.io'], resources: ['applications', 'rollouts'], verbs: ['get', 'list'] },
    { apiGroups: ['kustomize.toolkit.fluxcd.io'], resources: ['kustomizations'], verbs: ['get', 'list'] },
    { apiGroups: ['helm.toolkit.fluxcd.io'], resources: ['helmreleases'], verbs: ['get', 'list'] },
    {
      apiGroups: ['source.toolkit.fluxcd.io'],
      resources: ['gitrepositories', 'helmrepositories', 'ocirepositories'],
      verbs: ['get', 'list'],
    },
    { apiGroups: ['cert-manager.io'], resources: ['certificates'], verbs: ['get', 'list'] },
    {
      apiGroups: ['gateway.networking.k8s.io'],
      resources: ['gatewayclasses', 'gateways', 'grpcroutes', 'httproutes'],
      verbs: ['get', 'list'],
    },
  ],
}

const BINDING = {
  apiVersion: RBAC,
  kind: 'ClusterRoleBinding',
  metadata: { name: NAME },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
  subjects: [{ kind: 'ServiceAccount', name: 'bulkhead-read', namespace: 'bulkhead' }],
}

export const readOperators = async (send: Send): Promise<void> => {
  for (const [object, plural] of [
    [ROLE, 'clusterroles'],
    [BINDING, 'clusterrolebindings'],
  ] as const) {
    const { status, text } = await send('POST', `/apis/${RBAC}/${plural}`, object)
    if (status !== 201) throw new Error(`${object.kind} ${NAME}: ${status}: ${text}`)
  }
}
