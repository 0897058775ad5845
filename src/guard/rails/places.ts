/** The rails around places: the system's namespaces, and everything that Bulkhead itself stands on. */
import { arrayOf, type JsonObject, objectOf } from '../../kube/json.ts'
import { templateOf } from '../podsecurity/template.ts'
import { SYSTEM_NAMESPACES } from '../rails.ts'
import { annotationsOf, firstOf, type Hit, isType, type OwnIdentities, type WriteRail, type Writing } from './words.ts'

export const RBAC_GROUP = 'rbac.authorization.k8s.io'
export const TOKEN_OF = 'kubernetes.io/service-account.name'
/** As deploy/rbac has them. What a role of another name grants to Bulkhead cannot be seen from the role alone. */
const SHIPPED_ROLES: readonly string[] = [
  'bulkhead-read',
  'bulkhead-change',
  'bulkhead-change-nodes',
  'bulkhead-change-releases',
  'bulkhead-secrets',
]

/** The namespace that an object is in, or is. */
const namespaceOf = (writing: Writing): string | undefined =>
  isType(writing, '', 'namespaces') ? writing.operation.name : writing.operation.namespace

const inNamespace = (writing: Writing, names: ReadonlySet<string>): Hit | undefined => {
  const namespace = namespaceOf(writing)
  return namespace !== undefined && names.has(namespace) ? { field: 'namespace', value: namespace } : undefined
}

/** As a subject of RBAC: by kind, and by the user name that the API server gives every ServiceAccount. */
const isOwnSubject = (own: OwnIdentities, subject: JsonObject, bindingNamespace: string | undefined): boolean =>
  own.some(({ namespace, name }) =>
    subject.kind === 'ServiceAccount'
      ? subject.name === name && (subject.namespace ?? bindingNamespace) === namespace
      : subject.name === `system:serviceaccount:${namespace}:${name}`,
  )

const ownRbac = ({ operation, both, own }: Writing): Hit | undefined => {
  if (operation.type.group !== RBAC_GROUP) return undefined
  if (SHIPPED_ROLES.includes(operation.name) || own.some(({ name }) => name === operation.name))
    return { field: 'metadata.name', value: operation.name }
  return firstOf(both, (object) =>
    firstOf(arrayOf(object.subjects).entries(), ([index, subject]) =>
      isOwnSubject(own, objectOf(subject), operation.namespace)
        ? { field: `subjects[${index}]`, value: objectOf(subject).name }
        : undefined,
    ),
  )
}

const ownAccount = (writing: Writing): Hit | undefined => {
  const { operation, both } = writing
  const own = writing.own.filter(({ namespace }) => namespace === operation.namespace).map(({ name }) => name)
  if (own.length === 0) return undefined
  if (isType(writing, '', 'serviceaccounts') && own.includes(operation.name))
    return { field: 'metadata.name', value: operation.name }
  return firstOf(both, (object) => {
    const token = annotationsOf(object)[TOKEN_OF]
    if (typeof token === 'string' && own.includes(token))
      return { field: `metadata.annotations[${TOKEN_OF}]`, value: token }
    const template = templateOf(object, operation.type.kind)
    if (template === undefined) return undefined
    // `serviceAccount` is the same field under its old name; without either a pod runs as `default`.
    const { serviceAccountName, serviceAccount } = template.spec
    const account = serviceAccountName ?? serviceAccount ?? 'default'
    return typeof account === 'string' && own.includes(account)
      ? { field: `${template.specField}.serviceAccountName`, value: account }
      : undefined
  })
}

export const PLACE_RAILS: readonly WriteRail[] = [
  {
    name: 'system-namespaces',
    summary: 'everything in `kube-system`, `kube-public` and `kube-node-lease`, and these Namespaces themselves',
    why: "the cluster's own parts live there",
    judge: (writing) => inNamespace(writing, SYSTEM_NAMESPACES),
  },
  {
    name: 'own-identity',
    summary:
      "Bulkhead's own ServiceAccounts, their token Secrets, pods that run as one, and RBAC objects that name them or are named after them",
    why: 'Bulkhead does not change what it may do itself, nor lets anybody act as it',
    judge: (writing) => ownAccount(writing) ?? ownRbac(writing),
  },
  {
    name: 'own-namespace',
    summary: "the namespace of Bulkhead's ServiceAccounts, and everything in it",
    why: "whatever runs there could mount Bulkhead's credentials; give Bulkhead a namespace of its own",
    judge: (writing) => inNamespace(writing, new Set(writing.own.map(({ namespace }) => namespace))),
  },
]
