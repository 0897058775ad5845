/**
 * Objects, whole or as metadata alone, one or a page at a time. Whatever an answer leaves out of an item (a typed list
 * has no `kind` in its items, a metadata list has a wrong one) is filled in from the type that was asked for, since
 * what is kept back on the way out depends on it.
 */
import type { Access } from '../access.ts'
import { ALL_NAMESPACES, VERBS } from '../access.ts'
import { BulkheadError } from '../errors.ts'
import { apiVersionOf, type Json, type KubeObject, type ResourceType } from '../tool.ts'
import { arrayOf, isObject, type JsonObject, objectOf } from './json.ts'
import { checkFieldSelector, checkLabelSelector } from './names.ts'
import { type Query, resourcePath } from './path.ts'
import { ACCEPT_JSON, type Ask, nonsense, type Requester } from './request.ts'
import { isSecretType, reduceSecret } from './secrets.ts'

/** Objects are about 8 kB each as JSON and may be 1.5 MB: a page must fit `MAX_ANSWER_BYTES` in all but strange cases. */
export const OBJECT_PAGE = 100
/** Metadata is about 4 kB a row where managedFields are many. */
export const METADATA_PAGE = 250
/** A few hundred bytes from a real API server; bounded because it travels on, sealed, to the caller. */
const MAX_CONTINUE_LENGTH = 4096

/** A Secret has no second choice: its whole would be what nobody asked for. Servers of other APIs may know no first. */
export const acceptAs = (form: 'Table' | 'PartialObjectMetadataList' | 'PartialObjectMetadata', type: ResourceType) =>
  `${ACCEPT_JSON};as=${form};v=v1;g=meta.k8s.io${isSecretType(type) ? '' : `,${ACCEPT_JSON}`}`

/** A list's question as the client takes it: `continue` is the API server's own token, which guard seals and opens. */
export interface KubeListQuery {
  /** Absent: all namespaces (or a cluster-scoped type). */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** At most the page that the form of the list allows; that many where absent. */
  readonly limit?: number
  readonly continue?: string
  /** Of a table. */
  readonly withMetadata?: boolean
}

export interface KubePage {
  /** Absent on the last page. */
  readonly continue?: string
  /** What the API server estimates is left after this page. */
  readonly remaining?: number
}

export interface KubeObjectPage extends KubePage {
  readonly items: readonly KubeObject[]
}

export const accessTo = (
  verb: 'get' | 'list',
  type: ResourceType,
  namespace: string | undefined,
  name?: string,
): Omit<Access, 'cluster'> => ({
  verb,
  group: type.group,
  resource: type.resource,
  ...(namespace === undefined ? {} : { namespace }),
  ...(name === undefined ? {} : { name }),
})

/** Discovery lists what a type can do; asking for more would be a 404 or 405 without words. */
const mustOffer = (type: ResourceType, verb: 'get' | 'list'): void => {
  if (type.verbs.includes(verb)) return
  // Verbs that are not Kubernetes' own are words of whoever serves the type.
  const offered = VERBS.filter((it) => type.verbs.includes(it)).join(', ')
  throw new BulkheadError(
    'invalid_arguments',
    `${type.resource} cannot be read by ${verb}: the API server only offers ${offered || 'nothing'} for them.`,
  )
}

/** The question of one page, in any form. `page`: the most items that this form may have. */
export const listAsk = (type: ResourceType, query: KubeListQuery, page: number, extra: Query = {}): Ask => {
  mustOffer(type, 'list')
  const { namespace, labelSelector, fieldSelector, continue: token } = query
  const path = resourcePath(type, namespace === undefined ? {} : { namespace }, {
    labelSelector: labelSelector === undefined ? undefined : checkLabelSelector(labelSelector),
    fieldSelector: fieldSelector === undefined ? undefined : checkFieldSelector(fieldSelector),
    // Zero would mean everything.
    limit: Math.max(1, Math.min(query.limit ?? page, page)),
    continue: token,
    ...extra,
  })
  const everywhere = type.namespaced ? ALL_NAMESPACES : undefined
  return { path, about: accessTo('list', type, namespace ?? everywhere), continued: token !== undefined }
}

