/**
 * What Kubernetes itself says of where secrets are: which maps of which kinds hold them, which annotations copy a whole
 * manifest, which fields only make noise. Known structure is the first line; patterns are the second.
 */
import type { Json } from '../../tool.ts'

export type JsonObject = { readonly [key: string]: Json }

/**
 * `base64`, `text`: every value in the map is masked, with its length; names of keys stay.
 * `files`: names of keys are names of files; values are masked by name or as a kubeconfig, else scanned.
 */
export type MapRule = 'base64' | 'text' | 'files'

const labelsOf = (object: JsonObject): JsonObject => {
  const metadata = object.metadata
  const labels = isObject(metadata) ? metadata.labels : undefined
  return isObject(labels) ? labels : {}
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Releases of Helm: the whole chart with all its values, compressed, in a Secret or a ConfigMap. */
const isHelmRelease = (object: JsonObject): boolean =>
  object.type === 'helm.sh/release.v1' || labelsOf(object).owner === 'helm'

const SECRET: ReadonlyMap<string, MapRule> = new Map([
  ['data', 'base64'],
  ['stringData', 'text'],
])
/** Nothing but a Secret, or a template for one in another kind, has a field of this name. */
export const ANYWHERE: ReadonlyMap<string, MapRule> = new Map([['stringData', 'text']])
// Binary data says nothing to a reader, and may be a keystore.
const CONFIG_MAP: ReadonlyMap<string, MapRule> = new Map([
  ['data', 'files'],
  ['binaryData', 'base64'],
])
const HELM_RELEASE: ReadonlyMap<string, MapRule> = new Map([
  ['data', 'text'],
  ['binaryData', 'base64'],
])

/**
 * The rules for an object's own maps. `kind` is what the object says of itself, `known` what the API server's discovery
 * says; items of a list say nothing of themselves, and an object of unknown kind is treated as a Secret.
 */
export const mapRules = (object: JsonObject, known: string | undefined): ReadonlyMap<string, MapRule> => {
  const kinds = [object.kind, known].filter((it) => typeof it === 'string')
  if (kinds.length === 0 || kinds.includes('Secret')) return SECRET
  if (!kinds.includes('ConfigMap')) return ANYWHERE
  return isHelmRelease(object) ? HELM_RELEASE : CONFIG_MAP
}

/** Annotations that hold a copy of the object, secrets included. */
const COPIES =
  /(?:^kubectl\.kubernetes\.io\/last-applied-configuration|last-applied(?:-\w+)?|last-handled-configuration|kapp\.k14s\.io\/original|objectset\.rio\.cattle\.io\/applied)$/

export const isCopyOfObject = (annotation: string): boolean => COPIES.test(annotation)

/** Who wrote which field: a third of an object's bytes, and of no use to a reader. */
export const NOISE: ReadonlySet<string> = new Set(['managedFields'])

/** Public, long, and never what somebody is looking for: shortened to a mark, so that a write of it back is refused. */
export const BUNDLES: ReadonlySet<string> = new Set([
  'caBundle',
  'certificate-authority-data',
  'client-certificate-data',
])
/** A short value there is a placeholder and is shown. */
export const MAX_SHOWN_BUNDLE = 64

/** A kubeconfig, whatever its key is called. */
const KUBECONFIG = /(?:^|\n)\s{0,8}"?(?:kind"?:\s{0,4}"?Config\b|current-context"?:)/
export const isKubeconfig = (text: string): boolean => text.includes('users') && KUBECONFIG.test(text)
