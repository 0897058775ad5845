/** The words of the checks: a pod as they see it, and what they say of it. */
import { arrayOf, type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import type { PodSecurityFinding } from '../../plan.ts'
import type { Json } from '../../tool.ts'
import type { Template } from './template.ts'

/** Something that a check looks at, and where it stands. */
export interface Part {
  readonly field: string
  readonly value: JsonObject
}

export interface PodUnderCheck {
  readonly spec: Part
  readonly metadata: Part
  /** The pod's `securityContext`; empty where there is none. */
  readonly security: Part
  /** Init, plain and ephemeral ones. */
  readonly containers: readonly (Part & { readonly security: Part })[]
  readonly volumes: readonly Part[]
  readonly isWindows: boolean
  /** `hostUsers: false`: root in it is nobody outside. */
  readonly ownUsers: boolean
}

export type Found = Pick<PodSecurityFinding, 'field' | 'value'>

export interface Check {
  /** As the admission plugin names it. */
  readonly id: string
  readonly level: PodSecurityFinding['level']
  readonly find: (pod: PodUnderCheck) => readonly Found[]
}

/** Names are the cluster's text; without one, the place in the list. */
const partsAt = (spec: Part, key: string): Part[] =>
  arrayOf(spec.value[key]).map((item, index) => ({
    field: `${spec.field}.${key}[${textOf(objectOf(item).name) ?? index}]`,
    value: objectOf(item),
  }))

export const inner = ({ field, value }: Part, key: string): Part => ({
  field: `${field}.${key}`,
  value: objectOf(value[key]),
})

export const podOf = (template: Template): PodUnderCheck => {
  const spec = { field: template.specField, value: template.spec }
  return {
    spec,
    metadata: { field: template.metadataField, value: template.metadata },
    security: inner(spec, 'securityContext'),
    containers: ['initContainers', 'containers', 'ephemeralContainers']
      .flatMap((key) => partsAt(spec, key))
      .map((container) => ({ ...container, security: inner(container, 'securityContext') })),
    volumes: partsAt(spec, 'volumes'),
    isWindows: objectOf(template.spec.os).name === 'windows',
    ownUsers: template.spec.hostUsers === false,
  }
}

/** Undefined and null are the same to Kubernetes. */
export const isSet = (value: Json | undefined): value is Json => value !== undefined && value !== null

/** The pod's securityContext and those of its containers. */
export const securities = (pod: PodUnderCheck): readonly Part[] => [
  pod.security,
  ...pod.containers.map(({ security }) => security),
]

/** What is set there and is not one of the values that are allowed. */
export const unless = ({ field, value }: Part, key: string, ...allowed: readonly Json[]): readonly Found[] => {
  const found = value[key]
  return isSet(found) && !allowed.includes(found) ? [{ field: `${field}.${key}`, value: found }] : []
}

/** The items of a list that are not allowed. */
export const items = ({ field, value }: Part, key: string, allowed: (item: Json) => boolean): readonly Found[] =>
  arrayOf(value[key])
    .filter((item) => !allowed(item))
    .map((item) => ({ field: `${field}.${key}`, value: item }))
