/**
 * What every platform's jobs have in common, pure: which of them are begun, when one that failed is tried again, and when
 * somebody must look at the queue next.
 */
import { backoffMs } from '../deadline.ts'
import type { Job, JobResult, JobStatus } from '../jobs.ts'
import type { Millis } from '../ports.ts'

/** One run is told to stop then. What needs longer says so and is called again; whoever waits is served in between. */
export const RUN_DEADLINE_MS: Millis = 25_000
/** A run that has not stopped by then is not waited for: time enough to say how far it came. */
export const RUN_CUT_MS: Millis = RUN_DEADLINE_MS + 5_000
/** When a queue is looked at although its runs should have ended: their process was lost. Above the cut. */
export const LOST_AFTER_MS: Millis = RUN_CUT_MS + 5_000
/** Of one queue at a time: they wait for others most of their time. */
export const RUN_AT_ONCE = 4
/** What waits in one queue. More would be weeks of work, and memory. */
export const MAX_BACKLOG = 1_000
const FIRST_BACKOFF_MS: Millis = 1_000
const LAST_BACKOFF_MS: Millis = 5 * 60_000

export const newRow = (key: string, job: Job, now: Millis): JobStatus => ({
  key,
  job,
  attempts: 0,
  enqueued: now,
  next: now,
})

/** After a run; undefined: it is done. `thrown`: the run failed, with this code. */
export const after = (
  row: JobStatus,
  result: JobResult | { readonly thrown: string },
  now: Millis,
): JobStatus | undefined => {
  if ('thrown' in result) {
    const backoff = backoffMs(row.attempts - 1, FIRST_BACKOFF_MS, LAST_BACKOFF_MS)
    return { ...row, next: now + backoff, code: result.thrown }
  }
  if (result.done) return undefined
  // Never due in the same moment: a clock that stands still would go round for ever.
  const next = now + Math.max(1, result.afterMs)
  // Going on is no failure: the next one that is begins with a short pause.
  const { code: _, ...plain } = row
  return result.code === undefined ? { ...plain, attempts: 0, next } : { ...plain, code: result.code, next }
}

/** The one to begin, whoever has been due for longest; undefined: none is. `isBusy`: under way, or not durable yet. */
export const nextDue = (
  rows: Iterable<JobStatus>,
  isBusy: (key: string) => boolean,
  now: Millis,
): JobStatus | undefined => {
  let found: JobStatus | undefined
  for (const row of rows) {
    if (row.next <= now && !isBusy(row.key) && (found === undefined || row.next < found.next)) found = row
  }
  return found
}

/**
 * When somebody must look again; undefined: nothing waits. `running`: those under way, each with the time from which it
 * counts as lost. Where there is no room for another, nobody need come before one of them has.
 */
export const nextLook = (rows: Iterable<JobStatus>, running: ReadonlyMap<string, Millis>): Millis | undefined => {
  const firstLost = Math.min(...running.values())
  let earliest = firstLost
  for (const { key, next } of rows) {
    if (!running.has(key)) earliest = Math.min(earliest, running.size < RUN_AT_ONCE ? next : Math.max(next, firstLost))
  }
  return Number.isFinite(earliest) ? earliest : undefined
}
