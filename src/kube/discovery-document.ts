/**
 * Discovery's documents, read into resource types: the aggregated form (apidiscovery.k8s.io/v2), and the older one of a
 * list a group version. Entries that could not stand in a path, or whose kind is no identifier, are dropped: what is
 * left of the cluster's text are short identifiers, which is why types may be named in errors. Pure.
 */
import type { Json, ResourceType } from '../tool.ts'
import { arrayOf, isObject, objectOf, textOf } from './json.ts'
import { isLabel } from './names.ts'
import { isAddressable } from './path.ts'

/** What discovery found. `unavailable`: group versions that are registered and did not describe themselves just now. */
export interface Discovered {
  readonly types: readonly ResourceType[]
  readonly unavailable: readonly string[]
}

export interface GroupVersion {
  readonly group: string
  readonly version: string
}

const KIND = /^[A-Za-z][-A-Za-z0-9]{0,62}$/
const VERB = /^[a-z]{1,32}$/
/** A subresource may have a path of its own below it (`proxy/…` has not; `scale` has not): one segment is all there is. */
const SUBRESOURCE = /^[A-Za-z][-A-Za-z0-9]{0,62}$/

const words = (value: Json | undefined, fits: (word: string) => boolean): readonly string[] =>
  arrayOf(value).filter((word): word is string => typeof word === 'string' && fits(word))

interface Entry {
  readonly at: GroupVersion
  readonly resource: Json | undefined
  readonly kind: Json | undefined
  readonly singular: Json | undefined
  readonly namespaced: boolean
  readonly verbs: Json | undefined
  readonly shortNames: Json | undefined
  readonly categories: Json | undefined
  readonly subresources: readonly string[]
}

const toType = (entry: Entry): ResourceType | undefined => {
  const { group, version } = entry.at
  const [resource, kind] = [textOf(entry.resource) ?? '', textOf(entry.kind) ?? '']
  if (!isAddressable({ group, version, resource }) || !KIND.test(kind)) return undefined
  const singular = textOf(entry.singular) ?? ''
  return {
    group,
    version,
    kind,
    resource,
    singular: isLabel(singular) ? singular : kind.toLowerCase(),
    shortNames: words(entry.shortNames, isLabel),
    categories: words(entry.categories, isLabel),
    namespaced: entry.namespaced,
    verbs: words(entry.verbs, (verb) => VERB.test(verb)),
    subresources: entry.subresources.filter((name) => SUBRESOURCE.test(name)),
  }
}

const present = <T>(value: T | undefined): value is T => value !== undefined

/** The aggregated form; undefined where the document is of another kind. Versions stand in order of preference. */
export const readAggregated = (document: Json): Discovered | undefined => {
  if (!isObject(document) || document.kind !== 'APIGroupDiscoveryList') return undefined
  const groups = arrayOf(document.items).map(objectOf)
  const versions = groups.flatMap((item) => {
    const group = textOf(objectOf(item.metadata).name) ?? ''
    return arrayOf(item.versions)
      .map(objectOf)
      .map((it) => ({ at: { group, version: textOf(it.version) ?? '' }, it }))
  })
  return {
    types: versions.flatMap(({ at, it }) =>
      arrayOf(it.resources)
        .map(objectOf)
        .map((resource) =>
          toType({
            at,
            resource: resource.resource,
            kind: objectOf(resource.responseKind).kind,
            singular: resource.singularResource,
            namespaced: resource.scope === 'Namespaced',
            verbs: resource.verbs,
            shortNames: resource.shortNames,
            categories: resource.categories,
            subresources: arrayOf(resource.subresources).map((sub) => textOf(objectOf(sub).subresource) ?? ''),
          }),
        )
        .filter(present),
    ),
    unavailable: versions
      .filter(({ at, it }) => it.freshness === 'Stale' && isAddressable({ ...at, resource: 'any' }))
      .map(({ at }) => `${at.group}/${at.version}`),
  }
}

/** The older form's index: `/api` (APIVersions) or `/apis` (APIGroupList); undefined for anything else. */
export const readIndex = (document: Json): readonly GroupVersion[] | undefined => {
  if (!isObject(document)) return undefined
  const found =
    document.kind === 'APIVersions'
      ? words(document.versions, isLabel).map((version) => ({ group: '', version }))
      : document.kind === 'APIGroupList'
        ? arrayOf(document.groups)
            .map(objectOf)
            .flatMap((item) => {
              const group = textOf(item.name) ?? ''
              const preferred = textOf(objectOf(item.preferredVersion).version)
              const versions = arrayOf(item.versions).map((it) => textOf(objectOf(it).version) ?? '')
              return versions
                .toSorted((a, b) => Number(b === preferred) - Number(a === preferred))
                .map((version) => ({ group, version }))
            })
        : undefined
  return found?.filter((at) => isAddressable({ ...at, resource: 'any' }))
}

/** The older form's list of one group version; undefined for anything else. */
export const readResourceList = (document: Json, at: GroupVersion): readonly ResourceType[] | undefined => {
  if (!isObject(document) || document.kind !== 'APIResourceList') return undefined
  const all = arrayOf(document.resources).map(objectOf)
  const names = all.map(({ name }) => textOf(name) ?? '')
  return all
    .map((resource) =>
      toType({
        at,
        resource: resource.name,
        kind: resource.kind,
        singular: resource.singularName,
        namespaced: resource.namespaced === true,
        verbs: resource.verbs,
        shortNames: resource.shortNames,
        categories: resource.categories,
        subresources: names
          .filter((name) => name.startsWith(`${textOf(resource.name)}/`))
          .map((name) => name.slice(name.indexOf('/') + 1)),
      }),
    )
    .filter(present)
}
