/** The document names every check, and no other. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FAMILIES } from '../../../src/diagnose/checks/index.ts'

const text = readFileSync(new URL('../../../docs/diagnosis.md', import.meta.url), 'utf8')
const ids = new Set(FAMILIES.flatMap(({ checks }) => checks.map(({ id }) => id)))

test('every check is in the table, and the table has no other', () => {
  const rows = text.split('\n').filter((line) => line.startsWith('| `') && line.includes('-'))
  const named = rows.flatMap((line) =>
    Array.from((line.split('|')[1] ?? '').matchAll(/`([a-z]+(?:-[a-z]+)+)`/g), ([, id]) => id),
  )
  expect(named.toSorted()).toEqual([...ids].toSorted())
})

test('what a check says explains it is a check', () => {
  const explained = FAMILIES.flatMap(({ checks }) =>
    checks.flatMap(({ explainedBy }) => (explainedBy === 'any' ? [] : explainedBy)),
  )
  expect(explained.filter((id) => !ids.has(id))).toEqual([])
})
