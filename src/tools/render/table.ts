/**
 * Tables for a model, which pays by the token and does not look down columns: tabs and no padding, columns without
 * content left out, what all rows share said once, and what most rows share left blank and said once. What differs from
 * the usual stands out that way, and 500 pods cost two thirds of what kubectl's layout costs (o200k: 9,400 against
 * 14,700). The name stays first; folded columns move to the end, so that their blanks need no tabs.
 */
import { isObject } from '../../kube/json.ts'
import { oneLine, shorten } from '../../kube/text.ts'
import type { Json, TablePage } from '../../tool.ts'
import type { Rendered } from './pages.ts'

/** A longer cell is a message, and belongs to the object's own view. */
export const MAX_CELL = 200
/** With fewer rows the sentence above the table costs more than it saves. */
const FOLD_FROM_ROWS = 4
/** A value is usual when at least this share of the rows has it; with less, blanks would need more thought than they save. */
const USUAL_SHARE = 0.6

export interface Table {
  readonly headers: readonly string[]
  /** Cells as text; an empty one means that there is nothing. The first column is never folded. */
  readonly rows: readonly (readonly string[])[]
  /** What each row belongs to, said once above each run of rows: the namespace. */
  readonly groups?: { readonly header: string; readonly of: readonly string[] }
  /** Headers of the columns that may be left blank for their usual value; absent: any but the first. */
  readonly foldable?: readonly string[]
}

interface Column {
  readonly header: string
  readonly cells: readonly string[]
  /** The value that is left blank. */
  readonly usual?: string
}

const usualOf = (cells: readonly string[]): { value: string; share: number } => {
  const counts = new Map<string, number>()
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  let best: [string, number] = ['', 0]
  for (const entry of counts) if (entry[1] > best[1]) best = entry
  return { value: best[0], share: best[1] / cells.length }
}

const facts = (columns: readonly { header: string; value: string }[]): string =>
  columns.map(({ header, value }) => `${header} ${value}`).join('; ')

/** Text of the rows, a line each, under a line of headers. */
export const renderTable = ({ headers, rows, groups, foldable }: Table): string => {
  const plain: Column[] = []
  const folded: Column[] = []
  const same: { header: string; value: string }[] = []
  for (const [index, header] of headers.entries()) {
    const cells = rows.map((row) => row[index] ?? '')
    if (index > 0 && cells.every((cell) => cell === '')) continue
    const usual = usualOf(cells)
    if (index === 0 || rows.length < FOLD_FROM_ROWS) plain.push({ header, cells })
    else if (usual.share === 1) same.push({ header, value: usual.value })
    else if (usual.share < USUAL_SHARE || foldable?.includes(header) === false) plain.push({ header, cells })
    else folded.push({ header, cells, usual: usual.value })
  }
  const group = groups?.of ?? []
  const oneGroup = group.length > 0 && group.every((it) => it === group[0])
  if (oneGroup) same.unshift({ header: groups?.header ?? '', value: group[0] ?? '' })

  const blank = folded.flatMap(({ header, usual = '' }) => (usual === '' ? [] : [{ header, value: usual }]))
  const columns = [...plain, ...folded]
  const intro = [
    ...(same.length === 0 ? [] : [`Every row: ${facts(same)}.`]),
    ...(blank.length === 0 ? [] : [`Blank means: ${facts(blank)}.`]),
  ]
  const lines = [...(intro.length === 0 ? [] : [intro.join(' ')]), columns.map((it) => it.header).join('\t')]
  for (const index of rows.keys()) {
    const before = index === 0 ? undefined : group[index - 1]
    if (group.length > 0 && !oneGroup && group[index] !== before) lines.push(`${groups?.header} ${group[index]}:`)
    const cells = columns.map(({ cells, usual }) => {
      const cell = cells[index] ?? ''
      if (cell === usual) return ''
      // In a folded column a blank has a meaning, so that "nothing" needs a sign.
      return cell === '' && usual !== undefined ? '-' : cell
    })
    lines.push(cells.join('\t').trimEnd())
  }
  return lines.join('\n')
}

const NOTHING = new Set(['', '<none>', '<nil>'])

const cellText = (cell: Json | undefined): string => {
  if (cell === undefined || cell === null) return ''
  const text = oneLine(isObject(cell) || Array.isArray(cell) ? JSON.stringify(cell) : String(cell))
  return NOTHING.has(text) ? '' : text
}

export type TableForm = 'table' | 'wide' | 'names'

/** A page of the API server's own table. */
export const renderPage = (page: TablePage, form: TableForm): Rendered => {
  const nameColumn = Math.max(
    0,
    page.columns.findIndex((column) => column.name.toLowerCase() === 'name'),
  )
  const chosen = [...page.columns.entries()]
    .filter(([, column]) => form === 'wide' || column.priority === 0)
    .sort(([a], [b]) => Number(b === nameColumn) - Number(a === nameColumn) || a - b)
    .slice(0, form === 'names' ? 1 : undefined)
  let shortened = 0
  const rows = page.rows.map((row) =>
    chosen.map(([index]) => {
      const text = cellText(index === nameColumn ? (row.name ?? row.cells[index]) : row.cells[index])
      if (text.length > MAX_CELL) shortened += 1
      return shorten(text, MAX_CELL)
    }),
  )
  const namespaces = page.rows.map((row) => row.namespace ?? '')
  return {
    text: renderTable({
      headers: chosen.map(([, column]) => oneLine(column.name).toUpperCase()),
      rows,
      ...(namespaces.some((it) => it !== '') ? { groups: { header: 'NAMESPACE', of: namespaces } } : {}),
    }),
    shortened,
  }
}
