/**
 * What a caller sends as manifests, strictly (THREATS.md L3-2): YAML 1.2 or JSON, one document or several, each one whole
 * object with a name. Aliases, anchors' use, duplicate and merge keys, foreign tags, integers that a number cannot hold and
 * those that YAML 1.1 reads otherwise are refused: what is applied must be what was read. One bad document, and none is
 * taken. Errors say which document and what, and quote nothing of it.
 */
import { CORE_SCHEMA, defineScalarTag, loadAll, NOT_RESOLVED, Schema, YAMLException } from 'js-yaml'
import { BulkheadError } from '../errors.ts'
import { MAX_OPERATIONS } from '../plan.ts'
import type { Json } from '../tool.ts'
import { quote } from './grammar.ts'
import { isObject, type JsonObject, objectOf } from './json.ts'

/** The API server takes 3 MiB of one object, etcd 1.5. */
export const MAX_MANIFEST = 1_500_000
/** CRD schemas, the deepest that Kubernetes nests, stay below half of it. */
const MAX_DEPTH = 64
/** Keys and values of all documents: a CRD has some ten thousand. */
const MAX_VALUES = 100_000

/** The server's own; an exported object holds them, and what it would mean to send them is never what was wanted. */
const SERVER_FIELDS = ['uid', 'resourceVersion', 'managedFields', 'generation', 'selfLink'] as const

class Unfit extends Error {}

const INTEGER = /^[-+]?(?:0o[0-7]+|0x[0-9a-fA-F]+|[0-9]+)$/
const LEADING_ZERO = /^[-+]?0[0-9]+$/
const FRACTION = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const SPECIAL = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

const readInteger = (text: string): number => {
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/^[-+]/, '')
  return sign * (digits.startsWith('0o') ? Number.parseInt(digits.slice(2), 8) : Number(digits))
}

const strictInteger = defineScalarTag('tag:yaml.org,2002:int', {
  implicit: true,
  resolve(text) {
    if (!INTEGER.test(text)) return NOT_RESOLVED
    if (LEADING_ZERO.test(text))
      throw new Unfit('an integer with a leading zero, which YAML 1.1 reads as octal: write 0o644 or 420, or quote it')
    const value = readInteger(text)
    if (!Number.isSafeInteger(value))
      throw new Unfit('an integer past 2^53, which would be rounded: quote it, or make it smaller')
    return value
  },
  identify: () => false,
  represent: String,
})

const strictFloat = defineScalarTag('tag:yaml.org,2002:float', {
  implicit: true,
  resolve(text) {
    if (SPECIAL.test(text)) throw new Unfit('an infinite number or none, which JSON cannot hold')
    if (!FRACTION.test(text)) return NOT_RESOLVED
    const value = Number(text)
    if (!Number.isFinite(value)) throw new Unfit('a number that is too large')
    return value
  },
  identify: () => false,
  represent: String,
})

const STRICT = new Schema([
  ...CORE_SCHEMA.tags.filter(({ tagName }) => tagName !== strictInteger.tagName && tagName !== strictFloat.tagName),
  strictInteger,
  strictFloat,
])

const refuse = (where: string, what: string): BulkheadError =>
  new BulkheadError('manifest_invalid', `${where}: ${what}. Nothing was planned.`)

const place = (index: number, count: number): string =>
  count > 1 ? `Manifest ${index + 1} of ${count}` : 'The manifest'

/** The parser's own reason, which is constant, and the line; never its excerpt, which quotes the text. */
const parserWords = (error: unknown): string => {
  if (error instanceof Unfit) return error.message
  if (!(error instanceof YAMLException)) return 'it is no YAML'
  const reason = /^[a-z][a-zA-Z0-9 ,'()<>*&!-]{0,80}/.exec(error.reason)?.[0] ?? 'it is no YAML'
  const line = error.mark === undefined ? '' : ` (line ${error.mark.line + 1})`
  return `${reason.includes('alias') ? 'aliases are not taken: write each value out' : reason}${line}`
}

const parse = (text: string): readonly unknown[] => {
  if (text.length > MAX_MANIFEST)
    throw refuse('The manifest', `it has ${text.length} characters, and at most ${MAX_MANIFEST} are taken`)
  if (!text.isWellFormed()) throw refuse('The manifest', 'it holds half of a surrogate pair')
  try {
    return loadAll(text, { schema: STRICT, maxAliases: 0, maxDepth: MAX_DEPTH }).filter(
      // Empty documents are what `---` at an end leaves.
      (it) => it !== null && it !== undefined,
    )
  } catch (error) {
    throw refuse('The manifest cannot be read', parserWords(error))
  }
}

/** Walks the whole once: bounded, and without what a key may hide. */
const inspect = (value: unknown, where: string, budget: { left: number }): void => {
  budget.left -= 1
  if (budget.left < 0) throw refuse(where, `there are more than ${MAX_VALUES} values in it`)
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (key === '<<') throw refuse(where, 'merge keys ("<<") are not taken: write each field out')
    if (key === '__proto__' || /\p{Cc}/u.test(key)) throw refuse(where, 'a key is none that Kubernetes could have')
    inspect(inner, where, budget)
  }
}

const text = (value: Json | undefined): value is string => typeof value === 'string' && value !== ''

const check = (value: unknown, where: string): JsonObject => {
  if (!isObject(value)) throw refuse(where, 'it is no object with apiVersion, kind and metadata')
  const metadata = objectOf(value.metadata)
  const missing = [
    ...(text(value.apiVersion) ? [] : ['apiVersion']),
    ...(text(value.kind) ? [] : ['kind']),
    ...(text(metadata.name) ? [] : ['metadata.name']),
  ]
  if (metadata.generateName !== undefined)
    throw refuse(where, 'metadata.generateName is not taken: what is approved must have a name')
  if (missing.length > 0) throw refuse(where, `${missing.join(', ')} must be there, as text`)
  const foreign = SERVER_FIELDS.filter((field) => metadata[field] !== undefined)
  if (foreign.length > 0)
    throw refuse(where, `metadata.${foreign.join(', metadata.')} are the server's own: leave them out`)
  const { status } = value
  if (status !== undefined && status !== null && !(isObject(status) && Object.keys(status).length === 0))
    throw refuse(where, 'status belongs to controllers: leave it out')
  return value
}

/** What kubectl writes into every manifest that it makes, and means nothing. */
const withoutEmpty = ({ status: _, metadata, ...rest }: JsonObject): JsonObject => {
  const { creationTimestamp: __, ...kept } = objectOf(metadata)
  return { ...rest, metadata: kept }
}

const items = (value: unknown): readonly unknown[] =>
  isObject(value) && value.kind === 'List' && value.apiVersion === 'v1' && Array.isArray(value.items)
    ? (value.items as readonly unknown[])
    : [value]

/** The objects, in order. Throws `manifest_invalid`. */
export const parseManifests = (source: string): readonly JsonObject[] => {
  const found = parse(source).flatMap(items)
  if (found.length === 0) throw refuse('The manifest', 'there is no object in it')
  if (found.length > MAX_OPERATIONS)
    throw refuse('The manifest', `it has ${found.length} objects, and a plan holds at most ${MAX_OPERATIONS}`)
  const budget = { left: MAX_VALUES }
  return found.map((value, index) => {
    const where = place(index, found.length)
    inspect(value, where, budget)
    return withoutEmpty(check(value, where))
  })
}

/** Names two of the same. */
export const sameTwice = (kind: string, name: string): BulkheadError =>
  refuse(`${quote(kind)} ${quote(name)}`, 'it stands there twice; one of them would be lost')
