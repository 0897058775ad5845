/**
 * Bytes to JSON, strictly: UTF-8 or nothing, one document, a bounded depth. Integers that a JavaScript number cannot
 * hold are kept exactly, as a string of their digits: `JSON.parse` would round them in silence, and a rounded id or
 * quota is a wrong answer. (V8 hands a reviver the source text; workerd, Deno and Node all have it.)
 */
import type { Json } from '../tool.ts'

/** CRD schemas, the deepest that Kubernetes nests, stay far below it; code that walks an answer may recurse this far. */
export const MAX_JSON_DEPTH = 512

/** Only a run of this many digits can be an integer past 2^53; without one the slower reviver is not needed. */
const LONG_DIGITS = /[0-9]{16}/

/** What `lib` does not know yet: https://github.com/tc39/proposal-json-parse-with-source */
type SourceReviver = (key: string, value: unknown, context: { readonly source: string }) => unknown
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => Json

const keepInteger: SourceReviver = (_key, value, context) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?[0-9]+$/.test(context.source)
    ? context.source
    : value

const deeperThan = (value: Json, levels: number): boolean => {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const inner of Object.values(value)) if (deeperThan(inner, levels - 1)) return true
  return false
}

/**
 * Throws a plain error when the bytes are not UTF-8, not JSON, or nested deeper than `MAX_JSON_DEPTH`. `rounding`: for what
 * another program rounds all the same, and must find as numbers when it is written back.
 */
export const parseJson = (bytes: Uint8Array, rounding = false): Json => {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  const value = !rounding && LONG_DIGITS.test(text) ? parseWithSource(text, keepInteger) : (JSON.parse(text) as Json)
  if (deeperThan(value, MAX_JSON_DEPTH)) throw new RangeError(`Parse JSON: nested deeper than ${MAX_JSON_DEPTH}`)
  return value
}

/** A JSON object, not an array. */
export type JsonObject = { readonly [key: string]: Json }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})

export const arrayOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

export const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined)
