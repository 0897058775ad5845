/**
 * Policy: ordered rules, the first one that fits decides, and where none does the answer is deny. Pure. The rails are
 * asked first, here, so that nobody who asks policy can forget them.
 *
 * - A rule's `when` that cannot be evaluated refuses: an operator's condition is never taken for true or skipped.
 * - An access that stands for many objects (all namespaces, a list) gets the strictest decision of its parts: a rule
 *   that fits in part is heard where it is stricter than the rule that fits it all. So is one whose `when` is false of
 *   the whole and hangs on the namespace or the name: of one of its parts it may be true.
 * - `couldEver` errs to yes. What it says no to, `decide` never allows (test/unit/guard/policy.properties.test.ts).
 */
import { type Access, ALL_NAMESPACES, type Caller, DECISIONS, type Verdict } from '../access.ts'
import type { Config } from '../config.ts'
import type { Need } from '../tool.ts'
import { createWhenCompiler, type When, type WhenContext, WhenError } from './cel.ts'
import { canonicalJson, sha256Hex } from './chain.ts'
import { mismatch, partSentence, refusal, ruleSentence, whenSentence } from './policy-words.ts'
import { checkRails } from './rails.ts'
import { compileRule, coversScope, type Fit, fitAccess, fitNeed, type Rule, resourceParts } from './rules.ts'

export type Question = WhenContext

/** One rule on the way to a verdict, for `npm run policy -- explain`. */
export interface Considered {
  readonly rule: string
  readonly outcome: 'decided' | 'matched' | 'not matched' | 'failed' | 'not reached'
  /** Why; for the operator, may repeat what an expression looked at. */
  readonly why: string
}

export interface Explanation {
  readonly verdict: Verdict
  readonly considered: readonly Considered[]
}

export interface Policy {
  /** SHA-256, hex, over the canonical rules and the clusters that they are about. */
  readonly digest: string
  /** Never throws. */
  decide(question: Question): Verdict
  /** The same verdict with everything that led to it. For operators: errors of `when` are repeated. */
  explain(question: Question): Explanation
  /** May any access of this kind ever be allowed to this caller? Errs to yes. */
  couldEver(caller: Caller, need: Need): boolean
  /** The clusters in which anything could be allowed to this caller, in the configuration's order. */
  clustersFor(caller: Caller): readonly string[]
  /** Namespaces (or patterns of them) that rules name and that may be asked for in place of all; at most 20. */
  namespacesFor(caller: Caller, access: Access): readonly string[]
}

/** A sentence, not a directory. */
const MAX_SUGGESTED = 20

const strictness = (verdict: Verdict): number => DECISIONS.indexOf(verdict.decision)

/** The strictest verdict, the first of equals. Nothing judged is nothing allowed. */
export const strictest = (verdicts: readonly Verdict[]): Verdict => {
  const [first, ...others] = verdicts
  if (first === undefined)
    return { decision: 'deny', by: 'default', reason: 'No access was judged, so none is allowed.' }
  return others.reduce((worst, it) => (strictness(it) > strictness(worst) ? it : worst), first)
}

/** Whether some access could come out as `allow`, when all that is known of it is how each rule fits. */
const couldAllow = (rules: readonly Rule[], fitOf: (rule: Rule) => Fit): boolean => {
  for (const rule of rules) {
    const it = fitOf(rule)
    if (it === 'none') continue
    // Only `allow` lets a call act in this version: confirm and approve are for changes.
    if (rule.decision === 'allow') return true
    if (it === 'all' && rule.when === undefined) return false
  }
  return false
}

/** What the access leaves open and the condition hangs on. */
const openScope = (when: When, question: Question): 'namespaces' | 'names' | undefined => {
  const { namespace, name } = question.access
  if (namespace === ALL_NAMESPACES && when.hangsOn('namespace', question)) return 'namespaces'
  return name === undefined && when.hangsOn('name', question) ? 'names' : undefined
}

const compileRules = (config: Pick<Config, 'policy'>): readonly Rule[] => {
  const compileWhen = createWhenCompiler()
  return config.policy.map((rule) => {
    try {
      return compileRule(rule, compileWhen)
    } catch (error) {
      if (!(error instanceof WhenError)) throw error
      throw new WhenError(`Policy rule "${rule.name}": when: ${error.message}`, error.offset, error)
    }
  })
}

