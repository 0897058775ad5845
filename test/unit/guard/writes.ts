/** Proposals for tests: a type as discovery knows it, and an object that is created, patched or deleted. */
import type { Operation } from '../../../src/change.ts'
import type { OwnIdentities, Proposal } from '../../../src/guard/write-rails.ts'
import type { Json, KubeObject, ResourceType } from '../../../src/tool.ts'

type Fields = { readonly [key: string]: Json }

export const OWN: OwnIdentities = [
  { namespace: 'bulkhead', name: 'bulkhead-read' },
  { namespace: 'bulkhead', name: 'writer' },
]

const CLUSTER_SCOPED = [
  'Namespace',
  'Node',
  'PersistentVolume',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'APIService',
  'ValidatingWebhookConfiguration',
  'MutatingAdmissionPolicyBinding',
  'CertificateSigningRequest',
  'TokenReview',
  'SubjectAccessReview',
]

const pluralOf = (kind: string): string => {
  const word = kind.toLowerCase()
  return word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`
}

export const typeOf = (apiVersion: string, kind: string): ResourceType => {
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion]
  return {
    group,
    version,
    kind,
    resource: pluralOf(kind),
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: !CLUSTER_SCOPED.includes(kind),
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update'],
    subresources: [],
  }
}

export interface Sample {
  readonly apiVersion: string
  readonly kind: string
  readonly name?: string
  readonly namespace?: string
  readonly metadata?: Fields
  /** Everything beside `metadata`. */
  readonly fields?: Fields
}

export const objectOf = ({ apiVersion, kind, name = 'it', namespace = 'shop', metadata, fields }: Sample): Fields => ({
  apiVersion,
  kind,
  metadata: { name, ...(CLUSTER_SCOPED.includes(kind) ? {} : { namespace }), ...metadata },
  ...fields,
})

export const targetOf = (sample: Sample) => ({
  type: typeOf(sample.apiVersion, sample.kind),
  name: sample.name ?? 'it',
  ...(CLUSTER_SCOPED.includes(sample.kind) ? {} : { namespace: sample.namespace ?? 'shop' }),
})

/** The API server admits what is sent. */
export const create = (sample: Sample): Proposal => ({
  operation: { ...targetOf(sample), verb: 'create', object: objectOf(sample) } as Operation,
  admitted: objectOf(sample) as KubeObject,
})

/** From one state to another, by a patch that says `patch`. */
export const patch = (before: Sample, after: Sample, sent: Json = {}): Proposal => ({
  operation: { ...targetOf(after), verb: 'patch', patchType: 'merge', patch: sent } as Operation,
  live: objectOf(before) as KubeObject,
  admitted: objectOf(after) as KubeObject,
})

export const remove = (sample: Sample): Proposal => ({
  operation: { ...targetOf(sample), verb: 'delete', propagation: 'Background' } as Operation,
  live: objectOf(sample) as KubeObject,
})
