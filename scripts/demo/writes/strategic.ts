/**
 * Strategic merge patch: like a merge patch, but lists that have a merge key are merged item by item, and directives
 * (`$patch`, `$deleteFromPrimitiveList/…`, `$setElementOrder/…`, `$retainKeys`) say what a plain merge cannot.
 */
import { equal, isRecord, type Json, type JsonObject } from '../json.ts'
import { ANYTHING, type List, type Schema } from '../schema/schema.ts'
import { ApiError } from '../status.ts'

const DELETE_FROM = '$deleteFromPrimitiveList/'
const ORDER = '$setElementOrder/'

const childOf = (schema: Schema, field: string): Schema => {
  if (schema.kind === 'struct') return schema.fields.get(field) ?? ANYTHING
  return schema.kind === 'map' ? schema.value : ANYTHING
}

const keyless = (item: Json, key: string): ApiError =>
  new ApiError(500, '', `map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)

const withoutPatch = ({ $patch: _directive, ...item }: JsonObject): JsonObject => item

const withoutDirectives = (item: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(item).filter(([key]) => !key.startsWith('$')))

/**
 * The patch's items keep their order; each item that only the server has comes before the first of them that stands
 * after it in the live list, else at the end.
 */
const interleaved = (
  patched: readonly Json[],
  serverOnly: readonly Json[],
  live: readonly Json[],
  key: string,
): Json[] => {
  const rank = (item: Json): number =>
    live.findIndex((other) => isRecord(other) && isRecord(item) && equal(other[key], item[key]))
  const result = [...patched]
  let from = 0
  for (const item of serverOnly) {
    const offset = result.slice(from).findIndex((other) => rank(other) > rank(item))
    const place = offset === -1 ? result.length : from + offset
    result.splice(place, 0, item)
    from = place + 1
  }
  return result
}

const mergeKeyed = (schema: List, key: string, current: readonly Json[], patch: readonly Json[]): Json[] => {
  const replaces = patch.some((item) => isRecord(item) && item.$patch === 'replace' && item[key] === undefined)
  let left: Json[] = replaces ? [] : [...current]
  const patched: Json[] = []
  for (const item of patch) {
    if (!isRecord(item)) throw keyless(item, key)
    if (item.$patch === 'replace' && item[key] === undefined) continue
    const wanted = item[key]
    if (wanted === undefined) throw keyless(item, key)
    const existing = left.find((other) => isRecord(other) && equal(other[key], wanted))
    left = left.filter((other) => other !== existing)
    if (item.$patch === 'delete') continue
    const replaced = item.$patch === 'replace' || existing === undefined
    patched.push(
      replaced ? strategicMerge(schema.item, {}, withoutPatch(item)) : strategicMerge(schema.item, existing, item),
    )
  }
  return interleaved(patched, left, current, key)
}

/** Items that the order names come in that order; others keep their place behind what they followed. */
const ordered = (items: readonly Json[], order: readonly Json[], key: string): Json[] => {
  const rank = (item: Json): number =>
    order.findIndex((named) =>
      key === '' ? equal(named, item) : isRecord(named) && isRecord(item) && equal(named[key], item[key]),
    )
  const ranked = items.filter((item) => rank(item) !== -1).sort((a, b) => rank(a) - rank(b))
  return [...ranked, ...items.filter((item) => rank(item) === -1)]
}

const mergeList = (schema: Schema, current: Json | undefined, patch: readonly Json[]): Json => {
  const existing = Array.isArray(current) ? current : []
  if (schema.kind !== 'list' || schema.patchKey === undefined) return [...patch]
  if (schema.patchKey !== '') return mergeKeyed(schema, schema.patchKey, existing, patch)
  return [...existing, ...patch.filter((item) => !existing.some((old) => equal(old, item)))]
}

const directive = (schema: Schema, merged: JsonObject, key: string, value: Json): void => {
  const values = Array.isArray(value) ? value : []
  if (key.startsWith(DELETE_FROM)) {
    const field = key.slice(DELETE_FROM.length)
    const list = merged[field]
    if (Array.isArray(list)) merged[field] = list.filter((item) => !values.some((gone) => equal(gone, item)))
  } else if (key.startsWith(ORDER)) {
    const field = key.slice(ORDER.length)
    const child = childOf(schema, field)
    const list = merged[field]
    if (Array.isArray(list) && child.kind === 'list') merged[field] = ordered(list, values, child.patchKey ?? '')
  } else if (key === '$retainKeys') {
    for (const field of Object.keys(merged)) if (!values.includes(field)) delete merged[field]
  }
}

export const strategicMerge = (schema: Schema, current: Json, patch: JsonObject): JsonObject => {
  if (patch.$patch === 'replace') return withoutDirectives(patch)
  if (patch.$patch === 'delete') return {}
  const merged: JsonObject = isRecord(current) ? { ...current } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue
    if (value === null) delete merged[key]
    else if (Array.isArray(value)) merged[key] = mergeList(childOf(schema, key), merged[key], value)
    else if (isRecord(value)) merged[key] = strategicMerge(childOf(schema, key), merged[key] ?? {}, value)
    else merged[key] = value
  }
  // Orders last: they speak about the lists as they have become.
  const directives = Object.entries(patch).filter(([key]) => key.startsWith('$') && key !== '$patch')
  for (const [key, value] of directives.sort(([a], [b]) => Number(a.startsWith(ORDER)) - Number(b.startsWith(ORDER)))) {
    directive(schema, merged, key, value)
  }
  return merged
}
