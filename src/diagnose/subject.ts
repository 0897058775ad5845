/** Objects by name: what findings are about, and the nodes of the graph. */
import type { Subject } from '../report.ts'
import type { KubeObject } from '../tool.ts'
import { KINDS, type Resource } from './kinds.ts'

/** Equal for equal objects, whatever version they were read in. */
export const keyOf = ({ apiVersion, kind, namespace = '', name }: Subject): string => {
  const slash = apiVersion.indexOf('/')
  return `${slash === -1 ? '' : apiVersion.slice(0, slash)}/${kind}/${namespace}/${name}`
}

export const subjectNamed = (resource: Resource, name: string, namespace?: string): Subject => ({
  ...KINDS[resource],
  ...(namespace === undefined ? {} : { namespace }),
  name,
})

export const subjectOf = ({ apiVersion = '', kind = '', metadata }: KubeObject): Subject => ({
  apiVersion,
  kind,
  ...(metadata?.namespace === undefined ? {} : { namespace: metadata.namespace }),
  name: metadata?.name ?? '',
})

/** `Deployment shop/cart`, `Node n1`. */
export const nameOf = ({ kind, namespace, name }: Subject): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