/** Throws WhenError for a rule whose `when` does not compile; `config:check` says so before, with line and column. */
export const compilePolicy = (config: Pick<Config, 'policy' | 'clusters'>): Policy => {
  const rules = compileRules(config)
  const clusters = Object.keys(config.clusters)

  const namespacesFor = (caller: Caller, access: Access): readonly string[] => {
    const named = rules
      .filter((rule) => rule.decision === 'allow')
      .flatMap((rule) => rule.source.namespaces ?? [])
      .filter((namespace) => namespace !== ALL_NAMESPACES)
    return [...new Set(named)]
      .filter((namespace) => couldAllow(rules, (rule) => fitAccess(rule, caller, { ...access, namespace }).fit))
      .slice(0, MAX_SUGGESTED)
  }

  /** Notes every rule that is looked at where somebody listens. */
  const judge = (question: Question, note?: (considered: Considered) => void): Verdict => {
    const { caller, access } = question
    const rail = checkRails(access)
    if (rail !== undefined) return rail
    const parts: Verdict[] = []
    const heard: Rule[] = []
    const conclude = (verdict: Verdict): Verdict => {
      const worst = strictest([verdict, ...parts])
      // Where a rule allows all but a part, every other namespace is open: a short list would mislead.
      if (access.namespace !== ALL_NAMESPACES || verdict.decision === 'allow') return worst
      const suggested = namespacesFor(caller, access)
      if (suggested.length === 0) return worst
      return { ...worst, reason: `${worst.reason} Namespaces that may be asked for: ${suggested.join(', ')}.` }
    }
    if (!clusters.includes(access.cluster)) return conclude(refusal(access))
    for (const rule of rules) {
      const found = fitAccess(rule, caller, access)
      if (found.fit === 'none') {
        note?.({ rule: rule.name, outcome: 'not matched', why: mismatch(rule, found.field, caller, access) })
        continue
      }
      const decider = heard.find((it) => coversScope(it, rule))
      if (decider !== undefined) {
        note?.({ rule: rule.name, outcome: 'not matched', why: `"${decider.name}" decides on all that it names` })
        continue
      }
      let part = found.fit === 'part' ? found.field : undefined
      try {
        if (rule.when !== undefined && !rule.when.evaluate(question)) {
          const open = rule.decision === 'allow' ? undefined : openScope(rule.when, question)
          if (open === undefined) {
            note?.({ rule: rule.name, outcome: 'not matched', why: 'when: false' })
            continue
          }
          part = open
        }
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        note?.({ rule: rule.name, outcome: 'failed', why: `when: ${why}` })
        return conclude({ decision: 'deny', by: 'policy', rule: rule.name, reason: whenSentence(rule, access) })
      }
      const ruling = { decision: rule.decision, by: 'policy', rule: rule.name } as const
      if (part === undefined) {
        note?.({ rule: rule.name, outcome: 'matched', why: `says ${rule.decision}` })
        return conclude({ ...ruling, reason: ruleSentence(rule, access) })
      }
      const why = `says ${rule.decision} to some of it: its ${part} are part of what the access stands for`
      note?.({ rule: rule.name, outcome: 'matched', why })
      heard.push(rule)
      parts.push({ ...ruling, reason: partSentence(rule, access, part) })
    }
    return conclude(refusal(access))
  }

  return {
    digest: sha256Hex(canonicalJson(JSON.parse(JSON.stringify({ v: 1, clusters, rules: config.policy })))),
    decide: (question) => judge(question),
    explain(question) {
      const considered: Considered[] = []
      const verdict = judge(question, (it) => considered.push(it))
      const rest = rules.slice(considered.length)
      return {
        verdict,
        considered: [
          ...considered.map((it) =>
            it.outcome === 'matched' && it.rule === verdict.rule ? { ...it, outcome: 'decided' as const } : it,
          ),
          ...rest.map((rule): Considered => ({ rule: rule.name, outcome: 'not reached', why: '' })),
        ],
      }
    },
    couldEver(caller, need) {
      return clusters.some((cluster) => {
        if (need.resource !== '*') {
          const { resource, group, subresource } = resourceParts(need.resource)
          const access = { cluster, verb: need.verb, group, resource }
          if (checkRails(subresource === '' ? access : { ...access, subresource }) !== undefined) return false
        }
        return couldAllow(rules, (rule) => fitNeed(rule, caller, cluster, need))
      })
    },
    clustersFor: (caller) =>
      clusters.filter((cluster) => couldAllow(rules, (rule) => fitNeed(rule, caller, cluster, undefined))),
    namespacesFor,
  }
}
