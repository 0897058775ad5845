/**
 * The words of Kubernetes' name grammars and how a refused value is quoted. Pure; names.ts and selectors.ts say what must
 * be what.
 *
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
import { BulkheadError } from '../errors.ts'

/** RFC 1123 subdomain, in total: the longest name that Kubernetes gives anything. */
export const MAX_NAME = 253
/** RFC 1123 label. */
export const MAX_LABEL = 63
/** More than enough to recognise what was typed, too little to carry a message. */
const MAX_QUOTED = 60

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
/**
 * Path-segment names (RBAC's `system:node`, an image's `sha256:…`): Kubernetes forbids only `.`, `..`, `/` and `%`. Ours
 * is narrower: ASCII, a letter or digit first, so that no name looks like an option. Names beyond it cannot be reached.
 */
const SEGMENT = /^[A-Za-z0-9][-A-Za-z0-9._:@+]*$/

export const isLabel = (value: string): boolean => value.length <= MAX_LABEL && LABEL.test(value)
/** The length stands first: it bounds what the pattern may cost. */
export const isSubdomain = (value: string): boolean => value.length <= MAX_NAME && SUBDOMAIN.test(value)
export const isPathSegment = (value: string): boolean => value.length <= MAX_NAME && SEGMENT.test(value)

/** The value in quotes: at most 60 characters of it, everything but printable ASCII as `\u{…}`. */
export const quote = (value: string): string => {
  let text = ''
  for (const character of value.slice(0, MAX_QUOTED)) {
    const code = character.codePointAt(0) ?? 0
    const plain = code >= 0x20 && code < 0x7f && character !== '"' && character !== '\\'
    text += plain ? character : `\\u{${code.toString(16)}}`
  }
  return value.length > MAX_QUOTED ? `"${text}…" (${value.length} characters)` : `"${text}"`
}

export const refuse = (what: string, value: string, rule: string): BulkheadError =>
  new BulkheadError('invalid_arguments', `${what} ${quote(value)} is not one that Kubernetes could have: ${rule}.`)
