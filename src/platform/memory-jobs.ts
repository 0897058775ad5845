/** Jobs in memory: nothing runs until a test says so. */
import type { Job, JobStatus, Jobs, RunJob } from '../jobs.ts'
import { MAX_JOBS_SHOWN } from '../jobs.ts'
import { ledgerUnavailable } from './failures.ts'
import { MAX_BACKLOG } from './jobs-core.ts'

interface Waiting extends JobStatus {
  readonly queue: string
}

/** A test whose jobs never come to an end is wrong. */
const MAX_RUNS = 1_000

export interface MemoryJobs extends Jobs {
  /** Runs what is due, in order, until nothing is: a job that asks for a pause waits for the clock. */
  run(runJob: RunJob, signal?: AbortSignal): Promise<void>
  /** Runs what is due once. */
  runOnce(runJob: RunJob, signal?: AbortSignal): Promise<void>
  /** Told of every job as soon as it is enqueued: how a platform begins it. */
  onEnqueue(begin: () => void): void
  readonly queued: readonly Waiting[]
}

export const createMemoryJobs = (now: () => number, broken: () => boolean = () => false): MemoryJobs => {
  const waiting = new Map<string, Waiting>()
  /** Under way: nobody else runs it, as a lease promises elsewhere. */
  const running = new Set<string>()
  let begin = () => {}
  const runOnce = async (runJob: RunJob, signal = new AbortController().signal): Promise<void> => {
    for (const [key, it] of [...waiting]) {
      if (running.has(key) || it.next > now()) continue
      const attempts = it.attempts + 1
      running.add(key)
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
      } finally {
        running.delete(key)
      }
    }
  }
  return {
    async enqueue(queue, key, job: Job) {
      if (broken()) throw new Error('broken by the test')
      const id = `${queue} ${key}`
      const queued = [...waiting.values()].filter((it) => it.queue === queue).length
      if (!waiting.has(id) && queued >= MAX_BACKLOG)
        throw ledgerUnavailable(queue, 'enqueue', new Error(`${MAX_BACKLOG} jobs wait already`))
      if (!waiting.has(id))
        waiting.set(id, { queue, key, job: structuredClone(job), attempts: 0, enqueued: now(), next: now() })
      begin()
    },
    waiting: async (queue) => [...waiting.values()].filter((it) => it.queue === queue).slice(0, MAX_JOBS_SHOWN),
    runOnce,
    async run(runJob, signal) {
      const isDue = () => [...waiting].some(([key, it]) => !running.has(key) && it.next <= now())
      for (let runs = 0; isDue() && runs < MAX_RUNS; runs += 1) await runOnce(runJob, signal)
    },
    onEnqueue(it) {
      begin = it
    },
    get queued() {
      return [...waiting.values()]
    },
  }
}
