/**
 * One queue of jobs in a Durable Object of its own, so that work never slows a ledger down. A job is durable before it is
 * acknowledged and begins at once; an alarm is the safety net that finds what a lost process left behind, and so does
 * whoever asks the object anything.
 */
import { DurableObject } from 'cloudflare:workers'
import { within } from '../../deadline.ts'
import type { Job, JobStatus, Jobs, RunJob } from '../../jobs.ts'
import { ledgerUnavailable } from '../failures.ts'
import { createJobQueue } from '../job-queue.ts'
import { LEDGER_DEADLINE_MS } from './ledgers.ts'

const PREFIX = 'job '

export class JobsObject extends DurableObject {
  /** Set by the entry: the app in this isolate, made from the same bindings. */
  static runner: (env: never) => RunJob = () => {
    throw new Error('No app runs jobs here')
  }

  // The runtime holds every answer back until what was written before it is durable.
  readonly #queue = createJobQueue(
    {
      load: async () => [...this.ctx.storage.kv.list<JobStatus>({ prefix: PREFIX })].map(([, row]) => row),
      put: async (row) => this.ctx.storage.kv.put(PREFIX + row.key, row),
      remove: async (key) => void this.ctx.storage.kv.delete(PREFIX + key),
      wakeAt: (time) => this.ctx.storage.setAlarm(time),
    },
    Date.now,
  )

  async enqueue(key: string, job: Job): Promise<void> {
    await this.#queue.enqueue(key, job)
    this.#begin()
  }

  async waiting(): Promise<readonly JobStatus[]> {
    const rows = await this.#queue.waiting()
    this.#begin()
    return rows
  }

  override async alarm(): Promise<void> {
    await this.#work()
  }

  #begin(): void {
    this.ctx.waitUntil(this.#work())
  }

  async #work(): Promise<void> {
    await this.#queue.work(async (job, attempt, signal) => JobsObject.runner(this.env as never)(job, attempt, signal))
  }
}

/** The `Jobs` port: one object a queue. */
export const createJobs = (namespace: DurableObjectNamespace<JobsObject>): Jobs => {
  const ask = async <T>(queue: string, action: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await within(LEDGER_DEADLINE_MS, work(), () => new Error(`no answer in ${LEDGER_DEADLINE_MS} ms`))
    } catch (error) {
      throw ledgerUnavailable(queue, action, error)
    }
  }
  const stub = (queue: string) => namespace.getByName(queue)
  return {
    enqueue: (queue, key, job) => ask(queue, 'enqueue', async () => stub(queue).enqueue(key, job)),
    waiting: (queue) => ask(queue, 'waiting', async () => (await stub(queue).waiting()) as readonly JobStatus[]),
  }
}
