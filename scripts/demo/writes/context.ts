/** What every kind of write has in hand, and the steps that all of them share. */
import type { IncomingMessage } from 'node:http'
import type { Writer } from '../apply/managers.ts'
import type { Cluster } from '../cluster.ts'
import { asCoreEvent } from '../events.ts'
import { isRecord, type Json, type JsonObject, type KubeObject, nameOf, namespaceOf, record, text } from '../json.ts'
import { negotiate } from '../negotiate.ts'
import type { ResourceRequest } from '../paths.ts'
import { present } from '../reads.ts'
import { apiVersionOf, type Resource, shelfOf } from '../resources.ts'
import { ANYTHING, builtInType, customType, type Schema } from '../schema/schema.ts'
import { type ApiError, badRequest, invalid } from '../status.ts'
import { canonical } from '../store.ts'
import type { User } from '../users.ts'
import type { Reply } from '../wire.ts'
import { conform, type Parsed } from './decode.ts'
import type { FieldValidation, WriteOptions } from './options.ts'
import { validate } from './validate.ts'

export interface Write {
  readonly cluster: Cluster
  readonly user: User
  readonly resource: Resource
  readonly info: ResourceRequest
  readonly request: IncomingMessage
  readonly query: URLSearchParams
  readonly body: Buffer
  /** What the caller should know although the request is served; steps add to it. */
  readonly warnings: string[]
}

export const schemaOf = ({ cluster, resource }: Pick<Write, 'cluster' | 'resource'>): Schema => {
  if (resource.custom) return customType(cluster.definition(resource) ?? {})
  return builtInType(apiVersionOf(resource), resource.kind) ?? ANYTHING
}

/** Everything about a write but its content. */
export const header = (write: Write, name: string): string => {
  const found = write.request.headers[name]
  return Array.isArray(found) ? (found[0] ?? '') : (found ?? '')
}

export const writerOf = (write: Write, options: WriteOptions): Writer => ({
  name: options.fieldManager,
  apiVersion: apiVersionOf(write.resource),
  subresource: write.info.subresource,
  now: write.cluster.now(),
})

/** Kind and apiVersion must be those of the path, where the object names them at all. */
const typed = (write: Write, object: JsonObject): KubeObject => {
  const { resource } = write
  const kind = text(object, 'kind') || resource.kind
  const apiVersion = text(object, 'apiVersion') || apiVersionOf(resource)
  const expected = apiVersionOf(resource)
  if (kind !== resource.kind || apiVersion !== expected) {
    throw badRequest(
      `${kind} in version "${apiVersion}" cannot be handled as a ${resource.kind}: the path is of ${expected} ${resource.kind}`,
    )
  }
  return { ...object, kind, apiVersion, metadata: { ...record(object, 'metadata'), name: nameOf(object) } }
}

/** Drops or refuses what the kind does not have. @param wrap how a refusal reads: creates and patches differ */
export const checkFields = (
  write: Write,
  value: Json,
  duplicates: readonly string[],
  validation: FieldValidation,
  refuse: (why: string) => ApiError,
): JsonObject => {
  const fitted = conform(schemaOf(write), value)
  if (fitted.mistake !== undefined && !write.resource.custom) throw refuse(fitted.mistake)
  const problems = [
    ...fitted.unknown.map((field) => `unknown field "${field}"`),
    ...duplicates.map((field) => `duplicate field "${field}"`),
  ]
  if (problems.length > 0 && validation === 'Strict') throw refuse(`strict decoding error: ${problems.join(', ')}`)
  if (fitted.mistake !== undefined) {
    const cause = { reason: 'FieldValueTypeInvalid', message: `Invalid value: ${fitted.mistake}`, field: '' }
    throw invalid(write.resource, write.resource.kind, text(value, 'metadata', 'name'), [cause])
  }
  if (validation === 'Warn') write.warnings.push(...problems)
  return isRecord(fitted.value) ? fitted.value : {}
}

/** A whole object from a body, as POST and PUT send it. */
export const checkedBody = (
  write: Write,
  parsed: Parsed,
  object: JsonObject,
  validation: FieldValidation,
): KubeObject => {
  const { resource } = write
  const whole = typed(write, object)
  const refuse = (why: string) =>
    badRequest(`${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${why}`)
  const value = checkFields(write, whole, parsed.duplicates, validation, refuse)
  const stored = resource.group === 'events.k8s.io' ? asCoreEvent(value as KubeObject) : (value as KubeObject)
  return inNamespace(write, stored)
}

/** The namespace of the path wins; another one in the object is a mistake. */
export const inNamespace = (write: Write, object: KubeObject): KubeObject => {
  const given = namespaceOf(object)
  if (!write.resource.namespaced) {
    const { namespace: _none, ...metadata } = object.metadata
    return { ...object, metadata: { ...metadata, name: nameOf(object) } }
  }
  if (given !== '' && given !== write.info.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  return { ...object, metadata: { ...object.metadata, namespace: write.info.namespace } }
}

const requiredCauses = (
  schema: Schema,
  value: Json,
  path: string,
): { reason: string; message: string; field: string }[] => {
  if (schema.kind === 'list' && Array.isArray(value)) {
    return value.flatMap((item, index) => requiredCauses(schema.item, item, `${path}[${index}]`))
  }
  if (schema.kind === 'map' && isRecord(value)) {
    return Object.entries(value).flatMap(([key, item]) => requiredCauses(schema.value, item, `${path}[${key}]`))
  }
  if (schema.kind !== 'struct' || !isRecord(value)) return []
  const missing = [...schema.required]
    .filter((field) => value[field] === undefined)
    .map((field) => ({
      reason: 'FieldValueRequired',
      message: 'Required value',
      field: path === '' ? field : `${path}.${field}`,
    }))
  const deeper = [...schema.fields]
    .filter(([field]) => value[field] !== undefined && field !== 'metadata')
    .flatMap(([field, type]) => requiredCauses(type, value[field] ?? null, path === '' ? field : `${path}.${field}`))
  return [...missing, ...deeper]
}

/** Throws 422 with every cause. */
export const assertValid = (write: Write, object: KubeObject, before: KubeObject | undefined): void => {
  const custom = write.resource.custom ? requiredCauses(schemaOf(write), object, '') : []
  const causes = [...validate(object, before), ...custom]
  if (causes.length > 0) throw invalid(write.resource, write.resource.kind, nameOf(object), causes)
}

export const reply = (write: Write, code: number, object: KubeObject): Reply => {
  const face = negotiate(header(write, 'accept') || undefined)
  return { code, body: present(write.cluster, write.resource, canonical(object), face, write.query), yaml: face.yaml }
}

export const current = (write: Write): KubeObject | undefined =>
  write.cluster.store.get(
    shelfOf(write.resource),
    write.resource.namespaced ? write.info.namespace : '',
    write.info.name,
  )

export const sameVersion = (live: KubeObject, wanted: string): boolean =>
  text(live, 'metadata', 'resourceVersion') === wanted

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again'
