/**
 * The rails that ask nothing of what an object means: how a write is spelled, that it is about one object and was seen
 * before and after, and what must stand in no write at all. Everything behind them may trust in group, resource, name and
 * namespace.
 */
import { isLabel, isPathSegment, isSubdomain } from '../../kube/grammar.ts'
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import type { Json } from '../../tool.ts'
import { MARK } from '../output/index.ts'
import { sameJson } from '../same.ts'
import { firstOf, type Hit, isType, metadataOf, type WriteRail, type Writing } from './words.ts'

const VERBS: readonly string[] = ['create', 'apply', 'patch', 'delete', 'evict']

const misspelt = ({ operation }: Writing): Hit | undefined => {
  const { type, namespace, name, verb } = operation
  // Read as what it may be at run time, not as what its type promises.
  const subresource = (operation as { readonly subresource?: string }).subresource
  if (!VERBS.includes(verb)) return { field: 'verb', value: verb }
  if (type.group !== '' && !isSubdomain(type.group)) return { field: 'group', value: type.group }
  if (!isLabel(type.resource)) return { field: 'resource', value: type.resource }
  if (!isPathSegment(name)) return { field: 'name', value: name }
  if (type.namespaced !== (namespace !== undefined)) return { field: 'namespace', value: namespace }
  if (namespace !== undefined && !isLabel(namespace)) return { field: 'namespace', value: namespace }
  if (subresource !== undefined && (subresource !== 'scale' || verb !== 'patch'))
    return { field: 'subresource', value: subresource }
  if (verb === 'evict' && (type.group !== '' || type.resource !== 'pods'))
    return { field: 'evict', value: type.resource }
  return undefined
}

/** Nothing is judged that was not seen: what stands there, and what the API server would make of the write. */
const unseen = ({ operation: { verb }, ends, both, live, admitted }: Writing): Hit | undefined => {
  if (!ends && !both.includes(admitted)) return { field: 'admitted', value: undefined }
  if (verb !== 'create' && verb !== 'apply' && !both.includes(live)) return { field: 'live', value: undefined }
  return undefined
}

/** `apps` of `apps/v1`. */
const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '')

const differsIn = (writing: Writing, object: JsonObject): Hit | undefined => {
  const { operation } = writing
  const metadata = metadataOf(object)
  if (object.kind !== operation.type.kind) return { field: 'kind', value: object.kind }
  if (groupOf(textOf(object.apiVersion) ?? '') !== operation.type.group)
    return { field: 'apiVersion', value: object.apiVersion }
  if (metadata.name !== operation.name) return { field: 'metadata.name', value: metadata.name }
  const namespace = metadata.namespace ?? undefined
  if (namespace !== undefined && namespace !== operation.namespace)
    return { field: 'metadata.namespace', value: namespace }
  return undefined
}

/** A List, another kind or another name in the body would be judged as what it is not. */
const anotherObject = (writing: Writing): Hit | undefined => {
  const { operation, both } = writing
  const sent = operation.verb === 'create' || operation.verb === 'apply' ? [operation.object as Json] : []
  return firstOf([...sent, ...both], (object) => differsIn(writing, objectOf(object)))
}

const generatedName = ({ submitted, admitted, live, operation }: Writing): Hit | undefined => {
  const field = 'metadata.generateName'
  const sent = isObject(submitted) ? metadataOf(submitted).generateName : undefined
  if (operation.verb === 'create' && sent !== undefined && sent !== null) return { field, value: textOf(sent) }
  const now = metadataOf(admitted).generateName ?? metadataOf(live).generateName
  // The pods of a controller carry one that nobody asks for any more.
  return now === metadataOf(live).generateName ? undefined : { field, value: now }
}

/** UTF-16 code units of a path that is still made longer. */
const MAX_WAY = 200
const BASE64 = /^[A-Za-z0-9+/_-]{20,}={0,2}$/

/** As text, and as the text that it is base64 of: `data` of a Secret is written so. */
const markIn = (text: string): string | undefined => {
  const mark = MARK.exec(text)?.[0]
  if (mark !== undefined || !BASE64.test(text)) return mark
  try {
    return MARK.exec(atob(text.replaceAll('-', '+').replaceAll('_', '/')))?.[0]
  } catch {
    return undefined
  }
}

interface Piece {
  readonly field: string
  /** Absent of what stands in no object. */
  readonly key?: string
  readonly value: Json | undefined
}

/** All that is sent, piece by piece. By a stack of its own: nobody has bounded how deep a patch is nested. */
function* piecesOf(submitted: Json | undefined): Generator<Piece> {
  const left: Piece[] = [{ value: submitted, field: '' }]
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    yield at
    const { value, field } = at
    if (typeof value === 'string') continue
    for (const [key, inner] of Object.entries(Array.isArray(value) ? value : objectOf(value))) {
      // A field's name is for people: far down, the way there says enough.
      const way = field === '' ? key : field.length > MAX_WAY ? field : `${field}.${key}`
      left.push({ key, value: inner, field: way })
    }
  }
}

