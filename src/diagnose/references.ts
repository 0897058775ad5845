/** What a pod template needs by name: ConfigMaps, Secrets, claims, its ServiceAccount (k8s.io/api core/v1 PodSpec). */
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from '../kube/json.ts'
import type { Json, KubeObject } from '../tool.ts'
import type { Resource } from './kinds.ts'

export interface Reference {
  readonly resource: Extract<Resource, 'configmaps' | 'secrets' | 'persistentvolumeclaims' | 'serviceaccounts'>
  readonly name: string
  /** The pod starts without it. */
  readonly optional: boolean
  /** Where it stands: `spec.volumes[config]`. */
  readonly path: string
  /** The key that must be in it, where one is named. */
  readonly key?: string
}

const objects = (value: Json | undefined): readonly JsonObject[] => arrayOf(value).filter(isObject)

const reference = (
  resource: Reference['resource'],
  source: Json | undefined,
  nameField: string,
  path: string,
): readonly Reference[] => {
  const from = objectOf(source)
  const name = textOf(from[nameField])
  const key = textOf(from.key)
  if (name === undefined || name === '') return []
  return [{ resource, name, optional: from.optional === true, path, ...(key === undefined ? {} : { key }) }]
}

const ofContainer = (container: JsonObject, list: string): readonly Reference[] => {
  const at = `spec.${list}[${textOf(container.name) ?? ''}]`
  const env = objects(container.env).flatMap((it) => {
    const { configMapKeyRef, secretKeyRef } = objectOf(it.valueFrom)
    const path = `${at}.env[${textOf(it.name) ?? ''}]`
    return [
      ...reference('configmaps', configMapKeyRef, 'name', path),
      ...reference('secrets', secretKeyRef, 'name', path),
    ]
  })
  const from = objects(container.envFrom).flatMap((it, index) => [
    ...reference('configmaps', it.configMapRef, 'name', `${at}.envFrom[${index}]`),
    ...reference('secrets', it.secretRef, 'name', `${at}.envFrom[${index}]`),
  ])
  return [...env, ...from]
}

const ofVolume = (volume: JsonObject): readonly Reference[] => {
  const path = `spec.volumes[${textOf(volume.name) ?? ''}]`
  const projected = objects(objectOf(volume.projected).sources).flatMap((it) => [
    ...reference('configmaps', it.configMap, 'name', path),
    ...reference('secrets', it.secret, 'name', path),
  ])
  return [
    ...reference('configmaps', volume.configMap, 'name', path),
    ...reference('secrets', volume.secret, 'secretName', path),
    ...reference('persistentvolumeclaims', volume.persistentVolumeClaim, 'claimName', path),
    ...projected,
  ]
}

/** Of a Pod, or of whatever has a pod's `spec` in the same place. */
export const referencesOf = (pod: KubeObject): readonly Reference[] => {
  const spec = objectOf(pod.spec as Json | undefined)
  return [
    ...objects(spec.volumes).flatMap(ofVolume),
    ...['initContainers', 'containers'].flatMap((list) => objects(spec[list]).flatMap((it) => ofContainer(it, list))),
    ...reference('serviceaccounts', spec, 'serviceAccountName', 'spec.serviceAccountName'),
    ...objects(spec.imagePullSecrets).flatMap((it, index) =>
      // A missing one is skipped by the kubelet; what it was needed for fails by itself.
      reference('secrets', { ...it, optional: true }, 'name', `spec.imagePullSecrets[${index}]`),
    ),
  ]
}
