/**
 * What a printer is: its columns and how an object becomes one row's cells. Columns with priority 1 are those that
 * `kubectl -o wide` shows; the server sends them always.
 */
import { type Json, type JsonObject, records, strings, text } from '../json.ts'
import { since } from './duration.ts'

export interface Column {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly priority: number
  readonly description: string
}

export interface Printer {
  readonly columns: readonly Column[]
  readonly cells: (object: JsonObject, now: Date) => Json[]
  /** Conditions of the row: only finished pods have one. */
  readonly conditions?: (object: JsonObject) => JsonObject[]
}

/** The descriptions of the real server are long and read by nobody here; a short one of our own stands in. */
export const column = (name: string, type = 'string', priority = 0, format = ''): Column => ({
  name,
  type,
  format,
  priority,
  description: `${name} of the object.`,
})

export const NAME = column('Name', 'string', 0, 'name')
export const AGE = column('Age')
export const wide = (...names: string[]): Column[] => names.map((name) => column(name, 'string', 1))

export const age = (object: JsonObject, now: Date): string => since(text(object, 'metadata', 'creationTimestamp'), now)

export const orNone = (value: string): string => (value === '' ? '<none>' : value)

/** Names and images of a pod template's containers. */
export const containerCells = (containers: readonly JsonObject[]): [string, string] => [
  containers.map((container) => text(container, 'name')).join(','),
  containers.map((container) => text(container, 'image')).join(','),
]

/** `app=web,tier=front`, sorted; `<none>` when empty. */
export const formatLabels = (labels: JsonObject): string =>
  orNone(
    Object.keys(labels)
      .sort()
      .map((key) => `${key}=${text(labels, key)}`)
      .join(','),
  )

const expression = (item: JsonObject): string => {
  const key = text(item, 'key')
  const values = strings(item, 'values').sort().join(',')
  switch (text(item, 'operator')) {
    case 'In':
      return `${key} in (${values})`
    case 'NotIn':
      return `${key} notin (${values})`
    case 'Exists':
      return key
    default:
      return `!${key}`
  }
}

/** A LabelSelector as one line, requirements sorted by key. */
export const formatSelector = (selector: JsonObject): string => {
  const equal = Object.entries(
    typeof selector.matchLabels === 'object' && selector.matchLabels !== null ? selector.matchLabels : {},
  ).map(([key, value]) => ({ key, told: `${key}=${value}` }))
  const sets = records(selector, 'matchExpressions').map((item) => ({ key: text(item, 'key'), told: expression(item) }))
  const all = [...equal, ...sets].sort((a, b) => (a.key < b.key ? -1 : 1))
  return orNone(all.map(({ told }) => told).join(','))
}

/** At most `max` of a list, and how many more there are. */
export const listWithMore = (all: readonly string[], max: number, empty: string): string => {
  if (all.length === 0) return empty
  const shown = all.slice(0, max).join(',')
  return all.length > max ? `${shown} + ${all.length - max} more...` : shown
}

/** Whether an annotation marks the object as the one to take when none is named. */
export const isDefault = (object: JsonObject, annotation: string): boolean =>
  text(object, 'metadata', 'annotations', annotation) === 'true'
