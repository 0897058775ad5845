/** What may stand where: read from the schema's own JSON Schema, so that hints never drift from what is accepted. */
import * as z from 'zod'
import { configSchema } from '../config.ts'
import type { Path } from './finding.ts'

/** The parts of JSON Schema that zod writes for this configuration. */
export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly not?: unknown
  readonly pattern?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
}

/** Draft 7, which the YAML plug-ins of editors understand best. What a file may say, before defaults. */
export const configJsonSchema = (): JsonSchema =>
  z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }) as JsonSchema

/** Made once: a file with many mistakes asks for it at each. */
let cached: JsonSchema | undefined
const root = (): JsonSchema => {
  cached ??= configJsonSchema()
  return cached
}

const step = (schema: JsonSchema, key: string | number): readonly JsonSchema[] => {
  const alternatives = [...(schema.anyOf ?? []), ...(schema.allOf ?? [])].flatMap((it) => step(it, key))
  if (typeof key === 'number') return schema.items === undefined ? alternatives : [schema.items, ...alternatives]
  const named = schema.properties?.[key]
  const any = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  return [named ?? any, ...alternatives].filter((it) => it !== undefined)
}

const keysOf = (schema: JsonSchema): readonly string[] => [
  // What is refused until a later version is no suggestion.
  ...Object.entries(schema.properties ?? {}).flatMap(([key, it]) => (it.not === undefined ? [key] : [])),
  ...[...(schema.anyOf ?? []), ...(schema.allOf ?? [])].flatMap(keysOf),
]

/** The keys that a map at this path may have. */
export const knownKeys = (path: Path): readonly string[] => {
  const found = path.reduce<readonly JsonSchema[]>((them, key) => them.flatMap((it) => step(it, key)), [root()])
  return [...new Set(found.flatMap(keysOf))]
}
