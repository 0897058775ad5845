/**
 * Who else has an object in hand: what Argo CD, Flux and Helm leave on the objects that they own. A change of such an
 * object would be reverted, or drift from its source; the plan says so, names the source where the cluster tells, and
 * offers the same change for that source. Labels and annotations are the cluster's word, good for a warning and for
 * policy's `change.managedBy`, never for permission.
 */
import { BulkheadError } from '../errors.ts'
import type { KubeClient } from '../kube/client.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../kube/json.ts'
import { normalise } from '../kube/normalise.ts'
import { toBlockYaml } from '../kube/yaml.ts'
import type { ManagedBy } from '../plan.ts'
import type { Json, KubeObject } from '../tool.ts'

/** Where the owner's own object is; it names the source. */
interface Owner {
  readonly kind: string
  readonly apiVersion: string
  readonly namespace: string
  readonly name: string
}

export interface Managed extends ManagedBy {
  readonly at?: Owner
}

const FLUX_KUSTOMIZE = 'kustomize.toolkit.fluxcd.io'
const FLUX_HELM = 'helm.toolkit.fluxcd.io'
const ARGO_TRACKING = 'argocd.argoproj.io/tracking-id'
const ARGO_INSTANCE = 'argocd.argoproj.io/instance'
const ARGO_MANAGERS: ReadonlySet<string> = new Set(['argocd-controller', 'argocd-application-controller'])
const HELM_RELEASE = 'meta.helm.sh/release-name'
const HELM_NAMESPACE = 'meta.helm.sh/release-namespace'
/** Where Argo CD lives unless told otherwise. */
const ARGO_NAMESPACE = 'argocd'

const fluxOwner = (group: string, kind: string, labels: JsonObject): Managed | undefined => {
  const [name, namespace] = [textOf(labels[`${group}/name`]), textOf(labels[`${group}/namespace`])]
  if (name === undefined || namespace === undefined) return undefined
  return { manager: 'flux', owner: `${kind} ${namespace}/${name}`, at: { kind, apiVersion: '', namespace, name } }
}

const argoOwner = (live: KubeObject, labels: JsonObject, annotations: JsonObject): Managed | undefined => {
  // `APP:GROUP/KIND:NAMESPACE/NAME`, and APP may be `NAMESPACE_APP`.
  const tracked = textOf(annotations[ARGO_TRACKING])?.split(':', 1)[0]
  const managers = live.metadata?.managedFields as Json | undefined
  const byManager =
    Array.isArray(managers) && managers.some((it) => isObject(it) && ARGO_MANAGERS.has(String(it.manager)))
  const instance =
    textOf(labels[ARGO_INSTANCE]) ?? (byManager ? textOf(labels['app.kubernetes.io/instance']) : undefined)
  const app = tracked ?? instance
  if (app === undefined) return byManager ? { manager: 'argocd', owner: 'an Application' } : undefined
  const [first = '', second] = app.split('_', 2)
  const [namespace, name] = second === undefined ? [ARGO_NAMESPACE, first] : [first, second]
  return {
    manager: 'argocd',
    owner: `Application ${name}`,
    at: { kind: 'Application', apiVersion: '', namespace, name },
  }
}

const helmOwner = (annotations: JsonObject): Managed | undefined => {
  const release = textOf(annotations[HELM_RELEASE])
  if (release === undefined) return undefined
  return { manager: 'helm', owner: `release ${textOf(annotations[HELM_NAMESPACE]) ?? ''}/${release}` }
}

/** The outermost owner: a HelmRelease of Flux writes Helm's annotations, too. */
export const managedBy = (live: KubeObject): Managed | undefined => {
  const metadata = objectOf(live.metadata as Json | undefined)
  const [labels, annotations] = [objectOf(metadata.labels), objectOf(metadata.annotations)]
  return (
    fluxOwner(FLUX_KUSTOMIZE, 'Kustomization', labels) ??
    fluxOwner(FLUX_HELM, 'HelmRelease', labels) ??
    argoOwner(live, labels, annotations) ??
    helmOwner(annotations)
  )
}

type Reader = Pick<KubeClient, 'resolve' | 'get'>

const GROUP: Readonly<Record<string, string>> = {
  Kustomization: FLUX_KUSTOMIZE,
  HelmRelease: FLUX_HELM,
  Application: 'argoproj.io',
  GitRepository: 'source.toolkit.fluxcd.io',
  HelmRepository: 'source.toolkit.fluxcd.io',
  OCIRepository: 'source.toolkit.fluxcd.io',
}

const look = async (reader: Reader, kind: string, namespace: string, name: string, signal: AbortSignal) => {
  const type = await reader.resolve(`${kind}.${GROUP[kind] ?? ''}`, undefined, signal)
  return objectOf((await reader.get(type, name, namespace, signal)).spec as Json | undefined)
}

const source = (repository: Json | undefined, path: Json | undefined): Pick<ManagedBy, 'repository' | 'path'> => ({
  ...(typeof repository === 'string' ? { repository } : {}),
  ...(typeof path === 'string' ? { path } : {}),
})

/** With repository and path where the cluster tells; what cannot be looked at is left out. */
export const sourceOf = async (managed: Managed, reader: Reader, signal: AbortSignal): Promise<ManagedBy> => {
  const { at, ...named } = managed
  if (at === undefined) return named
  try {
    const spec = await look(reader, at.kind, at.namespace, at.name, signal)
    if (at.kind === 'Application') {
      const one = objectOf(spec.source)
      return { ...named, ...source(one.repoURL, one.path) }
    }
    const chart = objectOf(objectOf(objectOf(spec.chart).spec))
    const reference = objectOf(at.kind === 'HelmRelease' ? chart.sourceRef : spec.sourceRef)
    const [kind, name] = [textOf(reference.kind) ?? '', textOf(reference.name) ?? '']
    const path = at.kind === 'HelmRelease' ? chart.chart : spec.path
    if (GROUP[kind] === undefined || name === '') return { ...named, ...source(undefined, path) }
    const { url } = await look(reader, kind, textOf(reference.namespace) ?? at.namespace, name, signal)
    return { ...named, ...source(url, path) }
  } catch (error) {
    if (error instanceof BulkheadError) return named
    throw error
  }
}

/** Of an object, the fields that are to be otherwise; of a list, all of it. */
const changed = (before: JsonObject, after: JsonObject): JsonObject =>
  Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key): [string, Json][] => {
      const [old, now] = [before[key], after[key]]
      if (JSON.stringify(old) === JSON.stringify(now)) return []
      if (isObject(old) && isObject(now)) return [[key, changed(old, now)]]
      return [[key, now ?? null]]
    }),
  )

/** The change as a patch for the source: what names the object, and what is to be otherwise. Of redacted objects. */
export const sourcePatch = (live: KubeObject, admitted: KubeObject): string => {
  const { metadata, ...difference } = changed(normalise(live), normalise(admitted))
  const { name, namespace } = admitted.metadata ?? {}
  return toBlockYaml({
    apiVersion: admitted.apiVersion ?? '',
    kind: admitted.kind ?? '',
    metadata: { name: name ?? '', ...(namespace === undefined ? {} : { namespace }), ...objectOf(metadata) },
    ...difference,
  })
}
