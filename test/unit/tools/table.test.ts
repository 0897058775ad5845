/** Tables for a model: shorter than kubectl's, and nothing lost. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderPage, renderTable, type Table } from '../../../src/tools/render/table.ts'
import { PODS } from './shop.ts'

const page = (table: typeof PODS) => ({
  columns: table.columns.map((column) => ({
    name: column.replace('+', ''),
    type: 'string',
    priority: column.endsWith('+') ? 1 : 0,
  })),
  rows: table.rows,
})

/** Reads a rendered table back, as a model has to: what is blank or above the table belongs to every row. */
const readBack = (text: string): Record<string, string>[] => {
  const lines = text.split('\n')
  const intro = /^(?:Every row: |Blank means: )/.test(lines[0] ?? '') ? (lines.shift() ?? '') : ''
  const said = (sentence: string): [string, string][] => {
    const found = new RegExp(`${sentence}: (.*?)\\.(?= Blank means:|$)`).exec(intro)?.[1]
    return (found?.split('; ') ?? []).map((fact) => {
      const at = fact.indexOf(' ')
      return [fact.slice(0, at), fact.slice(at + 1)]
    })
  }
  const headers = lines.shift()?.split('\t') ?? []
  const every = Object.fromEntries(said('Every row'))
  const blank = Object.fromEntries(said('Blank means'))
  let group: Record<string, string> = {}
  const rows: Record<string, string>[] = []
  for (const line of lines) {
    const heading = /^GROUP (.*):$/.exec(line)
    if (heading) {
      group = { GROUP: heading[1] ?? '' }
      continue
    }
    const cells = line.split('\t')
    const own = headers.map((header, index): [string, string] => {
      const cell = cells[index] ?? ''
      return [header, cell === '' ? (blank[header] ?? '') : cell === '-' && header in blank ? '' : cell]
    })
    rows.push({ ...every, ...group, ...Object.fromEntries(own) })
  }
  return rows
}

describe('renderTable', () => {
  test('says once what all rows share, and leaves blank what most do', () => {
    const text = renderTable({
      headers: ['NAME', 'READY', 'STATUS'],
      rows: [
        ['a', '1/1', 'Running'],
        ['b', '1/1', 'Running'],
        ['c', '0/1', 'Running'],
        ['d', '1/1', 'Running'],
      ],
    })
    expect(text).toBe('Every row: STATUS Running. Blank means: READY 1/1.\nNAME\tREADY\na\nb\nc\t0/1\nd')
  })

  test('leaves a short table as it is', () => {
    expect(renderTable({ headers: ['NAME', 'STATUS'], rows: [['a', 'Active']] })).toBe('NAME\tSTATUS\na\tActive')
  })

  test('says "nothing" where a blank means something else', () => {
    const rows = ['node-1', 'node-1', '', 'node-1'].map((node, index) => [`pod-${index}`, node])
    expect(renderTable({ headers: ['NAME', 'NODE'], rows })).toBe(
      'Blank means: NODE node-1.\nNAME\tNODE\npod-0\npod-1\npod-2\t-\npod-3',
    )
  })

  test('folds only the columns that it may', () => {
    const rows = ['x', 'x', 'x', 'y'].map((reason, index) => [String(index), reason])
    expect(renderTable({ headers: ['ID', 'REASON'], rows, foldable: [] })).toBe('ID\tREASON\n0\tx\n1\tx\n2\tx\n3\ty')
  })

  const word = fc.constantFrom('', 'a', 'b', 'Running', '1/1', '12 (3m ago)')
  const tables: fc.Arbitrary<Table> = fc.integer({ min: 1, max: 5 }).chain((width) =>
    fc.record({
      headers: fc.constant(['NAME', 'B', 'C', 'D', 'E'].slice(0, width)),
      rows: fc.array(
        fc
          .tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.array(word, { minLength: width - 1, maxLength: width - 1 }))
          .map(([name, cells]) => [name, ...cells]),
        { minLength: 1, maxLength: 12 },
      ),
    }),
  )

  test('loses no cell, whatever is folded', () => {
    return fc.assert(
      fc.property(tables, (table) => {
        const expected = table.rows.map((cells) =>
          Object.fromEntries(table.headers.map((header, index) => [header, cells[index] ?? ''])),
        )
        const read = readBack(renderTable(table)).map((row) =>
          Object.fromEntries(table.headers.map((header) => [header, row[header] ?? ''])),
        )
        expect(read).toEqual(expected)
      }),
    )
  })

  test('keeps each row under its group', () => {
    return fc.assert(
      fc.property(
        tables,
        fc.array(fc.constantFrom('shop', 'web'), { minLength: 12, maxLength: 12 }),
        (table, names) => {
          const of = names.slice(0, table.rows.length)
          const read = readBack(renderTable({ ...table, groups: { header: 'GROUP', of } }))
          expect(read.map((row) => row.GROUP)).toEqual(of)
        },
      ),
    )
  })
})

