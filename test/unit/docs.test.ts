/** The documents: what they link to is there, and what is made from the code says what the code says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { controlsTables } from '../../scripts/docs-threats.ts'
import type { Requirement } from '../requirements.ts'

const root = new URL('../../', import.meta.url).pathname
const documents = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]
/** Without examples in code: what looks like a link or a heading there is none. */
const proseOf = (file: string): string => readFileSync(join(root, file), 'utf8').replace(/^```[\s\S]*?^```/gm, '')

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
const anchorsOf = (file: string): string[] =>
  Array.from(proseOf(file).matchAll(/^#+ (.*)$/gm), ([, heading = '']) => anchorOf(heading))

const brokenLinks = (file: string): string[] =>
  Array.from(proseOf(file).matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? file : join(dirname(file), path)
      if (!existsSync(join(root, target))) return true
      return anchor !== undefined && !anchorsOf(target).includes(anchor)
    })

describe('links', () => {
  test('there are documents, and an anchor is what GitHub makes of a heading', () => {
    expect(documents).toContain('README.md')
    expect(documents).toContain('docs/design/README.md')
    expect(anchorOf("A cluster's token")).toBe('a-clusters-token')
    expect(anchorOf('Deploy inside a cluster (Deno)')).toBe('deploy-inside-a-cluster-deno')
  })

  test.each(documents)('of %s lead somewhere', (file) => {
    expect(brokenLinks(file)).toEqual([])
  })
})

describe('the table of controls', () => {
  const list: readonly Requirement[] = [
    { id: 'L1-1', layer: 'L1 One', control: 'a | b', state: 'done' },
    { id: 'L1-2', layer: 'L1 One', control: 'c', state: 'done', note: 'as far as known' },
    { id: 'L2-1', layer: 'L2 Two', control: 'd', state: 'open', note: 'not written yet' },
  ]

  test('counts, says what is missing, and keeps to its cells', () => {
    const text = controlsTables(list)
    expect(text).toContain('Of 3 controls 2 are done and 1 are open.')
    expect(text).toContain(
      '### L1 One\n\n| id&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; | control | state |\n|---|---|---|\n| L1-1 | a \\| b | done |',
    )
    expect(text).toContain('| L1-2 | c | done; as far as known |')
    expect(text).toContain(
      '### L2 Two\n\n| id&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; | control | state |\n|---|---|---|\n| L2-1 | d | **open**: not written yet |',
    )
  })
})
