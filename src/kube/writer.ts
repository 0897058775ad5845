/**
 * The only thing that can write to an API server. Made with the change credential, held by guard/ alone; every method
 * takes an operation and answers what the API server made of it, raw (Secret values included).
 */
import type { Operation, Target } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import type { KubeObject } from '../tool.ts'

/** Server-side apply's field manager, and that of every other write of ours. */
export const FIELD_MANAGER = 'bulkhead'

/** What a write is bound to: it fails where the object is another, or has moved on. Absent: the object must not exist. */
export interface Preconditions {
  readonly uid: string
  readonly resourceVersion: string
}

export interface Written {
  /** The object as it is (or would be); absent after a delete or an eviction. */
  readonly object?: KubeObject
  /** The API server's `Warning` headers, their texts only: cluster text, each at most 256 characters, at most 20. */
  readonly warnings: readonly string[]
}

/** One field that another manager owns. Cluster text. */
export interface FieldConflict {
  readonly manager: string
  readonly field: string
}

/** `field_conflict`, with the owners: thrown by `dryRun` and `write` of an apply. */
export class FieldConflictError extends BulkheadError {
  readonly conflicts: readonly FieldConflict[]
  constructor(message: string, conflicts: readonly FieldConflict[]) {
    super('field_conflict', message, { untrusted: conflicts.map((it) => `${it.manager}: ${it.field}`).join('\n') })
    this.name = 'FieldConflictError'
    this.conflicts = conflicts
  }
}

export interface KubeWriter {
  /** Throws `not_found`. The `scale` subresource where `subresource` says so. */
  get(target: Target, subresource: 'scale' | undefined, signal: AbortSignal): Promise<KubeObject>
  /**
   * `dryRun=All`, `fieldValidation=Strict`. Throws what the API server answered: `cluster_rejected`, `conflict`,
   * `field_conflict`, `not_plannable` (a webhook that cannot be asked, an unknown namespace), …
   */
  dryRun(operation: Operation, preconditions: Preconditions | undefined, signal: AbortSignal): Promise<Written>
  /**
   * Sends the write once; again only after 429 with a Retry-After. A 4xx is a refusal that changed nothing and is thrown
   * by its code (`conflict`: the precondition failed). Whatever else is not a success is `outcome_unknown`: no answer, a
   * broken one, a 5xx.
   */
  write(operation: Operation, preconditions: Preconditions | undefined, signal: AbortSignal): Promise<Written>
}
