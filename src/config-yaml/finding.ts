/** A mistake or a warning, with its place; how both are written. */
import { nearest } from '../kube/nearest.ts'

export type Path = readonly (string | number)[]

export interface Finding {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  readonly path: Path
  /** Holds no value that may be a secret. */
  readonly message: string
}

/** `policy[3].clusters[0]`. */
export const formatPath = (path: Path): string =>
  path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      const plain = /^[A-Za-z0-9_-]{1,64}$/.test(step) ? step : quoteValue(step)
      return index === 0 ? plain : `.${plain}`
    })
    .join('')

/** `bulkhead.yaml:12:5 clusters.prod.server: …`: the form that editors and terminals turn into a link. */
export const formatFinding = ({ file, line, column, path, message }: Finding): string =>
  `${file}:${line}:${column} ${path.length === 0 ? '' : `${formatPath(path)}: `}${message}`

/** Everything that is wrong with a file, at once: `message` has a line for each. */
export class ConfigError extends Error {
  readonly mistakes: readonly Finding[]
  constructor(mistakes: readonly Finding[]) {
    super(mistakes.map(formatFinding).join('\n'))
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

/** A line of a terminal. */
const MAX_QUOTED = 80

/** A value as it stands in a sentence: one line, cut short, hidden characters spelled out. */
export const quoteValue = (value: string): string => {
  const cut = value.length > MAX_QUOTED ? `${value.slice(0, MAX_QUOTED)}…` : value
  return JSON.stringify(cut).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** `; did you mean "clusters"?`, or nothing. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const [closest] = nearest(word.toLowerCase(), known, (it) => [it.toLowerCase()])
  return closest === undefined ? '' : `; did you mean "${closest}"?`
}

/** The nearest, or what there is to choose from. */
export const hint = (word: string, known: readonly string[]): string => {
  if (known.length === 0) return ''
  return didYouMean(word, known) || `; there are: ${known.join(', ')}`
}
