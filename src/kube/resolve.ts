/**
 * From what a person or a model calls a thing to the resource type that discovery knows: Kind, plural, singular or short
 * name, in any case, with or without `.group`. Kubernetes' own types cannot be shadowed: where a name fits the core
 * group that one is meant (`pods` is never metrics.k8s.io's, `events` never events.k8s.io's), then the groups that every
 * API server brings along, then everybody else's. What still fits several groups is ambiguous, and said so. Pure.
 */
import { resourceName } from '../access.ts'
import { BulkheadError } from '../errors.ts'
import { apiVersionOf, type ResourceType } from '../tool.ts'
import type { Discovered } from './discovery-document.ts'
import { checkApiVersion, checkKind, quote } from './names.ts'
import { nearest } from './nearest.ts'

/** The groups of kube-apiserver itself. Others may end in `.k8s.io` too (metrics, gateway, …) and are not among them. */
const OWN_GROUPS: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
])

/** What is shown of a list in an error. */
const MAX_SHOWN = 8

export interface KindQuestion {
  readonly kind: string
  readonly apiVersion: string | undefined
}

export type Resolution =
  | { readonly found: ResourceType }
  | { readonly candidates: readonly ResourceType[] }
  /** Nothing fits: the same name elsewhere, and types with a similar one. */
  | { readonly elsewhere: readonly ResourceType[]; readonly similar: readonly ResourceType[] }

/** Throws `invalid_arguments`; what passes may be looked up, and may cause a refresh of discovery. */
export const checkQuestion = (kind: string, apiVersion: string | undefined): KindQuestion => ({
  kind: checkKind(kind),
  apiVersion: apiVersion === undefined ? undefined : checkApiVersion(apiVersion),
})

const tier = ({ group }: ResourceType): number => (group === '' ? 0 : OWN_GROUPS.has(group) ? 1 : 2)

const spellings = (type: ResourceType): readonly string[] => [type.kind.toLowerCase(), type.resource, type.singular]

/** Full names before short ones; undefined where neither fits. `name` is lower-case. */
const fitness = (type: ResourceType, name: string): number | undefined =>
  spellings(type).includes(name) ? 0 : type.shortNames.includes(name) ? 1 : undefined

/** One of each resource: the first, which is the preferred version. */
const distinct = (types: readonly ResourceType[]): readonly ResourceType[] => [
  ...types
    .reduce((seen, type) => {
      const key = resourceName(type)
      return seen.has(key) ? seen : seen.set(key, type)
    }, new Map<string, ResourceType>())
    .values(),
]

/** Those with the lowest score; all of them where several have it. */
const best = (types: readonly ResourceType[], score: (type: ResourceType) => number): readonly ResourceType[] => {
  const lowest = Math.min(...types.map(score))
  return types.filter((type) => score(type) === lowest)
}

/** `types`: versions of a group in order of preference. */
export const resolveKind = (types: readonly ResourceType[], { kind, apiVersion }: KindQuestion): Resolution => {
  const [name = '', ...rest] = kind.toLowerCase().split('.')
  const group = rest.join('.')
  const score = (type: ResourceType) => fitness(type, name) ?? Number.POSITIVE_INFINITY
  const fitting = types.filter((type) => fitness(type, name) !== undefined)
  const asked = fitting.filter(
    (type) => (group === '' || type.group === group) && (apiVersion === undefined || apiVersionOf(type) === apiVersion),
  )
  if (asked.length === 0) {
    return { elsewhere: fitting, similar: distinct(nearest(name, types, spellings)) }
  }
  const [found, ...others] = distinct(best(best(asked, tier), score))
  if (found === undefined) throw new RangeError('Resolve a kind: nothing is best of something')
  return others.length === 0 ? { found } : { candidates: [found, ...others] }
}

const shown = (words: readonly string[]): string =>
  words.length > MAX_SHOWN ? `${words.slice(0, MAX_SHOWN).join(', ')}, …` : words.join(', ')

const asSaid = ({ kind, apiVersion }: KindQuestion) =>
  quote(kind) + (apiVersion === undefined ? '' : ` in ${apiVersion}`)

/** The type, or the error that says what to say instead. */
export const typeOf = (resolution: Resolution, question: KindQuestion, { unavailable }: Discovered): ResourceType => {
  if ('found' in resolution) return resolution.found
  if ('candidates' in resolution) {
    const choices = resolution.candidates.map((type) => `${resourceName(type)} (apiVersion ${apiVersionOf(type)})`)
    throw new BulkheadError(
      'ambiguous_kind',
      `${asSaid(question)} fits several resource types, listed below. Say one of their names as kind, or give its apiVersion.`,
      { untrusted: shown(choices) },
    )
  }
  const { elsewhere, similar } = resolution
  const hints = [
    ...(elsewhere.length > 0 ? [`Served as: ${shown([...new Set(elsewhere.map(apiVersionOf))])}`] : []),
    ...(elsewhere.length === 0 && similar.length > 0
      ? [`Nearest: ${shown(similar.map((type) => `${type.kind} (${resourceName(type)})`))}`]
      : []),
    ...(unavailable.length > 0 ? [`Not answering just now, and perhaps having it: ${shown(unavailable)}`] : []),
  ]
  throw new BulkheadError(
    'unknown_kind',
    `The cluster has no resource type ${asSaid(question)}.${hints.length > 0 ? ' What comes close is listed below.' : ''} List the resource types to see all.`,
    hints.length > 0 ? { untrusted: hints.join('\n') } : {},
  )
}