/** The page's own bookkeeping, from a list's or a table's `metadata`. */
export const pageOf = (list: JsonObject, broken: () => BulkheadError): KubePage => {
  const { continue: token, remainingItemCount: remaining } = objectOf(list.metadata)
  if (typeof token === 'string' && token.length > MAX_CONTINUE_LENGTH) throw broken()
  return {
    ...(typeof token === 'string' && token !== '' ? { continue: token } : {}),
    ...(typeof remaining === 'number' && remaining > 0 ? { remaining } : {}),
  }
}

/** What of an item is kept: everything, or its metadata even where the server sent more. */
type Form = 'objects' | 'metadata'

/** An object of the type that was asked for, whatever its own `kind` says. */
const asObject = (item: Json, type: ResourceType, form: Form): KubeObject | undefined => {
  if (!isObject(item) || !isObject(item.metadata)) return undefined
  const head = { apiVersion: apiVersionOf(type), kind: type.kind }
  const object = form === 'metadata' ? { ...head, metadata: item.metadata } : { ...head, ...item, ...head }
  // Metadata too: kubectl keeps a copy of all values in an annotation.
  return isSecretType(type) ? reduceSecret(object) : object
}

const readOne = async (
  requester: Requester,
  form: Form,
  type: ResourceType,
  name: string,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<KubeObject> => {
  mustOffer(type, 'get')
  const path = resourcePath(type, { name, ...(namespace === undefined ? {} : { namespace }) })
  const about = accessTo('get', type, namespace, name)
  const accept = form === 'metadata' ? acceptAs('PartialObjectMetadata', type) : ACCEPT_JSON
  const object = asObject(await requester.get({ path, about, accept }, signal), type, form)
  if (object === undefined) throw nonsense(requester.wire, about, 'no Kubernetes object')
  return object
}

const readPage = async (
  requester: Requester,
  form: Form,
  type: ResourceType,
  query: KubeListQuery,
  signal: AbortSignal,
): Promise<KubeObjectPage> => {
  const ask = listAsk(type, query, form === 'metadata' ? METADATA_PAGE : OBJECT_PAGE)
  const accept = form === 'metadata' ? acceptAs('PartialObjectMetadataList', type) : ACCEPT_JSON
  const body = await requester.get({ ...ask, accept }, signal)
  const broken = () => nonsense(requester.wire, ask.about, 'no list of objects')
  // Go writes an empty list as null.
  if (!isObject(body) || !(Array.isArray(body.items) || body.items === null)) throw broken()
  const items = arrayOf(body.items).map((item) => {
    const object = asObject(item, type, form)
    if (object === undefined) throw broken()
    return object
  })
  return { items, ...pageOf(body, broken) }
}

/** One object, whole; of a Secret only what `reduceSecret` leaves. */
export const getObject = (
  requester: Requester,
  type: ResourceType,
  name: string,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<KubeObject> => readOne(requester, 'objects', type, name, namespace, signal)

/** One object's metadata, without spec, status or data. */
export const getMetadata = (
  requester: Requester,
  type: ResourceType,
  name: string,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<KubeObject> => readOne(requester, 'metadata', type, name, namespace, signal)

/** Whole objects. Secrets are listed as metadata: a list of them would carry every value here only to drop it. */
export const listObjects = (
  requester: Requester,
  type: ResourceType,
  query: KubeListQuery,
  signal: AbortSignal,
): Promise<KubeObjectPage> => readPage(requester, isSecretType(type) ? 'metadata' : 'objects', type, query, signal)

/** Metadata without spec, status or data: the way to list what must not be read. */
export const listMetadata = (
  requester: Requester,
  type: ResourceType,
  query: KubeListQuery,
  signal: AbortSignal,
): Promise<KubeObjectPage> => readPage(requester, 'metadata', type, query, signal)
