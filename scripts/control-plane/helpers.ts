/** What tests and scripts do to a cluster as its administrator: apply manifests, make a token. */
import { loadAll } from 'js-yaml'
import { type AdminAccess, clusterJson, clusterRequest } from './client.ts'
import { ControlPlaneError } from './errors.ts'
import { waitFor } from './wait.ts'

/** A new CRD is served, and a new namespace has its ServiceAccount, within a second or two. */
const APPLY_DEADLINE_MS = 30_000
const FIELD_MANAGER = 'bulkhead-fixtures'
/** The API server's lower limit is ten minutes; a test run is shorter than an hour. */
const TOKEN_SECONDS = 3600

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[]
}

const root = (apiVersion: string) => (apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`)

const pathOf = async (access: AdminAccess, { apiVersion, kind, metadata }: Manifest) => {
  const { status, text } = await clusterRequest(access, { path: root(apiVersion) })
  if (status !== 200) return undefined
  const { resources } = JSON.parse(text) as ResourceList
  const found = resources.find((each) => each.kind === kind && !each.name.includes('/'))
  if (!found) return undefined
  const scope = found.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : ''
  return `${root(apiVersion)}${scope}/${found.name}/${metadata.name}`
}

const applyOne = async (access: AdminAccess, manifest: Manifest) => {
  const named = `${manifest.kind} ${manifest.metadata.name}`
  const path = await waitFor(() => pathOf(access, manifest), {
    what: `the API server to serve ${manifest.apiVersion} ${manifest.kind}`,
    deadlineMs: APPLY_DEADLINE_MS,
  })
  const { status, text } = await clusterRequest(access, {
    method: 'PATCH',
    path: `${path}?fieldManager=${FIELD_MANAGER}&force=true&fieldValidation=Strict`,
    contentType: 'application/apply-patch+yaml',
    body: manifest,
  })
  if (status >= 300) throw new ControlPlaneError('request_failed', `cannot apply ${named}: ${status}: ${text}`)
  if (manifest.kind === 'Namespace') {
    // Until then a bare pod in it is refused.
    const account = `/api/v1/namespaces/${manifest.metadata.name}/serviceaccounts/default`
    await waitFor(async () => (await clusterRequest(access, { path: account })).status === 200, {
      what: `the default ServiceAccount of ${named}`,
      deadlineMs: APPLY_DEADLINE_MS,
    })
  }
}

/** Server-side apply of every document of a YAML text, in its order; waits for what the next document needs. */
export const applyManifests = async (access: AdminAccess, yaml: string): Promise<void> => {
  for (const document of loadAll(yaml)) {
    if (document) await applyOne(access, document as Manifest)
  }
}

/** A bearer token of an existing ServiceAccount, good for an hour, from the API server's TokenRequest. */
export const serviceAccountToken = async (access: AdminAccess, namespace: string, name: string): Promise<string> => {
  const { status } = (await clusterJson(access, {
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    },
  })) as { status: { token: string } }
  return status.token
}
