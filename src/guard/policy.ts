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
import {
  type Access,
  ALL_NAMESPACES,
  type Caller,
  DECISIONS,
  type Decision,
  isChangeVerb,
  type Verb,
  type Verdict,
} from '../access.ts'
import { type Config, durationMs } from '../config.ts'
import type { Need } from '../tool.ts'
import { createWhenCompiler, type When, type WhenContext, WhenError } from './cel.ts'
import { canonicalJson, sha256Hex } from './chain.ts'
import { mismatch, partSentence, refusal, ruleSentence, whenSentence } from './policy-words.ts'
import { checkRails } from './rails.ts'
import { compileRule, coversScope, type Fit, fitAccess, fitNeed, type Rule, resourceParts } from './rules.ts'

export interface Question extends WhenContext {
  /** The caller has read untrusted text since its last approved plan: rules with `tainted: approve` lift a change to that. */
  readonly tainted?: boolean
  /** A watch rule lifts every change of this caller to `approve`. */
  readonly raised?: boolean
}

/** What a rule says beyond its decision. */
export interface Terms {
  /** Groups of which an approver is in one; undefined: any operator who may approve. */
  readonly approvers: readonly string[] | undefined
  /** How long a plan waits; undefined: as `approvals.expiresIn` says. */
  readonly expiresInMs: number | undefined
}

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
  /** Of the rule with this name. */
  terms(rule: string): Terms
  /** Whether some rule may let this very access happen, whatever its condition says of the object. Errs to yes. */
  possible(caller: Caller, access: Access): boolean
  /**
   * May any access of this kind ever be allowed to this caller, at once or with consent? Errs to yes. No change ever is
   * where no cluster has a change credential.
   */
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

/** A read cannot wait for anybody's consent: only `allow` lets it happen. */
const letsHappen = ({ decision, source }: Rule, verb: Verb | undefined): boolean => {
  if (decision === 'allow' || decision === 'deny') return decision === 'allow'
  if (verb !== undefined) return isChangeVerb(verb)
  return source.verbs === undefined || source.verbs.some((it) => it === '*' || isChangeVerb(it))
}

/** Whether some access could come out as one that happens, when all that is known of it is how each rule fits. */
const couldHappen = (rules: readonly Rule[], verb: Verb | undefined, fitOf: (rule: Rule) => Fit): boolean => {
  for (const rule of rules) {
    const it = fitOf(rule)
    if (it === 'none') continue
    if (letsHappen(rule, verb)) return true
    if (it === 'all' && rule.when === undefined) return false
  }
  return false
}

/** A rule's decision, lifted where the caller's past asks for it. */
const liftedDecision = (rule: Rule, { access, tainted = false, raised = false }: Question): Decision => {
  if (!isChangeVerb(access.verb) || rule.decision === 'deny') return rule.decision
  return raised || (tainted && rule.source.tainted === 'approve') ? 'approve' : rule.decision
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
      .filter((namespace) =>
        couldHappen(rules, access.verb, (rule) => fitAccess(rule, caller, { ...access, namespace }).fit),
      )
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
      const decision = liftedDecision(rule, question)
      const ruling = { decision, by: 'policy', rule: rule.name } as const
      if (part === undefined) {
        note?.({ rule: rule.name, outcome: 'matched', why: `says ${decision}` })
        return conclude({ ...ruling, reason: ruleSentence(rule, decision, access) })
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
    terms(name) {
      const source = rules.find((rule) => rule.name === name)?.source
      return {
        approvers: source?.approvers,
        expiresInMs: source?.expiresIn === undefined ? undefined : durationMs(source.expiresIn),
      }
    },
    possible: (caller, access) =>
      checkRails(access) === undefined &&
      clusters.includes(access.cluster) &&
      couldHappen(rules, access.verb, (rule) => fitAccess(rule, caller, access).fit),
    couldEver(caller, need) {
      return clusters.some((cluster) => {
        if (isChangeVerb(need.verb) && config.clusters[cluster]?.credentials.change === undefined) return false
        if (need.resource !== '*') {
          const { resource, group, subresource } = resourceParts(need.resource)
          const access = { cluster, verb: need.verb, group, resource }
          if (checkRails(subresource === '' ? access : { ...access, subresource }) !== undefined) return false
        }
        return couldHappen(rules, need.verb, (rule) => fitNeed(rule, caller, cluster, need))
      })
    },
    clustersFor: (caller) =>
      clusters.filter((cluster) => couldHappen(rules, undefined, (rule) => fitNeed(rule, caller, cluster, undefined))),
    namespacesFor,
  }
}
