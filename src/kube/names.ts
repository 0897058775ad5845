/**
 * Names by Kubernetes' own grammar, checked before anything is asked of an API server (THREATS.md L3-1, L3-5): what
 * passes here cannot leave its segment of a path, become an option of a program or hide behind look-alike letters.
 * Pure. Every refusal is `invalid_arguments` and quotes the value cut short and with everything but plain ASCII spelled
 * out, so that a Cyrillic letter shows itself.
 */
import { isLabel, isPathSegment, isSubdomain, MAX_LABEL, MAX_NAME, refuse } from './grammar.ts'

export { isLabel, isPathSegment, isSubdomain, MAX_LABEL, MAX_NAME, quote } from './grammar.ts'
export { checkFieldSelector, checkLabelSelector } from './selectors.ts'

const KIND = /^[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const VERSION = /^v[0-9]+((alpha|beta)[0-9]+)?$/

/** Whose name it is, as far as is known. */
export type NameHint = { readonly group: string; readonly resource: string } | undefined

const RULES = {
  label: `lower-case letters, digits and "-", beginning and ending with a letter or digit, at most ${MAX_LABEL}`,
  subdomain: `lower-case letters, digits, "-" and ".", each part beginning and ending with a letter or digit, at most ${MAX_NAME}`,
  segment: `letters, digits and "-._:@+", beginning with a letter or digit, at most ${MAX_NAME}`,
} as const

const GRAMMARS = { label: isLabel, subdomain: isSubdomain, segment: isPathSegment } as const

/** Types of Kubernetes' own groups that do not follow the subdomain rule. */
const EXCEPTIONS: Readonly<Record<string, keyof typeof RULES>> = {
  '/namespaces': 'label',
  '/services': 'label',
  'networking.k8s.io/ipaddresses': 'segment', // an IPv6 address is its own name
}

const grammarOf = (hint: NameHint): keyof typeof RULES => {
  // Nothing known: what every grammar shares. The type's own is asked once the type is known.
  if (hint === undefined) return 'segment'
  const exception = EXCEPTIONS[`${hint.group}/${hint.resource}`]
  if (exception !== undefined) return exception
  if (hint.group === 'rbac.authorization.k8s.io') return 'segment'
  const builtIn = !hint.group.includes('.') || hint.group.endsWith('.k8s.io')
  // An aggregated API server chooses its own names (OpenShift's `kube:admin`).
  return builtIn ? 'subdomain' : 'segment'
}

/** An object's name. Returns it unchanged; throws `invalid_arguments`. */
export const checkName = (hint: NameHint, value: string): string => {
  const grammar = grammarOf(hint)
  if (GRAMMARS[grammar](value)) return value
  throw refuse('The name', value, RULES[grammar])
}

export const checkNamespace = (value: string): string => {
  if (isLabel(value)) return value
  throw refuse('The namespace', value, RULES.label)
}

export const checkContainer = (value: string): string => {
  if (isLabel(value)) return value
  throw refuse('The container', value, RULES.label)
}

/** A Kind, plural, singular or short name, with or without `.group`; whether it exists is discovery's to say. */
export const checkKind = (value: string): string => {
  if (value.length <= MAX_NAME && KIND.test(value)) return value
  throw refuse('The kind', value, 'letters, digits and "-", optionally followed by ".group", such as deployments.apps')
}

/** `v1`, `apps/v1`. */
export const checkApiVersion = (value: string): string => {
  const parts = value.length <= MAX_NAME + MAX_LABEL ? value.split('/') : []
  const version = parts.pop()
  const [group] = parts
  if (
    parts.length <= 1 &&
    version !== undefined &&
    VERSION.test(version) &&
    (group === undefined || isSubdomain(group))
  )
    return value
  throw refuse('The apiVersion', value, 'v1 or group/version, such as apps/v1')
}
