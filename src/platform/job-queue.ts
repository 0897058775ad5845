/**
 * One queue of jobs, the same on every platform, over whatever keeps its rows. A job is durable before it is acknowledged;
 * its row goes when its run has answered `done`, so one that was lost with its process is run again. What is under way is
 * known in memory alone: a new process finds none running and begins what it finds. Each run ends by its deadline or is
 * given up, whatever it waits for, so that nothing holds the queue up.
 */
import { within } from '../deadline.ts'
import { asBulkheadError, BulkheadError } from '../errors.ts'
import { type Job, type JobStatus, MAX_JOBS_SHOWN, type RunJob } from '../jobs.ts'
import type { Millis } from '../ports.ts'
import {
  after,
  LOST_AFTER_MS,
  MAX_BACKLOG,
  newRow,
  nextDue,
  nextLook,
  RUN_AT_ONCE,
  RUN_CUT_MS,
  RUN_DEADLINE_MS,
} from './jobs-core.ts'

/** Storage beside the process answers in milliseconds; one that does not must not hold a job's caller. */
const STORE_DEADLINE_MS: Millis = 5_000

export interface JobStore {
  /** What an earlier life of the queue left. */
  load(): Promise<readonly JobStatus[]>
  /** Durable when it resolves. */
  put(row: JobStatus): Promise<void>
  remove(key: string): Promise<void>
  /** `work` must be called then: where the platform can, also when this process is gone. Replaces what was said before. */
  wakeAt(time: Millis): Promise<void>
}

export interface JobQueue {
  enqueue(key: string, job: Job): Promise<void>
  waiting(): Promise<readonly JobStatus[]>
  /** Runs what is due, a few at a time, until nothing is that others do not run already. */
  work(run: RunJob): Promise<void>
}

/** `signal` is aborted at the deadline; a run that does not heed it is left behind. */
const attempt = async ({ job, attempts }: JobStatus, run: RunJob) => {
  const deadline = new AbortController()
  const late = () => new BulkheadError('internal', 'A job did not end in time. It is tried again.')
  const timer = setTimeout(() => deadline.abort(late()), RUN_DEADLINE_MS)
  try {
    return await within(RUN_CUT_MS, run(job, attempts, deadline.signal), late)
  } catch (error) {
    return { thrown: asBulkheadError(error).code }
  } finally {
    clearTimeout(timer)
  }
}

export const createJobQueue = (store: JobStore, now: () => Millis): JobQueue => {
  const rows = new Map<string, JobStatus>()
  /** Being made durable for the first time. */
  const arriving = new Map<string, Promise<void>>()
  const running = new Map<string, Millis>()
  let loading: Promise<void> | undefined

  const stored = <T>(work: Promise<T>): Promise<T> =>
    within(STORE_DEADLINE_MS, work, () => new Error(`the jobs' storage gave no answer in ${STORE_DEADLINE_MS} ms`))

  const load = async (): Promise<void> => {
    loading ??= stored(store.load()).then((found) => {
      for (const row of found) rows.set(row.key, row)
    })
    try {
      await loading
    } catch (error) {
      loading = undefined
      throw error
    }
  }

  const wake = async (): Promise<void> => {
    const next = nextLook(rows.values(), running)
    if (next !== undefined) await stored(store.wakeAt(Math.max(next, now() + 1)))
  }

  const arrive = async (row: JobStatus): Promise<void> => {
    try {
      await stored(store.put(row))
    } catch (error) {
      rows.delete(row.key)
      throw error
    } finally {
      arriving.delete(row.key)
    }
  }

  const runOne = async (waiting: JobStatus, run: RunJob): Promise<void> => {
    const row = { ...waiting, attempts: waiting.attempts + 1 }
    try {
      rows.set(row.key, row)
      await stored(store.put(row))
      const next = after(row, await attempt(row, run), now())
      if (next === undefined) {
        await stored(store.remove(row.key))
        rows.delete(row.key)
      } else {
        rows.set(row.key, next)
        await stored(store.put(next))
      }
    } catch (error) {
      // Storage failed, before the run or behind it: at least once, so it is run again.
      rows.set(row.key, { ...row, ...after(row, { thrown: 'ledger_unavailable' }, now()) })
      throw error
    } finally {
      running.delete(row.key)
    }
  }

  const isBusy = (key: string): boolean => running.has(key) || arriving.has(key)

  /** One of the few hands: takes what is due, one after the other. */
  const serve = async (run: RunJob): Promise<void> => {
    for (;;) {
      const row = running.size < RUN_AT_ONCE ? nextDue(rows.values(), isBusy, now()) : undefined
      if (row === undefined) return
      running.set(row.key, now() + LOST_AFTER_MS)
      await runOne(row, run)
    }
  }

  return {
    async enqueue(key, job) {
      await load()
      if (!rows.has(key)) {
        if (rows.size >= MAX_BACKLOG) throw new Error(`${MAX_BACKLOG} jobs wait already`)
        const row = newRow(key, structuredClone(job), now())
        rows.set(key, row)
        arriving.set(key, arrive(row))
      }
      await arriving.get(key)
      await wake()
    },
    async waiting() {
      await load()
      return [...rows.values()].toSorted((a, b) => a.enqueued - b.enqueued).slice(0, MAX_JOBS_SHOWN)
    },
    async work(run) {
      await load()
      const ends = Promise.allSettled(Array.from({ length: RUN_AT_ONCE - running.size }, () => serve(run)))
      // Those under way are on the list by now: should this process be lost, somebody comes for them.
      await wake()
      const failed = (await ends).find((it) => it.status === 'rejected')
      await wake()
      if (failed !== undefined) throw failed.reason
    },
  }
}
