/** Label selectors, as objects carry them (k8s.io/apimachinery pkg/apis/meta/v1 LabelSelector), tried on labels. */
import { arrayOf, isObject, type JsonObject, objectOf } from '../kube/json.ts'
import type { Json } from '../tool.ts'

export type Labels = Readonly<Record<string, Json>>

/** `constructor` is a label's name, too. */
const valueAt = (labels: Labels, key: string): Json | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined

const holds = ({ key, operator, values }: JsonObject, labels: Labels): boolean => {
  const value = valueAt(labels, String(key))
  switch (operator) {
    case 'In':
      return value !== undefined && arrayOf(values).includes(value)
    case 'NotIn':
      return value === undefined || !arrayOf(values).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}

/** `{ matchLabels, matchExpressions }`. An empty one matches everything. */
export const matches = (selector: Json | undefined, labels: Labels): boolean => {
  const { matchLabels, matchExpressions } = objectOf(selector)
  return (
    Object.entries(objectOf(matchLabels)).every(([key, value]) => labels[key] === value) &&
    arrayOf(matchExpressions).every((it) => isObject(it) && holds(it, labels))
  )
}

/** A Service's own: plain labels. Undefined or empty selects nothing. */
export const matchesPlain = (selector: Json | undefined, labels: Labels): boolean => {
  const wanted = Object.entries(objectOf(selector))
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value)
}
