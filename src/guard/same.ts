/** Whether two JSON values are the same, whatever the order of their keys. Pure; never throws on JSON (kube/json bounds its depth). */
import { isObject } from '../kube/json.ts'

export const sameJson = (one: unknown, other: unknown): boolean => {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => sameJson(item, other[index]))
  if (!isObject(one) || !isObject(other)) return false
  // A key that holds undefined is one that is not there.
  const keysOf = (it: object) => Object.entries(it).flatMap(([key, value]) => (value === undefined ? [] : [key]))
  const keys = keysOf(one)
  return (
    keys.length === keysOf(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && sameJson(one[key], other[key]))
  )
}
