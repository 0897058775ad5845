/**
 * The only maker of request paths (THREATS.md L3-1). A path is made of a resource type, which discovery described, and
 * names that pass Kubernetes' own grammar; every segment and every parameter is encoded. What comes out is a branded
 * string, and request.ts takes nothing else, so that no other file can build a URL from strings. Whether a type lives in
 * namespaces is discovery's to say, never the input's.
 */
import { BulkheadError } from '../errors.ts'
import { apiVersionOf, type Json, type ResourceType } from '../tool.ts'
import { checkName, checkNamespace, isLabel, isSubdomain } from './names.ts'

declare const madeHere: unique symbol
/** Begins with `/`; relative to the cluster's configured server URL. */
export type ApiPath = string & { readonly [madeHere]: true }

/** The type's coordinates; the rest of a ResourceType does not matter to a path. */
export type PathType = Pick<ResourceType, 'group' | 'version' | 'resource' | 'namespaced'>

/**
 * Exec, attach, port-forward, proxy, tokens, … are absent on purpose: no input can reach them (THREATS.md, rails).
 * `scale` and `eviction` are for the writer alone.
 */
export type Subresource = 'log' | 'scale' | 'eviction'

export interface Target {
  /** Absent on a namespaced type: all namespaces, for a list. */
  readonly namespace?: string
  /** Absent: the collection. */
  readonly name?: string
  readonly subresource?: Subresource
}

/** Undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** Whether these can be segments of a path at all: discovery drops what cannot. */
export const isAddressable = ({
  group,
  version,
  resource,
}: Pick<PathType, 'group' | 'version' | 'resource'>): boolean =>
  (group === '' || isSubdomain(group)) && isLabel(version) && isLabel(resource)

const segments = (parts: readonly string[], query: Query = {}): ApiPath => {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) parameters.append(key, String(value))
  const path = parts.map((part) => `/${encodeURIComponent(part)}`).join('')
  return (parameters.size === 0 ? path : `${path}?${parameters}`) as ApiPath
}

const root = ({ group, version }: Pick<PathType, 'group' | 'version'>): string[] =>
  group === '' ? ['api', version] : ['apis', group, version]

const invalid = (message: string) => new BulkheadError('invalid_arguments', message)

/** The namespace to put into the path. Throws `invalid_arguments` where input and discovery disagree on the scope. */
const scopeOf = (type: PathType, { namespace, name }: Target): string | undefined => {
  if (!type.namespaced) {
    if (namespace === undefined) return undefined
    throw invalid(`${type.resource} are not in any namespace: leave out namespace.`)
  }
  if (namespace !== undefined) return checkNamespace(namespace)
  if (name === undefined) return undefined
  throw invalid(`${type.resource} live in namespaces: say the namespace of "${checkName(type, name)}".`)
}

/** Throws `invalid_arguments`. */
export const resourcePath = (type: PathType, target: Target, query?: Query): ApiPath => {
  if (!isAddressable(type)) throw invalid('This is not a resource type that discovery could have described.')
  const namespace = scopeOf(type, target)
  const { name, subresource } = target
  const ofPods = type.group === '' && type.resource === 'pods'
  const known = subresource === 'scale' || (ofPods && (subresource === 'log' || subresource === 'eviction'))
  if (subresource !== undefined && (name === undefined || !known)) {
    throw invalid(
      'The only subresources are the log and the eviction of a named pod, and the scale of a named workload.',
    )
  }
  return segments(
    [
      ...root(type),
      ...(namespace === undefined ? [] : ['namespaces', namespace]),
      type.resource,
      ...(name === undefined ? [] : [checkName(type, name)]),
      ...(subresource === undefined ? [] : [subresource]),
    ],
    query,
  )
}

export const VERSION_PATH = segments(['version'])

/** The two ends of discovery: the core group, and all others. */
export const CORE_DISCOVERY_PATH = segments(['api'])
export const GROUPS_DISCOVERY_PATH = segments(['apis'])

/** What one group and version serves, for servers without aggregated discovery. */
export const groupVersionPath = (type: Pick<PathType, 'group' | 'version'>): ApiPath => {
  if (!isAddressable({ ...type, resource: 'any' })) throw invalid('This is not an API group and version.')
  return segments(root(type))
}

/** The OpenAPI v3 document of one group and version: a megabyte for Kubernetes' own, some kilobytes for a CRD's. */
export const openApiPath = (type: Pick<PathType, 'group' | 'version'>): ApiPath => {
  if (!isAddressable({ ...type, resource: 'any' })) throw invalid('This is not an API group and version.')
  return segments(['openapi', 'v3', ...root(type)])
}

/** The reviews that a credential may ask about itself: they are POSTs, and change nothing. */
const SELF_REVIEWS = {
  SelfSubjectReview: { group: 'authentication.k8s.io', version: 'v1', resource: 'selfsubjectreviews' },
  SelfSubjectAccessReview: { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews' },
  SelfSubjectRulesReview: { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectrulesreviews' },
} as const
export type SelfReview = keyof typeof SELF_REVIEWS

export const reviewPath = (kind: SelfReview): ApiPath => resourcePath({ ...SELF_REVIEWS[kind], namespaced: false }, {})

export const reviewBody = (kind: SelfReview, spec: Json | undefined): string =>
  JSON.stringify({ apiVersion: apiVersionOf(SELF_REVIEWS[kind]), kind, ...(spec === undefined ? {} : { spec }) })
