/** What Helm leaves of one revision of a release: the Secret, and the marks on the objects (helm.sh/helm/pkg/storage/driver). */
import { gzipSync } from 'node:zlib'

export interface HelmRevision {
  readonly name: string
  readonly namespace: string
  readonly revision: number
  readonly status: string
  readonly objects: readonly object[]
}

export const helmSecret = ({ name, namespace, revision, status, objects }: HelmRevision) => {
  const release = {
    name,
    info: {
      first_deployed: '2026-11-20T14:00:00.000000001Z',
      last_deployed: `2026-11-2${revision}T14:00:00.000000001Z`,
      deleted: '',
      description: 'Upgrade complete',
      status,
    },
    chart: { metadata: { name, version: `1.${revision}.0`, appVersion: '9' }, lock: null, templates: [], values: {} },
    manifest: objects.map((it) => `---\n# Source: ${name}/templates/all.yaml\n${JSON.stringify(it)}\n`).join(''),
    version: revision,
    namespace,
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `sh.helm.release.v1.${name}.v${revision}`,
      namespace,
      labels: { name, owner: 'helm', status, version: String(revision), modifiedAt: '1795269600' },
    },
    type: 'helm.sh/release.v1',
    data: { release: btoa(gzipSync(JSON.stringify(release)).toString('base64')) },
  }
}

/** An object as Helm makes it of one in a manifest. */
export const installedByHelm = <T extends { readonly metadata: { readonly labels?: object } }>(
  object: T,
  { name, namespace }: Pick<HelmRevision, 'name' | 'namespace'>,
) => ({
  ...object,
  metadata: {
    ...object.metadata,
    namespace,
    labels: { ...object.metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace },
  },
})