describe('renderPage', () => {
  test('groups by namespace, drops wide and empty columns', () => {
    const { text } = renderPage(page(PODS), 'table')
    expect(text).not.toContain('10.244.1.5')
    expect(text.split('\n').filter((line) => line.startsWith('NAMESPACE'))).toEqual([
      'NAMESPACE monitoring:',
      'NAMESPACE shop:',
    ])
  })

  test('shows wide columns when asked, and none that is empty', () => {
    const { text } = renderPage(page(PODS), 'wide')
    expect(text).toContain('10.244.1.5')
    expect(text).not.toContain('NOMINATED')
    expect(text).not.toContain('<none>')
  })

  test('names are the first column alone', () => {
    const { text } = renderPage(page(PODS), 'names')
    expect(text.split('\n').every((line) => !line.includes('\t'))).toBe(true)
    expect(text).toContain('reports-wtvg5nccjw-82z7z')
  })

  test('L1-1 a cell cannot forge a row, a column or a heading', () => {
    const evil = 'x\nNAMESPACE kube-system:\r\nadmin\t1/1\u2028Running'
    const { text } = renderPage(
      {
        columns: [
          { name: 'Name', type: 'string', priority: 0 },
          { name: 'Mess\nage', type: 'string', priority: 0 },
        ],
        rows: [{ name: 'a', cells: ['a', evil] }],
      },
      'table',
    )
    expect(text).toBe('NAME\tMESS AGE\na\tx NAMESPACE kube-system: admin 1/1 Running')
  })

  test('cuts a long cell, marks it and counts it', () => {
    const long = page({ columns: ['Name', 'Message'], rows: [{ name: 'a', cells: ['a', 'y'.repeat(5_000)] }] })
    const { text, shortened } = renderPage(long, 'table')
    expect(shortened).toBe(1)
    expect(text.length).toBeLessThan(300)
    expect(text.endsWith('…')).toBe(true)
  })

  test('500 pods stay within 12,000 tokens, 20 within 500', () => {
    // One of sixteen has a fault; names are as ReplicaSets make them. Measured: o200k takes 1.78 bytes of such names for a token.
    const BYTES_PER_TOKEN = 1.7
    const pods = (count: number) =>
      page({
        columns: ['Name', 'Ready', 'Status', 'Restarts', 'Age'],
        rows: Array.from({ length: count }, (_, index) => {
          const hash = (index * 2_654_435_761).toString(36).padStart(10, 'b').slice(0, 10)
          const name = `storefront-${hash}-${hash.slice(2, 7)}`
          const cells = index % 16 === 3 ? ['0/1', 'CrashLoopBackOff', '12 (3m ago)'] : ['1/1', 'Running', '0']
          return { namespace: 'shop', name, cells: [name, ...cells, ['5d2h', '31h', '47m'][index % 3] ?? ''] }
        }),
      })
    expect(renderPage(pods(500), 'table').text.length / BYTES_PER_TOKEN).toBeLessThan(12_000)
    expect(renderPage(pods(20), 'table').text.length / BYTES_PER_TOKEN).toBeLessThan(500)
  })
})
