/** Documents made from the code: written, or compared where `--check` is asked for. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Generated {
  /** From the top of the repository. */
  readonly path: string
  /** The whole file, made of what it holds now (empty where there is none). */
  readonly render: (now: string) => string
}

const begin = (name: string) => `<!-- ${name}:begin, generated -->`
const end = (name: string) => `<!-- ${name}:end -->`

/** The text with the part between the markers of `name` replaced. Throws where there is not one pair of them. */
export const replacePart = (text: string, name: string, part: string): string => {
  const [before, rest, ...more] = text.split(begin(name))
  const [, after, ...others] = rest?.split(end(name)) ?? []
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0)
    throw new RangeError(
      `Insert the part "${name}": the text needs one "${begin(name)}" and one "${end(name)}" behind it`,
    )
  return `${before}${begin(name)}\n\n${part.trim()}\n\n${end(name)}${after}`
}

/** Writes what is stale, or with `check` only names it. True: nothing was stale. */
export const generate = (files: readonly Generated[], check: boolean): boolean => {
  let fresh = true
  for (const { path, render } of files) {
    const file = `${root}${path}`
    const now = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const wanted = render(now)
    if (now === wanted) continue
    fresh = false
    if (check) {
      console.error(`${path} is stale: run node ${relative(root, process.argv[1] ?? '')}.`)
      continue
    }
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, wanted)
    console.error(`${path} was written.`)
  }
  return fresh || !check
}
