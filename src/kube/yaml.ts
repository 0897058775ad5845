/** Objects as YAML in the order that people expect, for tools and for diffs alike. */
import { CORE_SCHEMA, dump } from 'js-yaml'
import type { Json } from '../tool.ts'
import type { JsonObject } from './json.ts'

const FIRST = ['apiVersion', 'kind', 'metadata', 'type', 'spec', 'data', 'status']

const rank = (key: string): number => {
  const index = FIRST.indexOf(key)
  // Unknown keys stand between spec and status.
  return index === -1 ? FIRST.length - 1.5 : index
}

export const inOrder = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => rank(a) - rank(b)))

/** One value a line, so that a diff shows what changed and no more. */
export const toBlockYaml = (value: Json): string =>
  dump(value, { lineWidth: -1, noRefs: true, schema: CORE_SCHEMA }).trimEnd()