const markAnywhere = ({ submitted }: Writing): Hit | undefined =>
  firstOf(piecesOf(submitted), ({ field, key, value }) => {
    const mark = markIn(key ?? '') ?? (typeof value === 'string' ? markIn(value) : undefined)
    return mark === undefined ? undefined : { field, value: mark }
  })

const MANAGED = 'managedFields'

/** As a key anywhere, and in a pointer of a JSON Patch: `[{}]` there makes the API server forget every manager. */
const managedFields = ({ submitted }: Writing): Hit | undefined =>
  firstOf(arrayOf(submitted).map(objectOf), ({ path, from }) =>
    [path, from].some((it) => textOf(it)?.includes(MANAGED) === true)
      ? { field: 'path', value: textOf(path) }
      : undefined,
  ) ?? firstOf(piecesOf(submitted), ({ field, key }) => (key === MANAGED ? { field, value: undefined } : undefined))

const addedOwner = ({ ends, live, both, admitted }: Writing): Hit | undefined => {
  if (ends || !both.includes(live)) return undefined
  const before = arrayOf(metadataOf(live).ownerReferences)
  const added = arrayOf(metadataOf(admitted).ownerReferences).find((it) => !before.some((old) => sameJson(it, old)))
  return added === undefined ? undefined : { field: 'metadata.ownerReferences', value: added }
}

const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0)

/** JSON Patch: what an operation changes; `test` changes nothing and `copy` leaves its source alone. */
const pointersOf = (step: JsonObject): readonly (Json | undefined)[] => {
  if (step.op === 'test') return []
  return step.op === 'move' ? [step.path, step.from] : [step.path]
}

const writesStatus = ({ operation, submitted }: Writing): Hit | undefined => {
  if (Array.isArray(submitted))
    return firstOf(submitted.map(objectOf).flatMap(pointersOf), (pointer) => {
      // An empty pointer replaces the whole object, its status with it.
      const isStatus = typeof pointer !== 'string' || pointer === '' || /^\/status(\/|$)/.test(pointer)
      return isStatus ? { field: 'path', value: textOf(pointer) } : undefined
    })
  const sent = objectOf(submitted)
  // `status: {}` is what generators of manifests leave behind; in a patch an empty one is a wish.
  const harmless = operation.verb === 'patch' ? !Object.hasOwn(sent, 'status') : isEmpty(sent.status)
  return harmless ? undefined : { field: 'status', value: undefined }
}

const removed = (live: Json | undefined, admitted: Json | undefined, field: string): Hit | undefined => {
  const kept = arrayOf(admitted)
  const value = arrayOf(live).find((it) => !kept.some((other) => sameJson(it, other)))
  return value === undefined ? undefined : { field, value }
}

const removesFinalizer = (writing: Writing): Hit | undefined => {
  const { ends, live, admitted } = writing
  if (ends) return undefined
  const own = removed(metadataOf(live).finalizers, metadataOf(admitted).finalizers, 'metadata.finalizers')
  if (own !== undefined || !isType(writing, '', 'namespaces')) return own
  return removed(objectOf(live.spec).finalizers, objectOf(admitted.spec).finalizers, 'spec.finalizers')
}

export const SHAPE_RAILS: readonly WriteRail[] = [
  {
    name: 'write-spelling',
    summary: 'any verb, group, resource, subresource, namespace or name that a write could not have',
    why: 'it is not spelled as Kubernetes spells its names, or not one of the writes that there are',
    judge: misspelt,
  },
  {
    name: 'unseen',
    summary: 'a write of which the live object or the result of the dry run is not known',
    why: 'what cannot be seen cannot be judged',
    judge: unseen,
    compares: true,
  },
  {
    name: 'another-object',
    summary: 'a body whose kind, group, name or namespace is not that of the object written; a List',
    why: 'every object is judged by its own name and kind',
    judge: anotherObject,
  },
  {
    name: 'generate-name',
    summary: '`metadata.generateName`',
    why: 'a write that may be repeated must name its object',
    judge: generatedName,
    compares: true,
  },
  {
    name: 'redaction-mark',
    summary: 'a mark that stands for a masked value, anywhere in what is written, as base64 too',
    why: 'the mark would replace the very value that it hides; leave that field out',
    judge: markAnywhere,
  },
  {
    name: 'status-fields',
    summary: '`status`, and a JSON Patch of the whole object',
    why: 'status belongs to controllers; leave it out, and patch fields by their path',
    judge: writesStatus,
  },
  {
    name: 'managed-fields',
    summary: '`metadata.managedFields`',
    why: 'they say who set which field; leave them out',
    judge: managedFields,
  },
  {
    name: 'owner-references',
    summary: 'adding an owner to what exists',
    why: 'an object goes with its owner: naming one that is gone would delete it without a delete',
    judge: addedOwner,
    compares: true,
  },
  {
    name: 'finalizers',
    summary: 'removing a finalizer, of `metadata` or of a Namespace',
    why: 'a finalizer removed by others than its controller skips a clean-up',
    judge: removesFinalizer,
    compares: true,
  },
]
