/** From what a person writes (a key's name, `deployments.apps/scale`) to the question that policy is asked. */
import { type Access, ALL_NAMESPACES, type Caller, VERBS } from '../../src/access.ts'
import type { Config } from '../../src/config.ts'
import { GROUPS } from '../../src/config-yaml/warnings.ts'
import { resourceParts } from '../../src/guard/rules.ts'
import { UsageError } from '../lib/command.ts'

export interface WrittenCaller {
  readonly groups?: readonly string[] | undefined
  /** A key's name, a client or a subject. */
  readonly caller?: string | undefined
  readonly issuer?: string | undefined
}

export interface WrittenAccess {
  readonly cluster?: string | undefined
  readonly verb: string
  readonly resource: string
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly clusterScoped?: boolean | undefined
}

/** Kubernetes' own types that have no namespace. Others need to be told: no cluster is asked here. */
const CLUSTER_SCOPED = new Set([
  'namespaces',
  'nodes',
  'persistentvolumes',
  'componentstatuses',
  'apiservices.apiregistration.k8s.io',
  'certificatesigningrequests.certificates.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'ingressclasses.networking.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'nodes.metrics.k8s.io',
  'priorityclasses.scheduling.k8s.io',
  'runtimeclasses.node.k8s.io',
  'storageclasses.storage.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'volumeattachments.storage.k8s.io',
])

/** All types of the core group, which never gets another one. */
const CORE = new Set([
  'bindings',
  'componentstatuses',
  'configmaps',
  'endpoints',
  'events',
  'limitranges',
  'namespaces',
  'nodes',
  'persistentvolumeclaims',
  'persistentvolumes',
  'pods',
  'podtemplates',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'serviceaccounts',
  'services',
])

/** An access to what no cluster has gets an answer, too, and one that is true of nothing. */
const checkType = (type: string, group: string): void => {
  if (group !== '' || CORE.has(type)) return
  const meant = [`${type}s`, `${type}es`, type].find((it) => CORE.has(it) || Object.hasOwn(GROUPS, it))
  const write = meant === undefined ? 'deployments.apps' : [meant, GROUPS[meant]].filter(Boolean).join('.')
  throw new UsageError(
    `"${type}" is no type of the core group: write the plural and the group, ${meant === undefined ? 'such as ' : ''}${write}.`,
  )
}

/** A configured key brings its groups; anybody else has those that are written. */
export const callerOf = ({ groups, caller: name, issuer }: WrittenCaller, config: Config): Caller => {
  const key = issuer === undefined ? config.identity.keys.find((it) => it.name === name) : undefined
  const called = name ?? 'anybody'
  return {
    kind: 'agent',
    issuer:
      issuer ??
      (name !== undefined && key === undefined ? (config.identity.issuers[0]?.issuer ?? 'bulkhead') : 'bulkhead'),
    client: called,
    subject: called,
    ...(key === undefined ? {} : { owner: key.owner }),
    groups: groups ?? key?.groups ?? [],
  }
}

const onlyCluster = (config: Config): string => {
  const names = Object.keys(config.clusters)
  const [only] = names
  if (only !== undefined && names.length === 1) return only
  throw new UsageError(`Name the cluster: one of ${names.join(', ')}.`)
}

export const accessOf = (written: WrittenAccess, config: Config): Access => {
  const { resource, group, subresource } = resourceParts(written.resource)
  const cluster = written.cluster ?? onlyCluster(config)
  if (!Object.hasOwn(config.clusters, cluster))
    throw new UsageError(`No cluster is named "${cluster}"; there are: ${Object.keys(config.clusters).join(', ')}.`)
  const verb = VERBS.find((it) => it === written.verb)
  if (verb === undefined) throw new UsageError(`"${written.verb}" is not a verb; there are: ${VERBS.join(', ')}.`)
  checkType(resource, group)
  const [type = ''] = written.resource.split('/')
  const clusterScoped = written.clusterScoped ?? (written.namespace === undefined && CLUSTER_SCOPED.has(type))
  return {
    cluster,
    verb,
    group,
    resource,
    ...(subresource === '' ? {} : { subresource }),
    ...(clusterScoped ? {} : { namespace: written.namespace ?? ALL_NAMESPACES }),
    ...(written.name === undefined ? {} : { name: written.name }),
  }
}
