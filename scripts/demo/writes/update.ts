/**
 * PUT, PATCH and what they share: the server's own fields stay, the resource version and the uid are preconditions
 * where the writer gives them, the status changes only through its subresource, and a spec that changed counts.
 */
import { afterUpdate } from '../apply/managers.ts'
import { settle } from '../controllers/settle.ts'
import { withDefaults } from '../defaults.ts'
import { equal, type Json, type KubeObject, nameOf, text, uidOf } from '../json.ts'
import { shelfOf } from '../resources.ts'
import { ApiError, badRequest, conflict, invalid, notFound } from '../status.ts'
import type { Reply } from '../wire.ts'
import {
  assertValid,
  checkedBody,
  current,
  header,
  MODIFIED,
  reply,
  sameVersion,
  schemaOf,
  type Write,
  writerOf,
} from './context.ts'
import { commit, countsGenerations } from './create.ts'
import { objectBody, parseBody } from './decode.ts'
import { type WriteOptions, writeOptions } from './options.ts'

/** What only the server sets. */
const KEPT = [
  'uid',
  'creationTimestamp',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generateName',
]

const withServerMetadata = (live: KubeObject, after: KubeObject): KubeObject => {
  const kept = KEPT.filter((field) => live.metadata[field] !== undefined)
  const fields = Object.fromEntries(kept.map((field): [string, Json] => [field, live.metadata[field] ?? null]))
  const { selfLink: _gone, ...metadata } = after.metadata
  return { ...after, metadata: { ...metadata, ...fields, name: nameOf(live) } }
}

const without = (object: KubeObject, field: string): KubeObject => {
  const { [field]: _gone, ...rest } = object
  return rest as KubeObject
}

/** The main resource keeps the live status, the status subresource everything but the status. */
const separated = (write: Write, live: KubeObject, after: KubeObject): KubeObject => {
  const has = write.resource.subresources.some((sub) => sub.name === 'status')
  if (!has) return after
  const status = (from: KubeObject, base: KubeObject) =>
    from.status === undefined ? without(base, 'status') : { ...base, status: from.status }
  return write.info.subresource === 'status' ? status(after, live) : status(live, after)
}

const specOf = (object: KubeObject): Json => {
  const { metadata: _m, status: _s, apiVersion: _a, kind: _k, ...rest } = object
  return rest
}

export const assertName = (write: Write, object: KubeObject): void => {
  const name = nameOf(object)
  if (name !== '' && name !== write.info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${write.info.name})`)
  }
}

export const assertPreconditions = (write: Write, live: KubeObject, object: KubeObject): void => {
  const { resource, info } = write
  const version = text(object, 'metadata', 'resourceVersion')
  if (!/^\d*$/.test(version)) throw new ApiError(500, '', `strconv.ParseUint: parsing "${version}": invalid syntax`)
  if (version !== '' && !sameVersion(live, version)) throw conflict(resource, info.name, MODIFIED)
}

/** What would be stored for `after`, with its owners of fields still to be noted. */
export const prepared = (write: Write, live: KubeObject, after: KubeObject): KubeObject => {
  const whole = withDefaults(separated(write, live, withServerMetadata(live, after)))
  const changed = countsGenerations(write.resource) && !equal(specOf(live), specOf(whole))
  const generation = Number(live.metadata.generation ?? 0) + (changed ? 1 : 0)
  const counted = generation === 0 ? whole : { ...whole, metadata: { ...whole.metadata, generation } }
  assertValid(write, counted, live)
  return counted
}

/** Stores what changed; a write that changes nothing is no write, and its resource version stays. */
export const finish = (write: Write, live: KubeObject, owned: KubeObject, options: WriteOptions): Reply => {
  const strip = (object: KubeObject): Json => {
    const { managedFields: _m, resourceVersion: _r, ...metadata } = object.metadata
    return { ...object, metadata }
  }
  const managers = (object: KubeObject): Json =>
    (Array.isArray(object.metadata.managedFields) ? object.metadata.managedFields : []).map((entry) =>
      typeof entry === 'object' && entry !== null ? { ...entry, time: '' } : entry,
    )
  const unchanged = equal(strip(live), strip(owned)) && equal(managers(live), managers(owned))
  if (unchanged) return reply(write, 200, live)
  const version = live.metadata.resourceVersion ?? ''
  if (options.dryRun) {
    return reply(write, 200, { ...owned, metadata: { ...owned.metadata, resourceVersion: version } })
  }
  return reply(write, 200, finalised(write, owned) ?? commit(write, owned))
}

/** An object that waits for its finalizers goes when the last one is taken away. */
const finalised = (write: Write, object: KubeObject): KubeObject | undefined => {
  const waits = object.metadata.deletionTimestamp !== undefined
  const finalizers = object.metadata.finalizers
  if (!waits || (Array.isArray(finalizers) && finalizers.length > 0)) return undefined
  const { store } = write.cluster
  store.remove(shelfOf(write.resource), write.resource.namespaced ? write.info.namespace : '', nameOf(object))
  settle(write.cluster, write.cluster.now(), write.resource.namespaced ? write.info.namespace : '')
  return object
}

export const update = (write: Write): Reply => {
  const options = writeOptions('UpdateOptions', write.query, header(write, 'user-agent'), false)
  const parsed = parseBody(write.body, header(write, 'content-type'), write.resource.kind)
  const body = objectBody(parsed, write.resource.kind)
  const object = checkedBody(write, parsed, body, options.fieldValidation)
  assertName(write, object)
  const live = current(write)
  if (live === undefined) throw notFound(write.resource, write.info.name)
  const uid = uidOf(object)
  if (uid !== '' && uid !== uidOf(live)) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${uidOf(live)}`
    throw conflict(write.resource, write.info.name, why)
  }
  assertPreconditions(write, live, object)
  const after = prepared(write, live, { ...object, metadata: { ...object.metadata, name: nameOf(live) } })
  const owned = afterUpdate(schemaOf(write), live, carrying(live, after), writerOf(write, options))
  return finish(write, live, owned, options)
}

/** The live object's managers, for the write to be noted on top of. */
export const carrying = (live: KubeObject, after: KubeObject): KubeObject => {
  const { managedFields: _given, ...metadata } = after.metadata
  const managers = live.metadata.managedFields
  return { ...after, metadata: managers === undefined ? metadata : { ...metadata, managedFields: managers } }
}

export const assertSameUid = (write: Write, live: KubeObject, object: KubeObject): void => {
  const uid = uidOf(object)
  if (uid === '' || uid === uidOf(live)) return
  const cause = {
    reason: 'FieldValueInvalid',
    message: `Invalid value: "${uid}": field is immutable`,
    field: 'metadata.uid',
  }
  throw invalid(write.resource, write.resource.kind, write.info.name, [cause])
}
