/** What the checks are made of. */
import { isObject, type JsonObject, objectOf } from '../../kube/json.ts'
import type { Json } from '../../tool.ts'
import { containersOf, type PodTemplate } from '../pod-templates.ts'

export interface Found {
  /** `spec.template.spec.containers[app].securityContext.privileged` */
  readonly field: string
  readonly value: Json
}

export interface PodCheck {
  readonly check: string
  readonly find: (template: PodTemplate) => readonly Found[]
}

export const under = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`)

const at = (value: Json | undefined, steps: readonly string[]): Json | undefined =>
  steps.reduce<Json | undefined>((it, step) => (isObject(it) ? it[step] : undefined), value)

/** The pod's own field, `spec.hostNetwork`; undefined where it is absent or null. */
export const podField = ({ path, spec }: PodTemplate, field: string): Found | undefined => {
  const value = at(spec, field.split('.'))
  return value === undefined || value === null ? undefined : { field: under(path, `spec.${field}`), value }
}

/** The same field of each container. */
export const containerFields = (template: PodTemplate, field: string): readonly Found[] =>
  containersOf(template).flatMap(({ path, container }) => {
    const value = at(container, field.split('.'))
    return value === undefined || value === null ? [] : [{ field: `${path}.${field}`, value }]
  })

/** Of the pod and of each container. */
export const everywhere = (template: PodTemplate, field: string): readonly Found[] => {
  const pod = podField(template, field)
  return [...(pod === undefined ? [] : [pod]), ...containerFields(template, field)]
}

export const listAt = (object: JsonObject, key: string): readonly JsonObject[] => {
  const value = object[key]
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** Those whose value is not one that is permitted. */
export const except =
  (...permitted: readonly Json[]) =>
  ({ value }: Found): boolean =>
    !permitted.includes(value)

export const isWindows = ({ spec }: PodTemplate): boolean => objectOf(spec.os).name === 'windows'
