import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicyRule } from '../../../src/config.ts'
import { shadowed } from '../../../src/config-yaml/shadow.ts'
import { policy, questionArbitrary, rulesArbitrary } from '../guard/policy-arbitraries.ts'

const pair = (earlier: Partial<PolicyRule>, later: Partial<PolicyRule>): boolean =>
  shadowed([
    { name: 'earlier', decision: 'allow', ...earlier },
    { name: 'later', decision: 'deny', ...later },
  ]).has(1)

describe('shadowed', () => {
  it.each<[Partial<PolicyRule>, Partial<PolicyRule>, boolean]>([
    [{}, {}, true],
    [{}, { groups: ['agents'], when: 'true' }, true],
    [{ when: 'true' }, {}, false],
    [{ groups: ['agents', 'sre'] }, { groups: ['agents'] }, true],
    [{ groups: ['agents'] }, { groups: ['agents', 'sre'] }, false],
    [{ groups: ['agents'] }, {}, false],
    [{ groups: ['*'] }, {}, false],
    [{ verbs: ['*'], clusters: ['*'], names: ['*'] }, {}, true],
    [{ namespaces: ['*'] }, {}, false],
    [{ namespaces: ['kube-*'] }, { namespaces: ['kube-system'] }, true],
    [{ namespaces: ['kube-*'] }, { namespaces: ['kube-a*'] }, false],
    [{ resources: ['*'] }, { resources: ['pods/log'] }, true],
    [{ resources: ['pods'] }, { resources: ['pods'] }, true],
    [{ resources: ['*.apps'] }, { resources: ['deployments.apps'] }, false],
    [{ resources: ['pods'] }, { resources: ['pods/log'] }, false],
  ])('%j before %j: %j', (earlier, later, expected) => {
    expect(pair(earlier, later)).toBe(expected)
  })

  it('never speaks of a rule that decides anything', () =>
    fc.assert(
      fc.property(rulesArbitrary, fc.array(questionArbitrary, { minLength: 20, maxLength: 20 }), (rules, questions) => {
        const names = new Set([...shadowed(rules).keys()].map((index) => rules[index]?.name))
        const it = policy(rules)
        for (const question of questions) expect(names).not.toContain(it.decide(question).rule)
      }),
      { numRuns: 500 },
    ))
})
