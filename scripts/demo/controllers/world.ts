/**
 * What the simulated controllers act on: the store, the time at which things happen, and the little that they share —
 * writing an object they own, writing a status only when it changed, telling an event.
 */
import { createHash } from 'node:crypto'
import type { Cluster } from '../cluster.ts'
import {
  equal,
  type Json,
  type JsonObject,
  type KubeObject,
  nameOf,
  namespaceOf,
  record,
  text,
  uidOf,
} from '../json.ts'
import { newUid, type Store, timestamp } from '../store.ts'

export interface World {
  readonly store: Store
  readonly cluster: Cluster
  /** When what happens now happens: the past while the shop is seeded. */
  readonly when: Date
  readonly now: Date
}

export const PODS = 'pods'
export const NODES = 'nodes'
export const REPLICA_SETS = 'replicasets.apps'
export const DEPLOYMENTS = 'deployments.apps'

/**
 * What a test has put in place and no controller may touch, as on the real control plane (scripts/control-plane/stages.yaml):
 * `still` is left alone altogether, a pod that is `unscheduled` gets no node, one that is `planted` gets a node and waits
 * for the status that the test gives it.
 */
export const playOf = (object: KubeObject): string => text(object, 'metadata', 'annotations', 'bulkhead.test/play')

/** The alphabet that Kubernetes names use: no vowels, nothing that reads like something else. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** A reproducible suffix of `length` characters. */
export const suffix = (seed: string, length: number): string =>
  [...createHash('sha256').update(seed).digest().subarray(0, length)]
    .map((byte) => ALPHABET[byte % ALPHABET.length] ?? 'x')
    .join('')

export const before = (date: Date, seconds: number): Date => new Date(date.getTime() - seconds * 1000)
export const after = (date: Date, seconds: number): Date => new Date(date.getTime() + seconds * 1000)

export const ownerReference = (owner: KubeObject): JsonObject => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: nameOf(owner),
  uid: uidOf(owner),
  controller: true,
  blockOwnerDeletion: true,
})

export const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean => {
  const references = object.metadata.ownerReferences
  return Array.isArray(references) && references.some((reference) => record(reference).uid === uidOf(owner))
}

/** Metadata of a new object. */
export const born = (when: Date, metadata: JsonObject & { name: string }): KubeObject['metadata'] => ({
  ...metadata,
  uid: newUid(),
  creationTimestamp: timestamp(when),
})

/** Puts the object only when it differs from what is stored; says whether it did. */
export const putIfChanged = (world: World, shelf: string, object: KubeObject): boolean => {
  const stored = world.store.get(shelf, namespaceOf(object), nameOf(object))
  if (stored !== undefined && equal(stored, object)) return false
  world.store.put(shelf, object)
  return true
}

export const withStatus = (object: KubeObject, status: JsonObject): KubeObject => ({ ...object, status })

export const condition = (
  type: string,
  status: boolean,
  when: Date,
  reason?: string,
  message?: string,
): { [key: string]: Json } => ({
  type,
  status: status ? 'True' : 'False',
  lastTransitionTime: timestamp(when),
  ...(reason === undefined ? {} : { reason }),
  ...(message === undefined ? {} : { message }),
})
