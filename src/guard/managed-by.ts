/**
 * Who else has an object in hand: what Argo CD, Flux and Helm leave on the objects that they own. A change of such an
 * object would be reverted, or drift from its source; the plan says so, names the source where the cluster tells, and
 * offers the same change for that source. Labels and annotations are the cluster's word, good for a warning and for
 * policy's `change.managedBy`, never for permission.
 */
import { BulkheadError } from '../errors.ts'
import type { KubeClient } from '../kube/client.ts'
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from '../kube/json.ts'
import { normalise } from '../kube/normalise.ts'
import { toBlockYaml } from '../kube/yaml.ts'
import type { ManagedBy } from '../plan.ts'
import type { Json, KubeObject } from '../tool.ts'
import { byName, MERGED_BY_NAME } from './named-lists.ts'
import { sameJson } from './same.ts'

/** Where the owner's own object is; it names the source. */
interface Owner {
  readonly kind: 'Application' | 'Kustomization' | 'HelmRelease'
  readonly namespace: string
  readonly name: string
}

export interface Managed extends ManagedBy {
  readonly at?: Owner
}

const FLUX_KUSTOMIZE = 'kustomize.toolkit.fluxcd.io'
const FLUX_HELM = 'helm.toolkit.fluxcd.io'
const FLUX_SOURCE = 'source.toolkit.fluxcd.io'
const ARGO_TRACKING = 'argocd.argoproj.io/tracking-id'
const ARGO_INSTANCE = 'argocd.argoproj.io/instance'
const ARGO_MANAGERS: ReadonlySet<string> = new Set(['argocd-controller', 'argocd-application-controller'])
const HELM_RELEASE = 'meta.helm.sh/release-name'
const HELM_NAMESPACE = 'meta.helm.sh/release-namespace'
/** Where Argo CD lives unless told otherwise. */
const ARGO_NAMESPACE = 'argocd'

const fluxOwner = (group: string, kind: Owner['kind'], labels: JsonObject): Managed | undefined => {
  const [name, namespace] = [textOf(labels[`${group}/name`]), textOf(labels[`${group}/namespace`])]
  if (name === undefined || namespace === undefined) return undefined
  return { manager: 'flux', owner: `${kind} ${namespace}/${name}`, at: { kind, namespace, name } }
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
    at: { kind: 'Application', namespace, name },
  }
}

const helmOwner = (annotations: JsonObject, own: string | undefined): Managed | undefined => {
  const release = textOf(annotations[HELM_RELEASE])
  if (release === undefined) return undefined
  const namespace = textOf(annotations[HELM_NAMESPACE]) ?? own
  return { manager: 'helm', owner: `release ${namespace === undefined ? '' : `${namespace}/`}${release}` }
}

/** The outermost owner: a HelmRelease of Flux writes Helm's annotations, too. */
export const managedBy = (live: KubeObject): Managed | undefined => {
  const metadata = objectOf(live.metadata as Json | undefined)
  const [labels, annotations] = [objectOf(metadata.labels), objectOf(metadata.annotations)]
  return (
    fluxOwner(FLUX_KUSTOMIZE, 'Kustomization', labels) ??
    fluxOwner(FLUX_HELM, 'HelmRelease', labels) ??
    argoOwner(live, labels, annotations) ??
    helmOwner(annotations, textOf(metadata.namespace))
  )
}

type Reader = Pick<KubeClient, 'resolve' | 'get'>

const GROUPS: ReadonlyMap<string, string> = new Map([
  ['Kustomization', FLUX_KUSTOMIZE],
  ['HelmRelease', FLUX_HELM],
  ['Application', 'argoproj.io'],
  ['GitRepository', FLUX_SOURCE],
  ['HelmRepository', FLUX_SOURCE],
  ['OCIRepository', FLUX_SOURCE],
  ['Bucket', FLUX_SOURCE],
])

/** Longer than any address or path that a person uses. */
const MAX_SOURCE = 500

