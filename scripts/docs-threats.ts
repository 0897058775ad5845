/**
 * The tables of docs/threats.md, made from test/requirements.ts: every control of the threat model, done or open. What
 * stands around them is written by hand.
 *
 *   node scripts/docs-threats.ts           writes them
 *   node scripts/docs-threats.ts --check   fails when they are not what test/requirements.ts says
 */
import { type Requirement, requirements } from '../test/requirements.ts'
import { type Generated, generate, replacePart } from './lib/generated.ts'

/** Wide enough for an id, which would else be broken at its hyphen. */
const HEADER = '| id&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; | control | state |'

const cell = (text: string): string => text.replaceAll('|', '\\|')

const row = ({ id, control, state, note }: Requirement): string => {
  const remark = state === 'open' ? `**open**: ${note ?? ''}` : note === undefined ? 'done' : `done; ${note}`
  return `| ${id} | ${cell(control)} | ${cell(remark)} |`
}

/** A table for each layer, in the list's order, after one line that counts. */
export const controlsTables = (list: readonly Requirement[]): string => {
  const layers = [...new Set(list.map((it) => it.layer))]
  const done = list.filter((it) => it.state === 'done').length
  const tables = layers.map((layer) => {
    const rows = list.filter((it) => it.layer === layer).map(row)
    return [`### ${layer}`, '', HEADER, '|---|---|---|', ...rows].join('\n')
  })
  return [`Of ${list.length} controls ${done} are done and ${list.length - done} are open.`, ...tables].join('\n\n')
}

export const documents: readonly Generated[] = [
  { path: 'docs/threats.md', render: (now) => replacePart(now, 'controls', controlsTables(requirements)) },
]

if (import.meta.main) process.exitCode = generate(documents, process.argv.includes('--check')) ? 0 : 1
