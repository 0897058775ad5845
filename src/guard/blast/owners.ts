/** Who owns whom, by ownerReferences (https://kubernetes.io/docs/concepts/architecture/garbage-collection/). Pure. */
import { objectOf } from '../../kube/json.ts'
import type { Json, KubeObject } from '../../tool.ts'

/** Deployment → ReplicaSet → Pod under a custom resource is the longest there usually is. */
const MAX_LEVELS = 4

export interface Owner {
  readonly kind: string
  readonly name: string
  readonly uid: string
}

export interface Owners {
  /** All below it, by however many levels. */
  below(uid: string): readonly KubeObject[]
  /** Who is in charge in the end; undefined of what nobody controls. */
  top(object: KubeObject): Owner | undefined
}

const controllerOf = (object: KubeObject): Owner | undefined =>
  (object.metadata?.ownerReferences ?? []).find((it) => it.controller === true)

export const ownersAmong = (objects: readonly KubeObject[]): Owners => {
  const children = new Map<string, KubeObject[]>()
  const byUid = new Map<string, KubeObject>()
  for (const object of objects) {
    if (object.metadata?.uid !== undefined) byUid.set(object.metadata.uid, object)
    for (const { uid } of object.metadata?.ownerReferences ?? []) {
      const others = children.get(uid)
      if (others === undefined) children.set(uid, [object])
      else others.push(object)
    }
  }
  return {
    below(uid) {
      const found = new Set<KubeObject>()
      let level = children.get(uid) ?? []
      for (let depth = 0; depth < MAX_LEVELS && level.length > 0; depth++) {
        const fresh = level.filter((it) => !found.has(it))
        for (const it of fresh) found.add(it)
        level = fresh.flatMap((it) => children.get(it.metadata?.uid ?? '') ?? [])
      }
      return [...found]
    },
    top(object) {
      let owner = controllerOf(object)
      for (let depth = 0; depth < MAX_LEVELS && owner !== undefined; depth++) {
        const known = byUid.get(owner.uid)
        const above = known === undefined ? undefined : controllerOf(known)
        if (above === undefined) break
        owner = above
      }
      return owner
    },
  }
}

/** It has not run to its end. */
export const isActive = (pod: KubeObject): boolean => {
  const { phase } = objectOf(pod.status as Json | undefined)
  return phase !== 'Succeeded' && phase !== 'Failed'
}

export const isReady = (pod: KubeObject): boolean => {
  const { conditions } = objectOf(pod.status as Json | undefined)
  return (
    pod.metadata?.deletionTimestamp === undefined &&
    Array.isArray(conditions) &&
    conditions.map(objectOf).some(({ type, status }) => type === 'Ready' && status === 'True')
  )
}
