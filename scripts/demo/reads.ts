/** get and list: the object, its metadata or a Table; filtered, paged, in key order. */
import type { Cluster } from './cluster.ts'
import { asNewEvent } from './events.ts'
import type { JsonObject, KubeObject } from './json.ts'
import type { Face } from './negotiate.ts'
import type { ResourceRequest } from './paths.ts'
import { apiVersionOf, type Resource, shelfOf } from './resources.ts'
import { fieldSelector, labelSelector } from './selectors.ts'
import { ApiError, badRequest, notFound } from './status.ts'
import { listMetadata, partial, printerFor, table, tableMetadataOf } from './tables/index.ts'

/** The object as this resource's version shows it. */
export const shown = (resource: Resource, object: KubeObject): KubeObject =>
  resource.group === 'events.k8s.io' ? asNewEvent(object) : object

const wrongFace = (asked: string, kind: string): ApiError =>
  new ApiError(406, 'NotAcceptable', `you requested ${asked}, but the requested object is ${kind}`)

/** One object in the face that was asked for. Writes answer through here too. */
export const present = (
  cluster: Cluster,
  resource: Resource,
  object: KubeObject,
  face: Face,
  query: URLSearchParams,
): JsonObject => {
  switch (face.as) {
    case 'Table':
      return table(printerFor(resource, cluster.definition(resource)), [object], tableMetadataOf(object), {
        includeObject: query.get('includeObject') ?? '',
        version: face.version,
        now: cluster.now(),
      })
    case 'PartialObjectMetadata':
      return partial(object, face.version)
    case 'PartialObjectMetadataList':
      throw wrongFace(face.as, 'not a list')
    default:
      return shown(resource, object)
  }
}

export const get = (cluster: Cluster, resource: Resource, request: ResourceRequest): KubeObject => {
  const found = cluster.get(resource, resource.namespaced ? request.namespace : '', request.name)
  if (found === undefined) throw notFound(resource, request.name)
  return found
}

/** What a list or a deletecollection covers. */
export const selected = (resource: Resource, query: URLSearchParams): ((object: KubeObject) => boolean) => {
  const byLabel = labelSelector(query.get('labelSelector'))
  const byField = fieldSelector(resource, query.get('fieldSelector'))
  return (object) => byLabel(object) && byField(object)
}

export const list = (
  cluster: Cluster,
  resource: Resource,
  request: ResourceRequest,
  face: Face,
  query: URLSearchParams,
): JsonObject => {
  if (face.as === 'PartialObjectMetadata') throw wrongFace(face.as, 'a list')
  const since = query.get('resourceVersion') || '0'
  if (!/^\d+$/.test(since)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: "${since}": strconv.ParseUint: parsing "${since}": invalid syntax`,
    )
  }
  const namespace = resource.namespaced ? request.namespace : ''
  const matches = selected(resource, query)
  const filtered = (query.get('labelSelector') ?? '') !== '' || (query.get('fieldSelector') ?? '') !== ''
  const scope = [
    shelfOf(resource),
    resource.namespaced && namespace === '' ? '*' : namespace,
    query.get('labelSelector') ?? '',
    query.get('fieldSelector') ?? '',
  ].join('|')
  const current = () => {
    const all = cluster.list(resource, namespace)
    return filtered ? all.filter(matches) : all
  }
  const page = cluster.pager.page(scope, current, cluster.store.version, query)
  const metadata = listMetadata(page.version, page.continueToken, filtered ? undefined : page.remaining)
  if (face.as === 'Table') {
    return table(printerFor(resource, cluster.definition(resource)), page.items, metadata, {
      includeObject: query.get('includeObject') ?? '',
      version: face.version,
      now: cluster.now(),
    })
  }
  if (face.as === 'PartialObjectMetadataList') {
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${face.version}`,
      metadata,
      items: page.items.map((object) => partial(object, face.version)),
    }
  }
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata,
    items: page.items.map((object) => {
      // Items of a typed list carry neither kind nor apiVersion; those of custom resources do.
      if (resource.custom) return object
      const { kind: _kind, apiVersion: _apiVersion, ...rest } = shown(resource, object)
      return rest
    }),
  }
}
