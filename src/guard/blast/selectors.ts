/** Which labels a selector of an object means (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/). Pure. */
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import type { Json } from '../../tool.ts'

export type Labels = { readonly [key: string]: unknown }

const hasAll = (labels: Labels, wanted: JsonObject): boolean =>
  Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)

const meets = (labels: Labels, requirement: JsonObject): boolean => {
  const key = textOf(requirement.key) ?? ''
  const there = Object.hasOwn(labels, key)
  const listed = there && arrayOf(requirement.values).some((value) => value === labels[key])
  switch (requirement.operator) {
    case 'In':
      return listed
    case 'NotIn':
      return !listed
    case 'Exists':
      return there
    case 'DoesNotExist':
      return !there
    default:
      return false
  }
}

/** A LabelSelector: absent it means nothing, empty it means everything. */
export const bySelector =
  (selector: Json | undefined) =>
  (labels: Labels): boolean =>
    isObject(selector) &&
    hasAll(labels, objectOf(selector.matchLabels)) &&
    arrayOf(selector.matchExpressions).every((it) => meets(labels, objectOf(it)))

/** A Service's own: labels alone, and empty it means nothing. */
export const byLabels =
  (selector: Json | undefined) =>
  (labels: Labels): boolean => {
    const wanted = objectOf(selector)
    return Object.keys(wanted).length > 0 && hasAll(labels, wanted)
  }