const specOf = async (reader: Reader, kind: string, namespace: string, name: string, signal: AbortSignal) => {
  const type = await reader.resolve(`${kind}.${GROUPS.get(kind) ?? ''}`, undefined, signal)
  return objectOf((await reader.get(type, name, namespace, signal)).spec as Json | undefined)
}

/** What cannot be looked at is left out; anything but a refusal of the cluster's is not ours to swallow. */
const orNothing = async (work: Promise<JsonObject>): Promise<JsonObject> => {
  try {
    return await work
  } catch (error) {
    if (error instanceof BulkheadError) return {}
    throw error
  }
}

/** A password in front of the host, a token behind the path: neither says where something is. */
const withoutCredentials = (url: string): string =>
  url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:[/\\]{2})[^/\\?#]*@/, '$1').replace(/[?#].*$/s, '')

const source = (repository: Json | undefined, path: Json | undefined): Pick<ManagedBy, 'repository' | 'path'> => ({
  ...(typeof repository === 'string' ? { repository: withoutCredentials(repository).slice(0, MAX_SOURCE) } : {}),
  ...(typeof path === 'string' ? { path: path.slice(0, MAX_SOURCE) } : {}),
})

/** Of several sources the one with a path: the others are charts and values for it. */
const ofApplication = (spec: JsonObject): Pick<ManagedBy, 'repository' | 'path'> => {
  const several = arrayOf(spec.sources).map(objectOf)
  const one = isObject(spec.source) ? spec.source : (several.find(({ path }) => path !== undefined) ?? several[0] ?? {})
  return source(one.repoURL, one.path ?? one.chart)
}

/** A Kustomization names its source; a HelmRelease names that of its chart, or the chart's own object. */
const referenceIn = (kind: Owner['kind'], spec: JsonObject): { readonly from: JsonObject; readonly path?: Json } => {
  if (kind === 'Kustomization')
    return { from: objectOf(spec.sourceRef), ...(spec.path === undefined ? {} : { path: spec.path }) }
  const chart = objectOf(objectOf(spec.chart).spec)
  if (chart.chart === undefined) return { from: objectOf(spec.chartRef) }
  return { from: objectOf(chart.sourceRef), path: chart.chart }
}

/** With repository and path where the cluster tells: two requests at most. */
export const sourceOf = async (managed: Managed, reader: Reader, signal: AbortSignal): Promise<ManagedBy> => {
  const { at, ...named } = managed
  if (at === undefined) return named
  const spec = await orNothing(specOf(reader, at.kind, at.namespace, at.name, signal))
  if (at.kind === 'Application') return { ...named, ...ofApplication(spec) }
  const { from, path } = referenceIn(at.kind, spec)
  const [kind, name] = [textOf(from.kind) ?? '', textOf(from.name) ?? '']
  if (GROUPS.get(kind) !== FLUX_SOURCE || name === '') return { ...named, ...source(undefined, path) }
  const namespace = textOf(from.namespace) ?? at.namespace
  const { url, endpoint } = await orNothing(specOf(reader, kind, namespace, name, signal))
  return { ...named, ...source(url ?? endpoint, path) }
}

const changedItems = (before: ReadonlyMap<string, JsonObject>, after: ReadonlyMap<string, JsonObject>): Json[] => [
  ...[...after].flatMap(([name, now]): Json[] => {
    const old = before.get(name)
    if (old === undefined) return [now]
    return sameJson(old, now) ? [] : [{ name, ...changed(old, now) }]
  }),
  ...[...before.keys()].filter((name) => !after.has(name)).map((name): Json => ({ name, $patch: 'delete' })),
]

/** Of an object, the fields that are to be otherwise; what is to be gone is null. */
const changed = (before: JsonObject, after: JsonObject): JsonObject =>
  Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key): [string, Json][] => {
      const [old, now] = [before[key], after[key]]
      if (sameJson(old, now)) return []
      if (isObject(old) && isObject(now)) return [[key, changed(old, now)]]
      const [oldItems, items] = MERGED_BY_NAME.includes(key) ? [byName(old), byName(now)] : []
      if (oldItems !== undefined && items !== undefined) return [[key, changedItems(oldItems, items)]]
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
