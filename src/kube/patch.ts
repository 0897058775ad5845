/**
 * What a caller sends as a patch, strictly: what is planned must be what was written, and nothing in it may loosen what
 * the writer binds it to (uid and resourceVersion) or carry a value to where it is shown. Errors quote nothing of it.
 * Pure.
 */
import type { PatchType } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import type { Json } from '../tool.ts'
import { arrayOf, isObject, textOf } from './json.ts'

/** A patch that names more places is another object. */
const MAX_STEPS = 100
/** As of manifests: CRD schemas, the deepest that Kubernetes nests, stay below half of it. */
const MAX_DEPTH = 64
/** Keys and values; a plan holds no more than some ten thousand. */
const MAX_VALUES = 20_000
/** A JSON pointer through the deepest object there is. */
const MAX_POINTER = 1024

/**
 * `copy` and `move` are not among them: the API server would take a value that the caller only sees masked to a place
 * where it stands in the open, and a `move` could take the resourceVersion away that the write is bound to.
 */
const STEPS: readonly unknown[] = ['add', 'remove', 'replace', 'test']

const OWN = ['uid', 'resourceVersion', 'managedFields'] as const
/** What the writer adds itself would be undone by these. */
const OWN_POINTER = /^\/metadata(?:\/(?:uid|resourceVersion|managedFields)(?:\/|$)|$)/
/** Directives of a strategic merge patch that replace or thin out a map whole. */
const WHOLE_MAP = ['$patch', '$retainKeys'] as const

const refuse = (message: string): BulkheadError => new BulkheadError('invalid_arguments', message)

const foreign = (): BulkheadError =>
  refuse("metadata's uid, resourceVersion and managedFields are the server's own: leave them out.")

/** Bounded, every number as it was written, no key that JavaScript would take for something else. */
const inspect = (patch: Json): void => {
  const left: { readonly value: Json; readonly depth: number }[] = [{ value: patch, depth: 0 }]
  let seen = 0
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const { value, depth } = at
    seen += 1
    if (seen > MAX_VALUES || depth > MAX_DEPTH)
      throw refuse(`A patch holds at most ${MAX_VALUES} values, ${MAX_DEPTH} levels deep. Make it several patches.`)
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
      throw refuse('The patch holds an integer past 2^53, which would be rounded. Make it smaller, or send it as text.')
    if (typeof value !== 'object' || value === null) continue
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__' || /\p{Cc}/u.test(key))
        throw refuse('The patch holds a key that Kubernetes could not have. Leave it out.')
      left.push({ value: inner, depth: depth + 1 })
    }
  }
}

const isStep = (step: Json): boolean => {
  if (!isObject(step) || !STEPS.includes(step.op)) return false
  const path = textOf(step.path)
  return path?.startsWith('/') === true && path.length <= MAX_POINTER
}

const checkSteps = (patch: Json): void => {
  const steps = arrayOf(patch)
  if (steps.some((it) => isObject(it) && (it.op === 'copy' || it.op === 'move')))
    throw refuse('copy and move are not taken: they carry values that nobody has seen. Write the new value out.')
  if (steps.length === 0 || steps.length > MAX_STEPS || !steps.every(isStep))
    throw refuse(
      `A json patch is a list of 1 to ${MAX_STEPS} steps with op (add, remove, replace, test) and path (RFC 6902), such as {"op":"replace","path":"/spec/replicas","value":2}.`,
    )
  if (steps.some((it) => isObject(it) && OWN_POINTER.test(textOf(it.path) ?? ''))) throw foreign()
}

const checkMerge = (patch: Json, type: PatchType): void => {
  if (!isObject(patch) || Object.keys(patch).length === 0)
    throw refuse(`A ${type} patch is an object that names at least one field.`)
  const { metadata } = patch
  if (metadata !== undefined && !isObject(metadata))
    throw metadata === null ? foreign() : refuse('metadata is an object: name the labels or annotations to change.')
  if (OWN.some((it) => metadata?.[it] !== undefined)) throw foreign()
  if (type !== 'strategic') return
  if ([patch, metadata ?? {}].some((map) => WHOLE_MAP.some((directive) => Object.hasOwn(map, directive))))
    throw refuse(
      'The directives $patch and $retainKeys are not taken for a whole object or its metadata. Name the fields to change, and null for those to remove.',
    )
}

/** Throws `invalid_arguments`. */
export const checkPatch = (patch: Json, type: PatchType): void => {
  inspect(patch)
  if (type === 'json') checkSteps(patch)
  else checkMerge(patch, type)
}
