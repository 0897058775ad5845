import { describe, expect, it } from 'vitest'
import type { Access, Caller, Verdict } from '../../../src/access.ts'
import type { PolicyRule } from '../../../src/config.ts'
import { strictest } from '../../../src/guard/policy.ts'
import { access, caller, clusterScoped, NOW, policyOf } from './policy-fixture.ts'

const decide = (rules: readonly PolicyRule[], what: Access, who: Caller = caller()): Verdict =>
  policyOf(rules, ['prod', 'eu-1', 'eu-2']).decide({ caller: who, access: what, now: NOW })

/** Whether one allow rule of these fields matches. */
const matches = (fields: Partial<PolicyRule>, what: Access, who: Caller = caller()): boolean =>
  decide([{ name: 'it', decision: 'allow', ...fields }], what, who).decision === 'allow'

const pod = access({ verb: 'get', namespace: 'web', name: 'web-1' })
const log = { ...pod, subresource: 'log' }
const deployment = { ...pod, group: 'apps', resource: 'deployments', name: 'web' }
const scale = { ...deployment, subresource: 'scale' }
const node = clusterScoped({ verb: 'get', resource: 'nodes', name: 'node-1' })
const human = caller({ issuer: 'https://login.example.com', client: 'desk', subject: 'maria@example.com', groups: [] })

describe('a rule matches', () => {
  it.each<[string, Partial<PolicyRule>, Access, boolean, Caller?]>([
    ['nothing asked: everything', {}, pod, true],
    ['groups: one of them', { groups: ['sre', 'agents'] }, pod, true],
    ['groups: none of them', { groups: ['sre'] }, pod, false],
    ['groups: a glob', { groups: ['ag*'] }, pod, true],
    ['groups: a caller without any', { groups: ['*'] }, pod, false, human],
    ['callers: a key by its name', { callers: ['ci-agent'] }, pod, true],
    ['callers: a client', { callers: ['desk'] }, pod, true, human],
    ['callers: a subject by a glob', { callers: ['*@example.com'] }, pod, true, human],
    ['callers: never an issuer', { callers: ['https://login.example.com'] }, pod, false, human],
    ['clusters: by name', { clusters: ['prod'] }, pod, true],
    ['clusters: by glob', { clusters: ['eu-*'] }, { ...pod, cluster: 'eu-2' }, true],
    ['clusters: another', { clusters: ['eu-*'] }, pod, false],
    ['clusters: one that is not configured', {}, { ...pod, cluster: 'dev' }, false],
    ['namespaces: by glob', { namespaces: ['we*'] }, pod, true],
    ['namespaces: another', { namespaces: ['shop'] }, pod, false],
    ['namespaces: all, not named', { namespaces: ['web'] }, access(), false],
    ['namespaces: all, by a glob that is not *', { namespaces: ['*-web', 'w*'] }, access(), false],
    ['namespaces: all, named', { namespaces: ['*'] }, access(), true],
    ['namespaces: all, no namespaces in the rule', {}, access(), true],
    ['namespaces: a cluster-scoped access has none', { namespaces: ['*'] }, node, false],
    ['names: by glob', { names: ['web-*'] }, pod, true],
    ['names: another', { names: ['shop-*'] }, pod, false],
    ['names: a list has none', { names: ['web-*'] }, access(), false],
    ['names: * is every name and none', { names: ['*'] }, access(), true],
    ['verbs: named', { verbs: ['get', 'list'] }, pod, true],
    ['verbs: another', { verbs: ['list'] }, pod, false],
    ['verbs: *', { verbs: ['*'] }, pod, true],
    ['resources: pods', { resources: ['pods'] }, pod, true],
    ['resources: pods does not cover pods/log', { resources: ['pods'] }, log, false],
    ['resources: pods/* does', { resources: ['pods/*'] }, log, true],
    ['resources: pods/* does not cover pods', { resources: ['pods/*'] }, pod, false],
    ['resources: pods/log', { resources: ['pods/log'] }, log, true],
    ['resources: * covers pods', { resources: ['*'] }, pod, true],
    ['resources: * covers pods/log', { resources: ['*'] }, log, true],
    ['resources: * covers deployments.apps/scale', { resources: ['*'] }, scale, true],
    ['resources: *.apps', { resources: ['*.apps'] }, deployment, true],
    ['resources: *.apps does not cover a subresource', { resources: ['*.apps'] }, scale, false],
    ['resources: *.apps/* does', { resources: ['*.apps/*'] }, scale, true],
    ['resources: *.apps does not cover another group', { resources: ['*.apps'] }, pod, false],
    [
      'resources: *.apps does not cover the group x.apps',
      { resources: ['*.apps'] },
      { ...pod, group: 'x.apps' },
      false,
    ],
    ['resources: deployments.apps', { resources: ['deployments.apps'] }, deployment, true],
    ['resources: deployments.apps/scale', { resources: ['deployments.apps/scale'] }, scale, true],
    ['resources: a bare name is of the core group', { resources: ['deployments'] }, deployment, false],
    ['resources: */scale is of the core group too', { resources: ['*/scale'] }, scale, false],
    ['resources: *.*/scale', { resources: ['*.*/scale'] }, scale, true],
    ['when: true', { when: "access.namespace == 'web'" }, pod, true],
    ['when: false', { when: "access.namespace == 'shop'" }, pod, false],
    ['when: the time', { when: 'now.getHours() == 12' }, pod, true],
    ['when: the groups', { when: "'agents' in caller.groups" }, pod, true],
    ['when: not there is empty', { when: "access.subresource == '' && access.group == ''" }, pod, true],
    ['when: nothing is changed by a read', { when: '!has(change.tool)' }, pod, true],
    ['all fields must match', { groups: ['agents'], verbs: ['get'], namespaces: ['shop'] }, pod, false],
  ])('%s', (_, fields, what, expected, who) => {
    expect(matches(fields, what, who)).toBe(expected)
  })
})

