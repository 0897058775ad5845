/**
 * Why a read credential is too powerful (THREATS.md L4-3): judged from what the cluster itself says of it. The rules of
 * a SelfSubjectRulesReview are those of one namespace, and incomplete where another authorizer than RBAC has a say; so a
 * handful of dangerous powers are also asked for one by one, over the whole cluster. Judging is pure.
 */
import { BulkheadError } from '../errors.ts'
import { each } from './each.ts'
import { createLease } from './lease.ts'
import type { NonResourceRule, Probe, ResourceRule, RulesAnswer } from './reviews.ts'

/** `secrets` and `incomplete` are notes: the opt-in role may read Secrets, and not knowing is not the operator's fault. */
export type Power = 'wildcard' | 'write' | 'exec' | 'escalate' | 'secrets' | 'incomplete'

export interface Finding {
  readonly power: Power
  /** `refuse`: nobody may read with such a credential unless the operator accepted that. */
  readonly severity: 'refuse' | 'note'
  /** What it can do, for an operator: `create pods`, `* *.apps`. */
  readonly what: string
}

export interface PowerAnswers {
  readonly rules: readonly RulesAnswer[]
  /** Probes that the cluster allows. */
  readonly allowed: readonly Probe[]
}

const READ_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
/** Verbs that hand out more than the credential has itself. */
const ESCALATING_VERBS: ReadonlySet<string> = new Set(['escalate', 'bind', 'impersonate'])
/** Through these one acts inside a container, a node or a service, whatever the verb (`get` opens a WebSocket). */
const CONNECTING = /\/(exec|attach|portforward|proxy)$/
/** Every authenticated user may ask about itself. */
const SELF_REVIEWS: ReadonlySet<string> = new Set([
  'selfsubjectaccessreviews',
  'selfsubjectrulesreviews',
  'selfsubjectreviews',
])
const SELF_REVIEW_GROUPS: ReadonlySet<string> = new Set(['authorization.k8s.io', 'authentication.k8s.io'])
/** What RBAC's lists are made of; anything else is not repeated. */
const WORD = /^[-A-Za-z0-9*./:]{1,100}$/
/** A cluster-admin has few findings, a hand-made role may have hundreds; the first say enough. */
const MAX_FINDINGS = 20
/** A rule that names more than this is as good as a wildcard. */
const MAX_COMBINATIONS = 100_000
/** Each is one request at start and each hour. */
const MAX_NAMESPACES = 10
const EXAMINE_DEADLINE_MS = 30_000

const core = (verb: string, resource: string, subresource?: string): Probe => ({
  verb,
  group: '',
  resource,
  ...(subresource === undefined ? {} : { subresource }),
})
const rbac = (verb: string, resource: string): Probe => ({ verb, group: 'rbac.authorization.k8s.io', resource })

/** Each stands for a kind of power that no reader needs. */
export const PROBES: readonly Probe[] = [
  { verb: '*', group: '*', resource: '*' },
  core('create', 'pods'),
  core('delete', 'namespaces'),
  { verb: 'patch', group: 'apps', resource: 'deployments' },
  core('create', 'pods', 'exec'),
  core('get', 'pods', 'exec'),
  core('create', 'pods', 'portforward'),
  core('get', 'nodes', 'proxy'),
  core('create', 'serviceaccounts', 'token'),
  core('impersonate', 'users'),
  core('impersonate', 'serviceaccounts'),
  rbac('escalate', 'clusterroles'),
  rbac('bind', 'clusterroles'),
  core('get', 'secrets'),
]

const word = (text: string): string => (WORD.test(text) ? text : '…')

const finding = (power: Power, verb: string, group: string, resource: string): Finding => ({
  power,
  severity: power === 'secrets' || power === 'incomplete' ? 'note' : 'refuse',
  what: `${word(verb)} ${word(resource)}${group === '' ? '' : `.${word(group)}`}`,
})

