/**
 * The rails of a write: what no change does to an object, whatever policy says (THREATS.md, Rails; ).
 * rails.ts judges accesses, this file what is in them: the submitted operation, the live object and the one that the API
 * server admitted. Pure, and data: each rail is a line of `WRITE_RAILS`, and docs/policy.md shows that list.
 *
 * A rail judges by discovery's group and resource, never by what an object calls itself. What hides a pod template in a
 * custom resource is out of reach here: its controller's own ServiceAccount is what bounds that.
 */
import type { Operation } from '../change.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../kube/json.ts'
import type { Json, KubeObject } from '../tool.ts'
import type { OwnIdentity } from './clusters.ts'
import { carriesMark } from './output/index.ts'
import { podTemplateOf } from './pod-templates.ts'
import { podSecurity } from './podsecurity/index.ts'
import { SYSTEM_NAMESPACES } from './rails.ts'

export interface Proposal {
  readonly operation: Operation
  /** Raw; absent for what does not exist yet, or was not looked at yet. */
  readonly live?: KubeObject
  /** Raw: what the dry run answered; absent for a delete or an eviction, and before the dry run. */
  readonly admitted?: KubeObject
}

interface Hit {
  readonly field: string
  readonly value: Json
}

export interface WriteRail {
  /** Stable: it stands in refusals, records and documents. */
  readonly name: string
  /** What it keeps out, for people. */
  readonly summary: string
  /** Why, in a sentence that a caller may read. */
  readonly why: string
  readonly find: (proposal: Proposal, own: readonly OwnIdentity[]) => Hit | undefined
}

export interface RailRefusal {
  readonly rail: string
  readonly field: string
  /** The caller's or the cluster's text: it leaves inside the envelope only. At most 256 characters. */
  readonly value: string
  readonly reason: string
}

const MAX_VALUE = 256
const RBAC = 'rbac.authorization.k8s.io'

const resourceOf = ({ operation: { type } }: Proposal): string =>
  type.group === '' ? type.resource : `${type.resource}.${type.group}`
const is = (proposal: Proposal, ...resources: readonly string[]): boolean => resources.includes(resourceOf(proposal))
const inGroup = (proposal: Proposal, group: string): boolean => proposal.operation.type.group === group

const hit = (field: string, value: Json | undefined): Hit => ({ field, value: value ?? null })
const metadataOf = (object: KubeObject | undefined): JsonObject => objectOf(object?.metadata as Json | undefined)
const specOf = (object: KubeObject | undefined): JsonObject => objectOf(object?.spec as Json | undefined)
const textsOf = (value: Json | undefined): readonly string[] =>
  (Array.isArray(value) ? value : []).filter((it) => typeof it === 'string')
const objectsOf = (value: Json | undefined): readonly JsonObject[] =>
  (Array.isArray(value) ? value : []).filter(isObject)

/** The object as it is, as it would be, and as it was sent: a rail that may look at any of them looks at all. */
const sides = ({ operation, live, admitted }: Proposal): readonly KubeObject[] => {
  const sent = operation.verb === 'create' || operation.verb === 'apply' ? [operation.object as KubeObject] : []
  return [...(live === undefined ? [] : [live]), ...(admitted === undefined ? [] : [admitted]), ...sent]
}

/** What is to be: nothing of what merely was there before. */
const wanted = ({ operation, admitted }: Proposal): KubeObject | undefined =>
  admitted ?? (operation.verb === 'create' || operation.verb === 'apply' ? (operation.object as KubeObject) : undefined)

const first = <T>(items: readonly T[], find: (item: T) => Hit | undefined): Hit | undefined => {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

const ADMISSION_GROUPS: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiregistration.k8s.io',
  'certificates.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
])

const systemNamespace = (proposal: Proposal): Hit | undefined => {
  const { namespace, name } = proposal.operation
  if (namespace !== undefined && SYSTEM_NAMESPACES.has(namespace)) return hit('metadata.namespace', namespace)
  return is(proposal, 'namespaces') && SYSTEM_NAMESPACES.has(name) ? hit('metadata.name', name) : undefined
}

const isServiceAccount = (subject: JsonObject, own: readonly OwnIdentity[]): boolean =>
  own.some(
    (it) =>
      (subject.kind === 'ServiceAccount' && subject.name === it.name && subject.namespace === it.namespace) ||
      (subject.kind === 'User' && subject.name === `system:serviceaccount:${it.namespace}:${it.name}`),
  )

