/**
 * What every platform's jobs have in common, pure: when a job that failed is tried again, when it is given up, and what
 * its row looks like while it waits or runs.
 */
import type { Job, JobResult, JobStatus } from '../jobs.ts'
import type { Millis } from '../ports.ts'

/** One run. What needs longer says so and is called again; whoever else waits is served in between. */
export const RUN_DEADLINE_MS: Millis = 25_000
/** A run that was lost with its process is begun again after this: above its deadline, so that no two overlap. */
export const LEASE_MS: Millis = RUN_DEADLINE_MS + 10_000
/** Of one queue at a time: they wait for others most of their time. */
export const RUN_AT_ONCE = 4
/** What waits in one queue. More would be weeks of work, and memory. */
export const MAX_BACKLOG = 1_000
const FIRST_BACKOFF_MS: Millis = 1_000
const LAST_BACKOFF_MS: Millis = 5 * 60_000

export interface JobRow extends JobStatus {
  /** A run is under way until then; 0: none is. */
  readonly leasedUntil: Millis
}

export const newRow = (key: string, job: Job, now: Millis): JobRow => ({
  key,
  job,
  attempts: 0,
  enqueued: now,
  next: now,
  leasedUntil: 0,
})

export const isDue = (row: JobRow, now: Millis): boolean => row.next <= now && row.leasedUntil <= now

export const leased = (row: JobRow, now: Millis): JobRow => ({
  ...row,
  attempts: row.attempts + 1,
  leasedUntil: now + LEASE_MS,
})

/** After a run; undefined: it is done. `thrown`: the run failed, with this code. */
export const after = (
  row: JobRow,
  result: JobResult | { readonly thrown: string },
  now: Millis,
): JobRow | undefined => {
  const idle = { ...row, leasedUntil: 0 }
  if ('thrown' in result) {
    const backoff = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(row.attempts - 1, 16))
    return { ...idle, next: now + backoff, code: result.thrown }
  }
  if (result.done) return undefined
  // Going on is no failure: the next one that is begins with a short pause.
  const { code, ...plain } = idle
  return result.code === undefined
    ? { ...plain, attempts: 0, next: now + result.afterMs }
    : { ...plain, code: result.code, next: now + result.afterMs }
}

/** When somebody must look again; undefined: nothing waits. */
export const nextLook = (rows: readonly JobRow[]): Millis | undefined =>
  rows.length === 0 ? undefined : Math.min(...rows.map((it) => Math.max(it.next, it.leasedUntil)))
