/** What is allowed in bulkhead.yaml and probably not meant. Each warning says what will happen. */
import { CHANGE_VERBS, READ_VERBS } from '../access.ts'
import type { Config, PolicyRule } from '../config.ts'
import { createWhenCompiler } from '../guard/cel.ts'
import { compileGlob } from '../guard/glob.ts'
import type { Millis } from '../ports.ts'
import { didYouMean, type Path } from './finding.ts'
import { looksSecret } from './secrets.ts'
import { shadowed } from './shadow.ts'

type Warn = (path: Path, message: string) => void

/** Types that many people think of without their group, which is how policy must name them. */
export const GROUPS: Readonly<Record<string, string>> = {
  controllerrevisions: 'apps',
  cronjobs: 'batch',
  customresourcedefinitions: 'apiextensions.k8s.io',
  daemonsets: 'apps',
  deployments: 'apps',
  endpointslices: 'discovery.k8s.io',
  horizontalpodautoscalers: 'autoscaling',
  ingresses: 'networking.k8s.io',
  jobs: 'batch',
  leases: 'coordination.k8s.io',
  networkpolicies: 'networking.k8s.io',
  poddisruptionbudgets: 'policy',
  replicasets: 'apps',
  rolebindings: 'rbac.authorization.k8s.io',
  roles: 'rbac.authorization.k8s.io',
  clusterrolebindings: 'rbac.authorization.k8s.io',
  clusterroles: 'rbac.authorization.k8s.io',
  statefulsets: 'apps',
  storageclasses: 'storage.k8s.io',
}

const admits = (rule: PolicyRule, verbs: readonly string[]): boolean =>
  rule.verbs === undefined || rule.verbs.some((verb) => verb === '*' || verbs.includes(verb))

const identityWarnings = ({ identity }: Config, now: Millis, warn: Warn): void => {
  for (const kind of ['keys', 'operators'] as const) {
    for (const [index, { name, expires }] of identity[kind].entries()) {
      if (expires !== undefined && Date.parse(`${expires}T00:00:00Z`) <= now)
        warn(['identity', kind, index, 'expires'], `the key of "${name}" expired and is refused`)
    }
  }
  if (identity.keys.length === 0 && identity.issuers.length === 0)
    warn(['identity'], 'there are no keys and no issuers: nobody can call /mcp')
}

/** Groups come from the file alone where no issuer brings others. */
const groupWarnings = ({ identity, hooks, policy }: Config, warn: Warn): void => {
  const check = (
    known: readonly string[],
    patterns: readonly string[] | undefined,
    path: Path,
    whose: string,
  ): void => {
    for (const [index, pattern] of (patterns ?? []).entries()) {
      if (!known.some(compileGlob(pattern)))
        warn([...path, index], `no ${whose} is in a group "${pattern}"${didYouMean(pattern, [...new Set(known)])}`)
    }
  }
  const callers = [...identity.keys, ...Object.values(hooks)].flatMap((it) => it.groups)
  const operators = identity.operators.flatMap((it) => it.groups)
  for (const [index, rule] of policy.entries()) {
    if (identity.issuers.length === 0) check(callers, rule.groups, ['policy', index, 'groups'], 'key')
    if (identity.access === undefined) check(operators, rule.approvers, ['policy', index, 'approvers'], 'operator')
  }
}

/** A report that nobody may make, or that nobody gets. */
const hookWarnings = ({ hooks, notify, policy }: Config, warn: Warn): void => {
  for (const [name, { groups, notify: targets }] of Object.entries(hooks)) {
    const named = policy.some(
      (rule) =>
        rule.decision === 'allow' &&
        admits(rule, READ_VERBS) &&
        (rule.groups ?? ['*']).some((pattern) => pattern === '*' || groups.some(compileGlob(pattern))) &&
        (rule.callers ?? ['*']).some((pattern) => compileGlob(pattern)(`hook:${name}`)),
    )
    if (!named)
      warn(['hooks', name], `no rule lets "hook:${name}" read anything: its reports will say so and nothing else`)
    for (const [index, target] of targets.entries())
      if (notify.find((it) => it.name === target)?.on.includes('report') === false)
        warn(['hooks', name, 'notify', index], `"${target}" is not told of reports: add report to its \`on\``)
  }
}