const ownIdentity = (proposal: Proposal, own: readonly OwnIdentity[]): Hit | undefined => {
  const { namespace, name } = proposal.operation
  const homes = new Set(own.map((it) => it.namespace))
  if (namespace !== undefined && homes.has(namespace)) return hit('metadata.namespace', namespace)
  if (is(proposal, 'namespaces') && homes.has(name)) return hit('metadata.name', name)
  return first(sides(proposal), (object) => {
    if (inGroup(proposal, RBAC))
      return objectsOf(object.subjects as Json | undefined).some((subject) => isServiceAccount(subject, own))
        ? hit('subjects', 'a ServiceAccount of Bulkhead')
        : undefined
    return undefined
  })
}

const ESCALATING: ReadonlySet<string> = new Set(['escalate', 'bind', 'impersonate', '*'])
const POWERFUL_ROLES: ReadonlySet<string> = new Set(['cluster-admin', 'admin', 'edit'])
/** Through these one becomes another or leaves the cluster's rules (https://kubernetes.io/docs/concepts/security/rbac-good-practices/). */
const POWERFUL_RESOURCES: ReadonlySet<string> = new Set([
  '*',
  '*/*',
  'secrets',
  'serviceaccounts/token',
  'nodes/proxy',
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'pods/proxy',
  'services/proxy',
  'pods/ephemeralcontainers',
  'certificatesigningrequests/approval',
])

const rolePower = (role: KubeObject): Hit | undefined => {
  if (role.aggregationRule !== undefined && role.aggregationRule !== null) return hit('aggregationRule', '…')
  const label = Object.keys(objectOf(metadataOf(role).labels)).find((key) => key.startsWith(`${RBAC}/aggregate-to-`))
  if (label !== undefined) return hit('metadata.labels', label)
  return first(objectsOf(role.rules as Json | undefined), ({ verbs, resources, apiGroups, nonResourceURLs }) => {
    const verb = textsOf(verbs).find((it) => ESCALATING.has(it))
    if (verb !== undefined) return hit('rules.verbs', verb)
    const resource = textsOf(resources).find((it) => POWERFUL_RESOURCES.has(it))
    if (resource !== undefined) return hit('rules.resources', resource)
    if (textsOf(apiGroups).includes('*')) return hit('rules.apiGroups', '*')
    return textsOf(nonResourceURLs).includes('*') ? hit('rules.nonResourceURLs', '*') : undefined
  })
}

const bindingPower = (binding: KubeObject): Hit | undefined => {
  const { name } = objectOf(binding.roleRef as Json | undefined)
  if (typeof name === 'string' && (POWERFUL_ROLES.has(name) || name.startsWith('system:')))
    return hit('roleRef.name', name)
  return first(objectsOf(binding.subjects as Json | undefined), ({ kind, name: subject }) =>
    kind !== 'ServiceAccount' && typeof subject === 'string' && subject.startsWith('system:')
      ? hit('subjects.name', subject)
      : undefined,
  )
}

const rbacPower = (proposal: Proposal): Hit | undefined => {
  if (!inGroup(proposal, RBAC)) return undefined
  const object = wanted(proposal)
  if (object === undefined) return undefined
  return is(proposal, `roles.${RBAC}`, `clusterroles.${RBAC}`) ? rolePower(object) : bindingPower(object)
}

/** A Node is the kubelet's: what is left is whether pods may come to it. */
const node = (proposal: Proposal): Hit | undefined => {
  const { operation, live, admitted } = proposal
  if (!is(proposal, 'nodes')) return undefined
  if (operation.verb === 'create' || operation.verb === 'delete') return hit('metadata.name', operation.name)
  if (operation.verb === 'patch' && operation.subresource !== undefined)
    return hit('subresource', operation.subresource)
  if (live === undefined || admitted === undefined) return undefined
  const spec = (object: KubeObject) => {
    const { unschedulable: _, taints: __, ...rest } = specOf(object)
    return rest
  }
  const changed = Object.keys({ ...spec(live), ...spec(admitted) }).find(
    (key) => !same(spec(live)[key], spec(admitted)[key]),
  )
  if (changed !== undefined) return hit(`spec.${changed}`, spec(admitted)[changed])
  return first(['labels', 'annotations', 'ownerReferences'], (field) =>
    same(metadataOf(live)[field], metadataOf(admitted)[field])
      ? undefined
      : hit(`metadata.${field}`, metadataOf(admitted)[field]),
  )
}

