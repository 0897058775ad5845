/**
 * The table of docs/faults.md, made from test/faults.ts: what each fault of an API server becomes. What stands around it is
 * written by hand.
 */
import { type Ask, type Fault, faults, type Outcome } from '../test/faults.ts'
import { type Generated, replacePart } from './lib/generated.ts'

const WORDS: Readonly<Partial<Record<Outcome, string>>> = { whole: 'the whole answer', marked: 'the answer, see below' }
const NAMES: Readonly<Record<Ask, string>> = {
  list: 'list',
  page: 'next page',
  walk: 'pages in one call',
  get: 'object',
  log: 'log',
}

const said = (outcome: Outcome): string => WORDS[outcome] ?? `\`${outcome}\``

/** One outcome where all that was asked became the same, else each by its name. */
const becomes = ({ becomes }: Fault): string => {
  const outcomes = Object.entries(becomes) as [Ask, Outcome][]
  const [first] = outcomes
  const same = outcomes.every(([, outcome]) => outcome === first?.[1])
  if (first !== undefined && same) return outcomes.length > 2 ? said(first[1]) : `${NAMES[first[0]]}: ${said(first[1])}`
  return outcomes.map(([ask, outcome]) => `${NAMES[ask]}: ${said(outcome)}`).join('; ')
}

export const faultsTable = (list: readonly Fault[]): string =>
  [
    '| The API server … | The caller gets | |',
    '|---|---|---|',
    ...list.map((it) => `| ${it.does} | ${becomes(it)} | ${it.note ?? ''} |`),
  ].join('\n')

export const documents: readonly Generated[] = [
  { path: 'docs/faults.md', render: (now) => replacePart(now, 'faults', faultsTable(faults)) },
]
