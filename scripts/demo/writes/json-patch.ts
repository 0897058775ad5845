/** JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386), on copies: what was given stays as it was. */
import { equal, isRecord, type Json, type JsonObject } from '../json.ts'
import { ApiError, badRequest } from '../status.ts'

/** How the real server words every operation that cannot be done. */
const unprocessable = (): ApiError =>
  new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})

const pointer = (path: Json | undefined): string[] => {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) throw unprocessable()
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const position = (list: readonly Json[], key: string, adding: boolean): number => {
  if (adding && key === '-') return list.length
  const index = /^(?:0|[1-9]\d*)$/.test(key) ? Number(key) : -1
  if (index < 0 || index > list.length - (adding ? 0 : 1)) throw unprocessable()
  return index
}

const step = (value: Json, key: string): Json => {
  const next = Array.isArray(value) ? value[position(value, key, false)] : isRecord(value) ? value[key] : undefined
  if (next === undefined) throw unprocessable()
  return next
}

const find = (document: Json, path: readonly string[]): Json => path.reduce(step, document)

const place = (document: Json, path: readonly string[], value: Json, replacing: boolean): Json => {
  const key = path.at(-1)
  if (key === undefined) return value
  const parent = find(document, path.slice(0, -1))
  if (Array.isArray(parent)) parent.splice(position(parent, key, !replacing), replacing ? 1 : 0, value)
  else if (isRecord(parent)) {
    // The RFC would refuse to replace a field that is not there; the real server adds it.
    parent[key] = value
  } else throw unprocessable()
  return document
}

const remove = (document: Json, path: readonly string[]): Json => {
  const key = path.at(-1)
  if (key === undefined) throw unprocessable()
  const parent = find(document, path.slice(0, -1))
  if (Array.isArray(parent)) parent.splice(position(parent, key, false), 1)
  else if (isRecord(parent) && Object.hasOwn(parent, key)) delete parent[key]
  else throw unprocessable()
  return document
}

const operate = (document: Json, operation: JsonObject): Json => {
  const path = pointer(operation.path)
  const value = () => {
    if (operation.value === undefined) throw unprocessable()
    return structuredClone(operation.value)
  }
  switch (operation.op) {
    case 'add':
      return place(document, path, value(), false)
    case 'replace':
      return place(document, path, value(), true)
    case 'remove':
      return remove(document, path)
    case 'move': {
      const moved = structuredClone(find(document, pointer(operation.from)))
      return place(remove(document, pointer(operation.from)), path, moved, false)
    }
    case 'copy':
      return place(document, path, structuredClone(find(document, pointer(operation.from))), false)
    case 'test':
      if (!equal(find(document, path), operation.value)) throw unprocessable()
      return document
    default:
      throw unprocessable()
  }
}

/** More operations than the real server takes are refused as it does. */
const MOST_OPERATIONS = 10_000

export const jsonPatch = (document: JsonObject, patch: Json): Json => {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: json: cannot unmarshal a value that is no list')
  if (patch.length > MOST_OPERATIONS) {
    throw new ApiError(
      413,
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${MOST_OPERATIONS}, got ${patch.length}`,
    )
  }
  return patch.reduce((current: Json, operation) => {
    if (!isRecord(operation)) throw badRequest('error decoding patch: an operation is no object')
    return operate(current, operation)
  }, structuredClone(document))
}

/** null removes a field, objects are merged, everything else is replaced. */
export const mergePatch = (document: Json | undefined, patch: Json): Json => {
  if (!isRecord(patch)) return patch
  const merged: JsonObject = isRecord(document) ? { ...document } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}
