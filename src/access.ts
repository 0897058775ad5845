/**
 * The vocabulary of who may do what: callers, accesses, decisions. Words only; it imports nothing.
 * Verbs, groups and resources are Kubernetes' own (https://kubernetes.io/docs/reference/access-authn-authz/authorization/).
 */

/** What an operator's key opens beyond looking at health and metrics. */
export type OperatorPower = 'approve' | 'audit' | 'freeze'

/** An authenticated party. Nothing in it is secret; all of it may be recorded. */
export interface Caller {
  /** `agent` may call `/mcp`; `operator` is a person and may use everything else. Never both. */
  readonly kind: 'agent' | 'operator'
  /** The issuer URL of an access token, or `bulkhead` for a configured bearer key. */
  readonly issuer: string
  /** OAuth `client_id` / `azp`, or the key's name. */
  readonly client: string
  /** OAuth `sub`, or the key's name. */
  readonly subject: string
  /** The person who answers for the caller: the key's `owner`, or the token's subject. */
  readonly owner?: string
  readonly groups: readonly string[]
  /** RFC 8693 `act`: who acts on the subject's behalf, nearest first. */
  readonly act?: readonly string[]
  /** Present on operators only. */
  readonly may?: readonly OperatorPower[]
}

/** The identity that budgets hang on: a new token for the same party is the same key (THREATS.md L7-1). */
export const callerKey = (caller: Pick<Caller, 'issuer' | 'client' | 'subject'>): string =>
  JSON.stringify([caller.issuer, caller.client, caller.subject])

export const READ_VERBS = ['get', 'list', 'watch'] as const
export const CHANGE_VERBS = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const
export const VERBS = [...READ_VERBS, ...CHANGE_VERBS] as const
export type Verb = (typeof VERBS)[number]
export const isChangeVerb = (verb: string): boolean => CHANGE_VERBS.some((it) => it === verb)

/** `namespace` of an access over all namespaces. */
export const ALL_NAMESPACES = '*'

/** One thing that a caller wants to do to one cluster, resolved against discovery. */
export interface Access {
  readonly cluster: string
  readonly verb: Verb
  /** Empty for the core group. */
  readonly group: string
  /** Plural, lower case: `pods`. */
  readonly resource: string
  /** `log`, `scale`, … */
  readonly subresource?: string
  /** Absent: cluster-scoped. `*`: all namespaces. */
  readonly namespace?: string
  /** Absent on a list. */
  readonly name?: string
}

/** How policy writes a resource: `pods`, `pods/log`, `deployments.apps`, `deployments.apps/scale`. */
export const resourceName = (access: Pick<Access, 'group' | 'resource' | 'subresource'>): string =>
  access.resource +
  (access.group === '' ? '' : `.${access.group}`) +
  (access.subresource ? `/${access.subresource}` : '')

/** In ascending strictness. */
export const DECISIONS = ['allow', 'confirm', 'approve', 'deny'] as const
export type Decision = (typeof DECISIONS)[number]

/** What policy or a rail says of one access. */
export interface Verdict {
  readonly decision: Decision
  /** What decided: a policy rule, a rail fixed in code, or nothing (no rule matched: deny). */
  readonly by: 'policy' | 'rail' | 'default'
  /** The rule's or the rail's name; absent for `default`. */
  readonly rule?: string
  /** A sentence for the caller, free of cluster text. */
  readonly reason: string
}
