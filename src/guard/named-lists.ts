/** Lists of pods that Kubernetes and Kustomize merge by name; any other list is one value. Pure. */

import { isObject, type JsonObject } from '../kube/json.ts'
import type { Json } from '../tool.ts'

export const MERGED_BY_NAME: readonly string[] = ['containers', 'initContainers', 'env', 'volumes']

/** Undefined where it is no list of differently named objects. */
export const byName = (value: Json | undefined): ReadonlyMap<string, JsonObject> | undefined => {
  if (!Array.isArray(value)) return undefined
  const named = new Map(value.flatMap((it) => (isObject(it) && typeof it.name === 'string' ? [[it.name, it]] : [])))
  return named.size === value.length ? named : undefined
}
