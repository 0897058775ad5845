/**
 * Reading untyped Kubernetes objects without casts: every helper answers with a plain value of the asked type, or that
 * type's zero value when the path leads nowhere, as Go's structs would.
 */
export type Json = string | number | boolean | null | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}

/** Any Kubernetes object; the store keeps them immutable, a write puts a new one in the old one's place. */
export interface KubeObject extends JsonObject {
  apiVersion: string
  kind: string
  metadata: JsonObject & { name: string }
}

type Path = readonly (string | number)[]

export const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a path, or undefined. */
export const at = (value: Json | undefined, ...path: Path): Json | undefined => {
  let current: Json | undefined = value
  for (const step of path) {
    if (typeof step === 'number') current = Array.isArray(current) ? current[step] : undefined
    else current = isRecord(current) && Object.hasOwn(current, step) ? current[step] : undefined
  }
  return current
}

export const text = (value: Json | undefined, ...path: Path): string => {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}

export const integer = (value: Json | undefined, ...path: Path): number => {
  const found = at(value, ...path)
  return typeof found === 'number' ? found : 0
}

export const list = (value: Json | undefined, ...path: Path): Json[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

export const records = (value: Json | undefined, ...path: Path): JsonObject[] => list(value, ...path).filter(isRecord)

export const record = (value: Json | undefined, ...path: Path): JsonObject => {
  const found = at(value, ...path)
  return isRecord(found) ? found : {}
}

export const strings = (value: Json | undefined, ...path: Path): string[] =>
  list(value, ...path).filter((item): item is string => typeof item === 'string')

export const labelsOf = (object: Json): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record(object, 'metadata', 'labels')).filter((entry): entry is [string, string] => {
      return typeof entry[1] === 'string'
    }),
  )

export const nameOf = (object: Json): string => text(object, 'metadata', 'name')
export const namespaceOf = (object: Json): string => text(object, 'metadata', 'namespace')
export const uidOf = (object: Json): string => text(object, 'metadata', 'uid')

/** Deep equality of JSON values; the order of keys does not count. */
export const equal = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]))
  }
  if (!isRecord(a) || !isRecord(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
}

/** A copy of `value` with `replacement` at the path; what lies on the way is made when it is missing. */
export const withValue = <T extends JsonObject>(value: T, path: readonly string[], replacement: Json): T => {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (rest.length === 0) return { ...value, [key]: replacement }
  return { ...value, [key]: withValue(record(value, key), rest, replacement) }
}

/** A copy of `value` without what the path leads to. */
export const withoutValue = <T extends JsonObject>(value: T, path: readonly string[]): T => {
  const [key, ...rest] = path
  if (key === undefined || !Object.hasOwn(value, key)) return value
  const copy = { ...value }
  if (rest.length === 0) delete copy[key]
  else if (isRecord(copy[key])) Object.assign(copy, { [key]: withoutValue(record(copy, key), rest) })
  return copy
}