const ruleWarnings = (rule: PolicyRule, path: Path, clusters: readonly string[], warn: Warn): void => {
  if (rule.clusters === undefined) warn(path, `rule "${rule.name}" names no clusters and covers all of them`)
  for (const [index, pattern] of (rule.clusters ?? []).entries())
    if (!clusters.some(compileGlob(pattern)))
      warn([...path, 'clusters', index], `no cluster is named like "${pattern}"`)
  for (const [index, resource] of (rule.resources ?? []).entries()) {
    const [type = ''] = resource.split('/')
    const group = Object.hasOwn(GROUPS, type) ? GROUPS[type] : undefined
    if (group !== undefined)
      warn(
        [...path, 'resources', index],
        `${type} are not in the core group: this matches nothing; write ${resource.replace(type, `${type}.${group}`)}`,
      )
  }
  for (const field of ['groups', 'callers', 'clusters', 'namespaces', 'names', 'verbs', 'resources'] as const)
    if (rule[field]?.length === 0) warn([...path, field], 'an empty list matches nothing, and neither does the rule')
  if (rule.decision === 'deny' && rule.names !== undefined && !rule.names.includes('*') && admits(rule, ['list']))
    warn(
      [...path, 'names'],
      'this also refuses every list that could return such an object; with verbs: [get] it refuses the objects alone',
    )
  if ((rule.decision === 'confirm' || rule.decision === 'approve') && admits(rule, READ_VERBS))
    warn(
      [...path, 'decision'],
      `a read does not wait for a person: where this rule decides on one, "${rule.decision}" refuses it`,
    )
  if (rule.decision !== 'approve' && rule.tainted === undefined) {
    for (const field of ['approvers', 'expiresIn'] as const)
      if (rule[field] !== undefined)
        warn([...path, field], `is for rules with decision: approve; this one says ${rule.decision}`)
  }
}

const whenWarnings = (
  rule: PolicyRule,
  path: Path,
  compileWhen: ReturnType<typeof createWhenCompiler>,
  warn: Warn,
): void => {
  if (rule.when === undefined || !admits(rule, READ_VERBS)) return
  const { uses } = compileWhen(rule.when)
  const unknown = ['change', 'object'].filter((it) => uses.has(it))
  if (unknown.length > 0)
    warn(
      [...path, 'when'],
      `a read has no ${unknown.join(' and no ')}: a condition that looks there refuses every read it is asked about; ` +
        `name the verbs (${CHANGE_VERBS.slice(0, 4).join(', ')}) that the rule is for`,
    )
}

/** `scalars` visits every scalar of the file as it was written. */
export const findWarnings = (
  config: Config,
  scalars: (visitor: (path: Path, text: string) => void) => void,
  now: Millis,
  warn: Warn,
): void => {
  identityWarnings(config, now, warn)
  groupWarnings(config, warn)
  hookWarnings(config, warn)
  if (config.policy.length === 0) warn(['policy'], 'there are no rules: every call is refused')
  const compileWhen = createWhenCompiler()
  for (const [index, rule] of config.policy.entries()) {
    ruleWarnings(rule, ['policy', index], Object.keys(config.clusters), warn)
    whenWarnings(rule, ['policy', index], compileWhen, warn)
  }
  for (const [index, earlier] of shadowed(config.policy))
    warn(['policy', index], `rule "${config.policy[index]?.name}" never decides: "${earlier}" before it always does`)
  scalars((path, text) => {
    if (path.at(-2) !== 'sha256' && looksSecret(text))
      warn(path, 'this looks like a secret, and secrets are named here, never written: rotate it if it is one')
  })
}
