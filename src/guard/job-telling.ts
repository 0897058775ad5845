/** What operators are told of a durable job: each run is counted, and is a span where it is traced. */
import { asBulkheadError } from '../errors.ts'
import type { Job, JobResult, RunJob } from '../jobs.ts'
import type { Meter } from '../meter.ts'
import type { BeginTrace, Span } from '../trace.ts'
import { readTraceContext } from './trace/context.ts'

type RunWithin = (job: Job, attempt: number, signal: AbortSignal, within: Span | undefined) => Promise<JobResult>

/** `again` is not yet finished, and no failure: a job that waits for its turn says so, too. */
const outcomeOf = (result: JobResult): 'done' | 'again' | 'failed' => {
  if (result.done) return 'done'
  return result.code === undefined ? 'again' : 'failed'
}

export const tellingJobs =
  (meter: Meter, trace: BeginTrace | undefined, run: RunWithin): RunJob =>
  async (job, attempt, signal) => {
    const { kind } = job
    // What asked for it may be long answered; where it was traced, this is the rest of its trace.
    const parent = kind === 'diagnose' ? readTraceContext(job.traceparent, undefined) : undefined
    const attributes = {
      'bulkhead.job.kind': kind,
      'bulkhead.job.attempt': attempt,
      'bulkhead.hook': kind === 'diagnose' ? job.hook : undefined,
      'k8s.cluster.name': kind === 'apply' ? job.cluster : undefined,
    }
    const span = trace?.({ name: `job ${kind}`, kind: 'internal', attributes, parent })
    const told = (outcome: 'done' | 'again' | 'failed', code: string | undefined): void => {
      meter.count('bulkhead_jobs_total', { kind, outcome })
      span?.end({ 'bulkhead.outcome': outcome, 'error.type': code })
    }
    try {
      const result = await run(job, attempt, signal, span)
      told(outcomeOf(result), 'code' in result ? result.code : undefined)
      return result
    } catch (error) {
      told('failed', asBulkheadError(error).code)
      throw error
    }
  }
