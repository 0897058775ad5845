/**
 * One policy rule, compiled: does it fit an access, and where not, by which of its fields? Pure.
 *
 * An access may stand for many objects: over all namespaces (namespace `*`), or without a name (a list). A rule that
 * names only some of those fits it *in part*, and policy.ts takes such a rule's decision only where it is the stricter
 * one. So a broad list never shows what a narrow rule refuses.
 */
import { type Access, ALL_NAMESPACES, type Caller, type Decision, resourceName } from '../access.ts'
import type { PolicyRule } from '../config.ts'
import type { Need } from '../tool.ts'
import type { When } from './cel.ts'
import { compileGlob } from './glob.ts'

/** Covers all that the access stands for; some of it; none of it. */
export type Fit = 'all' | 'part' | 'none'
export type Field = 'groups' | 'callers' | 'clusters' | 'verbs' | 'resources' | 'namespaces' | 'names'

export interface Rule {
  readonly name: string
  readonly decision: Decision
  /** As configured, for words and suggestions. */
  readonly source: PolicyRule
  readonly when: When | undefined
  /** Whether the rule may concern this caller at all; the field that says no. */
  readonly refusesCaller: (caller: Caller) => 'groups' | 'callers' | undefined
  readonly refusesCluster: (cluster: string) => boolean
  readonly refusesVerb: (verb: string) => boolean
  /** `*`: any resource, which a rule about some of them fits in part. */
  readonly resource: (resource: string) => Fit
  readonly namespace: (namespace: string | undefined) => Fit
  readonly objectName: (name: string | undefined) => Fit
}

const ANY = '*'

const anyGlob = (patterns: readonly string[]): ((text: string) => boolean) => {
  const globs = patterns.map(compileGlob)
  return (text) => globs.some((matches) => matches(text))
}

interface ResourceParts {
  readonly resource: string
  /** Empty: the core group. */
  readonly group: string
  readonly subresource: string
}

/** `deployments.apps/scale` in its three parts; every resource pattern and every resource name has them. */
export const resourceParts = (text: string): ResourceParts => {
  const slash = text.indexOf('/')
  const type = slash === -1 ? text : text.slice(0, slash)
  const dot = type.indexOf('.')
  return {
    resource: dot === -1 ? type : type.slice(0, dot),
    group: dot === -1 ? '' : type.slice(dot + 1),
    subresource: slash === -1 ? '' : text.slice(slash + 1),
  }
}

/**
 * `*` covers everything. Otherwise each part of the pattern must match its own part of the name: `pods` is the core
 * group's and has no subresource, `pods/*` is every subresource of pods and not pods themselves, `*.apps` every type of
 * the group `apps`.
 */
const resourcePattern = (pattern: string): ((name: string) => boolean) => {
  if (pattern === ANY) return () => true
  const want = resourceParts(pattern)
  const [resource, group, subresource] = [want.resource, want.group, want.subresource].map(compileGlob)
  return (name) => {
    const have = resourceParts(name)
    // `pods/*` wants a subresource: the empty run that `*` also stands for is not one.
    if ((want.subresource === '') !== (have.subresource === '')) return false
    return (
      resource?.(have.resource) === true && group?.(have.group) === true && subresource?.(have.subresource) === true
    )
  }
}

const always = (): Fit => 'all'

