/** What a family of checks wants to see next, having seen what there is: data, so that the engine can bound and share it. */
import type { Subject } from '../report.ts'
import type { Resource } from './kinds.ts'

export type Want =
  /** All of the scope's namespace, or of the cluster. */
  | { readonly what: 'list'; readonly resource: Resource; readonly deep?: boolean }
  /** Their metadata alone: whether they exist. Secrets have no other way. */
  | { readonly what: 'names'; readonly resource: Resource; readonly deep?: boolean }
  | {
      readonly what: 'get'
      readonly resource: Resource
      readonly name: string
      readonly namespace?: string
      readonly deep?: boolean
    }
  /** Objects of a custom resource definition that was read. */
  | { readonly what: 'instances'; readonly definition: string }
  | { readonly what: 'log'; readonly pod: Subject; readonly container: string; readonly previous: boolean }

/** Equal for equal questions. */
export const wantKey = (want: Want): string => {
  switch (want.what) {
    case 'list':
    case 'names':
      return `${want.what} ${want.resource}`
    case 'get':
      return `get ${want.resource} ${want.namespace ?? ''}/${want.name}`
    case 'instances':
      return `instances ${want.definition}`
    case 'log':
      return `log ${want.pod.namespace ?? ''}/${want.pod.name} ${want.container}`
  }
}
