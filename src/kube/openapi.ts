/**
 * What a type's fields are and mean, from the cluster's own OpenAPI v3 document of its group and version: one request,
 * a megabyte at most times. What one kind needs of it is kept in the `Cache` port, a piece for each kind; nothing is
 * kept in the isolate's memory.
 */
import { BulkheadError } from '../errors.ts'
import type { Cache } from '../ports.ts'
import { apiVersionOf, type ResourceType, type SchemaAnswer, type SchemaField } from '../tool.ts'
import { cacheKey, patiently } from './cached.ts'
import { DISCOVERY_TTL_SECONDS } from './discovery.ts'
import { isObject } from './json.ts'
import { reduceDocument, type Schema, type Schemas } from './openapi-document.ts'
import { openApiPath } from './path.ts'
import type { Requester } from './request.ts'

const CACHE_FORMAT = 'openapi/1'
const ABOUT = "read its types' descriptions"
/** A pod's schemas are 150 kB; what is ten times that is fetched again when it is asked for. */
const MAX_CACHED = 1_500_000
/** A reference to a reference to …: nobody nests so, and a circle ends. */
const MAX_REFERENCES = 16
/** Named values that fit into a type's name. */
const MAX_VALUES = 60
/** Fields that an error names. */
const MAX_NAMED = 60

export interface OpenApi {
  schema(type: ResourceType, path: readonly string[], signal: AbortSignal): Promise<SchemaAnswer>
}

const shortName = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** The schema itself, with the description and default that stand at the reference to it. */
const resolved = (schemas: Schemas, schema: Schema): Schema => {
  let found = schema
  for (let steps = 0; found.ref !== undefined && steps < MAX_REFERENCES; steps++) {
    const { ref, ...own } = found
    const next = Object.hasOwn(schemas.named, ref) ? schemas.named[ref] : undefined
    if (next === undefined) return own
    found = { ...next, ...own }
  }
  return found
}

const typeName = (schemas: Schemas, schema: Schema, depth = 0): string => {
  if (depth === MAX_REFERENCES) return 'any'
  const target = resolved(schemas, schema)
  if (target.items !== undefined) return `${typeName(schemas, target.items, depth + 1)}[]`
  if (target.values !== undefined) return `map[string]${typeName(schemas, target.values, depth + 1)}`
  const values = target.enum?.join('|') ?? ''
  if (values !== '' && values.length <= MAX_VALUES) return values
  return schema.ref === undefined ? (target.type ?? 'any') : shortName(schema.ref)
}

const fieldOf = (schemas: Schemas, name: string, schema: Schema, required: boolean): SchemaField => {
  const target = resolved(schemas, schema)
  return {
    name,
    type: typeName(schemas, schema),
    required,
    description: target.description ?? '',
    ...(target.default === undefined ? {} : { default: target.default }),
  }
}

/** What has fields of its own: through lists and maps, as `kubectl explain` goes. */
const holder = (schemas: Schemas, schema: Schema): Schema => {
  let found = resolved(schemas, schema)
  for (let steps = 0; steps < MAX_REFERENCES; steps++) {
    const inner = found.items ?? (found.fields === undefined ? found.values : undefined)
    if (inner === undefined) break
    found = resolved(schemas, inner)
  }
  return found
}

const unknownField = (type: ResourceType, path: readonly string[], at: Schema): BulkheadError => {
  const names = Object.keys(at.fields ?? {})
  const where = path.length === 0 ? type.kind : path.join('.')
  const more = names.length > MAX_NAMED ? ', …' : ''
  return new BulkheadError(
    'invalid_arguments',
    names.length === 0
      ? 'The path goes on behind a field that holds no others.'
      : 'The path names a field that is not there. Those that are, are listed below.',
    { untrusted: `${where}: ${names.length === 0 ? 'no fields' : names.slice(0, MAX_NAMED).join(', ')}${more}` },
  )
}

/** Throws `invalid_arguments`. */
export const explain = (schemas: Schemas, type: ResourceType, path: readonly string[]): SchemaAnswer => {
  let schema: Schema = { ref: schemas.root }
  let required = true
  for (const [index, name] of path.entries()) {
    const at = holder(schemas, schema)
    const next = at.fields !== undefined && Object.hasOwn(at.fields, name) ? at.fields[name] : undefined
    if (next === undefined) throw unknownField(type, path.slice(0, index), at)
    required = at.required?.includes(name) === true
    schema = next
  }
  const inside = holder(schemas, schema)
  const own = fieldOf(schemas, path.at(-1) ?? type.kind, schema, required)
  return {
    ...own,
    description: own.description === '' ? (inside.description ?? '') : own.description,
    fields: Object.entries(inside.fields ?? {}).map(([name, field]) =>
      fieldOf(schemas, name, field, inside.required?.includes(name) === true),
    ),
  }
}

/** Only Bulkhead writes there; but a cache may hold anything. */
const readCached = (text: string | undefined): Schemas | undefined => {
  try {
    const { root, named } = JSON.parse(text ?? '{}')
    return typeof root === 'string' && isObject(named)
      ? { root, named: named as unknown as Schemas['named'] }
      : undefined
  } catch {
    return undefined
  }
}

export const createOpenApi = (
  requester: Requester,
  { server, cache }: { readonly server: string; readonly cache: Cache },
): OpenApi => {
  const { cluster } = requester.wire

  const fetchSchemas = async (type: ResourceType, signal: AbortSignal): Promise<Schemas> => {
    const found = reduceDocument(await requester.get({ path: openApiPath(type), about: ABOUT }, signal), type)
    if (found !== undefined) return found
    throw new BulkheadError(
      'not_found',
      'The cluster describes no fields of this type: its API publishes no schema for it. An object of it shows what it has.',
    )
  }

  return {
    async schema(type, path, signal) {
      const key = await cacheKey(CACHE_FORMAT, cluster, server, apiVersionOf(type), type.kind)
      const cached = readCached(await patiently(cache.get(key)))
      if (cached !== undefined) return explain(cached, type, path)
      const schemas = await fetchSchemas(type, signal)
      const text = JSON.stringify(schemas)
      if (text.length <= MAX_CACHED) await patiently(cache.put(key, text, DISCOVERY_TTL_SECONDS))
      return explain(schemas, type, path)
    },
  }
}