describe('decide', () => {
  const look: PolicyRule = { name: 'look', groups: ['agents'], verbs: ['get', 'list'], decision: 'allow' }

  it('takes the first rule that matches', () => {
    const rules: PolicyRule[] = [{ name: 'no-secrets', resources: ['secrets'], decision: 'deny' }, look]
    expect(decide(rules, { ...pod, resource: 'secrets' })).toMatchObject({ decision: 'deny', rule: 'no-secrets' })
    expect(decide(rules, pod)).toEqual({
      decision: 'allow',
      by: 'policy',
      rule: 'look',
      reason: 'Policy rule "look" allows get pods "web-1" in namespace "web" of cluster "prod".',
    })
    expect(decide([look, ...rules], { ...pod, resource: 'secrets' })).toMatchObject({ rule: 'look' })
  })

  it('denies where no rule matches', () => {
    expect(decide([look], pod, human)).toEqual({
      decision: 'deny',
      by: 'default',
      reason: 'No policy rule allows get pods "web-1" in namespace "web" of cluster "prod".',
    })
    expect(decide([], pod)).toMatchObject({ decision: 'deny', by: 'default' })
  })

  it.each([
    ["change.tool == 'rollout_restart'", 'No such key: tool'],
    ['object.spec.replicas > 3', 'No such key: spec'],
    ['int(access.name) > 3', 'int() type error: cannot convert to int'],
  ])('refuses where `when` fails, naming the rule and keeping the error for the operator: %s', (when, error) => {
    const policy = policyOf([{ name: 'odd', when, decision: 'allow' }, look])
    const question = { caller: caller(), access: pod, now: NOW }
    const verdict = policy.decide(question)
    expect(verdict).toMatchObject({ decision: 'deny', by: 'policy', rule: 'odd' })
    expect(verdict.reason).not.toContain(error)
    expect(policy.explain(question)).toEqual({
      verdict,
      considered: [
        { rule: 'odd', outcome: 'failed', why: `when: ${error}` },
        { rule: 'look', outcome: 'not reached', why: '' },
      ],
    })
  })

  it('judges a change by what it does and what it does it to', () => {
    const policy = policyOf([
      { name: 'not-gitops', when: "change.managedBy in ['argocd', 'flux']", decision: 'deny' },
      { name: 'small', when: 'object.spec.replicas + 1 <= 4', decision: 'confirm' },
    ])
    const patch = { ...deployment, verb: 'patch' as const }
    const ask = (managedBy: string, replicas: number) =>
      policy.decide({
        caller: caller(),
        access: patch,
        change: { managedBy },
        object: { spec: { replicas } },
        now: NOW,
      })
    expect(ask('argocd', 1)).toMatchObject({ decision: 'deny', rule: 'not-gitops' })
    expect(ask('helm', 3)).toMatchObject({ decision: 'confirm', rule: 'small' })
    expect(ask('helm', 4)).toMatchObject({ decision: 'deny', by: 'default' })
  })

  it('quotes hostile words of an access short and plain', () => {
    const { reason } = decide([], { ...pod, cluster: `\u202eprod\n${'x'.repeat(200)}` })
    expect(reason).toMatch(/^[\x20-\x7e…]{1,300}$/)
  })
})

