/**
 * Where people put secrets in a cluster, as objects for its API: Secrets, ConfigMaps, annotations, custom resources,
 * admission, storage. Workloads are in canary-workloads.ts.
 */
import { gzipSync } from 'node:zlib'
import { at, awkward, base64, jwtAt, pemAt, tokenAt } from './canaries.ts'

export const NAMESPACE = 'canary'
/** A token's shape in a place where Kubernetes lets people choose it; names without one are shown (docs/output.md). */
export const SHOWN_NAME = 'named-like-a-password'

export interface PlantedObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** An object of the canaries' namespace. */
export const own = (
  apiVersion: string,
  kind: string,
  name: string,
  rest: object = {},
  metadata: object = {},
): PlantedObject => ({ apiVersion, kind, metadata: { name, namespace: NAMESPACE, ...metadata }, ...rest })

/** An object of the whole cluster. */
const wide = (apiVersion: string, kind: string, name: string, rest: object = {}, metadata: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name, ...metadata },
  ...rest,
})

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

const kubeconfig = (place: string): string =>
  `apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: ${at(place)}\ncurrent-context: a\n`

/** As Helm stores it: JSON, gzipped, in base64; a Secret's data is base64 of that. */
const release = base64(
  gzipSync(
    JSON.stringify({
      name: 'canary',
      version: 1,
      namespace: NAMESPACE,
      info: { status: 'deployed', description: 'Install complete', notes: `password: ${at('Helm notes')}` },
      chart: {
        metadata: { name: 'shop', version: '1.2.3', appVersion: '9' },
        values: { auth: { password: at('Helm chart values') } },
      },
      config: { adminPassword: at('Helm values'), url: `postgres://u:${at('Helm values, URL')}@db/x` },
      manifest: `apiVersion: v1\nkind: Secret\nstringData:\n  password: ${at('Helm manifest')}\n`,
    }),
  ).toString('base64'),
)

const secrets = (): readonly PlantedObject[] => [
  own('v1', 'Secret', 'canary-opaque', {
    type: 'Opaque',
    data: { password: base64(at('Secret data')), blob: base64(at('Secret data, plain name')) },
    stringData: { note: at('Secret stringData') },
  }),
  own('v1', 'Secret', 'canary-immutable', { immutable: true, data: { p: base64(at('immutable Secret')) } }),
  own('v1', 'Secret', 'canary-pull', {
    type: 'kubernetes.io/dockerconfigjson',
    data: {
      '.dockerconfigjson': base64(
        JSON.stringify({ auths: { 'r.example.com': { auth: base64(`u:${at('dockerconfigjson')}`) } } }),
      ),
    },
  }),
  // Before its token: a token controller deletes the token of an account that it does not find.
  own(
    'v1',
    'ServiceAccount',
    'canary-account',
    {},
    { annotations: { 'example.com/token': at('ServiceAccount annotation') } },
  ),
  own(
    'v1',
    'Secret',
    'canary-account-token',
    { type: 'kubernetes.io/service-account-token', data: { token: base64(jwtAt('ServiceAccount token Secret')) } },
    { annotations: { 'kubernetes.io/service-account.name': 'canary-account' } },
  ),
  own(
    'v1',
    'Secret',
    'sh.helm.release.v1.canary.v1',
    { type: 'helm.sh/release.v1', data: { release } },
    { labels: { owner: 'helm', name: 'canary', status: 'deployed', version: '1' } },
  ),
  own(
    'v1',
    'Secret',
    'canary-annotated',
    { data: { p: base64('x') } },
    {
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
          data: { p: base64(at('last-applied of a Secret')) },
        }),
      },
    },
  ),
]

const configMaps = (): readonly PlantedObject[] => [
  own('v1', 'ConfigMap', 'canary-files', {
    data: {
      DB_PASSWORD: at('ConfigMap, key by its name'),
      'cluster.txt': kubeconfig('kubeconfig in a ConfigMap'),
      url: `redis://:${at('ConfigMap, URL')}@redis:6379`,
      'tls.pem': pemAt('ConfigMap, PEM').join('\n'),
      jwt: `token ${jwtAt('ConfigMap, JWT')}`,
      'config.yaml': `db:\n  password: ${at('ConfigMap, YAML')}\n`,
      'app.json': JSON.stringify({ a: { clientSecret: awkward('ConfigMap, JSON') } }),
      '.env': `API_KEY='${at('ConfigMap, .env')}'`,
      'app.properties': `spring.datasource.password=${at('ConfigMap, properties')}\n`,
      once: base64(`password=${at('ConfigMap, base64')}`),
      twice: base64(base64(`password=${at('ConfigMap, base64 twice')}`)),
      encoded: encodeURIComponent(JSON.stringify({ password: awkward('ConfigMap, URL-encoded') })),
      provider: tokenAt('ConfigMap, token by its shape'),
    },
    binaryData: { keystore: base64(at('ConfigMap binaryData')) },
  }),
  own(
    'v1',
    'ConfigMap',
    'canary.v1',
    { data: { release: at('Helm release in a ConfigMap') } },
    { labels: { owner: 'helm', name: 'canary-old', status: 'superseded', version: '1' } },
  ),
  own('v1', 'ConfigMap', SHOWN_NAME, {}, { labels: { 'example.com/release': tokenAt('label value by its shape') } }),
]

