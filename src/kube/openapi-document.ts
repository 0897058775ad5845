/**
 * An OpenAPI v3 document of Kubernetes, reduced to what one kind needs and what a model reads: its own schema and those
 * that it refers to, without paths, with descriptions cut. Pure. All of it is somebody's text: a CRD's author's, too.
 */
import type { Json, ResourceType } from '../tool.ts'
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from './json.ts'

const PREFIX = '#/components/schemas/'
/** A type's own description; those of its fields are cut further where they are listed. */
const MAX_DESCRIPTION = 1_000
/** Named values beyond these are a list for its own documentation. */
const MAX_ENUM = 30

/** One of a type's schemas. Absent fields are absent in the document, or say nothing to a reader. */
export interface Schema {
  readonly type?: string
  readonly format?: string
  readonly description?: string
  /** Another schema's name. */
  readonly ref?: string
  readonly fields?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly values?: Schema
  readonly enum?: readonly string[]
  readonly default?: string
}

/** What is kept of a document: `root` is the kind's own. */
export interface Schemas {
  readonly root: string
  readonly named: Readonly<Record<string, Schema>>
}

const cut = (text: string): string => (text.length <= MAX_DESCRIPTION ? text : `${text.slice(0, MAX_DESCRIPTION - 1)}…`)

const strings = (value: Json | undefined): readonly string[] =>
  arrayOf(value).filter((it): it is string => typeof it === 'string')

const refOf = (schema: JsonObject): string | undefined => {
  // A reference with words of its own is wrapped, since `$ref` allows no neighbours.
  const wrapped = arrayOf(schema.allOf).filter(isObject)
  const ref = textOf(schema.$ref) ?? (wrapped.length === 1 ? textOf(wrapped[0]?.$ref) : undefined)
  return ref?.startsWith(PREFIX) === true ? ref.slice(PREFIX.length) : undefined
}

const alternatives = (schema: JsonObject): string | undefined => {
  if (schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string') return 'integer or string'
  const types = [...arrayOf(schema.oneOf), ...arrayOf(schema.anyOf)].filter(isObject).map((it) => textOf(it.type))
  const known = types.filter((it) => it !== undefined)
  return known.length > 1 ? [...new Set(known)].join(' or ') : undefined
}

/** A default that is a free text could be a password that somebody put into a CRD. */
const harmless = (value: Json | undefined, named: readonly string[]): string | undefined =>
  typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && named.includes(value))
    ? String(value)
    : undefined

const reduce = (schema: JsonObject, refer: (name: string) => void): Schema => {
  const ref = refOf(schema)
  if (ref !== undefined) refer(ref)
  const type = alternatives(schema) ?? textOf(schema.type)
  const format = textOf(schema.format)
  const description = textOf(schema.description)
  const named = strings(schema.enum).slice(0, MAX_ENUM)
  const fallback = harmless(schema.default, named)
  const required = strings(schema.required)
  return {
    ...(ref === undefined ? {} : { ref }),
    ...(type === undefined ? {} : { type }),
    ...(format === undefined ? {} : { format }),
    ...(description === undefined ? {} : { description: cut(description) }),
    ...(named.length === 0 ? {} : { enum: named }),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(required.length === 0 ? {} : { required }),
    ...(isObject(schema.items) ? { items: reduce(schema.items, refer) } : {}),
    ...(isObject(schema.additionalProperties) ? { values: reduce(schema.additionalProperties, refer) } : {}),
    ...(isObject(schema.properties)
      ? {
          fields: Object.fromEntries(
            Object.entries(schema.properties).map(([name, field]) => [name, reduce(objectOf(field), refer)]),
          ),
        }
      : {}),
  }
}

const isOf = (schema: JsonObject, { group, version, kind }: ResourceType): boolean =>
  arrayOf(schema['x-kubernetes-group-version-kind'])
    .filter(isObject)
    .some((it) => (it.group ?? '') === group && it.version === version && it.kind === kind)

/** Undefined where the document has no such kind, or is none. */
export const reduceDocument = (document: Json, type: ResourceType): Schemas | undefined => {
  const all = objectOf(objectOf(objectOf(document).components).schemas)
  const root = Object.keys(all).find((name) => isOf(objectOf(all[name]), type))
  if (root === undefined) return undefined
  const named = new Map<string, Schema>()
  const queue = [root]
  const seen = new Set(queue)
  for (const name of queue) {
    const schema = all[name]
    // Own properties only: a reference may be called "constructor".
    if (!Object.hasOwn(all, name) || !isObject(schema)) continue
    named.set(
      name,
      reduce(schema, (other) => {
        if (!seen.has(other)) queue.push(other)
        seen.add(other)
      }),
    )
  }
  return { root, named: Object.fromEntries(named) }
}