describe('an access that stands for many objects', () => {
  const all: PolicyRule = { name: 'all', decision: 'allow' }

  it('is refused where an earlier rule refuses one of its namespaces', () => {
    const rules: PolicyRule[] = [{ name: 'not-system', namespaces: ['kube-*'], decision: 'deny' }, all]
    expect(decide(rules, access())).toMatchObject({ decision: 'deny', rule: 'not-system' })
    expect(decide(rules, access({ namespace: 'web' }))).toMatchObject({ decision: 'allow', rule: 'all' })
    expect(decide([...rules].reverse(), access())).toMatchObject({ decision: 'allow', rule: 'all' })
  })

  it('is refused where an earlier rule refuses one of its names', () => {
    const rules: PolicyRule[] = [
      { name: 'hidden', resources: ['configmaps'], names: ['prod-*'], decision: 'deny' },
      all,
    ]
    const list = access({ resource: 'configmaps', namespace: 'web' })
    expect(decide(rules, list)).toMatchObject({
      decision: 'deny',
      rule: 'hidden',
      reason:
        'Policy rule "hidden" refuses some of what this would return: list configmaps in namespace "web" of cluster "prod". Ask for one object by its name.',
    })
    expect(decide(rules, { ...list, verb: 'get', name: 'flags' })).toMatchObject({ decision: 'allow' })
    expect(decide(rules, access())).toMatchObject({ decision: 'allow' })
  })

  it('does not hear a rule about what an earlier one has decided', () => {
    const rules: PolicyRule[] = [
      { name: 'mine', groups: ['agents'], namespaces: ['kube-system', 'web'], decision: 'allow' },
      { name: 'not-system', namespaces: ['kube-system'], decision: 'deny' },
      all,
    ]
    expect(decide(rules, access())).toMatchObject({ decision: 'allow', rule: 'all' })
    expect(decide(rules, access(), human)).toMatchObject({ decision: 'deny', rule: 'not-system' })
    const sometimes = rules.map((rule) => (rule.name === 'mine' ? { ...rule, when: 'true' } : rule))
    expect(decide(sometimes, access())).toMatchObject({ decision: 'deny', rule: 'not-system' })
  })

  it('is explained rule by rule', () => {
    const rules: PolicyRule[] = [
      { name: 'not-system', namespaces: ['kube-*'], decision: 'deny' },
      { name: 'other', groups: ['sre'], decision: 'deny' },
      all,
      { name: 'late', decision: 'deny' },
    ]
    expect(policyOf(rules).explain({ caller: caller(), access: access(), now: NOW }).considered).toEqual([
      {
        rule: 'not-system',
        outcome: 'decided',
        why: 'says deny to some of it: its namespaces are part of what the access stands for',
      },
      { rule: 'other', outcome: 'not matched', why: 'groups: the rule names sre; the caller is in agents' },
      { rule: 'all', outcome: 'matched', why: 'says allow' },
      { rule: 'late', outcome: 'not reached', why: '' },
    ])
  })

  it('is not allowed by a rule that allows some of it', () => {
    expect(decide([{ name: 'web', namespaces: ['web'], decision: 'allow' }], access())).toMatchObject({ by: 'default' })
  })

  it('gets the strictest decision of its parts', () => {
    const rules: PolicyRule[] = [
      { name: 'ask', namespaces: ['shop'], decision: 'approve' },
      { name: 'softer', namespaces: ['web'], decision: 'confirm' },
      all,
    ]
    expect(decide(rules, access())).toMatchObject({ decision: 'approve', rule: 'ask' })
  })

  it('says which namespaces may be asked for', () => {
    const rules: PolicyRule[] = [
      { name: 'not-shop', namespaces: ['shop'], decision: 'deny' },
      { name: 'some', namespaces: ['web', 'shop', 'team-*'], verbs: ['list'], decision: 'allow' },
      { name: 'others', callers: ['desk'], namespaces: ['desk'], decision: 'allow' },
    ]
    const policy = policyOf(rules)
    expect(policy.namespacesFor(caller(), access())).toEqual(['web', 'team-*'])
    expect(policy.namespacesFor(caller(), access({ verb: 'get' }))).toEqual([])
    expect(policy.decide({ caller: caller(), access: access(), now: NOW }).reason).toContain(
      'Namespaces that may be asked for: web, team-*.',
    )
  })
})