/** What is wrong with one verb on one resource; undefined: nothing. `resource` may be `pods/exec`, `*`, `*\/scale`. */
const powerOf = (verb: string, group: string, resource: string): Power | undefined => {
  if (ESCALATING_VERBS.has(verb)) return 'escalate'
  if ([verb, group].includes('*') || resource.includes('*')) return 'wildcard'
  if (CONNECTING.test(resource)) return 'exec'
  if (!READ_VERBS.has(verb)) {
    const aboutItself = verb === 'create' && SELF_REVIEW_GROUPS.has(group) && SELF_REVIEWS.has(resource)
    return aboutItself ? undefined : 'write'
  }
  return group === '' && resource === 'secrets' ? 'secrets' : undefined
}

const judgeOne = (verb: string, group: string, resource: string): readonly Finding[] => {
  const power = powerOf(verb, group, resource)
  return power === undefined ? [] : [finding(power, verb, group, resource)]
}

const judgeRule = ({ verbs, apiGroups, resources }: ResourceRule): readonly Finding[] =>
  verbs.length * apiGroups.length * resources.length > MAX_COMBINATIONS
    ? [{ power: 'wildcard', severity: 'refuse', what: 'one rule over too many resources to look at' }]
    : verbs.flatMap((verb) =>
        apiGroups.flatMap((group) => resources.flatMap((resource) => judgeOne(verb, group, resource))),
      )

const judgeUrls = ({ verbs, nonResourceURLs }: NonResourceRule): readonly Finding[] =>
  nonResourceURLs.includes('*') || verbs.some((verb) => verb !== 'get' && verb !== 'head')
    ? [finding('wildcard', verbs.join('/'), '', nonResourceURLs.join('/'))]
    : []

/** Findings without repetition, in a fixed order, what refuses first. Empty: as a reader should be. */
export const judgePowers = ({ rules, allowed }: PowerAnswers): readonly Finding[] => {
  const all = [
    ...allowed.flatMap(({ verb, group, resource, subresource }) =>
      judgeOne(verb, group, subresource === undefined ? resource : `${resource}/${subresource}`),
    ),
    ...rules.flatMap(({ resourceRules, nonResourceRules }) => [
      ...resourceRules.flatMap(judgeRule),
      ...nonResourceRules.flatMap(judgeUrls),
    ]),
    ...(rules.some(({ incomplete }) => incomplete)
      ? [{ power: 'incomplete', severity: 'note', what: 'not every authorizer lists its rules' } as const]
      : []),
  ]
  const different = new Map(all.map((it) => [`${it.severity === 'note' ? 1 : 0} ${it.power} ${it.what}`, it]))
  return [...different]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_FINDINGS)
    .map(([, it]) => it)
}

export interface PowerAsker {
  rules(namespace: string, signal: AbortSignal): Promise<RulesAnswer>
  probe(probe: Probe, signal: AbortSignal): Promise<{ readonly allowed: boolean }>
}

/** Asks and judges. `namespaces`: whose own rules to look at, beside those of the whole cluster; at least one. */
export const examinePowers = async (
  asker: PowerAsker,
  namespaces: readonly string[],
  caller: AbortSignal,
): Promise<readonly Finding[]> => {
  const rules: RulesAnswer[] = []
  const allowed: Probe[] = []
  const lease = createLease(caller)
  const work = async () => {
    await each(namespaces.slice(0, MAX_NAMESPACES), async (namespace) => {
      rules.push(await asker.rules(namespace, lease.signal))
    })
    await each(PROBES, async (probe) => {
      if ((await asker.probe(probe, lease.signal)).allowed) allowed.push(probe)
    })
    return judgePowers({ rules, allowed })
  }
  const late = () =>
    new BulkheadError(
      'cluster_timeout',
      `The API server did not say what Bulkhead's credential may do within ${EXAMINE_DEADLINE_MS / 1000} s. Ask again.`,
    )
  try {
    return await lease.phase(work(), EXAMINE_DEADLINE_MS, late)
  } finally {
    lease.abort()
    lease.end()
  }
}