export const compileRule = (source: PolicyRule, compileWhen: (expression: string) => When): Rule => {
  const { groups, callers, clusters, verbs, resources, namespaces, names } = source
  const [group, caller, cluster, namespace, objectName] = [groups, callers, clusters, namespaces, names].map(
    (patterns) => (patterns === undefined ? undefined : anyGlob(patterns)),
  )
  const patterns = resources?.map(resourcePattern)
  const scope = (matches: ((text: string) => boolean) | undefined, listed: readonly string[] | undefined) => ({
    matches,
    everything: listed?.includes(ANY) === true,
  })
  const inNamespaces = scope(namespace, namespaces)
  const named = scope(objectName, names)
  return {
    name: source.name,
    decision: source.decision,
    source,
    when: source.when === undefined ? undefined : compileWhen(source.when),
    refusesCaller: (it) => {
      if (group !== undefined && !it.groups.some(group)) return 'groups'
      return caller !== undefined && !caller(it.client) && !caller(it.subject) ? 'callers' : undefined
    },
    refusesCluster: (it) => cluster !== undefined && !cluster(it),
    refusesVerb: (it) => verbs !== undefined && !verbs.some((verb) => verb === ANY || verb === it),
    resource:
      patterns === undefined || resources?.includes(ANY) === true
        ? always
        : (it) => (it === ANY ? 'part' : patterns.some((matches) => matches(it)) ? 'all' : 'none'),
    namespace:
      inNamespaces.matches === undefined
        ? always
        : (it) => {
            // A cluster-scoped access has no namespace, so no rule about namespaces concerns it.
            if (it === undefined) return 'none'
            if (inNamespaces.everything) return 'all'
            if (it === ALL_NAMESPACES) return 'part'
            return inNamespaces.matches?.(it) === true ? 'all' : 'none'
          },
    objectName:
      named.matches === undefined || named.everything
        ? always
        : (it) => (it === undefined ? 'part' : named.matches?.(it) === true ? 'all' : 'none'),
  }
}

/** Everything that one of `later` stands for, one of `earlier` stands for too: patterns compared word by word. */
export const coversEach = (earlier: readonly string[], later: readonly string[]): boolean =>
  later.every((word) =>
    earlier.some((pattern) => pattern === word || (!word.includes(ANY) && compileGlob(pattern)(word))),
  )

/**
 * Of two rules that both fit an access, whether the earlier decides on every object that the later one names, so that the
 * later one has nothing to say.
 */
export const coversScope = ({ source: earlier }: Rule, { source: later }: Rule): boolean =>
  earlier.when === undefined &&
  (['namespaces', 'names'] as const).every((field) => {
    const [wide, narrow] = [earlier[field], later[field]]
    return wide === undefined || wide.includes(ANY) || (narrow !== undefined && coversEach(wide, narrow))
  })

/** `field` is the one that keeps the rule from covering all. */
export type FitResult = { readonly fit: 'all' } | { readonly fit: 'part' | 'none'; readonly field: Field }

/** How a rule fits an access, `when` aside. */
export const fitAccess = (rule: Rule, caller: Caller, access: Access): FitResult => {
  const party = rule.refusesCaller(caller)
  if (party !== undefined) return { fit: 'none', field: party }
  if (rule.refusesCluster(access.cluster)) return { fit: 'none', field: 'clusters' }
  if (rule.refusesVerb(access.verb)) return { fit: 'none', field: 'verbs' }
  if (rule.resource(resourceName(access)) === 'none') return { fit: 'none', field: 'resources' }
  const namespaces = rule.namespace(access.namespace)
  if (namespaces === 'none') return { fit: 'none', field: 'namespaces' }
  const names = rule.objectName(access.name)
  if (names === 'none') return { fit: 'none', field: 'names' }
  if (namespaces === 'part') return { fit: 'part', field: 'namespaces' }
  return names === 'part' ? { fit: 'part', field: 'names' } : { fit: 'all' }
}

/** How a rule could fit some access that a tool needs; without a need, any access at all. */
export const fitNeed = (rule: Rule, caller: Caller, cluster: string, need: Need | undefined): Fit => {
  if (rule.refusesCaller(caller) !== undefined || rule.refusesCluster(cluster)) return 'none'
  if (need !== undefined && rule.refusesVerb(need.verb)) return 'none'
  const resource = rule.resource(need?.resource ?? ANY)
  if (resource === 'none') return 'none'
  const { verbs, namespaces, names } = rule.source
  const narrower =
    namespaces !== undefined ||
    (names !== undefined && !names.includes(ANY)) ||
    (need === undefined && verbs !== undefined && !verbs.includes(ANY))
  return narrower ? 'part' : resource
}
