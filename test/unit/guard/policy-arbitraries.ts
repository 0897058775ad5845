/** Random policies and accesses for property tests. */
import * as fc from 'fast-check'
import { type Access, DECISIONS } from '../../../src/access.ts'
import type { PolicyRule } from '../../../src/config.ts'
import { caller, NOW, policyOf } from './policy-fixture.ts'

/** Small worlds, so that rules and accesses meet. */
export const NAMESPACES = ['web', 'shop', 'kube-system'] as const
export const NAMES = ['a', 'b', 'ab'] as const
export const CLUSTERS = ['prod', 'eu-1'] as const
export const RESOURCES = ['pods', 'pods/log', 'secrets', 'deployments.apps', 'deployments.apps/scale', 'nodes'] as const
const GROUPS = ['agents', 'sre'] as const

const some = <T extends string>(...values: T[]) =>
  fc.option(fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }), { nil: undefined })

export const fields = fc.record({
  groups: some(...GROUPS, 'a*'),
  clusters: some(...CLUSTERS, '*', 'eu-*'),
  namespaces: some(...NAMESPACES, '*', 'kube-*', 's*'),
  names: some(...NAMES, 'a*', '*'),
  verbs: some('get', 'list', 'patch', '*'),
  resources: some(...RESOURCES, '*', '*.apps', 'pods/*', '*.apps/*'),
  when: fc.option(fc.constantFrom('true', 'false', "access.namespace == 'web'", 'object.missing == 1'), {
    nil: undefined,
  }),
  decision: fc.constantFrom(...DECISIONS),
})

export const clean = (rule: object): Partial<PolicyRule> =>
  Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined))

/** Often with an open end, so that what comes before it matters. */
export const rulesArbitrary = fc
  .tuple(fc.array(fields, { maxLength: 5 }), fc.constantFrom([], [{ decision: 'allow' as const }]))
  .map(([rules, end]) =>
    [...rules, ...end].map(
      (rule, index): PolicyRule => ({
        ...clean(rule),
        decision: rule.decision,
        name: `rule-${index}`,
      }),
    ),
  )

export const callerArbitrary = fc.subarray([...GROUPS]).map((groups) => caller({ groups }))

export const accessArbitrary = fc
  .record({
    cluster: fc.constantFrom(...CLUSTERS),
    verb: fc.constantFrom('get' as const, 'list' as const, 'patch' as const),
    resource: fc.constantFrom(...RESOURCES),
    namespace: fc.option(fc.constantFrom(...NAMESPACES, '*'), { nil: undefined }),
    name: fc.option(fc.constantFrom(...NAMES), { nil: undefined }),
  })
  .map(({ cluster, verb, resource, namespace, name }): Access => {
    const [type = '', subresource] = resource.split('/')
    const [plural = '', group = ''] = type.split('.')
    return {
      cluster,
      verb,
      group,
      resource: plural,
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
    }
  })

export const questionArbitrary = fc.record({ caller: callerArbitrary, access: accessArbitrary, now: fc.constant(NOW) })
export const policy = (rules: readonly PolicyRule[]) => policyOf(rules, CLUSTERS)
