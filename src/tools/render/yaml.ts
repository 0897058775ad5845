/**
 * An object as YAML for a model: no line folding, no anchors, short leaves on one line, the keys in the order that
 * people expect. What is left out here is noise by Kubernetes' own definition and nothing else: whoever renders says so.
 */
import { COLLECTION_STYLE, CORE_SCHEMA, dump, type Node } from 'js-yaml'
import { isObject, type JsonObject } from '../../kube/json.ts'
import { inOrder } from '../../kube/yaml.ts'
import type { Json, KubeObject } from '../../tool.ts'

/** Collections whose text would be longer than this get a line for each member. */
const MAX_FLOW = 100

/** `null` says no more than absence does; the API server writes it for times that it does not know. */
const withoutNulls = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  )
}

/**
 * Without managedFields, selfLink and nulls, keys in order. Empty maps stay: `emptyDir: {}` and `podSelector: {}` mean
 * something.
 */
export const tidy = (object: KubeObject): JsonObject => {
  const { metadata, ...rest } = withoutNulls(object as JsonObject) as JsonObject
  const { managedFields: _, selfLink: __, ...kept } = isObject(metadata) ? metadata : {}
  return inOrder({ ...rest, ...(metadata === undefined ? {} : { metadata: kept }) })
}

const KEY_AND_COLON = 2
const SEPARATOR = 2

/** Puts every collection that is short enough on one line. Answers the node's length there; infinite when it is too long. */
const putOnOneLine = (node: Node, isRoot: boolean): number => {
  if (node.kind === 'alias') return node.anchor.length
  if (node.kind === 'scalar') return node.value.includes('\n') ? Number.POSITIVE_INFINITY : node.value.length
  const members =
    node.kind === 'sequence'
      ? node.items.map((item) => putOnOneLine(item, false))
      : node.items.map(({ key, value }) => putOnOneLine(key, false) + KEY_AND_COLON + putOnOneLine(value, false))
  const length = members.reduce((sum, member) => sum + member + SEPARATOR, SEPARATOR)
  if (length > MAX_FLOW) return Number.POSITIVE_INFINITY
  if (!isRoot) node.style = COLLECTION_STYLE.FLOW
  return length
}

export const toYaml = (value: Json): string =>
  dump(value, {
    lineWidth: -1,
    noRefs: true,
    // YAML 1.2: a time needs no quotes.
    schema: CORE_SCHEMA,
    transform: (documents) => {
      for (const { contents } of documents) if (contents !== null) putOnOneLine(contents, true)
    },
  }).trimEnd()
