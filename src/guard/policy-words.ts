/**
 * What policy says: to callers, one sentence that names the rule and holds no word of the cluster's; to operators, why a
 * rule did not fit. Names of objects are quoted by kube/grammar, short and plain.
 */
import { type Access, ALL_NAMESPACES, type Caller, type Decision, resourceName, type Verdict } from '../access.ts'
import { quote } from '../kube/grammar.ts'
import type { Field, Rule } from './rules.ts'

/** `list pods over all namespaces of cluster "prod"`. */
export const describeAccess = (access: Access): string => {
  const name = access.name === undefined ? '' : ` ${quote(access.name)}`
  const place =
    access.namespace === undefined
      ? ''
      : access.namespace === ALL_NAMESPACES
        ? ' over all namespaces'
        : ` in namespace ${quote(access.namespace)}`
  return `${access.verb} ${resourceName(access)}${name}${place} of cluster ${quote(access.cluster)}`
}

const VERB_OF = {
  allow: 'allows',
  confirm: 'wants the consent of the person behind the client for',
  approve: "wants an operator's approval for",
  deny: 'refuses',
} as const

/** `decision`: as it was taken, which may be stricter than the rule's own. */
export const ruleSentence = (rule: Rule, decision: Decision, access: Access): string =>
  `Policy rule "${rule.name}" ${VERB_OF[decision]} ${describeAccess(access)}.`

/** For a rule that names only some of what the access stands for. */
export const partSentence = (rule: Rule, access: Access, field: Field): string =>
  `Policy rule "${rule.name}" ${VERB_OF[rule.decision]} some of what this would return: ${describeAccess(access)}. ` +
  (field === 'namespaces' ? 'Ask for one namespace.' : 'Ask for one object by its name.')

export const whenSentence = (rule: Rule, access: Access): string =>
  `The condition of policy rule "${rule.name}" could not be evaluated, which refuses ${describeAccess(access)}. ` +
  'The operator can see why with policy explain.'

export const refusal = (access: Access): Verdict => ({
  decision: 'deny',
  by: 'default',
  reason: `No policy rule allows ${describeAccess(access)}.`,
})

const listed = (words: readonly string[] | undefined): string => (words === undefined ? '' : words.join(', '))

/** Why a rule does not fit: what the rule names and what stood before it. */
export const mismatch = (rule: Rule, field: Field, caller: Caller, access: Access): string => {
  const { source } = rule
  switch (field) {
    case 'groups':
      return `groups: the rule names ${listed(source.groups)}; the caller is in ${listed(caller.groups) || 'none'}`
    case 'callers':
      return `callers: the rule names ${listed(source.callers)}; the caller is ${caller.client}, subject ${caller.subject}`
    case 'clusters':
      return `clusters: the rule names ${listed(source.clusters)}; the access is to ${access.cluster}`
    case 'verbs':
      return `verbs: the rule names ${listed(source.verbs)}; the access is a ${access.verb}`
    case 'resources':
      return `resources: the rule names ${listed(source.resources)}; the access is to ${resourceName(access)}`
    case 'namespaces':
      return `namespaces: the rule names ${listed(source.namespaces)}; the access ${
        access.namespace === undefined ? 'is cluster-scoped and has none' : `is to ${access.namespace}`
      }`
    case 'names':
      return `names: the rule names ${listed(source.names)}; the access is to ${access.name ?? 'a list'}`
  }
}
