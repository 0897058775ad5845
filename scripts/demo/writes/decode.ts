/**
 * From bytes to an object of the expected type. Fields that the type does not have are dropped, and told: refused
 * under `fieldValidation=Strict`, warned about under `Warn`, passed over in silence under `Ignore`.
 */
import { parse } from 'yaml'
import { isRecord, type Json, type JsonObject } from '../json.ts'
import type { List, Schema } from '../schema/schema.ts'
import { ApiError, unsupportedMediaType } from '../status.ts'
import { duplicateFields } from './duplicates.ts'
import { decodeProtobuf } from './protobuf.ts'

const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

export interface Conformed {
  /** The value with unknown fields dropped. */
  readonly value: Json
  readonly unknown: readonly string[]
  /** The first value of a wrong type: what it is, where, and what it should be. */
  readonly mistake: string | undefined
}

const nameOfType = (value: Json): string => {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return value === null ? 'null' : typeof value
}

const GO_TYPES = { string: 'string', integer: 'int32', number: 'float64', boolean: 'bool' } as const

const wrong = (value: Json, path: string, wanted: string): Conformed => ({
  value,
  unknown: [],
  mistake: `json: cannot unmarshal ${nameOfType(value)} into Go struct field ${path} of type ${wanted}`,
})

const good = (value: Json): Conformed => ({ value, unknown: [], mistake: undefined })

const conformList = (schema: List, value: Json[], path: string): Conformed => {
  const items = value.map((item, index) => conform(schema.item, item, `${path}[${index}]`))
  return {
    value: items.map((item) => item.value),
    unknown: items.flatMap((item) => item.unknown),
    mistake: items.find((item) => item.mistake !== undefined)?.mistake,
  }
}

const join = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`)

/** @param path where in the object, for the sentences */
export const conform = (schema: Schema, value: Json, path = ''): Conformed => {
  if (schema.kind === 'any' || value === null) return good(value)
  if (schema.kind === 'scalar') {
    const matches = schema.type === 'integer' ? Number.isSafeInteger(value) : typeof value === schema.type
    return matches ? good(value) : wrong(value, path, GO_TYPES[schema.type])
  }
  if (schema.kind === 'list')
    return Array.isArray(value) ? conformList(schema, value, path) : wrong(value, path, 'array')
  if (!isRecord(value)) return wrong(value, path, 'object')
  const kept: JsonObject = {}
  const unknown: string[] = []
  let mistake: string | undefined
  for (const [field, item] of Object.entries(value)) {
    const type = schema.kind === 'map' ? schema.value : schema.fields.get(field)
    if (type === undefined && schema.kind === 'struct' && schema.open) {
      kept[field] = item
    } else if (type === undefined) {
      unknown.push(join(path, field))
    } else {
      const fitted = conform(type, item, join(path, field))
      kept[field] = fitted.value
      unknown.push(...fitted.unknown)
      mistake ??= fitted.mistake
    }
  }
  return { value: kept, unknown, mistake }
}

export interface Parsed {
  readonly value: Json
  readonly duplicates: readonly string[]
}

const unreadable = (kind: string, why: string): ApiError =>
  new ApiError(
    400,
    'BadRequest',
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; ${why}`,
  )

/** The body in whatever accepted format it came. @param kind for the refusal's sentence */
export const parseBody = (body: Buffer, contentType: string, kind: string): Parsed => {
  const type = contentType.split(';')[0]?.trim().toLowerCase() || 'application/json'
  const content = body.toString()
  if (type === 'application/vnd.kubernetes.protobuf') return { value: decodeProtobuf(body), duplicates: [] }
  if (!MEDIA_TYPES.includes(type)) throw unsupportedMediaType(MEDIA_TYPES)
  try {
    if (type === 'application/yaml') return { value: parse(content, { uniqueKeys: false }) as Json, duplicates: [] }
    return { value: JSON.parse(content) as Json, duplicates: duplicateFields(content) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw unreadable(kind, `json parse error: ${why}`)
  }
}

/** The body as an object; an array or a scalar is refused. */
export const objectBody = (parsed: Parsed, kind: string): JsonObject => {
  if (isRecord(parsed.value)) return parsed.value
  throw unreadable(kind, `json parse error: cannot unmarshal ${nameOfType(parsed.value)}`)
}
