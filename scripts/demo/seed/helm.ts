/**
 * Grafana in namespace monitoring, as Helm has installed and upgraded it: the objects of its third revision, and the Secrets
 * that Helm keeps of all three. The second brought dashboards, the third dropped them for a disruption budget, so that going
 * back makes, changes and deletes something.
 */
import { gzipSync } from 'node:zlib'
import { stringify } from 'yaml'
import { before } from '../controllers/world.ts'
import type { JsonObject } from '../json.ts'
import { timestamp } from '../store.ts'
import { type Builder, container, DAYS, workload } from './build.ts'
import { demoCanaries } from './canaries.ts'

const NAMESPACE = 'monitoring'
const RELEASE = 'grafana'
const NEWEST = 3

interface Version {
  readonly chart: string
  readonly app: string
  /** Seconds. */
  readonly age: number
}

const VERSIONS: readonly Version[] = [
  { chart: '10.0.1', app: '12.0.2', age: 80 * DAYS },
  { chart: '10.1.0', app: '12.1.1', age: 34 * DAYS },
  { chart: '10.2.0', app: '12.2.0', age: 9 * DAYS },
]

/** One object of a manifest, as the chart's template of this name renders it. */
interface Rendered {
  readonly template: string
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly body: JsonObject
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const labelsOf = ({ chart, app }: Version): JsonObject => ({
  'app.kubernetes.io/name': RELEASE,
  'app.kubernetes.io/instance': RELEASE,
  'app.kubernetes.io/managed-by': 'Helm',
  'app.kubernetes.io/version': app,
  'helm.sh/chart': `${RELEASE}-${chart}`,
})

const deployment = (app: string): JsonObject => {
  const password = { secretKeyRef: { name: RELEASE, key: 'admin-password' } }
  return workload(RELEASE, {
    replicas: 1,
    containers: [
      container(RELEASE, {
        image: `grafana:${app}`,
        port: 3000,
        more: { env: [{ name: 'GF_SECURITY_ADMIN_PASSWORD', valueFrom: password }] },
      }),
    ],
  })
}

/** In Helm's order of kinds. */
const render = (revision: number, { app }: Version): readonly Rendered[] => [
  ...(revision === NEWEST
    ? [
        {
          template: 'poddisruptionbudget',
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          name: RELEASE,
          body: { spec: { maxUnavailable: 1, selector: { matchLabels: { 'app.kubernetes.io/name': RELEASE } } } },
        },
      ]
    : []),
  {
    template: 'secret',
    apiVersion: 'v1',
    kind: 'Secret',
    name: RELEASE,
    body: { type: 'Opaque', data: { 'admin-password': base64(demoCanaries.helmPassword) } },
  },
  {
    template: 'configmap',
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: RELEASE,
    body: {
      data: {
        'grafana.ini': `[server]\nroot_url = https://grafana.example.com\n[log]\nlevel = ${revision === 1 ? 'debug' : 'info'}\n`,
      },
    },
  },
  ...(revision === 2
    ? [
        {
          template: 'dashboards',
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: 'grafana-dashboards',
          body: { data: { 'shop.json': '{"title":"Shop"}' } },
        },
      ]
    : []),
  {
    template: 'service',
    apiVersion: 'v1',
    kind: 'Service',
    name: RELEASE,
    body: {
      spec: {
        selector: { 'app.kubernetes.io/name': RELEASE },
        ports: [{ name: 'http', port: 80, targetPort: 'http' }],
      },
    },
  },
  { template: 'deployment', apiVersion: 'apps/v1', kind: 'Deployment', name: RELEASE, body: { spec: deployment(app) } },
]

const manifestOf = (revision: number, version: Version): string =>
  render(revision, version)
    .map(({ template, apiVersion, kind, name, body }) => {
      const object = { apiVersion, kind, metadata: { name, labels: labelsOf(version) }, ...body }
      return `---\n# Source: ${RELEASE}/templates/${template}.yaml\n${stringify(object, { aliasDuplicateObjects: false })}`
    })
    .join('')

/** helm.sh/helm/pkg/release/v1, type Release. */
const stored = (builder: Builder, revision: number, version: Version): JsonObject => ({
  name: RELEASE,
  info: {
    first_deployed: timestamp(before(builder.now, VERSIONS[0]?.age ?? 0)),
    last_deployed: timestamp(before(builder.now, version.age)),
    deleted: '',
    description: revision === 1 ? 'Install complete' : 'Upgrade complete',
    status: revision === NEWEST ? 'deployed' : 'superseded',
    notes: `Grafana ${version.app} is at https://grafana.example.com; sign in as admin.\n`,
  },
  chart: {
    metadata: { name: RELEASE, version: version.chart, appVersion: version.app, apiVersion: 'v2', type: 'application' },
    lock: null,
    templates: [{ name: 'templates/NOTES.txt', data: base64('Grafana is at {{ .Values.url }}.') }],
    values: { replicas: 1, url: 'https://grafana.example.com' },
    schema: null,
    files: null,
  },
  config: { adminPassword: demoCanaries.helmPassword, replicas: 1 },
  manifest: manifestOf(revision, version),
  version: revision,
  namespace: NAMESPACE,
})

/** What `helm upgrade --install` of this release has left behind. */
export const seedHelm = (builder: Builder): void => {
  for (const [index, version] of VERSIONS.entries()) {
    const revision = index + 1
    const release = stored(builder, revision, version)
    const zipped = gzipSync(JSON.stringify(release)).toString('base64')
    builder.put(
      'v1',
      'Secret',
      `sh.helm.release.v1.${RELEASE}.v${revision}`,
      version.age,
      {
        namespace: NAMESPACE,
        labels: {
          name: RELEASE,
          owner: 'helm',
          status: revision === NEWEST ? 'deployed' : 'superseded',
          version: String(revision),
          modifiedAt: String(Math.floor(before(builder.now, version.age).getTime() / 1000)),
        },
      },
      { type: 'helm.sh/release.v1', data: { release: base64(zipped) } },
    )
    if (revision !== NEWEST) continue
    for (const { apiVersion, kind, name, body } of render(revision, version)) {
      const annotations = { 'meta.helm.sh/release-name': RELEASE, 'meta.helm.sh/release-namespace': NAMESPACE }
      const counts = kind === 'Deployment' || kind === 'PodDisruptionBudget' ? { generation: 1 } : {}
      builder.put(
        apiVersion,
        kind,
        name,
        version.age,
        { namespace: NAMESPACE, labels: labelsOf(version), annotations, ...counts },
        body,
      )
    }
  }
}
