/**
 * Redacts a Table of the API server before it is rendered: a renderer may shorten a cell, and half a token has no shape
 * any more. One scan over all cells tells that a page holds nothing, as nearly all pages do; else each cell is looked at.
 */
import type { Json, RowMetadata, TablePage } from '../../tool.ts'
import { secrecyOf } from './names.ts'
import { scrub } from './scrub.ts'
import { type RedactContext, type Redacted, Redactor } from './structure.ts'

type Row = TablePage['rows'][number]

const stringsOf = (page: TablePage): string[] => [
  ...page.columns.map((column) => column.name),
  ...page.rows.flatMap((row) => [
    row.namespace ?? '',
    row.name ?? '',
    ...row.cells.map((cell) => (typeof cell === 'string' ? cell : cell === null ? '' : JSON.stringify(cell))),
  ]),
]

export const redactTable = (page: TablePage, context: RedactContext): Redacted<TablePage> => {
  const secrecies = page.columns.map((column) => secrecyOf(column.name))
  const strings = stringsOf(page)
  if (secrecies.every((it) => it === 'none') && strings.every((it) => it.length <= context.maxString)) {
    const { redactions, hidden } = scrub(strings.join('\n'), context)
    const isBare = page.rows.every((row) => row.metadata === undefined)
    if (isBare && redactions === 0 && hidden === 0) return { value: page, redactions: 0, hidden: 0 }
  }
  const redactor = new Redactor(context)
  const plain = (text: string): string => redactor.string(text, 'none')
  const redactCell = (cell: Json, index: number): Json =>
    redactor.any(cell, { depth: 1, secrecy: secrecies[index] ?? 'none' })
  const redactRow = (row: Row): Row => ({
    ...(row.namespace === undefined ? {} : { namespace: plain(row.namespace) }),
    ...(row.name === undefined ? {} : { name: plain(row.name) }),
    cells: row.cells.map(redactCell),
    ...(row.metadata === undefined
      ? {}
      : { metadata: redactor.any(row.metadata as Json, { depth: 1, secrecy: 'none' }) as RowMetadata }),
  })
  const value: TablePage = {
    ...page,
    columns: page.columns.map((column) => ({ ...column, name: plain(column.name) })),
    rows: page.rows.map(redactRow),
  }
  return { value, redactions: redactor.redactions, hidden: redactor.hidden }
}
