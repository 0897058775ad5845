/** The generated table of tools. */
import { expect, test } from 'vitest'
import { catalogueDigest, insertTable, toolsTable } from '../../../scripts/docs-tools.ts'
import { tools } from '../../../src/tools/index.ts'

test('names every tool once, with its arguments', () => {
  const table = toolsTable(tools)
  for (const tool of tools) expect(table.split(`| \`${tool.name}\` |`)).toHaveLength(2)
  expect(table).toContain(
    '| **namespace**, **name**, container, allContainers, tail, since, previous, match, context, repeats |',
  )
})

test('L1-5 publishes the digest of the catalogue, which any change of a tool changes', () => {
  expect(toolsTable(tools)).toContain(catalogueDigest(tools))
  const [first, ...others] = tools
  if (first === undefined) throw new Error('There is no tool')
  expect(catalogueDigest([{ ...first, description: `${first.description} ` }, ...others])).not.toBe(
    catalogueDigest(tools),
  )
})

test('replaces what stands between the markers and nothing else', () => {
  const text = 'a\n<!-- tools:begin -->\nold\n<!-- tools:end -->\nb\n'
  const once = insertTable(text, 'new')
  expect(once).toBe('a\n<!-- tools:begin -->\nnew\n<!-- tools:end -->\nb\n')
  expect(insertTable(once, 'new')).toBe(once)
})

test.each([
  '',
  'a <!-- tools:begin --> b',
  '<!-- tools:end --> <!-- tools:begin -->',
  '<!-- tools:begin --><!-- tools:begin --><!-- tools:end -->',
])('refuses %j', (text) => {
  expect(() => insertTable(text, 'new')).toThrow(RangeError)
})
