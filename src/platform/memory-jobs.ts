/** Jobs in memory: the same queues as everywhere; nothing runs until a test says so, and time is the test's own clock. */
import type { JobStatus, Jobs, RunJob } from '../jobs.ts'
import type { Millis } from '../ports.ts'
import { ledgerUnavailable } from './failures.ts'
import { createJobQueue, type JobQueue } from './job-queue.ts'

export interface MemoryJobs extends Jobs {
  /** Runs what is due, of every queue, until nothing is: a job that asks for a pause waits for the clock. */
  run(runJob: RunJob): Promise<void>
  /** Told of every job as soon as it is enqueued: how a platform begins it. */
  onEnqueue(begin: () => void): void
  /** What storage holds is all that is left, as after a lost process. */
  restart(): void
  /** Nothing is left, as where the process was lost before it could enqueue. */
  lose(): void
}

export const createMemoryJobs = (now: () => Millis): MemoryJobs => {
  const stored = new Map<string, Map<string, JobStatus>>()
  const queues = new Map<string, JobQueue>()
  let begin = () => {}
  const of = (name: string): JobQueue => {
    const rows = stored.get(name) ?? new Map<string, JobStatus>()
    stored.set(name, rows)
    const queue =
      queues.get(name) ??
      createJobQueue(
        {
          load: async () => [...rows.values()],
          put: async (row) => void rows.set(row.key, structuredClone(row)),
          remove: async (key) => void rows.delete(key),
          wakeAt: async () => undefined,
        },
        now,
      )
    queues.set(name, queue)
    return queue
  }
  const isDue = (): boolean => [...stored.values()].some((rows) => [...rows.values()].some((it) => it.next <= now()))
  return {
    async enqueue(queue, key, job) {
      try {
        await of(queue).enqueue(key, job)
      } catch (error) {
        throw ledgerUnavailable(queue, 'enqueue', error)
      }
      begin()
    },
    waiting: (queue) => of(queue).waiting(),
    async run(runJob) {
      // One queue's jobs may enqueue into another.
      for (let rounds = 0; rounds < 2 || (isDue() && rounds < 10); rounds += 1)
        await Promise.all([...stored.keys()].map((name) => of(name).work(runJob)))
    },
    onEnqueue(it) {
      begin = it
    },
    restart: () => queues.clear(),
    lose() {
      queues.clear()
      stored.clear()
    },
  }
}
