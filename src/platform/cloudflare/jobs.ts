/**
 * One queue of jobs in a Durable Object of its own, so that work never slows a ledger down. A job is durable before it is
 * acknowledged and begins at once; an alarm is the safety net that finds what a lost process left behind.
 */
import { DurableObject } from 'cloudflare:workers'
import { within } from '../../deadline.ts'
import { asBulkheadError } from '../../errors.ts'
import { type Job, type JobStatus, type Jobs, MAX_JOBS_SHOWN, type RunJob } from '../../jobs.ts'
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
import { LEDGER_DEADLINE_MS } from './ledgers.ts'

const PREFIX = 'job '

export class JobsObject extends DurableObject {
  /** Set by the entry: the app in this isolate, made from the same bindings. */
  static runner: (env: never) => RunJob = () => {
    throw new Error('No app runs jobs here')
  }

  #running = 0

  async enqueue(key: string, job: Job): Promise<void> {
    const rows = await this.#rows()
    if (!rows.some((it) => it.key === key)) {
      if (rows.length >= MAX_BACKLOG) throw new Error(`${MAX_BACKLOG} jobs wait already`)
      await this.ctx.storage.put(PREFIX + key, newRow(key, job, Date.now()))
    }
    await this.#wake()
    this.ctx.waitUntil(this.#work())
  }

  async waiting(): Promise<readonly JobStatus[]> {
    const rows = await this.#rows()
    return rows.toSorted((a, b) => a.enqueued - b.enqueued).slice(0, MAX_JOBS_SHOWN)
  }

  override async alarm(): Promise<void> {
    await this.#work()
  }

  async #rows(): Promise<readonly JobRow[]> {
    return [...(await this.ctx.storage.list<JobRow>({ prefix: PREFIX, limit: MAX_BACKLOG + 1 })).values()]
  }

  /** The alarm stands where somebody must look next. */
  async #wake(): Promise<void> {
    const next = nextLook(await this.#rows())
    if (next !== undefined) await this.ctx.storage.setAlarm(Math.max(next, Date.now() + 1))
  }

  /** Runs what is due, a few at a time, until nothing is. */
  async #work(): Promise<void> {
    for (;;) {
      const due = (await this.#rows()).filter((it) => isDue(it, Date.now())).slice(0, RUN_AT_ONCE - this.#running)
      if (due.length === 0) break
      await Promise.all(due.map((row) => this.#run(row)))
    }
    await this.#wake()
  }

  async #run(waiting: JobRow): Promise<void> {
    const row = leased(waiting, Date.now())
    this.#running += 1
    try {
      await this.ctx.storage.put(PREFIX + row.key, row)
      const next = after(row, await this.#attempt(row), Date.now())
      if (next === undefined) await this.ctx.storage.delete(PREFIX + row.key)
      else await this.ctx.storage.put(PREFIX + row.key, next)
    } finally {
      this.#running -= 1
    }
  }

  async #attempt({ job, attempts }: JobRow) {
    try {
      const run = JobsObject.runner(this.env as never)
      return await run(job, attempts, AbortSignal.timeout(RUN_DEADLINE_MS))
    } catch (error) {
      return { thrown: asBulkheadError(error).code }
    }
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
