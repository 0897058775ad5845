/**
 * Secret values end here. A Secret that had to be fetched whole (RBAC cannot grant metadata alone) is reduced before it
 * leaves kube/: names, type, the length of each value, and who wrote it when. Built from what is allowed to stay, so that a field that
 * Kubernetes adds tomorrow does not stay by oversight.
 */
import type { Json, KubeObject, ResourceType } from '../tool.ts'
import { arrayOf, isObject } from './json.ts'

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

/** Who wrote it and when; not which fields, whose names are what `get` of a Secret is for. */
const writersOf = (managedFields: unknown): readonly Json[] =>
  arrayOf(managedFields as Json | undefined)
    .filter(isObject)
    .map(({ manager, operation, time, subresource }) =>
      Object.fromEntries(
        Object.entries({ manager, operation, time, subresource }).filter(([, value]) => typeof value === 'string'),
      ),
    ) as readonly Json[]

/** `data` becomes `dataBytes`: each key and its value's length in bytes. Of metadata, annotations lose the copy. */
export const reduceSecret = (secret: KubeObject): KubeObject => {
  const { apiVersion, kind, metadata = {}, type, immutable, data } = secret
  const { managedFields, annotations = {}, ...rest } = metadata
  const kept = Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED)
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: {
      ...rest,
      ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }),
      ...(managedFields === undefined ? {} : { managedFields: writersOf(managedFields) }),
    },
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof immutable === 'boolean' ? { immutable } : {}),
    ...(data === undefined ? {} : { dataBytes: lengths(data) }),
  }
}
