/** PATCH in its four forms, told apart by the content type. */

import { parse } from 'yaml'
import { applyConfiguration } from '../apply/apply.ts'
import { afterUpdate, managersOf, withManagers } from '../apply/managers.ts'
import { isRecord, type Json, type JsonObject, type KubeObject, nameOf, text } from '../json.ts'
import { ANYTHING } from '../schema/schema.ts'
import { ApiError, badRequest, conflict, invalid, notFound } from '../status.ts'
import type { Reply } from '../wire.ts'
import {
  assertValid,
  checkFields,
  current,
  header,
  inNamespace,
  reply,
  schemaOf,
  type Write,
  writerOf,
} from './context.ts'
import { assertNamespace, commit, newborn } from './create.ts'
import { conform } from './decode.ts'
import { jsonPatch, mergePatch } from './json-patch.ts'
import { type WriteOptions, writeOptions } from './options.ts'
import { strategicMerge } from './strategic.ts'
import { assertName, assertPreconditions, assertSameUid, carrying, finish, prepared } from './update.ts'

const JSON_PATCH = 'application/json-patch+json'
const MERGE = 'application/merge-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json'
const APPLY = 'application/apply-patch+yaml'

/** Custom resources have no strategic merge patch: their lists declare no merge keys. */
const accepted = (write: Write): string[] => [JSON_PATCH, MERGE, ...(write.resource.custom ? [] : [STRATEGIC]), APPLY]

const decode = (body: Buffer): Json => {
  try {
    return JSON.parse(body.toString()) as Json
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const asObject = (patch: Json): JsonObject => {
  if (isRecord(patch)) return patch
  throw badRequest('error decoding patch: json: cannot unmarshal a value that is no object')
}

const patched = (write: Write, live: KubeObject, type: string): Json => {
  const patch = decode(write.body)
  switch (type) {
    case JSON_PATCH:
      return jsonPatch(live, patch)
    case MERGE:
      return mergePatch(live, asObject(patch))
    default:
      return strategicMerge(schemaOf(write), live, asObject(patch))
  }
}

/** Applies a patch that is not a server-side apply to what a path holds. */
export const patchObject = (write: Write, live: KubeObject, type: string, options: WriteOptions) => {
  const result = patched(write, live, type)
  if (!isRecord(result)) throw badRequest('error decoding patch: the result is no object')
  const refuse = (why: string): ApiError =>
    invalid({ group: '' }, '', '', [
      { reason: 'FieldValueInvalid', message: `Invalid value: "": ${why}`, field: 'patch' },
    ])
  const value = checkFields(write, result, [], options.fieldValidation, refuse)
  const named = { ...value, metadata: { ...(isRecord(value.metadata) ? value.metadata : {}), name: nameOf(value) } }
  return inNamespace(write, named as KubeObject)
}

const ordinary = (write: Write, live: KubeObject, type: string, options: WriteOptions): Reply => {
  const object = patchObject(write, live, type, options)
  assertName(write, object)
  assertSameUid(write, live, object)
  assertPreconditions(write, live, object)
  const after = prepared(write, live, object)
  const owned = afterUpdate(schemaOf(write), live, carrying(live, after), writerOf(write, options))
  return finish(write, live, owned, options)
}

/** The configuration of a server-side apply; YAML, and so JSON too. */
const configurationOf = (write: Write): KubeObject => {
  let content: unknown
  try {
    content = parse(write.body.toString())
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isRecord(content) || text(content, 'kind') === '' || text(content, 'apiVersion') === '') {
    throw badRequest('invalid object type: /, Kind=')
  }
  const schema = schemaOf(write)
  const { unknown, mistake } = schema === ANYTHING ? { unknown: [], mistake: undefined } : conform(schema, content)
  const problem = mistake ?? (unknown.length === 0 ? undefined : `.${unknown[0]}: field not declared in schema`)
  if (problem !== undefined) {
    throw new ApiError(
      500,
      '',
      `failed to create typed patch object (${write.info.namespace}/${write.info.name}): ${problem}`,
    )
  }
  const { status: _status, ...rest } = content
  const whole = write.info.subresource === 'status' ? content : rest
  const metadata = isRecord(content.metadata) ? content.metadata : {}
  return inNamespace(write, { ...whole, metadata: { ...metadata, name: nameOf(content) } } as KubeObject)
}

const apply = (write: Write, live: KubeObject | undefined, options: WriteOptions): Reply => {
  const configuration = configurationOf(write)
  assertName(write, configuration)
  const named: KubeObject = { ...configuration, metadata: { ...configuration.metadata, name: write.info.name } }
  const writer = writerOf(write, options)
  const schema = schemaOf(write)
  const applied = applyConfiguration(schema, live, named, writer, options.force)
  if (live === undefined) {
    if (text(named, 'metadata', 'uid') !== '' || text(named, 'metadata', 'resourceVersion') !== '') {
      throw conflict(
        write.resource,
        write.info.name,
        'uid mismatch: the provided object specified one, and no existing object was found',
      )
    }
    assertNamespace(write)
    const whole = withManagers(newborn(write, applied), managersOf(applied))
    assertValid(write, whole, undefined)
    return reply(write, 201, options.dryRun ? whole : commit(write, whole))
  }
  assertPreconditions(write, live, named)
  const managers = managersOf(applied)
  return finish(write, live, withManagers(prepared(write, live, applied), managers), options)
}

export const patch = (write: Write): Reply => {
  const type = header(write, 'content-type').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!accepted(write).includes(type)) {
    throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
  }
  const options = writeOptions('PatchOptions', write.query, header(write, 'user-agent'), type === APPLY)
  const live = current(write)
  if (type === APPLY) return apply(write, live, options)
  if (live === undefined) throw notFound(write.resource, write.info.name)
  return ordinary(write, live, type, options)
}
