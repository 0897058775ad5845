/**
 * `fields`: paths into an object as kubectl's custom columns write them, without JSONPath's filters and functions:
 * `metadata.name`, `spec.containers[*].image`, `status.conditions[0].type`, `metadata.labels.app\.kubernetes\.io/name`.
 * They are followed in objects that the guard has redacted, so that no path leads to a secret.
 */
import { BulkheadError } from '../../errors.ts'
import { isObject, type JsonObject } from '../../kube/json.ts'
import { oneLine } from '../../kube/text.ts'
import type { Json } from '../../tool.ts'

export const MAX_FIELDS = 10
/** An annotation's key has up to 317 characters, with its dots escaped. */
const MAX_PATH_LENGTH = 400
/** Deeper than any field of Kubernetes' own types. */
const MAX_STEPS = 16
/** `[*][*]` over an object's lists; more of them would not fit an answer. */
const MAX_VALUES = 200

/** A key, an index, or every item. */
type Step = string | number | '[*]'
export interface FieldPath {
  /** As it was written, for headings. */
  readonly text: string
  readonly steps: readonly Step[]
}

/** A key (dots escaped by a backslash), or `[*]`, or an index; each at the place where the one before ended. */
const STEP = /\.?((?:\\\.|[^\\.[\]{}\s\p{C}])+)|\[(?:(\*)|(\d{1,4}))\]/uy

const refused = () =>
  new BulkheadError(
    'invalid_arguments',
    'A field is a path such as metadata.name, spec.containers[*].image or metadata.labels.app\\.kubernetes\\.io/name (a dot inside a key is written \\.).',
  )

/** Throws `invalid_arguments`, without the text: the caller has it. */
export const parseField = (text: string): FieldPath => {
  if (text === '' || text.length > MAX_PATH_LENGTH) throw refused()
  const steps: Step[] = []
  for (let at = 0; at < text.length; at = STEP.lastIndex) {
    STEP.lastIndex = at
    const found = STEP.exec(text)
    // Two keys are parted by a dot.
    if (found === null || (at > 0 && found[1] !== undefined && text[at] !== '.') || steps.length === MAX_STEPS)
      throw refused()
    const [, key, all, index] = found
    steps.push(key?.replaceAll('\\.', '.') ?? all?.replace('*', '[*]') ?? Number(index))
  }
  if (typeof steps[0] !== 'string' || steps[0] === '[*]') throw refused()
  return { text, steps }
}

const follow = (value: Json, step: Step): readonly Json[] => {
  if (step === '[*]') return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
  if (typeof step === 'number') return Array.isArray(value) && value[step] !== undefined ? [value[step]] : []
  const inner = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
  return inner === undefined || inner === null ? [] : [inner]
}

/** What stands at the path: nothing, one value, or one for each item that the path fans out to. */
export const valuesAt = (object: JsonObject, { steps }: FieldPath): readonly Json[] => {
  let values: readonly Json[] = [object]
  for (const step of steps) values = values.flatMap((value) => follow(value, step)).slice(0, MAX_VALUES)
  return values
}

/** For a cell. */
export const cellAt = (object: JsonObject, path: FieldPath): string =>
  oneLine(
    valuesAt(object, path)
      .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
      .join(','),
  )

/** For one object: each path with its value, those without one left out. */
export const pick = (object: JsonObject, paths: readonly FieldPath[]): JsonObject =>
  Object.fromEntries(
    paths.flatMap((path) => {
      const values = valuesAt(object, path)
      if (values.length === 0) return []
      return [[path.text, path.steps.includes('[*]') ? values : (values[0] ?? null)]]
    }),
  )

/** Those that no object has: a path may be misspelt. The words are the caller's own. */
export const missingNote = (paths: readonly FieldPath[], has: (path: FieldPath) => boolean): readonly string[] => {
  const missing = paths.filter((path) => !has(path))
  return missing.length === 0 ? [] : [`No value at ${missing.map(({ text }) => oneLine(text)).join(', ')}.`]
}
