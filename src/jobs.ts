/**
 * The `Jobs` port: work that must happen although nobody waits for it. Run at least once, with a key that deduplicates
 * what waits; survives a restart. One queue's trouble does not slow another's.
 */
import type { Millis } from './ports.ts'
import type { Delivery } from './reports.ts'

/** What a person is told: facts and a link without power. Already through guard/output. */
export interface Notice {
  readonly event: 'plan' | 'decision' | 'freeze' | 'report'
  readonly title: string
  /** Label and text, in order. */
  readonly facts: readonly (readonly [label: string, text: string])[]
  readonly url?: string
  /** RFC 3339. */
  readonly time: string
}

export type Job =
  /** Carries an approved plan out, or finds out what became of one that was interrupted. */
  | { readonly kind: 'apply'; readonly cluster: string; readonly plan: string }
  /** Delivers to one target of `notify`. */
  | { readonly kind: 'notify'; readonly target: string; readonly notice: Notice }
  /** Freezes a caller in every ledger, after a watch rule did in its own. */
  | {
      readonly kind: 'freeze'
      readonly owner: string
      readonly by: string
      readonly reason: string
      readonly at: Millis
    }
  /** Looks at what the alerts of one delivery are about, and keeps the report. */
  | {
      readonly kind: 'diagnose'
      readonly hook: string
      readonly delivery: Delivery
      /** Of the delivery's own step, where that was traced. */
      readonly traceparent?: string
    }

export type JobResult =
  | { readonly done: true }
  /** Again after so long. `code`: why, where it failed; without one it is only not finished yet. */
  | { readonly done: false; readonly afterMs: Millis; readonly code?: string }

export interface JobStatus {
  readonly key: string
  readonly job: Job
  readonly attempts: number
  readonly enqueued: Millis
  readonly next: Millis
  /** Of the last attempt that failed. */
  readonly code?: string
}

export interface Jobs {
  /**
   * Resolves when the job is durable; it begins at once. A job whose key waits already is the same job.
   * `queue`: a cluster's name for `apply`, `gateway` for `freeze`, `notify-TARGET` for deliveries, `hook-NAME` for diagnoses.
   * Throws `ledger_unavailable`.
   */
  enqueue(queue: string, key: string, job: Job): Promise<void>
  /** What waits, oldest first, at most `MAX_JOBS_SHOWN`. */
  waiting(queue: string): Promise<readonly JobStatus[]>
}
export const MAX_JOBS_SHOWN = 100

/** Runs one attempt. Throws: tried again with backoff. What is given up for good answers `done`. */
export type RunJob = (job: Job, attempt: number, signal: AbortSignal) => Promise<JobResult>
