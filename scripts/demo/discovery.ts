/**
 * Discovery in both of its forms, made from the list of resources: the old one (a document per group and version) and
 * the aggregated one, which a client asks for by Accept and gets in one answer.
 */
import type { Json, JsonObject } from './json.ts'
import { parseAccept } from './negotiate.ts'
import { apiVersionOf, type Resource, type Subresource } from './resources.ts'

export const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Whether the caller takes aggregated discovery; it is preferred wherever in the list it stands. */
export const takesAggregated = (accept: string | undefined): boolean =>
  parseAccept(accept ?? '').some(
    ({ type, parameters }) =>
      type === 'application/json' &&
      parameters.get('g') === 'apidiscovery.k8s.io' &&
      parameters.get('v') === 'v2' &&
      parameters.get('as') === 'APIGroupDiscoveryList',
  )

const groupsOf = (resources: readonly Resource[]): Map<string, Map<string, Resource[]>> => {
  const groups = new Map<string, Map<string, Resource[]>>()
  for (const resource of resources) {
    const versions = groups.get(resource.group) ?? new Map<string, Resource[]>()
    versions.set(resource.version, [...(versions.get(resource.version) ?? []), resource])
    groups.set(resource.group, versions)
  }
  return groups
}

const groupVersion = (group: string, version: string): JsonObject => ({
  groupVersion: apiVersionOf({ group, version }),
  version,
})

const group = (name: string, versions: readonly string[]): JsonObject => ({
  name,
  versions: versions.map((version) => groupVersion(name, version)),
  preferredVersion: groupVersion(name, versions[0] ?? ''),
})

/** GET /api */
export const coreVersions = (server: string): JsonObject => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: server.replace('https://', '') }],
})

/** GET /apis */
export const groupList = (resources: readonly Resource[]): JsonObject => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: [...groupsOf(resources)]
    .filter(([name]) => name !== '')
    .map(([name, versions]) => group(name, [...versions.keys()])),
})

/** GET /apis/GROUP, or undefined when there is no such group. */
export const oneGroup = (resources: readonly Resource[], name: string): JsonObject | undefined => {
  const versions = groupsOf(resources).get(name)
  if (versions === undefined || name === '') return undefined
  return { kind: 'APIGroup', apiVersion: 'v1', ...group(name, [...versions.keys()]) }
}

const subresource = (parent: Resource, sub: Subresource): JsonObject => ({
  name: `${parent.name}/${sub.name}`,
  singularName: '',
  namespaced: parent.namespaced,
  ...(sub.group === undefined ? {} : { group: sub.group }),
  ...(sub.version === undefined ? {} : { version: sub.version }),
  kind: sub.kind,
  verbs: [...sub.verbs],
})

const optional = (field: string, values: readonly string[]): JsonObject =>
  values.length === 0 ? {} : { [field]: [...values] }

/** GET /api/v1 and /apis/GROUP/VERSION, or undefined when nothing is served there. */
export const resourceList = (resources: readonly Resource[], wanted: string): JsonObject | undefined => {
  const found = resources.filter((resource) => apiVersionOf(resource) === wanted)
  if (found.length === 0) return undefined
  const entries = found.flatMap((resource): JsonObject[] => [
    {
      name: resource.name,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs: [...resource.verbs],
      ...optional('shortNames', resource.shortNames),
      ...optional('categories', resource.categories),
    },
    ...resource.subresources.map((sub) => subresource(resource, sub)),
  ])
  return {
    kind: 'APIResourceList',
    ...(wanted === 'v1' ? {} : { apiVersion: 'v1' }),
    groupVersion: wanted,
    resources: entries,
  }
}

const aggregatedResource = (resource: Resource): JsonObject => {
  const kind = (name: string, from: { readonly group?: string; readonly version?: string }): JsonObject => ({
    group: from.group ?? '',
    version: from.version ?? '',
    kind: name,
  })
  const own = resource.custom ? { group: resource.group, version: resource.version } : {}
  return {
    resource: resource.name,
    responseKind: kind(resource.kind, own),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: [...resource.verbs],
    ...optional('shortNames', resource.shortNames),
    ...optional('categories', resource.categories),
    ...(resource.subresources.length === 0
      ? {}
      : {
          subresources: resource.subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: kind(sub.kind, sub.group === undefined ? own : sub),
            verbs: [...sub.verbs],
          })),
        }),
  }
}

/** GET /api or /apis in the aggregated form: the core group alone, or every other. */
export const aggregated = (resources: readonly Resource[], core: boolean): JsonObject => {
  const groups = [...groupsOf(resources)].filter(([name]) => (name === '') === core)
  const items: Json[] = groups.map(([name, versions]) => ({
    metadata: name === '' ? {} : { name },
    versions: [...versions].map(([version, served]) => ({
      version,
      resources: served.map(aggregatedResource),
      freshness: 'Current',
    })),
  }))
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items }
}
