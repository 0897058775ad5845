/**
 * Secret values end here. A Secret that had to be fetched whole (RBAC cannot grant metadata alone) is reduced before it
 * leaves kube/: names, type, and the length of each value. Built from what is allowed to stay, so that a field that
 * Kubernetes adds tomorrow does not stay by oversight.
 */
import type { KubeObject, ResourceType } from '../tool.ts'
import { isObject } from './json.ts'

/** `kubectl apply` keeps a copy of the whole manifest here, values included. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

export const isSecretType = (type: Pick<ResourceType, 'group' | 'resource'>): boolean =>
  type.group === '' && type.resource === 'secrets'

/** Bytes that a base64 text stands for; without decoding it. */
const decodedLength = (base64: string): number => Math.floor((base64.replace(/=+$/, '').length * 3) / 4)

const lengths = (data: unknown): Record<string, number> =>
  isObject(data)
    ? Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, typeof value === 'string' ? decodedLength(value) : 0]),
      )
    : {}

/** `data` becomes `dataBytes`: each key and its value's length in bytes. Of metadata, annotations lose the copy. */
export const reduceSecret = (secret: KubeObject): KubeObject => {
  const { apiVersion, kind, metadata = {}, type, immutable, data } = secret
  const { managedFields: _, annotations = {}, ...rest } = metadata
  const kept = Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED)
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: { ...rest, ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }) },
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof immutable === 'boolean' ? { immutable } : {}),
    ...(data === undefined ? {} : { dataBytes: lengths(data) }),
  }
}
