/**
 * Server-side apply: the configuration is merged into the live object, fields that the manager gave before and leaves
 * out now go away unless somebody else owns them, and a field that another manager owns with another value is a
 * conflict, told with its owner, unless the manager forces it.
 */
import { equal, isRecord, type Json, type JsonObject, type KubeObject } from '../json.ts'
import type { Schema } from '../schema/schema.ts'
import { ApiError, applyConflict, type Cause } from '../status.ts'
import { timestamp } from '../store.ts'
import { children, childSchema, isGranular, itemElement, splitPath } from './fields.ts'
import { appliedFields, isSame, type Manager, managersOf, type Writer, withManagers, without } from './managers.ts'

const merge = (schema: Schema, live: Json | undefined, applied: Json): Json => {
  if (live === undefined || !isGranular(schema, applied) || !isGranular(schema, live)) return applied
  if (schema.kind === 'list' && Array.isArray(live) && Array.isArray(applied)) {
    const merged = [...live]
    for (const item of applied) {
      const element = itemElement(schema, item)
      const index = merged.findIndex((existing) => itemElement(schema, existing) === element)
      if (index === -1) merged.push(item)
      else merged[index] = merge(schema.item, merged[index], item)
    }
    return merged
  }
  if (!isRecord(live) || !isRecord(applied)) return applied
  const merged: JsonObject = { ...live }
  for (const [field, value] of Object.entries(applied))
    merged[field] = merge(childSchema(schema, field), merged[field], value)
  return merged
}

const remove = (schema: Schema, value: Json, path: readonly string[]): Json => {
  const [element, ...rest] = path
  if (element === undefined) return value
  if (schema.kind === 'list' && Array.isArray(value)) {
    if (rest.length === 0) return value.filter((item) => itemElement(schema, item) !== element)
    return value.map((item) => (itemElement(schema, item) === element ? remove(schema.item, item, rest) : item))
  }
  const field = element.slice(2)
  if (!isRecord(value) || !Object.hasOwn(value, field)) return value
  const copy = { ...value }
  if (rest.length === 0) delete copy[field]
  else copy[field] = remove(childSchema(schema, field), copy[field] ?? null, rest)
  const emptied = rest.length > 0 && isRecord(copy[field]) && Object.keys(copy[field]).length === 0
  if (emptied && childSchema(schema, field).kind === 'map') delete copy[field]
  return copy
}

const valueAt = (schema: Schema, value: Json | undefined, path: readonly string[]): Json | undefined => {
  const [element, ...rest] = path
  if (element === undefined || value === undefined) return value
  const child = children(schema, value).find((part) => part.element === element)
  return child === undefined ? undefined : valueAt(child.schema, child.value, rest)
}

/** `.spec.containers[name="c"].image` */
const told = (path: string): string =>
  splitPath(path)
    .map((element) => {
      if (element.startsWith('f:')) return `.${element.slice(2)}`
      if (element.startsWith('v:')) return `[${element.slice(2)}]`
      const keys = Object.entries(JSON.parse(element.slice(2)) as JsonObject)
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
    })
    .join('')

const owner = (manager: Manager, apiVersion: string): string => {
  const version =
    manager.operation === 'Update' || manager.apiVersion !== apiVersion ? ` using ${manager.apiVersion}` : ''
  const through = manager.subresource === '' ? '' : ` with subresource "${manager.subresource}"`
  return `conflict with "${manager.name}"${through}${version}`
}

const findConflicts = (
  schema: Schema,
  live: JsonObject,
  configuration: JsonObject,
  fields: ReadonlySet<string>,
  others: readonly Manager[],
  apiVersion: string,
): { readonly causes: Cause[]; readonly paths: Set<string> } => {
  const causes: Cause[] = []
  const paths = new Set<string>()
  for (const manager of others) {
    for (const path of fields) {
      if (!manager.fields.has(path)) continue
      const elements = splitPath(path)
      const [mine, theirs] = [valueAt(schema, configuration, elements), valueAt(schema, live, elements)]
      // An item of a keyed list is shared; only its leaves can differ.
      if (elements.at(-1)?.startsWith('f:') !== true || equal(mine, theirs)) continue
      causes.push({ reason: 'FieldManagerConflict', message: owner(manager, apiVersion), field: told(path) })
      paths.add(path)
    }
  }
  return { causes, paths }
}

/** Live objects that nobody managed so far belong to this name, as on the real server. */
const BEFORE = 'before-first-apply'

export const applyConfiguration = (
  schema: Schema,
  live: KubeObject | undefined,
  configuration: KubeObject,
  writer: Writer,
  force: boolean,
): KubeObject => {
  if (configuration.metadata.managedFields !== undefined) {
    throw new ApiError(400, 'BadRequest', 'metadata.managedFields must be nil')
  }
  const fields = appliedFields(schema, configuration)
  const own: Manager = {
    name: writer.name,
    operation: 'Apply',
    apiVersion: writer.apiVersion,
    subresource: writer.subresource,
    time: timestamp(writer.now),
    fields,
  }
  if (live === undefined) return withManagers(configuration, [own])
  const known = managersOf(live)
  const unmanaged: Manager = { ...own, name: BEFORE, operation: 'Update', fields: appliedFields(schema, live) }
  const all = known.length === 0 ? [unmanaged] : known
  const mine = all.find((manager) => isSame(manager, writer, 'Apply'))
  const others = all.filter((manager) => manager !== mine)
  const conflicts = findConflicts(schema, live, configuration, fields, others, writer.apiVersion)
  if (conflicts.causes.length > 0 && !force) throw applyConflict(conflicts.causes)

  let merged = merge(schema, live, configuration) as KubeObject
  const dropped = mine === undefined ? [] : [...mine.fields].filter((path) => !fields.has(path))
  for (const path of dropped.sort((a, b) => a.length - b.length)) {
    const shared = others.some((manager) =>
      [...manager.fields].some((other) => other === path || other.startsWith(`${path}\u0000`)),
    )
    const kept = [...fields].some((other) => other.startsWith(`${path}\u0000`))
    if (!shared && !kept) merged = remove(schema, merged, splitPath(path)) as KubeObject
  }
  const rest = others.map((manager) => ({ ...manager, fields: without(manager.fields, conflicts.paths) }))
  const unchanged =
    mine !== undefined && mine.fields.size === fields.size && [...fields].every((path) => mine.fields.has(path))
  return withManagers(
    merged,
    [...rest, unchanged ? mine : own].sort((a, b) => (a.operation < b.operation ? -1 : 1)),
  )
}
