/**
 * The types of the served kinds: what fields there are, of which type, and how lists merge. Built-in types are read
 * from `types.txt`, custom ones from their definition's own schema. Decoding, validation, patching, server-side apply
 * and the OpenAPI document all rest on this one notation:
 *
 *   s string, i integer, n number, b boolean, x anything
 *   [T]        a list replaced as a whole      [T]=  a set      [T]name,…  a list keyed by these fields
 *   [T]…@name  merged by that field in a strategic merge patch ([s]…@ merges plain values)
 *   <T>        a map                           <T>!  one that is replaced as a whole
 *   a.v1.B     another type; a type whose name ends with ! is replaced as a whole; a field with * is required
 */
import { readFileSync } from 'node:fs'
import { at, isRecord, type JsonObject, record, strings, text } from '../json.ts'

export type Schema = Scalar | Anything | List | MapOf | Struct

export interface Scalar {
  readonly kind: 'scalar'
  readonly type: 'string' | 'integer' | 'number' | 'boolean'
}

export interface Anything {
  readonly kind: 'any'
}

export interface List {
  readonly kind: 'list'
  readonly item: Schema
  readonly merge: 'atomic' | 'set' | 'map'
  readonly keys: readonly string[]
  /** The merge key of a strategic merge patch; '' merges plain values; undefined replaces. */
  readonly patchKey: string | undefined
}

export interface MapOf {
  readonly kind: 'map'
  readonly value: Schema
  readonly atomic: boolean
}

export interface Struct {
  readonly kind: 'struct'
  readonly name: string
  readonly fields: ReadonlyMap<string, Schema>
  readonly required: ReadonlySet<string>
  readonly atomic: boolean
  /** Fields that are not listed are kept: custom resources may say so. */
  readonly open: boolean
}

export const ANYTHING: Anything = { kind: 'any' }

const SCALARS: Readonly<Record<string, Scalar>> = {
  s: { kind: 'scalar', type: 'string' },
  i: { kind: 'scalar', type: 'integer' },
  n: { kind: 'scalar', type: 'number' },
  b: { kind: 'scalar', type: 'boolean' },
}

interface Library {
  readonly kinds: ReadonlyMap<string, string>
  readonly lines: ReadonlyMap<string, string>
}

const readLibrary = (): Library => {
  const kinds = new Map<string, string>()
  const lines = new Map<string, string>()
  for (const line of readFileSync(new URL('types.txt', import.meta.url), 'utf8').split('\n')) {
    const [kind, type] = line.split(' = ')
    if (kind !== undefined && type !== undefined) kinds.set(kind, type)
    else if (line !== '') lines.set((line.split(' ')[0] ?? '').replace('!', ''), line)
  }
  return { kinds, lines }
}

let loaded: Library | undefined
const library = (): Library => {
  loaded ??= readLibrary()
  return loaded
}

const parse = (expression: string): Schema => {
  const scalar = SCALARS[expression]
  if (scalar !== undefined) return scalar
  if (expression === 'x') return ANYTHING
  if (expression.startsWith('[')) {
    const end = expression.lastIndexOf(']')
    const [keys = '', patchKey] = expression.slice(end + 1).split('@')
    const merge = keys === '=' ? 'set' : keys === '' ? 'atomic' : 'map'
    return {
      kind: 'list',
      item: parse(expression.slice(1, end)),
      merge,
      keys: merge === 'map' ? keys.split(',') : [],
      patchKey,
    }
  }
  if (expression.startsWith('<')) {
    const end = expression.lastIndexOf('>')
    return { kind: 'map', value: parse(expression.slice(1, end)), atomic: expression.endsWith('!') }
  }
  return structOf(expression)
}

const structs = new Map<string, Struct>()

/** A built-in type by its short name. */
export const structOf = (name: string): Struct => {
  const known = structs.get(name)
  if (known !== undefined) return known
  const [head = '', ...parts] = (library().lines.get(name) ?? name).split(' ')
  const fields = new Map<string, Schema>()
  const required = new Set<string>()
  // Registered before its fields are read: some types contain themselves.
  const made: Struct = { kind: 'struct', name, fields, required, atomic: head.endsWith('!'), open: false }
  structs.set(name, made)
  for (const part of parts) {
    const cut = part.indexOf(':')
    const field = part.slice(0, cut).replace('*', '')
    if (part.slice(0, cut).endsWith('*')) required.add(field)
    fields.set(field, parse(part.slice(cut + 1)))
  }
  return made
}

/** The type of a built-in kind, or undefined. */
export const builtInType = (apiVersion: string, kind: string): Struct | undefined => {
  const name = library().kinds.get(`${apiVersion} ${kind}`)
  return name === undefined ? undefined : structOf(name)
}

/** Every built-in type, by name. */
export const builtInNames = (): string[] => [...library().lines.keys()]

const customSchema = (schema: JsonObject): Schema => {
  const type = text(schema, 'type')
  if (type === 'array') {
    const keys = strings(schema, 'x-kubernetes-list-map-keys')
    const listType = text(schema, 'x-kubernetes-list-type')
    const merge = listType === 'map' ? 'map' : listType === 'set' ? 'set' : 'atomic'
    return { kind: 'list', item: customSchema(record(schema, 'items')), merge, keys, patchKey: undefined }
  }
  if (type === 'object') {
    if (isRecord(schema.additionalProperties)) {
      const atomic = text(schema, 'x-kubernetes-map-type') === 'atomic'
      return { kind: 'map', value: customSchema(schema.additionalProperties), atomic }
    }
    const properties = Object.entries(record(schema, 'properties')).map(([field, value]): [string, Schema] => {
      return [field, customSchema(record(value))]
    })
    return {
      kind: 'struct',
      name: '',
      fields: new Map(properties),
      required: new Set(strings(schema, 'required')),
      atomic: text(schema, 'x-kubernetes-map-type') === 'atomic',
      open: at(schema, 'x-kubernetes-preserve-unknown-fields') === true,
    }
  }
  const scalar = Object.values(SCALARS).find((candidate) => candidate.type === type)
  return at(schema, 'x-kubernetes-int-or-string') === true ? ANYTHING : (scalar ?? ANYTHING)
}

/** @param definition the version entry of a CustomResourceDefinition */
export const customType = (definition: JsonObject): Schema => {
  const schema = customSchema(record(definition, 'schema', 'openAPIV3Schema'))
  if (schema.kind !== 'struct') return schema
  const head: [string, Schema][] = [
    ['apiVersion', parse('s')],
    ['kind', parse('s')],
    ['metadata', structOf('meta.v1.ObjectMeta')],
  ]
  return { ...schema, fields: new Map([...schema.fields, ...head]) }
}
