/**
 * What zod found, as sentences with places: what is wrong, the value where it cannot be a secret, what is allowed, and the
 * nearest thing that is.
 */
import type * as z from 'zod'
import type { YamlDocument } from './document.ts'
import { didYouMean, type Finding, hint, type Path, quoteValue } from './finding.ts'
import { looksSecret } from './secrets.ts'
import { knownKeys } from './shape.ts'

type Issue = z.core.$ZodIssue

/** Keys that take `{ secret: NAME }`, and sooner or later somebody writes the secret itself. */
const SECRETS = [
  'masterKey',
  'token',
  'bearer',
  'password',
  'hmac',
  'slack',
  'clientKey',
  'clientCertificate',
  'certificateAuthority',
]

/** What stands at or under these keys is never repeated. */
const SENSITIVE = new Set(['secret', 'sha256', ...SECRETS])

const get = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (it, key) => (typeof it === 'object' && it !== null ? (it as Record<string | number, unknown>)[key] : undefined),
    value,
  )

const TYPES: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

const needed = (expected: string, path: Path): string =>
  expected === 'object' && SECRETS.includes(String(path.at(-1)))
    ? 'a map such as { secret: NAME }'
    : (TYPES[expected] ?? expected)

const found = (value: unknown): string => {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a number with a fraction'
  return TYPES[typeof value] ?? typeof value
}

/** The value, a space and the rest; only the rest where the value must not be repeated. */
const about = (path: Path, value: unknown, rest: string): string => {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
  const secret = path.some((step) => SENSITIVE.has(String(step))) || (text !== undefined && looksSecret(text))
  return text === undefined || secret ? `this is ${rest}` : `${quoteValue(text)} is ${rest}`
}

const size = (issue: Issue & { code: 'too_small' | 'too_big' }): string => {
  const [bound, least] = issue.code === 'too_small' ? [issue.minimum, 'at least'] : [issue.maximum, 'at most']
  switch (issue.origin) {
    case 'string':
      return issue.code === 'too_small' ? 'must not be empty' : `${least} ${bound} characters`
    case 'array':
      return `${least} ${bound} ${Number(bound) === 1 ? 'item' : 'items'}`
    default:
      return `${least} ${bound}`
  }
}

/** A union's branch is the one that the author meant: a key of a later version says so, else the one with least to mend. */
const likeliest = (branches: readonly (readonly Issue[])[]): readonly Issue[] => {
  const announced = branches.flatMap((issues) =>
    issues.filter((it) => it.code === 'invalid_type' && it.expected === 'never'),
  )
  if (announced.length > 0) return announced
  return branches.toSorted((a, b) => a.length - b.length)[0] ?? []
}

const sentence = (issue: Issue, path: Path, value: unknown): string => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'never') return issue.message
      if (value === undefined) return `is missing: ${needed(issue.expected, path)} is needed here`
      return `${needed(issue.expected, path)} is needed here, and this is ${found(value)}`
    case 'invalid_value': {
      const known = issue.values.map(String)
      if (value === undefined) return `is missing: one of ${known.join(', ')}`
      const meant = typeof value === 'string' ? didYouMean(value, known) : ''
      return about(path, value, `not one of ${known.join(', ')}${meant}`)
    }
    case 'invalid_format':
      return about(path, value, `not ${issue.message}`)
    case 'too_small':
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? size(issue)
        : about(path, value, `out of bounds: ${size(issue)}`)
    case 'custom':
      return issue.params?.expects === true ? about(path, value, `not ${issue.message}`) : issue.message
    default:
      return issue.message
  }
}

const findings = (issue: Issue, base: Path, document: YamlDocument): readonly Finding[] => {
  const path: Path = [...base, ...issue.path.map((it) => (typeof it === 'number' ? it : String(it)))]
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(path)
      return issue.keys.map((key) => document.at([...path, key], `no such key here${hint(key, known)}`, 'key'))
    }
    case 'invalid_key': {
      const name = String(path.at(-1) ?? '')
      return issue.issues.map((it) => document.at(path, sentence(it, [], name), 'key'))
    }
    case 'invalid_union': {
      const value = get(document.value, path)
      const isScalar = typeof value !== 'object' || value === null
      const branches = issue.errors.filter(
        (it) => !it.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0),
      )
      if (branches.length === 0 || isScalar)
        return [document.at(path, `this is ${found(value)}, which is not allowed here`)]
      return likeliest(branches).flatMap((it) => findings(it, path, document))
    }
    default:
      return [document.at(path, sentence(issue, path, get(document.value, path)))]
  }
}

/** In the file's order, each once. */
export const toFindings = (issues: readonly Issue[], document: YamlDocument): readonly Finding[] =>
  issues.flatMap((issue) => findings(issue, [], document))
