/** The `Jobs` port on Deno: rows in KV, begun at once in this process, and a timer that finds what waits. */
import type { JobStatus, Jobs, RunJob } from '../../jobs.ts'
import type { Millis } from '../../ports.ts'
import { ledgerUnavailable } from '../failures.ts'
import { createJobQueue, type JobQueue } from '../job-queue.ts'
import { ALL_JOBS, jobKey, jobPrefix } from './keys.ts'

/** What a timer takes; nothing waits longer than a day anyway. */
const MAX_TIMER_MS: Millis = 24 * 3_600_000

export interface DenoJobs extends Jobs {
  /** From now on jobs are run; those that an earlier process left are begun. */
  start(run: RunJob): Promise<void>
  stop(): void
}

export const createJobs = (kv: Deno.Kv, now: () => Millis, failed: (error: unknown) => void): DenoJobs => {
  const queues = new Map<string, JobQueue>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  let run: RunJob | undefined
  let stopped = false

  const load = async (queue: string): Promise<readonly JobStatus[]> => {
    const rows: JobStatus[] = []
    for await (const { value } of kv.list<JobStatus>({ prefix: jobPrefix(queue) })) rows.push(value)
    return rows
  }

  const of = (name: string): JobQueue => {
    const queue =
      queues.get(name) ??
      createJobQueue(
        {
          load: () => load(name),
          put: async (row) => void (await kv.set(jobKey(name, row.key), row)),
          remove: (key) => kv.delete(jobKey(name, key)),
          async wakeAt(time) {
            clearTimeout(timers.get(name))
            if (stopped) return
            const ms = Math.min(MAX_TIMER_MS, time - now())
            timers.set(
              name,
              setTimeout(() => begin(name), ms),
            )
          },
        },
        now,
      )
    queues.set(name, queue)
    return queue
  }

  const begin = (name: string): void => {
    if (run === undefined || stopped) return
    of(name)
      .work(run)
      // What was under way when the storage was closed is begun again by the next process.
      .catch((error: unknown) => stopped || failed(error))
  }

  const ask = async <T>(name: string, action: string, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw ledgerUnavailable(name, action, error)
    }
  }

  return {
    async enqueue(name, key, job) {
      await ask(name, 'enqueue', of(name).enqueue(key, job))
      begin(name)
    },
    waiting: (name) => ask(name, 'waiting', of(name).waiting()),
    async start(runJob) {
      run = runJob
      const names = new Set<string>()
      for await (const { key } of kv.list({ prefix: ALL_JOBS })) names.add(String(key[1]))
      for (const name of names) begin(name)
    },
    stop() {
      stopped = true
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
