import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Access, DECISIONS, resourceName, VERBS } from '../../../src/access.ts'
import type { PolicyRule } from '../../../src/config.ts'
import { compileGlob } from '../../../src/guard/glob.ts'
import type { Question } from '../../../src/guard/policy.ts'
import { checkRails } from '../../../src/guard/rails.ts'
import {
  CLUSTERS,
  callerArbitrary,
  clean,
  fields,
  NAMES,
  NAMESPACES,
  policy,
  questionArbitrary,
  RESOURCES,
  rulesArbitrary,
} from './policy-arbitraries.ts'
import { caller, NOW, policyOf } from './policy-fixture.ts'

/** The rule's fields read aloud, written a second time: for accesses to one object or to one namespace. */
const matchesByTheBook = (rule: PolicyRule, { caller: who, access }: Question): boolean | 'error' => {
  const glob = (patterns: readonly string[] | undefined, ...texts: string[]) =>
    patterns === undefined || patterns.some((pattern) => texts.some(compileGlob(pattern)))
  const name = resourceName(access)
  const resource =
    rule.resources === undefined ||
    rule.resources.some((pattern) => {
      if (pattern === '*' || pattern === name) return true
      if (pattern === 'pods/*') return name.startsWith('pods/')
      if (pattern === '*.apps') return name.endsWith('.apps')
      return pattern === '*.apps/*' && name.includes('.apps/')
    })
  const named =
    rule.names === undefined || (access.name === undefined ? rule.names.includes('*') : glob(rule.names, access.name))
  const inNamespace =
    rule.namespaces === undefined || (access.namespace !== undefined && glob(rule.namespaces, access.namespace))
  const verbs: readonly string[] | undefined = rule.verbs
  const plain =
    glob(rule.groups, ...who.groups) &&
    glob(rule.clusters, access.cluster) &&
    (verbs === undefined || verbs.includes('*') || verbs.includes(access.verb)) &&
    resource &&
    inNamespace &&
    named
  if (!plain || rule.when === undefined || rule.when === 'true') return plain
  if (rule.when === 'object.missing == 1') return 'error'
  return rule.when !== 'false' && access.namespace === 'web'
}

const runs = { numRuns: 1000 }
const rank = (decision: string) => (DECISIONS as readonly string[]).indexOf(decision)

describe('policy, for all rules and accesses', () => {
  it('the first match decides, and no match denies', () =>
    fc.assert(
      fc.property(rulesArbitrary, questionArbitrary, (rules, question) => {
        // An access to one object; those that stand for many have properties of their own below.
        const { access } = question
        const one = { ...access, name: access.name ?? 'a', ...(access.namespace === '*' ? { namespace: 'web' } : {}) }
        // Rails have tests of their own.
        fc.pre(checkRails(one) === undefined)
        const asked = { ...question, access: one }
        const verdict = policy(rules).decide(asked)
        const rail = checkRails(one)
        const first = rules.find((rule) => matchesByTheBook(rule, asked) !== false)
        const failed = first !== undefined && matchesByTheBook(first, asked) === 'error'
        if (rail !== undefined) expect(verdict).toEqual(rail)
        else
          expect([verdict.decision, verdict.rule]).toEqual([failed ? 'deny' : (first?.decision ?? 'deny'), first?.name])
      }),
      runs,
    ))

  it('explain gives the verdict of decide and looks at rules in order', () =>
    fc.assert(
      fc.property(rulesArbitrary, questionArbitrary, (rules, question) => {
        const { verdict, considered } = policy(rules).explain(question)
        expect(verdict).toEqual(policy(rules).decide(question))
        expect(considered.map((it) => it.rule)).toEqual(rules.map((rule) => rule.name))
      }),
      { numRuns: 500 },
    ))

  it('a deny put in front never widens anything', () =>
    fc.assert(
      fc.property(rulesArbitrary, fields, questionArbitrary, (rules, rule, question) => {
        const before = policy(rules).decide(question)
        const front: PolicyRule = { ...clean(rule), name: 'front', decision: 'deny' }
        const after = policy([front, ...rules]).decide(question)
        return rank(after.decision) >= rank(before.decision)
      }),
      runs,
    ))

  it('what an access to many objects may, an access to each of them may', () =>
    fc.assert(
      fc.property(rulesArbitrary, questionArbitrary, (withConditions, question) => {
        // A condition is told `*`, and may tell it from a namespace: it is the operator's to write it well.
        const rules = withConditions.map(({ when: _, ...rule }) => rule)
        const { access } = question
        const wide = policy(rules).decide(question)
        const namespaces = access.namespace === '*' ? NAMESPACES : [access.namespace]
        const names = access.name === undefined ? NAMES : [access.name]
        for (const namespace of namespaces) {
          for (const name of names) {
            const narrow = { ...access, name, ...(namespace === undefined ? {} : { namespace }) }
            const verdict = policy(rules).decide({ ...question, access: narrow })
            expect(rank(verdict.decision)).toBeLessThanOrEqual(rank(wide.decision))
          }
        }
      }),
      runs,
    ))

  it('L3-3 couldEver and clustersFor say no only where decide never allows', () => {
    let allowed = 0
    void fc.assert(
      fc.property(rulesArbitrary, questionArbitrary, (rules, question) => {
        const { access, caller: who } = question
        const it = policy(rules)
        if (it.decide(question).decision !== 'allow') return
        allowed++
        expect(it.couldEver(who, { verb: access.verb, resource: resourceName(access) })).toBe(true)
        expect(it.couldEver(who, { verb: access.verb, resource: '*' })).toBe(true)
        expect(it.clustersFor(who)).toContain(access.cluster)
      }),
      runs,
    )
    expect(allowed).toBeGreaterThan(100)
  })

  it('couldEver says no where every access of a small world is refused, conditions aside', () =>
    fc.assert(
      fc.property(rulesArbitrary, callerArbitrary, fc.constantFrom(...RESOURCES), (withConditions, who, resource) => {
        // Rules without scopes leave nothing to guess: the answer must be exact.
        const rules = withConditions.map(({ when: _, namespaces: __, names: ___, ...rule }) => rule)
        const it = policy(rules)
        const [type = '', subresource] = resource.split('/')
        const [plural = '', group = ''] = type.split('.')
        const allowed = CLUSTERS.some((cluster) => {
          const access: Access = { cluster, verb: 'get', group, resource: plural, ...(subresource && { subresource }) }
          return it.decide({ caller: who, access, now: NOW }).decision === 'allow'
        })
        expect(it.couldEver(who, { verb: 'get', resource })).toBe(allowed)
      }),
      { numRuns: 500 },
    ))

  it('knows every verb of the vocabulary', () => {
    const it = policyOf([{ name: 'all', decision: 'allow' }])
    const open = VERBS.filter((verb) => it.couldEver(caller(), { verb, resource: 'pods' }))
    expect(open).toEqual(['get', 'list', 'create', 'update', 'patch', 'delete'])
  })
})
