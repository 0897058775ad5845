/**
 * The README's table of tools, made from the tools themselves: between the two markers and nowhere else.
 *
 *   node scripts/docs-tools.ts           writes it
 *   node scripts/docs-tools.ts --check   fails when it is not what the tools say
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { canonicalJson, sha256Hex } from '../src/guard/chain.ts'
import { createCatalogue } from '../src/http/catalogue.ts'
import type { Tool } from '../src/tool.ts'
import { tools } from '../src/tools/index.ts'

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

if (import.meta.main) {
  const file = fileURLToPath(new URL('../README.md', import.meta.url))
  const now = readFileSync(file, 'utf8')
  const wanted = insertTable(now, toolsTable(tools))
  if (now === wanted) console.error('README.md: the table of tools is up to date.')
  else if (process.argv.includes('--check')) {
    console.error('README.md: the table of tools is not what src/tools says: run node scripts/docs-tools.ts.')
    process.exitCode = 1
  } else {
    writeFileSync(file, wanted)
    console.error('README.md: the table of tools was written.')
  }
}
