/** A list over all namespaces, or of all objects, must not show what a condition refuses of one of them. */
import { describe, expect, test } from 'vitest'
import type { Access } from '../../../src/access.ts'
import { configSchema } from '../../../src/config.ts'
import { compilePolicy } from '../../../src/guard/policy.ts'

const caller = { kind: 'agent', issuer: 'bulkhead', client: 'a', subject: 'a', groups: ['agents'] } as const
const cluster = { server: 'https://prod.example.com:6443', credentials: { read: { token: { secret: 'READ_TOKEN' } } } }

const decide = (when: string, access: Partial<Access>, decision: 'deny' | 'approve' | 'allow' = 'deny') =>
  compilePolicy(
    configSchema.parse({
      publicUrl: 'https://bulkhead.example.com',
      masterKey: { secret: 'BULKHEAD_KEY' },
      identity: {},
      clusters: { prod: cluster },
      policy: [
        { name: 'narrow', clusters: ['prod'], when, decision },
        { name: 'look', clusters: ['prod'], verbs: ['get', 'list'], decision: 'allow' },
      ],
    }),
  ).decide({
    caller,
    now: 0,
    access: { cluster: 'prod', verb: 'list', group: '', resource: 'configmaps', namespace: '*', ...access },
  })

describe('a condition on what the access leaves open', () => {
  test.each([
    ["access.namespace == 'payroll'", {}],
    ["access.namespace == 'payroll' && access.resource == 'configmaps'", {}],
    ["access.namespace in ['payroll', 'bank']", {}],
    ["access.namespace.startsWith('pay')", {}],
    ["access.namespace.matches('^payroll$')", {}],
    ["access.name.startsWith('salar')", { namespace: 'web' }],
    ["access.name == 'salaries' || access.namespace == 'payroll'", {}],
  ])('%s is heard in a list %j', (when, access) => {
    for (const decision of ['deny', 'approve'] as const)
      expect(decide(when, access, decision)).toMatchObject({ decision, rule: 'narrow' })
  })

  test.each([
    ["access.namespace == 'payroll'", { namespace: 'web' }],
    ["access.namespace == 'payroll'", { verb: 'get', namespace: 'web', name: 'x' }],
    ["access.namespace == 'payroll' && access.verb == 'delete'", {}],
    ["access.verb == 'delete' && access.namespace == 'payroll'", {}],
    ["access.resource == 'secrets' && access.name == 'x'", {}],
    ["caller.client == 'somebody else'", {}],
  ] as const)('%s is not heard where it cannot be true: %j', (when, access) => {
    expect(decide(when, access)).toMatchObject({ decision: 'allow', rule: 'look' })
  })

  test('gives nothing: an allow that is false of the whole stays false', () => {
    expect(decide("access.namespace == 'payroll'", {}, 'allow')).toMatchObject({ decision: 'allow', rule: 'look' })
  })
})
