/** The resources that a diagnosis looks at, by the names that the engine uses for them. */

export const KINDS = {
  pods: { kind: 'Pod', apiVersion: 'v1' },
  nodes: { kind: 'Node', apiVersion: 'v1' },
  services: { kind: 'Service', apiVersion: 'v1' },
  configmaps: { kind: 'ConfigMap', apiVersion: 'v1' },
  secrets: { kind: 'Secret', apiVersion: 'v1' },
  serviceaccounts: { kind: 'ServiceAccount', apiVersion: 'v1' },
  persistentvolumeclaims: { kind: 'PersistentVolumeClaim', apiVersion: 'v1' },
  persistentvolumes: { kind: 'PersistentVolume', apiVersion: 'v1' },
  resourcequotas: { kind: 'ResourceQuota', apiVersion: 'v1' },
  limitranges: { kind: 'LimitRange', apiVersion: 'v1' },
  namespaces: { kind: 'Namespace', apiVersion: 'v1' },
  deployments: { kind: 'Deployment', apiVersion: 'apps/v1' },
  replicasets: { kind: 'ReplicaSet', apiVersion: 'apps/v1' },
  statefulsets: { kind: 'StatefulSet', apiVersion: 'apps/v1' },
  daemonsets: { kind: 'DaemonSet', apiVersion: 'apps/v1' },
  jobs: { kind: 'Job', apiVersion: 'batch/v1' },
  cronjobs: { kind: 'CronJob', apiVersion: 'batch/v1' },
  horizontalpodautoscalers: { kind: 'HorizontalPodAutoscaler', apiVersion: 'autoscaling/v2' },
  poddisruptionbudgets: { kind: 'PodDisruptionBudget', apiVersion: 'policy/v1' },
  ingresses: { kind: 'Ingress', apiVersion: 'networking.k8s.io/v1' },
  ingressclasses: { kind: 'IngressClass', apiVersion: 'networking.k8s.io/v1' },
  networkpolicies: { kind: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1' },
  storageclasses: { kind: 'StorageClass', apiVersion: 'storage.k8s.io/v1' },
  gateways: { kind: 'Gateway', apiVersion: 'gateway.networking.k8s.io/v1' },
  httproutes: { kind: 'HTTPRoute', apiVersion: 'gateway.networking.k8s.io/v1' },
  mutatingwebhooks: { kind: 'MutatingWebhookConfiguration', apiVersion: 'admissionregistration.k8s.io/v1' },
  validatingwebhooks: { kind: 'ValidatingWebhookConfiguration', apiVersion: 'admissionregistration.k8s.io/v1' },
  apiservices: { kind: 'APIService', apiVersion: 'apiregistration.k8s.io/v1' },
  customresourcedefinitions: { kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1' },
  applications: { kind: 'Application', apiVersion: 'argoproj.io/v1alpha1' },
  kustomizations: { kind: 'Kustomization', apiVersion: 'kustomize.toolkit.fluxcd.io/v1' },
  rollouts: { kind: 'Rollout', apiVersion: 'argoproj.io/v1alpha1' },
  certificates: { kind: 'Certificate', apiVersion: 'cert-manager.io/v1' },
  helmreleases: { kind: 'HelmRelease', apiVersion: 'helm.toolkit.fluxcd.io/v2' },
} as const satisfies Readonly<Record<string, { readonly kind: string; readonly apiVersion: string }>>

export type Resource = keyof typeof KINDS
export const RESOURCES = Object.keys(KINDS) as readonly Resource[]

/** The resource of a kind; undefined: the engine does not know it. */
export const resourceOf = (kind: string): Resource | undefined => RESOURCES.find((it) => KINDS[it].kind === kind)
