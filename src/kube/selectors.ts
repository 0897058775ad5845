/**
 * Label and field selectors by the grammar of Kubernetes' own parsers (apimachinery `pkg/labels/selector.go` and
 * `pkg/fields/selector.go`), read in one pass over the characters: a selector that passes means to the API server what
 * it means here. Checked, never rewritten. Pure; refusals are `invalid_arguments`.
 */
import { isSubdomain, MAX_LABEL, refuse } from './grammar.ts'

/** A selector of a hand-written query; what a URL and a log line carry without trouble. */
const MAX_SELECTOR = 1024

const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const OPERATORS = ['!=', '==', '=', '>', '<'] as const
const INTEGER = /^-?[0-9]{1,18}$/
/** What ends a key or a value. */
const DELIMITERS = ' ,()=!<>'

const isLabelValue = (value: string): boolean => value === '' || (value.length <= MAX_LABEL && QUALIFIED.test(value))

const isLabelKey = (key: string): boolean => {
  const slash = key.indexOf('/')
  const name = key.slice(slash + 1)
  return name !== '' && isLabelValue(name) && (slash === -1 || isSubdomain(key.slice(0, slash)))
}

/** Reads a label selector; true when all of it was understood. */
const readsAsLabelSelector = (text: string): boolean => {
  let at = 0
  const spaces = () => {
    while (text[at] === ' ') at++
  }
  const word = (): string => {
    const from = at
    while (at < text.length && !DELIMITERS.includes(text.charAt(at))) at++
    return text.slice(from, at)
  }
  const take = (token: string): boolean => {
    if (!text.startsWith(token, at)) return false
    at += token.length
    return true
  }
  const set = (): boolean => {
    spaces()
    if (!take('(')) return false
    do {
      spaces()
      if (!isLabelValue(word())) return false
      spaces()
    } while (take(','))
    return take(')')
  }
  const requirement = (): boolean => {
    spaces()
    const negated = take('!')
    spaces()
    if (!isLabelKey(word())) return false
    spaces()
    if (negated || at === text.length || text[at] === ',') return true
    const operator = OPERATORS.find(take)
    if (operator === undefined) {
      const named = word()
      return (named === 'in' || named === 'notin') && set()
    }
    spaces()
    const value = word()
    return operator === '>' || operator === '<' ? INTEGER.test(value) : isLabelValue(value)
  }
  do {
    if (!requirement()) return false
    spaces()
  } while (take(','))
  return at === text.length
}

/** `app=web,tier in (a,b),!legacy`. Returns it unchanged. */
export const checkLabelSelector = (value: string): string => {
  if (value.length <= MAX_SELECTOR && (value === '' || readsAsLabelSelector(value))) return value
  throw refuse(
    'The labelSelector',
    value,
    `requirements such as app=web, tier!=db, env in (a,b) or !legacy, joined by ",", at most ${MAX_SELECTOR} characters`,
  )
}

const FIELD_PATH = /^[A-Za-z][A-Za-z0-9._-]*$/
/** Printable ASCII; `\`, `,` and `=` only behind a backslash. */
const FIELD_VALUE = /^(?:[ -+\--<>-[\]-~]|\\[\\,=])*$/

/** Splits at commas that no backslash protects. */
const terms = (text: string): string[] => {
  const found: string[] = []
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === ',') {
      found.push(text.slice(from, at))
      from = at + 1
    }
  }
  found.push(text.slice(from))
  return found
}

const isFieldTerm = (term: string): boolean => {
  const at = term.search(/!=|=/)
  if (at === -1) return false
  const operator = /^(?:!=|==|=)/.exec(term.slice(at))?.[0] ?? ''
  return FIELD_PATH.test(term.slice(0, at)) && FIELD_VALUE.test(term.slice(at + operator.length))
}

/** `status.phase=Running,spec.nodeName!=node-1`. Returns it unchanged. */
export const checkFieldSelector = (value: string): string => {
  if (value.length <= MAX_SELECTOR && (value === '' || terms(value).every(isFieldTerm))) return value
  throw refuse(
    'The fieldSelector',
    value,
    `terms such as status.phase=Running or spec.nodeName!=node-1, joined by ",", at most ${MAX_SELECTOR} characters`,
  )
}