const custom = (): readonly PlantedObject[] => [
  wide('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'keepers.canary.example.com', {
    spec: {
      group: 'canary.example.com',
      scope: 'Namespaced',
      names: { kind: 'Keeper', listKind: 'KeeperList', plural: 'keepers', singular: 'keeper' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            { name: 'Password', type: 'string', jsonPath: '.spec.adminPassword' },
            { name: 'Message', type: 'string', jsonPath: '.status.message' },
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: `Keeps. Default password=${at('CRD description')}`,
              properties: {
                spec: {
                  type: 'object',
                  'x-kubernetes-preserve-unknown-fields': true,
                  properties: { token: { type: 'string', default: at('CRD default') } },
                },
                status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              },
            },
          },
        },
      ],
    },
  }),
  own('canary.example.com/v1', 'Keeper', 'canary-keeper', {
    spec: {
      adminPassword: at('custom resource, field'),
      auth: { basic: { username: 'u', password: at('custom resource, nested') } },
      params: [{ key: 'password', value: at('custom resource, key and value') }],
      template: { kind: 'Secret', data: { p: base64(at('Secret in a custom resource')) } },
      stringData: { p: at('stringData of a custom resource') },
    },
  }),
]

const HOOK = (place: string) => ({
  name: 'hook.canary.example.com',
  clientConfig: {
    // User information and queries are not permitted here, so people put the secret into the path.
    url: `https://hooks.slack.com/services/T0${'0'.repeat(7)}/B0${'0'.repeat(7)}/${at(place).replace('-', '')}aB3dE5`,
    caBundle: base64(pemAt(`${place}, caBundle`).join('\n')),
  },
  rules: [{ apiGroups: ['canary.example.com'], apiVersions: ['v9'], resources: ['nothing'], operations: ['CREATE'] }],
  failurePolicy: 'Ignore',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
})

const others = (): readonly PlantedObject[] => [
  wide('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'canary-validating', {
    webhooks: [HOOK('validating webhook URL')],
  }),
  wide('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'canary-mutating', {
    webhooks: [HOOK('mutating webhook URL')],
  }),
  wide('v1', 'PersistentVolume', 'canary-volume', {
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      csi: {
        driver: 'csi.canary.example.com',
        volumeHandle: 'v-1',
        volumeAttributes: { password: at('PV CSI password'), accessKey: at('PV CSI access key') },
      },
    },
  }),
  wide('storage.k8s.io/v1', 'StorageClass', 'canary-class', {
    provisioner: 'csi.canary.example.com',
    parameters: { secretKey: at('StorageClass parameter'), endpoint: `https://u:${at('StorageClass URL')}@s3` },
  }),
  own(
    'networking.k8s.io/v1',
    'Ingress',
    'canary-ingress',
    { spec: { defaultBackend: { service: { name: 'canary-service', port: { number: 80 } } } } },
    {
      annotations: {
        'example.com/basic-auth': `admin:${at('Ingress basic auth')}`,
        'nginx.ingress.kubernetes.io/configuration-snippet': `proxy_set_header Authorization "Basic ${base64(`u:${at('Ingress snippet')}`)}";`,
      },
    },
  ),
  own(
    'v1',
    'Service',
    'canary-service',
    { spec: { selector: { app: 'canary' }, ports: [{ name: 'http', port: 80 }] } },
    {
      annotations: {
        note: `https://admin:${at('annotation with a URL')}@admin.example.com`,
        'example.com/db-password': at('annotation by its name'),
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: { a: at('last-applied') } }),
      },
    },
  ),
  own('coordination.k8s.io/v1', 'Lease', 'canary-lease', {
    spec: { holderIdentity: `https://u:${at('Lease holder')}@h`, leaseDurationSeconds: 30 },
  }),
  own(
    'rbac.authorization.k8s.io/v1',
    'Role',
    'canary-role',
    { rules: [] },
    {
      annotations: { 'example.com/api-key': at('Role annotation') },
    },
  ),
  wide('scheduling.k8s.io/v1', 'PriorityClass', 'canary-priority', {
    value: 1,
    description: `password=${at('PriorityClass description')}`,
  }),
  own('v1', 'Event', 'canary-event', {
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'canary-runs', namespace: NAMESPACE },
    reason: 'Failed',
    message: `Failed to pull https://puller:${at('event, URL')}@registry.example.com/x: token=${at('event, token')}`,
    type: 'Warning',
    source: { component: 'kubelet' },
    firstTimestamp: now(),
    lastTimestamp: now(),
    count: 1,
  }),
]

export const namespaceObject = (): PlantedObject =>
  wide('v1', 'Namespace', NAMESPACE, {}, { annotations: { 'example.com/admin-password': at('Namespace annotation') } })

/** In an order in which a cluster takes them. */
export const plainObjects = (): readonly PlantedObject[] => [...secrets(), ...configMaps(), ...custom(), ...others()]

/** Texts with characters that nobody sees, in every place that could carry them; a real API server refuses the label. */
export const hiddenObjects = (hidden: string): readonly PlantedObject[] => [
  own('v1', 'ConfigMap', 'hidden-map', { data: { note: hidden } }, { annotations: { note: hidden } }),
  own('v1', 'ConfigMap', 'hidden-label', {}, { labels: { note: hidden } }),
  own('canary.example.com/v1', 'Keeper', 'hidden-keeper', { spec: { note: hidden } }),
  own('v1', 'Pod', 'hidden-pod', {
    spec: { schedulerName: 'nobody', containers: [{ name: 'app', image: 'x', env: [{ name: 'A', value: hidden }] }] },
  }),
  own('v1', 'Event', 'hidden-event', {
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'hidden-pod', namespace: NAMESPACE },
    reason: 'Noted',
    message: hidden,
    type: 'Normal',
    source: { component: 'kubelet' },
    firstTimestamp: now(),
    lastTimestamp: now(),
    count: 1,
  }),
]

/** Written to `status` by who plants, as a controller would. */
export const keeperStatus = () => ({
  status: {
    message: `dial https://u:${at('custom resource, status')}@h`,
    lastError: `auth failed, password: '${at('custom resource, status message')}'`,
  },
})
