/**
 * What a change is: data (docs/design, the first idea). A change tool returns one of these; only the guard can turn it
 * into a plan, and only an approved plan into writes. Words only: nothing here can act.
 */
import type { Json, ResourceType } from './tool.ts'

/** One object, by discovery's own type and names that passed Kubernetes' grammar. */
export interface Target {
  readonly type: ResourceType
  /** Absent: cluster-scoped. */
  readonly namespace?: string
  readonly name: string
}

type JsonObject = { readonly [key: string]: Json }

/** JSON Merge Patch (RFC 7386), JSON Patch (RFC 6902), Kubernetes' strategic merge patch. */
export const PATCH_TYPES = ['strategic', 'merge', 'json'] as const
export type PatchType = (typeof PATCH_TYPES)[number]

export type Propagation = 'Background' | 'Foreground' | 'Orphan'

/** One write to one object. */
export type Operation = Target &
  (
    | { readonly verb: 'create'; readonly object: JsonObject }
    /** Server-side apply. What does not exist yet is planned as a `create`. */
    | { readonly verb: 'apply'; readonly object: JsonObject; readonly force: boolean }
    | {
        readonly verb: 'patch'
        readonly patchType: PatchType
        readonly patch: Json
        readonly subresource?: 'scale'
      }
    | { readonly verb: 'delete'; readonly propagation: Propagation }
    /** Pods only: a delete that asks the disruption budgets first. */
    | { readonly verb: 'evict' }
  )

/**
 * What only the guard can work out, because a tool sees values masked: it reads what the cluster holds and puts
 * operations in its place before anything is planned.
 */
export type Recipe = Target &
  /** The workload goes back to the pod template that `revision` (a ReplicaSet or ControllerRevision) holds. */
  (
    | { readonly verb: 'undo'; readonly revision: Target }
    /** A Job made from the CronJob's template. */
    | { readonly verb: 'run'; readonly jobType: ResourceType; readonly jobName: string }
    /** A Helm release, whose newest revision the Secret holds, goes back to what it was. */
    | {
        readonly verb: 'rollback'
        readonly namespace: string
        readonly release: string
        readonly newest: number
        readonly to: number
        /** Revisions that are deployed now. */
        readonly deployed: readonly number[]
      }
  )

export interface Change {
  readonly cluster: string
  /** In the order in which they are to be carried out. */
  readonly operations: readonly (Operation | Recipe)[]
  /** What the change is about: the name that an approver types for a delete or a drain. */
  readonly subject: { readonly kind: string; readonly name: string; readonly namespace?: string }
  /** Our own sentences to the caller and the approver, without cluster text: what was left out, and why. */
  readonly notes?: readonly string[]
  /** Names of the cluster's own that belong to the notes: they leave inside the envelope. */
  readonly untrusted?: string
}

/** The caller takes back a plan of its own; no cluster is asked. */
export interface Withdrawal {
  readonly withdraw: string
}
