/**
 * Who may do what: RBAC as the real authorizer evaluates it, over the Roles and Bindings in the store, so that a test
 * that writes a Role sees it work. Nothing is allowed but by a rule, save what `system:masters` asks.
 */
import { type JsonObject, type KubeObject, records, strings, text } from './json.ts'
import type { RequestInfo } from './paths.ts'
import { ApiError } from './status.ts'
import type { Store } from './store.ts'
import { MASTERS, type User } from './users.ts'

export interface Decision {
  readonly allowed: boolean
  readonly reason: string
}

const GROUP = 'rbac.authorization.k8s.io'
const DENIED: Decision = { allowed: false, reason: '' }

const matchesSubject = (user: User, binding: KubeObject): JsonObject | undefined =>
  records(binding, 'subjects').find((subject) => {
    const name = text(subject, 'name')
    switch (text(subject, 'kind')) {
      case 'User':
        return user.name === name
      case 'Group':
        return user.groups.includes(name)
      case 'ServiceAccount': {
        const namespace = text(subject, 'namespace') || text(binding, 'metadata', 'namespace')
        return user.name === `system:serviceaccount:${namespace}:${name}`
      }
      default:
        return false
    }
  })

const matchesPath = (rule: JsonObject, path: string): boolean =>
  strings(rule, 'nonResourceURLs').some(
    (pattern) =>
      pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))),
  )

const matchesRule = (rule: JsonObject, info: RequestInfo): boolean => {
  const includes = (field: string, value: string) => {
    const values = strings(rule, field)
    return values.includes('*') || values.includes(value)
  }
  if (!includes('verbs', info.verb)) return false
  if (info.kind === 'path') return matchesPath(rule, info.path)
  const combined = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`
  const anyParent = info.subresource !== '' && strings(rule, 'resources').includes(`*/${info.subresource}`)
  const names = strings(rule, 'resourceNames')
  return (
    includes('apiGroups', info.group) &&
    (includes('resources', combined) || anyParent) &&
    (names.length === 0 || names.includes(info.name))
  )
}

interface Grant {
  readonly rules: readonly JsonObject[]
  readonly reason: string
}

/** Every role that is bound to the user, for all of the cluster and for one namespace. */
function* grants(store: Store, user: User, namespace: string): Generator<Grant> {
  const cluster = store.list(`clusterrolebindings.${GROUP}`)
  const local = namespace === '' ? [] : store.list(`rolebindings.${GROUP}`, namespace)
  for (const binding of [...cluster, ...local]) {
    const subject = matchesSubject(user, binding)
    if (subject === undefined) continue
    const kind = text(binding, 'roleRef', 'kind')
    const name = text(binding, 'roleRef', 'name')
    const role =
      kind === 'Role' ? store.get(`roles.${GROUP}`, namespace, name) : store.get(`clusterroles.${GROUP}`, '', name)
    const within = text(binding, 'metadata', 'namespace')
    const which = `${text(binding, 'metadata', 'name')}${within === '' ? '' : `/${within}`}`
    const whom = text(subject, 'namespace') === '' ? '' : `/${text(subject, 'namespace')}`
    yield {
      rules: records(role, 'rules'),
      reason: `RBAC: allowed by ${binding.kind} "${which}" of ${kind} "${name}" to ${text(subject, 'kind')} "${text(subject, 'name')}${whom}"`,
    }
  }
}

export const authorize = (store: Store, user: User, info: RequestInfo): Decision => {
  if (user.groups.includes(MASTERS)) return { allowed: true, reason: '' }
  for (const { rules, reason } of grants(store, user, info.kind === 'path' ? '' : info.namespace)) {
    if (rules.some((rule) => matchesRule(rule, info))) return { allowed: true, reason }
  }
  return DENIED
}

/** Every rule that holds for the user in a namespace: what SelfSubjectRulesReview answers. */
export const rulesFor = (store: Store, user: User, namespace: string): JsonObject[] =>
  [...grants(store, user, namespace)].flatMap(({ rules }) => rules)

/** The 403 whose sentence every Kubernetes user has seen. */
export const forbidden = (user: User, info: RequestInfo): ApiError => {
  if (info.kind === 'path') {
    return new ApiError(403, 'Forbidden', `forbidden: User "${user.name}" cannot ${info.verb} path "${info.path}"`, {})
  }
  const resource = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`
  const where = info.namespace === '' ? 'at the cluster scope' : `in the namespace "${info.namespace}"`
  const subject = info.group === '' ? info.resource : `${info.resource}.${info.group}`
  const named = info.name === '' ? subject : `${subject} "${info.name}"`
  return new ApiError(
    403,
    'Forbidden',
    `${named} is forbidden: User "${user.name}" cannot ${info.verb} resource "${resource}" in API group "${info.group}" ${where}`,
    {
      ...(info.name === '' ? {} : { name: info.name }),
      ...(info.group === '' ? {} : { group: info.group }),
      kind: info.resource,
    },
  )
}
