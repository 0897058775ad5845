/**
 * The rails around RBAC. What a binding hands out is in the role that it names, and a role is another object: the API
 * server itself refuses a binding to a role, or rules in a role, beyond what the change credential holds
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping).
 * These rails keep out what would lift that, and the names that mean the whole cluster.
 */
import { arrayOf, type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import type { Json } from '../../tool.ts'
import { RBAC_GROUP } from './places.ts'
import { firstOf, type Hit, labelsOf, type WriteRail, type Writing } from './words.ts'

const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-'
const CLUSTER_ADMIN = 'cluster-admin'
/** Kubernetes' own roles that reach every Secret, and so every identity, of a namespace. */
const POWERFUL_ROLES: readonly string[] = [CLUSTER_ADMIN, 'admin', 'edit']
const SYSTEM = 'system:'
const SERVICE_ACCOUNT = 'system:serviceaccount:'

/** Powers over powers. `approve`, `sign` and `attest` are those over certificates: a signed request is a new identity. */
const ESCALATING: readonly string[] = ['*', 'escalate', 'bind', 'approve', 'sign', 'attest']
/** `impersonate`, and the constrained forms of KEP-5284: `impersonate:user-info`, `impersonate-on:user-info:list`. */
const isEscalating = (verb: string): boolean => ESCALATING.includes(verb) || verb.startsWith('impersonate')
const isWild = (text: string): boolean => text.includes('*')
/** `/healthz/*` is a subtree of its own; these two are everything. */
const isEveryUrl = (text: string): boolean => text === '*' || text === '/*'
/** Through these one becomes another, or goes around what checks everybody else (docs/concepts/security/rbac-good-practices). */
const POWERFUL_RESOURCES: readonly string[] = [
  'secrets',
  'serviceaccounts/token',
  'certificatesigningrequests/approval',
  'nodes/proxy',
  'pods/attach',
  'pods/ephemeralcontainers',
  'pods/exec',
  'pods/portforward',
  'pods/proxy',
  'services/proxy',
]
const isPowerful = (text: string): boolean => isWild(text) || POWERFUL_RESOURCES.includes(text)

const isSystemRole = (name: string): boolean => name === CLUSTER_ADMIN || name.startsWith(SYSTEM)

const TESTS: readonly (readonly [string, (text: string) => boolean])[] = [
  ['verbs', isEscalating],
  ['apiGroups', isWild],
  ['resources', isPowerful],
  ['nonResourceURLs', isEveryUrl],
]

const ruleHit = (rule: JsonObject, field: string): Hit | undefined =>
  firstOf(TESTS, ([key, test]) => {
    // What is no text is not what the API server takes; it is not let through either.
    const value = arrayOf(rule[key]).find((it) => typeof it !== 'string' || test(it))
    return value === undefined ? undefined : { field: `${field}.${key}`, value }
  })

const roleHit = (role: JsonObject): Hit | undefined => {
  if (role.aggregationRule !== undefined && role.aggregationRule !== null)
    return { field: 'aggregationRule', value: role.aggregationRule }
  const label = Object.entries(labelsOf(role)).find(([key]) => key.startsWith(AGGREGATE))
  if (label !== undefined) return { field: `metadata.labels[${label[0]}]`, value: label[1] }
  return firstOf(arrayOf(role.rules).entries(), ([index, rule]) => ruleHit(objectOf(rule), `rules[${index}]`))
}

/** Subjects that are the system's own, or everybody. A ServiceAccount's user name is like any other account's. */
const isSystemSubject = (name: Json | undefined): boolean =>
  typeof name === 'string' && name.startsWith(SYSTEM) && !name.startsWith(SERVICE_ACCOUNT)

const bindingHit = (binding: JsonObject): Hit | undefined => {
  const role = textOf(objectOf(binding.roleRef).name) ?? ''
  if (POWERFUL_ROLES.includes(role) || role.startsWith(SYSTEM)) return { field: 'roleRef.name', value: role }
  return firstOf(arrayOf(binding.subjects).entries(), ([index, subject]) => {
    const { kind, name } = objectOf(subject)
    const closed = kind !== 'ServiceAccount' && isSystemSubject(name)
    return closed ? { field: `subjects[${index}].name`, value: name } : undefined
  })
}

const inRbac = ({ operation: { type }, both }: Writing, find: (object: JsonObject) => Hit | undefined) =>
  type.group === RBAC_GROUP ? firstOf(both, find) : undefined

export const RBAC_RAILS: readonly WriteRail[] = [
  {
    name: 'rbac-escalation',
    summary:
      'Roles and ClusterRoles with `*`, `escalate`, `bind`, `impersonate`, `approve`, `sign` or `attest` among their verbs, with a `*` in groups or resources, with `secrets`, tokens, exec, proxies or the like, an aggregationRule or an `aggregate-to-*` label, and those named `cluster-admin` or `system:…`',
    why: 'such a role grants powers beyond what anybody can read from it',
    judge: (writing) => {
      const { type, name } = writing.operation
      if (type.group === RBAC_GROUP && isSystemRole(name)) return { field: 'metadata.name', value: name }
      return inRbac(writing, roleHit)
    },
  },
  {
    name: 'rbac-binding',
    summary:
      'bindings to `cluster-admin`, `admin`, `edit` or a `system:` role, and of a `system:` group or user to anything',
    why: 'such a binding hands out the whole cluster, or hands something out to everybody',
    judge: (writing) => inRbac(writing, bindingHit),
  },
]
