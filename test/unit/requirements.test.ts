/** test/requirements.ts says what is done: here it is held to that. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { requirements } from '../requirements.ts'

const root = new URL('..', import.meta.url).pathname
const ID = /\b(?:R|L[1-7])-[0-9]{1,2}\b/g
/** A title: the first argument of test, it or describe, or the `name` of a contract's case. */
const TITLE = /(?:\b(?:test|it|describe)(?:\.each\([^)]*\))?\(\s*|\bname:\s*|Deno\.test\(\s*)(['"`])((?:(?!\1).)*)\1/g

const titles = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.ts$/.test(file) && !file.includes('node_modules') && !file.endsWith('requirements.test.ts'))
  .flatMap((file) => Array.from(readFileSync(join(root, file), 'utf8').matchAll(TITLE), (match) => match[2] ?? ''))
const cited = new Set(titles.flatMap((title) => title.match(ID) ?? []))

describe('the controls of the threat model', () => {
  test('have ids that differ', () => {
    const ids = requirements.map((it) => it.id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test.each(requirements.filter((it) => it.state === 'done'))('$id is done, so a test cites it', ({ id }) => {
    expect([...cited]).toContain(id)
  })

  test.each(requirements.filter((it) => it.state === 'open'))('$id is open, and says what is missing', ({ note }) => {
    expect(note?.length).toBeGreaterThan(10)
  })

  test('are all that tests cite', () => {
    const known = new Set(requirements.map((it) => it.id))
    expect([...cited].filter((id) => !known.has(id))).toEqual([])
  })
})
