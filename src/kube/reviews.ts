/**
 * What the API server says of Bulkhead's own credential: who it is, whether it may do one thing, what it may do in one
 * namespace. The three self-reviews are the only POSTs of a read client; they change nothing, and every authenticated
 * user may make them (the default role system:basic-user).
 */
import { ALL_NAMESPACES } from '../access.ts'
import type { Json, RbacAnswer } from '../tool.ts'
import { arrayOf, isObject, objectOf, textOf } from './json.ts'
import { checkNamespace } from './names.ts'
import { nonsense, type Requester } from './request.ts'

/** As the cluster knows the credential. Cluster text. */
export interface Identity {
  readonly username: string
  readonly groups: readonly string[]
}

/** RBAC's own words: `*` in a list is a wildcard. */
export interface ResourceRule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
}

export interface NonResourceRule {
  readonly verbs: readonly string[]
  readonly nonResourceURLs: readonly string[]
}

export interface RulesAnswer {
  readonly namespace: string
  readonly resourceRules: readonly ResourceRule[]
  readonly nonResourceRules: readonly NonResourceRule[]
  /** An authorizer other than RBAC has a say and cannot list its rules. */
  readonly incomplete: boolean
}

/** What can be probed: an access, or one with verbs and subresources that no access of ours ever has. */
export interface Probe {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

const ABOUT = 'review its own credential'

const texts = (value: Json | undefined): readonly string[] =>
  arrayOf(value).filter((item): item is string => typeof item === 'string')

/** The review's `status`, which every one of them has. */
const ask = async (
  requester: Requester,
  kind: Parameters<Requester['review']>[0],
  spec: Json | undefined,
  signal: AbortSignal,
) => {
  const answer = await requester.review(kind, spec, signal)
  const status = objectOf(answer).status
  if (!isObject(status)) throw nonsense(requester.wire, ABOUT, 'no review')
  return status
}

export const whoAmI = async (requester: Requester, signal: AbortSignal): Promise<Identity> => {
  const { userInfo } = await ask(requester, 'SelfSubjectReview', undefined, signal)
  const { username, groups } = objectOf(userInfo)
  return { username: textOf(username) ?? '', groups: texts(groups) }
}

/** The answer's reason is ours: the server's own names bindings and people. */
export const askAccess = async (requester: Requester, probe: Probe, signal: AbortSignal): Promise<RbacAnswer> => {
  const { namespace, ...rest } = probe
  const { verb, group, resource, subresource, name } = rest
  const resourceAttributes = {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    // Empty means all namespaces, or none for a cluster-scoped resource.
    namespace: namespace === undefined || namespace === ALL_NAMESPACES ? '' : checkNamespace(namespace),
    ...(name === undefined ? {} : { name }),
  }
  const { allowed, denied, evaluationError } = await ask(
    requester,
    'SelfSubjectAccessReview',
    { resourceAttributes },
    signal,
  )
  if (typeof allowed !== 'boolean') throw nonsense(requester.wire, ABOUT, 'a review without a verdict')
  if (allowed) return { allowed, reason: "The cluster allows it to Bulkhead's credential." }
  if (denied === true) return { allowed, reason: "An authorizer of the cluster denies it to Bulkhead's credential." }
  const incomplete = typeof evaluationError === 'string' && evaluationError !== ''
  return {
    allowed,
    reason: incomplete
      ? "No rule of the cluster allows it to Bulkhead's credential, and not every rule could be evaluated."
      : "No rule of the cluster allows it to Bulkhead's credential.",
  }
}

export const askRules = async (requester: Requester, namespace: string, signal: AbortSignal): Promise<RulesAnswer> => {
  const spec = { namespace: checkNamespace(namespace) }
  const status = await ask(requester, 'SelfSubjectRulesReview', spec, signal)
  return {
    namespace,
    resourceRules: arrayOf(status.resourceRules)
      .map(objectOf)
      .map((rule) => ({
        verbs: texts(rule.verbs),
        apiGroups: texts(rule.apiGroups),
        resources: texts(rule.resources),
        resourceNames: texts(rule.resourceNames),
      })),
    nonResourceRules: arrayOf(status.nonResourceRules)
      .map(objectOf)
      .map((rule) => ({ verbs: texts(rule.verbs), nonResourceURLs: texts(rule.nonResourceURLs) })),
    incomplete: status.incomplete === true,
  }
}