const TOKEN_TYPES: ReadonlySet<Json> = new Set(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'])
const SERVICE_ACCOUNT = 'kubernetes.io/service-account.name'

const tokenSecret = (proposal: Proposal): Hit | undefined => {
  if (!is(proposal, 'secrets')) return undefined
  return first(sides(proposal), (object) => {
    const type = object.type as Json | undefined
    if (type !== undefined && TOKEN_TYPES.has(type)) return hit('type', type)
    const account = objectOf(metadataOf(object).annotations)[SERVICE_ACCOUNT]
    return account === undefined ? undefined : hit(`metadata.annotations[${SERVICE_ACCOUNT}]`, account)
  })
}

const POD_SECURITY = 'pod-security.kubernetes.io/'

const podSecurityLabels = (proposal: Proposal): Hit | undefined => {
  if (!is(proposal, 'namespaces')) return undefined
  const labels = (object: KubeObject | undefined) =>
    Object.fromEntries(
      Object.entries(objectOf(metadataOf(object).labels)).filter(([key]) => key.startsWith(POD_SECURITY)),
    )
  const after = wanted(proposal)
  if (after === undefined) return undefined
  const [old, now] = [labels(proposal.live), labels(after)]
  // Before the dry run, what is sent need not name what is there: only what it names is judged.
  const keys = proposal.admitted === undefined ? Object.keys(now) : Object.keys({ ...old, ...now })
  const changed = keys.find((key) => !same(old[key], now[key]))
  return changed === undefined ? undefined : hit(`metadata.labels[${changed}]`, now[changed])
}

const externalIps = (proposal: Proposal): Hit | undefined => {
  if (!is(proposal, 'services')) return undefined
  const now = specOf(wanted(proposal)).externalIPs
  if (!Array.isArray(now) || now.length === 0) return undefined
  return same(specOf(proposal.live).externalIPs, now) ? undefined : hit('spec.externalIPs', now)
}

const conversionWebhook = (proposal: Proposal): Hit | undefined => {
  if (!is(proposal, 'customresourcedefinitions.apiextensions.k8s.io')) return undefined
  const strategy = objectOf(specOf(wanted(proposal)).conversion).strategy
  return strategy === undefined || strategy === 'None' ? undefined : hit('spec.conversion.strategy', strategy)
}

const finalizers = (proposal: Proposal): Hit | undefined => {
  const { live, admitted } = proposal
  if (live === undefined || admitted === undefined) return undefined
  const removed = (before: Json | undefined, after: Json | undefined) =>
    textsOf(before).find((it) => !textsOf(after).includes(it))
  const ofObject = removed(metadataOf(live).finalizers, metadataOf(admitted).finalizers)
  if (ofObject !== undefined) return hit('metadata.finalizers', ofObject)
  const ofNamespace = is(proposal, 'namespaces')
    ? removed(specOf(live).finalizers, specOf(admitted).finalizers)
    : undefined
  return ofNamespace === undefined ? undefined : hit('spec.finalizers', ofNamespace)
}

const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0)

const status = ({ operation }: Proposal): Hit | undefined => {
  if (operation.verb === 'create' || operation.verb === 'apply')
    return isEmpty(operation.object.status) ? undefined : hit('status', '…')
  if (operation.verb !== 'patch') return undefined
  const { patch } = operation
  if (isObject(patch)) return patch.status === undefined ? undefined : hit('status', '…')
  return first(objectsOf(patch), ({ path }) =>
    typeof path === 'string' && /^\/status(\/|$)/.test(path) ? hit('path', path) : undefined,
  )
}

const generateName = (proposal: Proposal): Hit | undefined => {
  const { operation } = proposal
  if (operation.verb !== 'create' && operation.verb !== 'apply') return undefined
  const value = objectOf(operation.object.metadata).generateName
  return isEmpty(value) ? undefined : hit('metadata.generateName', value)
}

const submittedOf = (operation: Operation): Json | undefined =>
  operation.verb === 'create' || operation.verb === 'apply'
    ? operation.object
    : operation.verb === 'patch'
      ? operation.patch
      : undefined

/** The first string in it that holds a mark, with the way there. */
const markIn = (value: Json | undefined, path: string): Hit | undefined => {
  if (typeof value === 'string') return carriesMark(value) ? hit(path, value) : undefined
  if (typeof value !== 'object' || value === null) return undefined
  return first(Object.entries(value), ([key, inner]) =>
    carriesMark(key) ? hit(path, key) : markIn(inner as Json, path === '' ? key : `${path}.${key}`),
  )
}

const ephemeralContainers = (proposal: Proposal): Hit | undefined => {
  const before = specOf(proposal.live).ephemeralContainers
  const after = specOf(wanted(proposal)).ephemeralContainers
  return is(proposal, 'pods') && after !== undefined && !same(before, after)
    ? hit('spec.ephemeralContainers', '…')
    : undefined
}

