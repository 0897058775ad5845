/**
 * What a diagnosis knows of the cluster: the objects that were read, and of those that were not whether anybody looked.
 * Checks see this and nothing else, so each is a pure function.
 */
import type { EventRow } from '../kube/events.ts'
import type { Millis } from '../ports.ts'
import type { Scope, Subject } from '../report.ts'
import type { KubeObject } from '../tool.ts'
import type { Resource } from './kinds.ts'
import type { Pod } from './pods.ts'

/** `all`: what is not there does not exist. `some`: named ones or a first page. `no`: not asked, hidden, or failed. */
export type Looked = 'all' | 'some' | 'no'

export interface Snapshot {
  readonly now: Millis
  readonly scope: Scope
  readonly pods: readonly Pod[]
  /** Of the scope, where its kind is none of the engine's. */
  readonly object: KubeObject | undefined
  /** The API server's, in a diagnosis of the whole cluster. */
  readonly version: string | undefined
  /** Those that were read; `[]` where nobody looked. Pods are `pods`. */
  list(resource: Resource): readonly KubeObject[]
  looked(resource: Resource): Looked
  find(resource: Resource, name: string, namespace?: string): KubeObject | undefined
  /** Was asked for, and the API server says that it does not exist. */
  isMissing(resource: Resource, name: string, namespace?: string): boolean
  /** Warnings about an object, newest first. */
  events(subject: Subject): readonly EventRow[]
  readonly warnings: readonly EventRow[]
  /** Redacted. `previous`: of the container before this one. Undefined where it was not read. */
  log(pod: Subject, container: string): string | undefined
  /** The suspects that look like this one, itself first. */
  alike(pod: Pod): readonly Pod[]
}

/** An event names its object as the table does: `pod/web-1`. */
export const eventName = ({ kind, name }: Subject): string => `${kind.toLowerCase()}/${name}`
