/** Jobs in memory: nothing runs until a test says so. */
import type { Job, JobStatus, Jobs, RunJob } from '../jobs.ts'
import { MAX_JOBS_SHOWN } from '../jobs.ts'

interface Waiting extends JobStatus {
  readonly queue: string
}

/** A test whose jobs never come to an end is wrong. */
const MAX_RUNS = 1_000

export interface MemoryJobs extends Jobs {
  /** Runs what waits, in order, until nothing does; a job that asks for a pause is run again at once. */
  run(runJob: RunJob, signal?: AbortSignal): Promise<void>
  /** Runs what waits once. */
  runOnce(runJob: RunJob, signal?: AbortSignal): Promise<void>
  /** Told of every job as soon as it is enqueued: how a platform begins it. */
  onEnqueue(begin: () => void): void
  readonly queued: readonly Waiting[]
}

export const createMemoryJobs = (now: () => number, broken: () => boolean = () => false): MemoryJobs => {
  const waiting = new Map<string, Waiting>()
  let begin = () => {}
  const runOnce = async (runJob: RunJob, signal = new AbortController().signal): Promise<void> => {
    for (const [key, it] of [...waiting]) {
      const attempts = it.attempts + 1
      try {
        const result = await runJob(it.job, attempts, signal)
        if (result.done) waiting.delete(key)
        else
          waiting.set(key, {
            ...it,
            attempts,
            next: now() + result.afterMs,
            ...(result.code === undefined ? {} : { code: result.code }),
          })
      } catch {
        waiting.set(key, { ...it, attempts })
      }
    }
  }
  return {
    async enqueue(queue, key, job: Job) {
      if (broken()) throw new Error('broken by the test')
      const id = `${queue} ${key}`
      if (!waiting.has(id))
        waiting.set(id, { queue, key, job: structuredClone(job), attempts: 0, enqueued: now(), next: now() })
      begin()
    },
    waiting: async (queue) => [...waiting.values()].filter((it) => it.queue === queue).slice(0, MAX_JOBS_SHOWN),
    runOnce,
    async run(runJob, signal) {
      for (let runs = 0; waiting.size > 0 && runs < MAX_RUNS; runs += 1) await runOnce(runJob, signal)
    },
    onEnqueue(it) {
      begin = it
    },
    get queued() {
      return [...waiting.values()]
    },
  }
}
