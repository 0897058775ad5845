import { describe, expect, test } from 'vitest'
import { redactTable } from '../../../src/guard/output/table.ts'
import type { Json, TablePage } from '../../../src/tool.ts'
import { BODY, rules } from './support.ts'

const context = { ...rules, maxString: 48_000 }
const page = (columns: readonly string[], ...cells: readonly (readonly Json[])[]): TablePage => ({
  cursor: 'next',
  remaining: 3,
  columns: columns.map((name) => ({ name, type: 'string', priority: 0 })),
  rows: cells.map((row) => ({ namespace: 'shop', name: String(row[0]), cells: row })),
})

describe('tables', () => {
  test('a page that holds nothing comes back as it is', () => {
    const plain = page(['Name', 'Ready', 'Age'], ['web-1', '1/1', '3d'], ['web-2', '0/1', 7])
    expect(redactTable(plain, context)).toEqual({ value: plain, redactions: 0, hidden: 0 })
  })

  test('L2-2 a secret in a cell is masked, wherever it is', () => {
    const { value, redactions } = redactTable(
      page(
        ['Name', 'Message', 'Any'],
        ['a', 'pull https://shop:hunter2@r.example.com failed', { password: 'hunter2' }],
        ['b', `token ghp_${BODY}`, ['--password', 'hunter2']],
      ),
      context,
    )
    expect(JSON.stringify(value)).not.toMatch(/hunter2|ghp_/)
    expect(redactions).toBe(4)
    expect(value.cursor).toBe('next')
    expect(value.rows[0]?.name).toBe('a')
  })

  test('L2-2 a column called after a secret holds some', () => {
    const { value } = redactTable(page(['Name', 'Token'], ['a', 'hunter2'], ['b', '<none>']), context)
    expect(value.rows.map((row) => row.cells[1])).toEqual([expect.stringMatching(/^\[masked/), '<none>'])
  })

  test('L1-2 hidden characters go from cells, names and columns', () => {
    const { value, hidden } = redactTable(page(['Na\u200bme'], ['we\u202eb']), context)
    expect(value.columns[0]?.name).toBe('Name')
    expect(value.rows[0]).toEqual({ namespace: 'shop', name: 'web', cells: ['web'] })
    expect(hidden).toBe(3)
  })
})
