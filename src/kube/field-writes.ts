/**
 * What `metadata.managedFields` tells a reader: who wrote an object last, when, and which fields are theirs since. A
 * field manager's entry keeps one time, that of its last write, and every field that it has ever set: so the fields say
 * what it owns, not what it changed just then. Pure and bounded; names of fields and keys stay, values of set members do
 * not (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management).
 */
import type { FieldWrite, Json } from '../tool.ts'
import { arrayOf, isObject, type JsonObject, textOf } from './json.ts'

/** The API server folds all but the newest ten updates into one entry; appliers and subresources come on top. */
const MAX_WRITES = 32
/** More would not be read: the rest is counted. */
const MAX_FIELDS = 6
/** Fields of one entry that are looked at: a large workload has some hundred. */
const MAX_LEAVES = 500
const MAX_DEPTH = 32
/** Longer paths are told by their beginning and their end. */
const WHOLE_PATH = 4
const MAX_FIELD_TEXT = 120
const MAX_MANAGER_TEXT = 128

/** Written with every change, or all the time, and never what somebody decided. */
const NOISE = new Set([
  'metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]',
  'metadata.annotations[deployment.kubernetes.io/revision]',
  'metadata.annotations[control-plane.alpha.kubernetes.io/leader]',
])
/** What a reader looks for comes first; what identifies an object comes last. */
const RANKS = ['spec', 'data', 'stringData'] as const

/** `k:{"name":"app"}` is `[app]`; a member that is its own value says only that there is one. */
const memberOf = (key: string): string | undefined => {
  try {
    const parsed = JSON.parse(key.slice(2)) as Json
    return isObject(parsed) ? `[${Object.values(parsed).map(String).join(',')}]` : undefined
  } catch {
    return undefined
  }
}

const segmentOf = (key: string): string | undefined => {
  if (key.startsWith('k:')) return memberOf(key)
  if (!key.startsWith('f:') || key.length === 2) return undefined
  const name = key.slice(2)
  return /[./]/.test(name) ? `[${name}]` : name
}

type Path = readonly string[]

const collect = (node: JsonObject, path: Path, leaves: Path[]): void => {
  if (leaves.length >= MAX_LEAVES) return
  const children = Object.entries(node).flatMap(([key, inner]) => {
    const segment = segmentOf(key)
    return segment === undefined ? [] : [{ segment, inner }]
  })
  // `name` says which member of a list it is, and that stands in the path.
  const isMember = path.at(-1)?.startsWith('[') === true
  const telling = isMember && children.length > 1 ? children.filter(({ segment }) => segment !== 'name') : children
  if (telling.length === 0 || path.length >= MAX_DEPTH) {
    if (path.length > 0) leaves.push(path)
    return
  }
  for (const { segment, inner } of telling) collect(isObject(inner) ? inner : {}, [...path, segment], leaves)
}

const join = (path: Path): string =>
  path.reduce((text, segment) => (segment.startsWith('[') || text === '' ? text + segment : `${text}.${segment}`), '')

/** `spec.replicas`, `spec.template…[app].image`. */
const shown = (path: Path): string => {
  const text =
    path.length <= WHOLE_PATH
      ? join(path)
      : `${join(path.slice(0, 2))}…${join(path.slice(path.at(-2)?.startsWith('[') === true ? -2 : -1))}`
  return text.length <= MAX_FIELD_TEXT ? text : `${text.slice(0, MAX_FIELD_TEXT - 1)}…`
}

const rankOf = (field: string): number => {
  const found = RANKS.findIndex((it) => field.startsWith(it))
  if (found !== -1) return found
  return field.startsWith('metadata') ? RANKS.length + 1 : RANKS.length
}

const writeOf = (entry: JsonObject): FieldWrite | undefined => {
  const [manager, time] = [textOf(entry.manager), textOf(entry.time)]
  if (manager === undefined || time === undefined || Number.isNaN(Date.parse(time))) return undefined
  const subresource = textOf(entry.subresource)
  const leaves: Path[] = []
  collect(isObject(entry.fieldsV1) ? entry.fieldsV1 : {}, [], leaves)
  const all = [...new Set(leaves.map(shown))]
  const fields = all.filter((it) => !NOISE.has(it)).sort((a, b) => rankOf(a) - rankOf(b))
  if (all.length > 0 && fields.length === 0) return undefined
  return {
    manager: manager.slice(0, MAX_MANAGER_TEXT),
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    time,
    ...(subresource === undefined || subresource === '' ? {} : { subresource }),
    fields: fields.slice(0, MAX_FIELDS),
    more: Math.max(0, fields.length - MAX_FIELDS),
  }
}

/** `managedFields`: as the API server wrote them. Entries that say nothing of who, when or what are left out. */
export const fieldWrites = (managedFields: Json | undefined): readonly FieldWrite[] =>
  arrayOf(managedFields)
    .slice(0, MAX_WRITES)
    .filter(isObject)
    .flatMap((entry) => writeOf(entry) ?? [])
