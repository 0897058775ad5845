/** The `Jobs` port on Deno: rows in KV, begun at once in this process, and a timer that finds what waits or was lost. */
import { asBulkheadError } from '../../errors.ts'
import { type Jobs, MAX_JOBS_SHOWN, type RunJob } from '../../jobs.ts'
import { ledgerUnavailable } from '../failures.ts'
import {
  after,
  isDue,
  type JobRow,
  leased,
  MAX_BACKLOG,
  newRow,
  nextLook,
  RUN_AT_ONCE,
  RUN_DEADLINE_MS,
} from '../jobs-core.ts'
import { ALL_JOBS, jobKey, jobPrefix } from './keys.ts'

/** Looked at again at the latest; a row of a process before this one has no timer here. */
const LOOK_AT_MOST_MS = 60_000

export interface DenoJobs extends Jobs {
  /** From now on jobs are run; those that an earlier process left are begun. */
  start(run: RunJob): Promise<void>
  stop(): void
}

export const createJobs = (kv: Deno.Kv, now: () => number, failed: (error: unknown) => void): DenoJobs => {
  const working = new Map<string, boolean>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  let run: RunJob | undefined
  let stopped = false

  const rowsOf = async (queue: string): Promise<JobRow[]> => {
    const rows: JobRow[] = []
    for await (const { value } of kv.list<JobRow>({ prefix: jobPrefix(queue) }, { limit: MAX_BACKLOG + 1 }))
      rows.push(value)
    return rows
  }

  const attempt = async ({ job, attempts }: JobRow) => {
    try {
      if (run === undefined) throw new Error('jobs are not started')
      return await run(job, attempts, AbortSignal.timeout(RUN_DEADLINE_MS))
    } catch (error) {
      return { thrown: asBulkheadError(error).code }
    }
  }

  const runOne = async (queue: string, waiting: JobRow): Promise<void> => {
    const row = leased(waiting, now())
    await kv.set(jobKey(queue, row.key), row)
    const next = after(row, await attempt(row), now())
    if (stopped) return
    if (next === undefined) await kv.delete(jobKey(queue, row.key))
    else await kv.set(jobKey(queue, row.key), next)
  }

  /** One pass at a time for each queue; who comes meanwhile makes it look once more. */
  const work = async (queue: string): Promise<void> => {
    if (run === undefined || stopped) return
    if (working.has(queue)) {
      working.set(queue, true)
      return
    }
    working.set(queue, false)
    try {
      for (;;) {
        const due = (await rowsOf(queue)).filter((it) => isDue(it, now())).slice(0, RUN_AT_ONCE)
        if (due.length === 0 && working.get(queue) !== true) break
        working.set(queue, false)
        await Promise.all(due.map((it) => runOne(queue, it)))
      }
      const next = nextLook(await rowsOf(queue))
      if (next !== undefined && !stopped) look(queue, Math.max(1, Math.min(LOOK_AT_MOST_MS, next - now())))
    } finally {
      working.delete(queue)
    }
  }

  const begin = (queue: string): void => void work(queue).catch(failed)

  const look = (queue: string, ms: number): void => {
    clearTimeout(timers.get(queue))
    timers.set(
      queue,
      setTimeout(() => begin(queue), ms),
    )
  }

  return {
    async enqueue(queue, key, job) {
      try {
        const rows = await rowsOf(queue)
        if (rows.length >= MAX_BACKLOG) throw new Error(`${MAX_BACKLOG} jobs wait already`)
        if (!rows.some((it) => it.key === key)) {
          const { ok } = await kv
            .atomic()
            .check({ key: jobKey(queue, key), versionstamp: null })
            .set(jobKey(queue, key), newRow(key, job, now()))
            .commit()
          // Somebody else enqueued the same one just now: it is there.
          if (!ok && (await kv.get(jobKey(queue, key))).value === null) throw new Error('the job could not be stored')
        }
      } catch (error) {
        throw ledgerUnavailable(queue, 'enqueue', error)
      }
      begin(queue)
    },
    waiting: async (queue) =>
      (await rowsOf(queue)).toSorted((a, b) => a.enqueued - b.enqueued).slice(0, MAX_JOBS_SHOWN),
    async start(runJob) {
      run = runJob
      const queues = new Set<string>()
      for await (const { key, value } of kv.list<JobRow>({ prefix: ALL_JOBS })) {
        queues.add(String(key[1]))
        // One process writes this storage: a lease that is found belongs to one that is gone.
        if (value.leasedUntil > 0) await kv.set(key, { ...value, leasedUntil: 0 })
      }
      for (const queue of queues) begin(queue)
    },
    stop() {
      stopped = true
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
