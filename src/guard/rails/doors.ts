/** The rails around what changes the rules of a cluster: admission, API groups, identities, Nodes and their disks. */
import { isObject, type JsonObject, objectOf } from '../../kube/json.ts'
import { sameJson } from '../same.ts'
import { TOKEN_OF } from './places.ts'
import {
  annotationsOf,
  closed,
  firstOf,
  type Hit,
  isType,
  labelsOf,
  metadataOf,
  type WriteRail,
  type Writing,
} from './words.ts'

const inGroup =
  (...groups: readonly string[]) =>
  (writing: Writing): Hit | undefined =>
    groups.includes(writing.operation.type.group) ? closed(writing) : undefined

const conversion = (writing: Writing): Hit | undefined => {
  if (!isType(writing, 'apiextensions.k8s.io', 'customresourcedefinitions')) return undefined
  return firstOf(writing.both, (object) => {
    const { strategy } = objectOf(objectOf(object.spec).conversion)
    return strategy === undefined || strategy === 'None'
      ? undefined
      : { field: 'spec.conversion.strategy', value: strategy }
  })
}

const TOKEN_TYPES = ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token']

const tokenSecret = (writing: Writing): Hit | undefined =>
  firstOf(writing.both, (object) => {
    if (isType(writing, '', 'secrets') && TOKEN_TYPES.some((type) => type === object.type))
      return { field: 'type', value: object.type }
    const account = annotationsOf(object)[TOKEN_OF]
    return account === undefined ? undefined : { field: `metadata.annotations[${TOKEN_OF}]`, value: account }
  })

/** What the API server and the kubelet keep themselves, and move while nobody changes anything. */
const KEPT = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink']

const without = (object: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))

/** A Node without what cordon and taint may change. */
const restOfNode = (node: JsonObject): JsonObject => ({
  ...without(node, ['status', 'apiVersion', 'kind']),
  metadata: without(metadataOf(node), KEPT),
  spec: without(objectOf(node.spec), ['unschedulable', 'taints']),
})

/** Names the first part that differs, two levels down. */
const differenceIn = (one: JsonObject, other: JsonObject, field: string, levels: number): Hit | undefined =>
  firstOf(new Set([...Object.keys(one), ...Object.keys(other)]), (key) => {
    if (sameJson(one[key], other[key])) return undefined
    const path = field === '' ? key : `${field}.${key}`
    const [inner, outer] = [one[key], other[key]]
    if (levels > 0 && isObject(inner) && isObject(outer)) return differenceIn(inner, outer, path, levels - 1)
    return { field: path, value: outer }
  })

const node = (writing: Writing): Hit | undefined => {
  if (!isType(writing, '', 'nodes')) return undefined
  if (writing.ends || writing.operation.verb === 'create') return closed(writing)
  return differenceIn(restOfNode(writing.live), restOfNode(writing.admitted), '', 2)
}

const POD_SECURITY = 'pod-security.kubernetes.io/'

const podSecurityLabel = (writing: Writing): Hit | undefined => {
  if (!isType(writing, '', 'namespaces') || writing.ends) return undefined
  const [live, admitted] = [labelsOf(writing.live), labelsOf(writing.admitted)]
  const keys = [...Object.keys(live), ...Object.keys(admitted)].filter((key) => key.startsWith(POD_SECURITY))
  return firstOf(keys, (key) =>
    live[key] === admitted[key] ? undefined : { field: `metadata.labels[${key}]`, value: admitted[key] },
  )
}

/** A field of `spec` that may stay as it is, and must not be set or changed. */
const unchanged = (writing: Writing, field: string): Hit | undefined => {
  if (writing.ends) return undefined
  const [live, admitted] = [objectOf(writing.live.spec)[field], objectOf(writing.admitted.spec)[field]]
  return sameJson(live ?? null, admitted ?? null) ? undefined : { field: `spec.${field}`, value: admitted }
}

const externalIps = (writing: Writing): Hit | undefined =>
  isType(writing, '', 'services') ? unchanged(writing, 'externalIPs') : undefined

const hostVolume = (writing: Writing): Hit | undefined =>
  isType(writing, '', 'persistentvolumes')
    ? firstOf(['hostPath', 'local'], (field) => unchanged(writing, field))
    : undefined

export const DOOR_RAILS: readonly WriteRail[] = [
  {
    name: 'admission',
    summary: 'webhook configurations, admission policies and their bindings: all of `admissionregistration.k8s.io`',
    why: 'they decide what the cluster accepts, and see every object that passes',
    judge: inGroup('admissionregistration.k8s.io'),
  },
  {
    name: 'api-services',
    summary: 'APIServices: all of `apiregistration.k8s.io`',
    why: 'an aggregated API answers in the place of the API server',
    judge: inGroup('apiregistration.k8s.io'),
  },
  {
    name: 'crd-conversion',
    summary: 'CustomResourceDefinitions with a conversion webhook',
    why: 'a conversion webhook sees and rewrites every object of its kind',
    judge: conversion,
  },
  {
    name: 'identities',
    summary:
      'CertificateSigningRequests, TokenReviews, access reviews: all of `certificates.k8s.io`, `authentication.k8s.io` and `authorization.k8s.io`',
    why: 'they make identities or probe them',
    judge: inGroup('certificates.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io'),
  },
  {
    name: 'token-secrets',
    summary: `Secrets of the types \`${TOKEN_TYPES.join('` and `')}\`, and anything annotated \`${TOKEN_OF}\``,
    why: 'writing one mints a credential, deleting one takes it away',
    judge: tokenSecret,
  },
  {
    name: 'nodes',
    summary: 'a Node beyond `spec.unschedulable` and `spec.taints`; making or deleting one',
    why: 'what else a Node says of itself decides where workloads and their secrets go',
    judge: node,
    compares: true,
  },
  {
    name: 'pod-security-labels',
    summary: 'setting, changing or removing a `pod-security.kubernetes.io/` label of a Namespace',
    why: 'they say what pods of the namespace may do to their node',
    judge: podSecurityLabel,
    compares: true,
  },
  {
    name: 'external-ips',
    summary: 'setting or changing `externalIPs` of a Service',
    why: 'an external IP takes traffic that is meant for others',
    judge: externalIps,
    compares: true,
  },
  {
    name: 'host-volumes',
    summary: 'setting or changing `hostPath` or `local` of a PersistentVolume',
    why: 'a claim would carry a path of the node past Pod Security',
    judge: hostVolume,
    compares: true,
  },
]
