/** The README's table of tools, made from the tools themselves: between the two markers and nowhere else (`npm run docs`). */
import { canonicalJson, sha256Hex } from '../src/guard/chain.ts'
import { createCatalogue } from '../src/http/catalogue.ts'
import type { Tool } from '../src/tool.ts'

const BEGIN = '<!-- tools:begin -->'
const END = '<!-- tools:end -->'

const isOptional = (tool: Tool, argument: string): boolean =>
  tool.input.shape[argument]?.safeParse(undefined).success === true

/** Required arguments in bold, first; every tool takes `cluster`, which the text above the table says. */
const argumentsOf = (tool: Tool): string => {
  const names = Object.keys(tool.input.shape).filter((name) => name !== 'cluster')
  const required = names.filter((name) => !isOptional(tool, name))
  const optional = names.filter((name) => isOptional(tool, name))
  return [...required.map((name) => `**${name}**`), ...optional].join(', ')
}

const row = (tool: Tool): string => `| \`${tool.name}\` | ${tool.description} | ${argumentsOf(tool)} |`

/** Over everything that `tools/list` can show, in canonical JSON: a client that has seen the catalogue can compare. */
export const catalogueDigest = (list: readonly Tool[]): string => {
  const catalogue = createCatalogue(list)
  return sha256Hex(canonicalJson(list.map((tool) => catalogue.describe(tool))))
}

export const toolsTable = (list: readonly Tool[]): string =>
  [
    ...['| tool | what it does | arguments beside `cluster` |', '|---|---|---|', ...list.map(row)],
    ...['', `The catalogue is a constant; its SHA-256, as canonical JSON, is \`${catalogueDigest(list)}\`.`],
  ].join('\n')

/** The text with the table between its markers. Throws where there is not exactly one pair of them, in order. */
export const insertTable = (text: string, table: string): string => {
  const [before, rest, ...more] = text.split(BEGIN)
  const [, after, ...others] = rest?.split(END) ?? []
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0) {
    throw new RangeError(`Insert the table of tools: the text needs one "${BEGIN}" and one "${END}" behind it`)
  }
  return `${before}${BEGIN}\n${table}\n${END}${after}`
}
