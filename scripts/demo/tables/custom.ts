/**
 * Rows of custom resources: the columns that their definition declares, each a simple JSONPath. A column of type date
 * is shown as an age; a value of the wrong type is an empty cell, as on the real server.
 */
import { at, integer, isRecord, type Json, type JsonObject, nameOf, records, text } from '../json.ts'
import { AGE, age, type Column, column, NAME, type Printer } from './columns.ts'
import { since } from './duration.ts'

/** `.spec.replicas`, `.status.conditions[0].type`, `.status.conditions[?(@.type=="Ready")].status`. */
const STEP = /\.([A-Za-z0-9_\-/]+)|\['([^']+)'\]|\[(\d+)\]|\[\?\(@\.([A-Za-z0-9_]+)\s*==\s*["']([^"']*)["']\)\]/gy

/** The first value at the path, or undefined; a path that this small grammar does not know finds nothing. */
export const jsonPath = (object: Json, path: string): Json | undefined => {
  let current: Json | undefined = object
  let end = 0
  for (const match of path.matchAll(STEP)) {
    end = match.index + match[0].length
    const [, plain, quoted, position, field, wanted] = match
    if (plain !== undefined || quoted !== undefined) current = at(current, plain ?? quoted ?? '')
    else if (position !== undefined) current = at(current, Number(position))
    else if (Array.isArray(current)) {
      current = current.find((item) => isRecord(item) && text(item, field ?? '') === wanted)
    } else current = undefined
  }
  return end === path.length ? current : undefined
}

const asText = (value: Json): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))

const cell = (type: string, value: Json | undefined, now: Date): Json => {
  if (value === undefined) return null
  switch (type) {
    case 'string':
      return value === null ? '' : asText(value)
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      if (typeof value !== 'string') return null
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : since(value, now)
    default:
      return null
  }
}

interface Declared {
  readonly column: Column
  readonly path: string
}

/** @param definition the version entry of a CustomResourceDefinition */
export const customPrinter = (definition: JsonObject): Printer => {
  const declared = records(definition, 'additionalPrinterColumns').map((item): Declared => {
    const made = column(text(item, 'name'), text(item, 'type'), integer(item, 'priority'), text(item, 'format'))
    return { column: made, path: text(item, 'jsonPath') }
  })
  if (declared.length === 0) {
    return {
      columns: [NAME, { ...AGE, type: 'date' }],
      cells: (object, now) => [nameOf(object), age(object, now)],
    }
  }
  return {
    columns: [NAME, ...declared.map((item) => item.column)],
    cells: (object, now) => [
      nameOf(object),
      ...declared.map((item) => cell(item.column.type, jsonPath(object, item.path), now)),
    ],
  }
}