const ownAccount = (proposal: Proposal, own: readonly OwnIdentity[]): Hit | undefined => {
  const object = wanted(proposal)
  const template = object === undefined ? undefined : podTemplateOf(object, resourceOf(proposal))
  const account = textOf(template?.spec.serviceAccountName) ?? textOf(template?.spec.serviceAccount)
  const { namespace } = proposal.operation
  return own.some((it) => it.name === account && it.namespace === namespace)
    ? hit('spec.serviceAccountName', account)
    : undefined
}

const baseline = (proposal: Proposal): Hit | undefined => {
  const object = wanted(proposal)
  if (object === undefined) return undefined
  const [found] = podSecurity(object, resourceOf(proposal)).filter((it) => it.level === 'baseline')
  return found === undefined ? undefined : hit(found.field, found.value)
}

/** In the order in which they are asked. */
export const WRITE_RAILS: readonly WriteRail[] = [
  {
    name: 'redaction-mark',
    summary: 'anything that carries a mark of a masked value',
    why: 'a mark stands for a value that was kept back; written, it would destroy that value',
    find: ({ operation }) => markIn(submittedOf(operation), ''),
  },
  {
    name: 'system-namespaces',
    summary: 'everything in `kube-system`, `kube-public` and `kube-node-lease`, and these namespaces themselves',
    why: 'the cluster itself lives there',
    find: systemNamespace,
  },
  {
    name: 'own-identity',
    summary: "Bulkhead's own ServiceAccounts, the namespaces they live in, and RBAC objects that name them",
    why: 'Bulkhead does not change what bounds it',
    find: ownIdentity,
  },
  {
    name: 'admission',
    summary: 'webhook configurations, admission policies, APIServices, certificate requests and reviews',
    why: 'they decide what the API server lets through, or who somebody is',
    find: (proposal) =>
      ADMISSION_GROUPS.has(proposal.operation.type.group) ? hit('kind', proposal.operation.type.kind) : undefined,
  },
  {
    name: 'crd-conversion',
    summary: 'a CustomResourceDefinition with a conversion webhook',
    why: 'every object of the kind would pass through that webhook',
    find: conversionWebhook,
  },
  {
    name: 'rbac-escalation',
    summary:
      'roles with `escalate`, `bind`, `impersonate`, wildcards, secrets, tokens or exec; aggregation; bindings to `cluster-admin`, `admin`, `edit`, `system:` roles or `system:` subjects',
    why: 'it would hand out more than anybody looked at',
    find: rbacPower,
  },
  {
    name: 'nodes',
    summary: 'Node objects beyond `spec.unschedulable` and `spec.taints`; creating or deleting one',
    why: "a Node is the kubelet's own; only cordon, uncordon and taints are offered",
    find: node,
  },
  {
    name: 'token-secrets',
    summary: 'Secrets of the types service-account-token and bootstrap token',
    why: 'whoever writes one holds an identity of the cluster',
    find: tokenSecret,
  },
  {
    name: 'pod-security-labels',
    summary: 'the Pod Security labels of any namespace, set, changed or removed',
    why: 'they decide what pods the namespace takes',
    find: podSecurityLabels,
  },
  {
    name: 'external-ips',
    summary: '`externalIPs` of a Service, set or changed',
    why: "they draw other people's traffic (CVE-2020-8554)",
    find: externalIps,
  },
  {
    name: 'finalizers',
    summary: 'removing a finalizer',
    why: 'a clean-up that somebody relies on would be skipped',
    find: finalizers,
  },
  {
    name: 'status-fields',
    summary: '`status` in what is sent',
    why: 'it belongs to controllers; leave it out',
    find: status,
  },
  {
    name: 'generate-name',
    summary: '`metadata.generateName`',
    why: 'what was approved must have a name; give it one',
    find: generateName,
  },
  {
    name: 'ephemeral-container-fields',
    summary: '`ephemeralContainers` of a pod',
    why: 'a debugging container is exec by another name',
    find: ephemeralContainers,
  },
  {
    name: 'own-service-account',
    summary: "a pod that runs as one of Bulkhead's own ServiceAccounts",
    why: 'its token would be in the pod',
    find: ownAccount,
  },
  {
    name: 'pod-security-baseline',
    summary: 'a workload that violates Pod Security *baseline*, as admitted, in every kind that carries a pod template',
    why: 'such a pod can reach for its node',
    find: baseline,
  },
]

const shorten = (value: Json): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE - 1)}…`
}

/** The first rail that refuses; undefined where none does. Never throws, whatever the objects are. */
export const checkWrite = (proposal: Proposal, own: readonly OwnIdentity[]): RailRefusal | undefined => {
  for (const { name, why, find } of WRITE_RAILS) {
    const found = find(proposal, own)
    if (found !== undefined)
      return { rail: name, field: found.field.slice(0, MAX_VALUE), value: shorten(found.value), reason: why }
  }
  return undefined
}
