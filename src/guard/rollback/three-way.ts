/**
 * A three-way merge as `kubectl apply` and Helm make one: what was declared before, what is there, what is to be declared.
 * What the declaration sets is set, what it no longer sets is taken away, and what somebody else has put there stays. Lists of
 * pods that are merged by name are (named-lists.ts); any other list is one value, which stays as it is while the declaration
 * of it does and the API server has only filled it in. Pure.
 */

import { isObject, type JsonObject, objectOf } from '../../kube/json.ts'
import type { Json } from '../../tool.ts'
import { byName, MERGED_BY_NAME } from '../named-lists.ts'
import { sameJson } from '../same.ts'

/** A field that is declared as null is not declared. */
const declared = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(declared)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, it]) => (it === null ? [] : [[key, declared(it)]])))
}

/** Whether `live` is `wanted` with fields filled in. */
const covers = (live: Json | undefined, wanted: Json | undefined): boolean => {
  if (Array.isArray(live) && Array.isArray(wanted))
    return live.length === wanted.length && live.every((it, index) => covers(it, wanted[index]))
  if (isObject(live) && isObject(wanted))
    return Object.entries(wanted).every(([key, it]) => Object.hasOwn(live, key) && covers(live[key], it))
  return sameJson(live, wanted)
}

const list = (before: Json | undefined, live: Json, wanted: Json, named: boolean): Json => {
  const [old, there, items] = named ? [byName(before ?? []), byName(live), byName(wanted)] : []
  if (old === undefined || there === undefined || items === undefined)
    return sameJson(before, wanted) && covers(live, wanted) ? live : wanted
  return [
    ...[...items].map(([name, item]) => merged(old.get(name), there.get(name), item, true)),
    ...[...there].flatMap(([name, item]) => (items.has(name) || old.has(name) ? [] : [item])),
  ]
}

const merged = (before: Json | undefined, live: Json | undefined, wanted: Json, isBuiltIn: boolean, key = ''): Json => {
  if (live === undefined) return wanted
  if (Array.isArray(wanted) && Array.isArray(live))
    return list(before, live, wanted, isBuiltIn && MERGED_BY_NAME.includes(key))
  if (!isObject(live) || !isObject(wanted)) return wanted
  const old = objectOf(before)
  return Object.fromEntries(
    [...new Set([...Object.keys(live), ...Object.keys(wanted)])].flatMap((field): [string, Json][] => {
      const [there, value] = [Object.hasOwn(live, field) ? live[field] : undefined, wanted[field]]
      if (Object.hasOwn(wanted, field) && value !== undefined)
        return [[field, merged(old[field], there, value, isBuiltIn, field)]]
      return Object.hasOwn(old, field) || there === undefined ? [] : [[field, there]]
    }),
  )
}

/** What becomes of `live`. `isBuiltIn`: the kind is Kubernetes' own, whose lists are known. */
export const threeWay = (
  before: JsonObject | undefined,
  live: JsonObject,
  wanted: JsonObject,
  isBuiltIn: boolean,
): JsonObject => objectOf(merged(declared(before ?? {}), live, declared(wanted), isBuiltIn))

/** The JSON Merge Patch (RFC 7386) that makes `to` of `from`; empty where they are the same. `to` holds no null but `from`'s. */
export const mergePatch = (from: JsonObject, to: JsonObject): JsonObject =>
  Object.fromEntries(
    [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key): [string, Json][] => {
      const [old, value] = [from[key], to[key]]
      if (!Object.hasOwn(to, key) || value === undefined) return [[key, null]]
      if (Object.hasOwn(from, key) && sameJson(old, value)) return []
      return [[key, isObject(old) && isObject(value) ? mergePatch(old, value) : value]]
    }),
  )
