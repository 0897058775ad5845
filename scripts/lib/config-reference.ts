/** The tables of docs/configuration.md, from the schema: every key with what it takes, its default and its description. */
import { WITHOUT_EFFECT } from '../../src/config-yaml/effects.ts'
import type { JsonSchema } from '../../src/config-yaml/shape.ts'

interface Row {
  readonly path: string
  readonly takes: string
  readonly initially: string
  readonly description: string
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const isSecret = (schema: JsonSchema): boolean => Object.keys(schema.properties ?? {}).join() === 'secret'

const bounds = ({ minimum, maximum }: JsonSchema): string =>
  minimum === undefined || maximum === undefined ? '' : ` from ${minimum} to ${maximum}`

const takes = (schema: JsonSchema): string => {
  if (schema.not !== undefined) return 'refused'
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum !== undefined) return schema.enum.map((it) => `\`${it}\``).join(', ')
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(takes))].join(', or ')
  if (schema.items !== undefined) return `list of ${takes(schema.items)}`
  if (isSecret(schema)) return 'secret'
  if (schema.format === 'date') return 'date'
  if (schema.type === 'object') return 'map'
  if (schema.type === 'integer') return `whole number${bounds(schema)}`
  if (schema.type === 'number') return `number${bounds(schema)}`
  return schema.type === 'boolean' ? '`true`, `false`' : 'text'
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

const rowsOf = (schema: JsonSchema, path: string): readonly Row[] => {
  const required = new Set(schema.required ?? [])
  const named = Object.entries(schema.properties ?? {}).flatMap(([key, it]) =>
    rowsAt(it, `${path}${path === '' ? '' : '.'}${key}`, required.has(key)),
  )
  const any = schema.additionalProperties
  return typeof any === 'object' && schema.properties === undefined ? [...named, ...rowsOf(any, `${path}.NAME`)] : named
}

const rowsAt = (schema: JsonSchema, path: string, required: boolean): readonly Row[] => {
  const initially = required
    ? '**required**'
    : schema.default === undefined || isEmpty(schema.default)
      ? ''
      : `\`${JSON.stringify(schema.default)}\``
  const row: Row = { path, takes: takes(schema), initially, description: schema.description ?? '' }
  if (isSecret(schema)) return [row]
  const alternatives = (schema.anyOf ?? []).flatMap((it) => rowsOf(it, path))
  // Either branch of an alternative is required only as long as the other is not taken: the union's own row says so.
  const inner = schema.items === undefined ? rowsOf(schema, path) : rowsOf(schema.items, `${path}[]`)
  return [
    row,
    ...inner,
    ...alternatives.map((it) => ({ ...it, initially: it.initially === '**required**' ? '' : it.initially })),
  ]
}

const HEADER = '| key | takes | default | |\n|---|---|---|---|'

/** One table a section of the file. */
export const configReference = (schema: JsonSchema): string =>
  Object.entries(schema.properties ?? {})
    .map(([key, section]) => {
      const rows = rowsAt(section, key, (schema.required ?? []).includes(key))
      const lines = rows.map(
        (it) => `| \`${it.path}\` | ${cell(it.takes)} | ${cell(it.initially)} | ${cell(it.description)} |`,
      )
      return `### ${key}\n\n${HEADER}\n${lines.join('\n')}`
    })
    .join('\n\n')

export const withoutEffectTable = (): string =>
  `| key | has no effect until there is |\n|---|---|\n${WITHOUT_EFFECT.map(({ path, feature }) => `| \`${path}\` | ${feature} |`).join('\n')}`
