/** The words of the rails for writes: what a proposal is, as every rail sees it. Pure. */
import type { Operation } from '../../change.ts'
import { isObject, type JsonObject, objectOf } from '../../kube/json.ts'
import type { Json, KubeObject } from '../../tool.ts'

/** One write, with all that is known of it. Objects are raw; of a scale they are the workload, not its Scale. */
export interface Proposal {
  readonly operation: Operation
  /** As the cluster holds it; absent where it does not exist. */
  readonly live?: KubeObject
  /** As the API server would store it: what the dry run answered. Absent for a delete and an eviction. */
  readonly admitted?: KubeObject
}

/** Bulkhead's own ServiceAccounts, as SelfSubjectReview tells of its credentials. */
export type OwnIdentities = readonly { readonly namespace: string; readonly name: string }[]

/** A proposal, made easy to ask. */
export interface Writing {
  readonly operation: Operation
  /** What becomes of the object is not a question: it is deleted or evicted. */
  readonly ends: boolean
  /** Empty where there is none. */
  readonly live: JsonObject
  readonly admitted: JsonObject
  /** Of live and admitted, those that are there: for what is not writable, be it that it stands there or would. */
  readonly both: readonly JsonObject[]
  /** What the caller sends: an object, a patch, or nothing. */
  readonly submitted: Json | undefined
  readonly own: OwnIdentities
}

/** What is in the way: the cluster's text or the caller's, both. */
export interface Hit {
  readonly field: string
  readonly value: Json | undefined
}

export interface WriteRail {
  /** Stable: it stands in refusals, records and documents. */
  readonly name: string
  /** What it keeps out, for people. */
  readonly summary: string
  /** Why, in a sentence that a caller may read. */
  readonly why: string
  readonly judge: (writing: Writing) => Hit | undefined
  /** It holds what is to be against what is there, so it says nothing of a patch or an apply before both were seen. */
  readonly compares?: true
}

const submittedOf = (operation: Operation): Json | undefined => {
  if (operation.verb === 'create' || operation.verb === 'apply') return operation.object
  return operation.verb === 'patch' ? operation.patch : undefined
}

export const writingOf = ({ operation, live, admitted }: Proposal, own: OwnIdentities): Writing => ({
  operation,
  ends: operation.verb === 'delete' || operation.verb === 'evict',
  live: objectOf(live as Json | undefined),
  admitted: objectOf(admitted as Json | undefined),
  both: [live, admitted].map((it) => it as Json | undefined).filter(isObject),
  submitted: submittedOf(operation),
  own,
})

export const isType = ({ operation: { type } }: Writing, group: string, ...resources: readonly string[]): boolean =>
  type.group === group && resources.includes(type.resource)

export const metadataOf = (object: JsonObject): JsonObject => objectOf(object.metadata)
export const annotationsOf = (object: JsonObject): JsonObject => objectOf(metadataOf(object).annotations)
export const labelsOf = (object: JsonObject): JsonObject => objectOf(metadataOf(object).labels)

/** The first that is found. */
export const firstOf = <T>(items: Iterable<T>, find: (item: T) => Hit | undefined): Hit | undefined => {
  for (const item of items) {
    const hit = find(item)
    if (hit !== undefined) return hit
  }
  return undefined
}

/** The type itself is closed, whatever is written. */
export const closed = ({ operation: { type, name } }: Writing): Hit => ({ field: type.kind, value: name })