describe('strictest', () => {
  const verdict = (decision: Verdict['decision'], rule: string): Verdict => ({
    decision,
    by: 'policy',
    rule,
    reason: '',
  })
  it('takes the strictest, the first of equals, and deny of nothing', () => {
    expect(strictest([verdict('allow', 'a'), verdict('approve', 'b'), verdict('approve', 'c')]).rule).toBe('b')
    expect(strictest([verdict('deny', 'a'), verdict('approve', 'b')]).rule).toBe('a')
    expect(strictest([])).toMatchObject({ decision: 'deny', by: 'default' })
  })
})

describe('what could ever be allowed', () => {
  const rules: PolicyRule[] = [
    { name: 'no-logs', resources: ['pods/log'], decision: 'deny' },
    { name: 'maybe', groups: ['night'], when: 'now.getHours() < 6', decision: 'deny' },
    { name: 'look', groups: ['agents', 'night'], clusters: ['prod'], verbs: ['get', 'list'], decision: 'allow' },
    { name: 'change', groups: ['agents'], clusters: ['eu-1'], verbs: ['patch'], decision: 'approve' },
  ]
  const policy = policyOf(rules, ['prod', 'eu-1'])

  it.each([
    ['pods', 'get', true],
    ['pods/log', 'get', false],
    ['pods/exec', 'get', false],
    ['*', 'list', true],
    ['*', 'watch', false],
    ['deployments.apps', 'patch', true],
    ['deployments.apps', 'delete', false],
  ] as const)('%s %s: %j', (resource, verb, expected) => {
    expect(policy.couldEver(caller(), { verb, resource })).toBe(expected)
  })

  it('counts consent for changes, and never for reads', () => {
    const ask = (verb: 'get' | 'patch') =>
      policyOf([{ name: 'ask', decision: 'confirm' }]).couldEver(caller(), { verb, resource: 'pods' })
    expect([ask('get'), ask('patch')]).toEqual([false, true])
  })

  it('L6-3 lifts a change to approve where the past of its caller asks for it, and a read never', () => {
    const it = policyOf([
      { name: 'quick', resources: ['deployments.apps'], decision: 'allow', tainted: 'approve' },
      { name: 'rest', decision: 'confirm' },
    ])
    const decide = (verb: 'patch' | 'get', group: string, past: { tainted?: boolean; raised?: boolean }) =>
      it.decide({
        caller: caller(),
        access: access({ verb, group, resource: group === '' ? 'pods' : 'deployments', namespace: 'web', name: 'a' }),
        now: NOW,
        ...past,
      }).decision
    expect(decide('patch', 'apps', {})).toBe('allow')
    expect(decide('patch', 'apps', { tainted: true })).toBe('approve')
    expect(decide('get', 'apps', { tainted: true, raised: true })).toBe('allow')
    expect(decide('patch', '', { tainted: true })).toBe('confirm')
    expect(decide('patch', '', { raised: true })).toBe('approve')
  })

  it('errs to yes where a condition would have to be known', () => {
    expect(policy.couldEver(caller({ groups: ['night'] }), { verb: 'get', resource: 'pods' })).toBe(true)
  })

  it('names the clusters in which there is anything', () => {
    expect(policy.clustersFor(caller())).toEqual(['prod', 'eu-1'])
    const asked = { name: 'ask', verbs: ['get' as const], decision: 'approve' as const }
    expect(policyOf([asked], ['prod']).clustersFor(caller())).toEqual([])
    expect(policy.clustersFor(human)).toEqual([])
    expect(policyOf([{ name: 'all', decision: 'allow' }], ['b', 'a']).clustersFor(human)).toEqual(['b', 'a'])
  })
})

describe('digest', () => {
  it('changes with every rule, their order and the clusters, and with nothing else', () => {
    const rule = (name: string): PolicyRule => ({ name, decision: 'allow', verbs: ['get'] })
    const { digest } = policyOf([rule('a'), rule('b')])
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(policyOf([{ verbs: ['get'], decision: 'allow', name: 'a' }, rule('b')]).digest).toBe(digest)
    for (const other of [
      policyOf([rule('b'), rule('a')]),
      policyOf([rule('a')]),
      policyOf([rule('a'), { ...rule('b'), when: 'true' }]),
      policyOf([rule('a'), rule('b')], ['other']),
    ])
      expect(other.digest).not.toBe(digest)
  })
})
