/**
 * Sets of fields, the currency of server-side apply: which leaves of an object somebody has set. A path is a list of
 * elements in fieldsV1's own spelling (`f:spec`, `k:{"name":"c"}`, `v:"finalizer"`), joined into one string.
 */
import { equal, isRecord, type Json, type JsonObject } from '../json.ts'
import { ANYTHING, type Schema } from '../schema/schema.ts'

export type FieldSet = ReadonlySet<string>

const SEPARATOR = '\u0000'

export const joinPath = (elements: readonly string[]): string => elements.join(SEPARATOR)
export const splitPath = (path: string): string[] => path.split(SEPARATOR)

/** Whether `path` is `parent` or lies below it. */
export const isWithin = (path: string, parent: string): boolean =>
  path === parent || path.startsWith(parent + SEPARATOR)

/** The element that names an item of a keyed list or a set, or undefined for an item that lacks its keys. */
export const itemElement = (schema: Schema, item: Json): string | undefined => {
  if (schema.kind !== 'list') return undefined
  if (schema.merge === 'set') return `v:${JSON.stringify(item)}`
  if (schema.merge !== 'map' || !isRecord(item)) return undefined
  const keys = [...schema.keys].sort().map((key): [string, Json] | undefined => {
    const value = item[key] ?? (key === 'protocol' ? 'TCP' : undefined)
    return value === undefined ? undefined : [key, value]
  })
  const known = keys.filter((entry) => entry !== undefined)
  return known.length === 0 ? undefined : `k:${JSON.stringify(Object.fromEntries(known))}`
}

export const childSchema = (schema: Schema, field: string): Schema => {
  if (schema.kind === 'struct') return schema.fields.get(field) ?? ANYTHING
  return schema.kind === 'map' ? schema.value : ANYTHING
}

/** Whether the value's parts have owners of their own. */
export const isGranular = (schema: Schema, value: Json): boolean => {
  if (schema.kind === 'list') return Array.isArray(value) && schema.merge !== 'atomic'
  if (!isRecord(value)) return false
  return schema.kind === 'any' ? false : schema.kind === 'scalar' ? false : !schema.atomic
}

export interface Child {
  readonly element: string
  readonly schema: Schema
  readonly value: Json
}

/** The parts of a granular value, each with its element. */
export const children = (schema: Schema, value: Json): Child[] => {
  if (schema.kind === 'list' && Array.isArray(value)) {
    return value.flatMap((item) => {
      const element = itemElement(schema, item)
      return element === undefined
        ? []
        : [{ element, schema: schema.merge === 'set' ? ANYTHING : schema.item, value: item }]
    })
  }
  if (!isRecord(value)) return []
  return Object.entries(value).map(([field, item]) => ({
    element: `f:${field}`,
    schema: childSchema(schema, field),
    value: item,
  }))
}

/** What nobody owns: the server's own. */
const IDENTITY = new Set(['apiVersion', 'kind'])
const SERVER_METADATA = new Set([
  'creationTimestamp',
  'generation',
  'managedFields',
  'name',
  'namespace',
  'resourceVersion',
  'selfLink',
  'uid',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
])

/** The object without what no writer owns. */
export const ownable = (object: JsonObject): JsonObject => {
  const rest = Object.fromEntries(Object.entries(object).filter(([key]) => !IDENTITY.has(key)))
  const metadata = rest.metadata
  if (!isRecord(metadata)) return rest
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !SERVER_METADATA.has(key)))
  if (Object.keys(kept).length > 0) return { ...rest, metadata: kept }
  const { metadata: _empty, ...bare } = rest
  return bare
}

/** Every leaf that the object sets; an item of a keyed list is itself a member, with its leaves. */
export const fieldsOf = (
  schema: Schema,
  value: Json,
  path: readonly string[] = [],
  into = new Set<string>(),
): Set<string> => {
  const parts = isGranular(schema, value) ? children(schema, value) : []
  if (parts.length === 0) {
    if (path.length > 0) into.add(joinPath(path))
    return into
  }
  for (const part of parts) {
    const below = [...path, part.element]
    if (!part.element.startsWith('f:')) into.add(joinPath(below))
    fieldsOf(part.schema, part.value, below, into)
  }
  return into
}

export interface Difference {
  /** Set now, and not or otherwise before. */
  readonly changed: Set<string>
  /** Set before and not any more. */
  readonly removed: Set<string>
}

/** Something new: its leaves, and each map, list and item on the way, which an update owns as such. */
const note = (schema: Schema, value: Json, path: readonly string[], into: Set<string>): void => {
  const parts = isGranular(schema, value) ? children(schema, value) : []
  const isItem = path.at(-1)?.startsWith('f:') === false
  if (path.length > 0 && (parts.length === 0 || isItem || schema.kind !== 'struct')) into.add(joinPath(path))
  for (const part of parts) note(part.schema, part.value, [...path, part.element], into)
}

/** What a write that turned `before` into `after` has touched. */
export const compare = (
  schema: Schema,
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[] = [],
  into: Difference = { changed: new Set(), removed: new Set() },
): Difference => {
  if (equal(before, after)) return into
  if (before === undefined) {
    if (after !== undefined) note(schema, after, path, into.changed)
    return into
  }
  if (after === undefined) {
    note(schema, before, path, into.removed)
    return into
  }
  if (!isGranular(schema, before) || !isGranular(schema, after)) {
    into.changed.add(joinPath(path))
    return into
  }
  const old = new Map(children(schema, before).map((child) => [child.element, child]))
  const now = new Map(children(schema, after).map((child) => [child.element, child]))
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    const child = now.get(element) ?? old.get(element)
    compare(child?.schema ?? ANYTHING, old.get(element)?.value, now.get(element)?.value, [...path, element], into)
  }
  return into
}

/** fieldsV1's tree; a member that has members below it is marked with a dot. */
export const toTree = (set: FieldSet): JsonObject => {
  const root: JsonObject = {}
  for (const path of [...set].sort()) {
    let node = root
    for (const element of splitPath(path)) {
      const next = node[element]
      const made: JsonObject = isRecord(next) ? next : {}
      node[element] = made
      node = made
    }
    node['.'] = {}
  }
  const tidy = (node: JsonObject): JsonObject => {
    const entries = Object.entries(node)
    const alone = entries.length === 1 && node['.'] !== undefined
    return alone
      ? {}
      : Object.fromEntries(entries.map(([key, value]) => [key, key === '.' ? {} : tidy(value as JsonObject)]))
  }
  return tidy(root)
}

export const fromTree = (tree: JsonObject, path: readonly string[] = [], into = new Set<string>()): Set<string> => {
  const entries = Object.entries(tree)
  if (entries.length === 0 && path.length > 0) into.add(joinPath(path))
  for (const [element, below] of entries) {
    if (element === '.') into.add(joinPath(path))
    else if (isRecord(below)) fromTree(below, [...path, element], into)
  }
  return into
}
