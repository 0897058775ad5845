/** What the checks of the `Jobs` port are made of. */
import type { Job, JobResult, Jobs, RunJob } from '../../src/jobs.ts'
import { RUN_DEADLINE_MS } from '../../src/platform/jobs-core.ts'
import type { Millis } from '../../src/ports.ts'

/** Queues of this check's own, and what may happen to the platform under them. */
export interface MadeJobs {
  readonly jobs: Jobs
  readonly queue: string
  /** Another queue of the same platform. */
  readonly other: string
  /** What a job does from now on. */
  runs(run: RunJob): void
  now(): Millis
  /** Lets time pass until it is so; throws where it never is. */
  until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void>
  /** The process or object is lost with all that was under way; storage stays. Whoever comes next finds what it left. */
  crash(): Promise<void>
}
/** `work` gets what was made; whatever still runs then is let go. */
export type MakeJobs = (work: (made: MadeJobs) => Promise<void>) => Promise<void>

export const DONE: JobResult = { done: true }

export const job = (name: string): Job => ({ kind: 'apply', cluster: 'prod', plan: name })
export const nameOf = (it: Job): string => {
  if (it.kind !== 'apply') throw new Error(`The suite asks for applies alone: ${it.kind}`)
  return it.plan
}

const POLL_MS = 5

/** Backoff and a busy machine; what is not so by then is not going to be. */
const UNTIL_DEADLINE_MS: Millis = 20_000

export const pause = (ms: Millis): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** `step` is taken between two looks: where time is the test's own, it goes on. */
export const poll = async (
  isSo: () => boolean | Promise<boolean>,
  what: string,
  step: () => void = () => undefined,
): Promise<void> => {
  for (const end = Date.now() + UNTIL_DEADLINE_MS; Date.now() < end; await pause(POLL_MS)) {
    if (await isSo()) return
    step()
  }
  throw new Error(`Wait for ${what}: it did not come in ${UNTIL_DEADLINE_MS / 1000} s`)
}

/** Runs that last until they are let go. */
export const createGate = () => {
  let open = false
  return {
    /** Looks for itself: in a Worker, a promise of another request is not to be waited for. */
    async passed(): Promise<void> {
      while (!open) await pause(POLL_MS)
    },
    open(): void {
      open = true
    },
  }
}

const FASTER = 500

/** Waits as long as a run's deadline take a fraction of that, in whatever `work` starts. */
export const withShortDeadlines = async (work: () => Promise<void>): Promise<void> => {
  const real = globalThis.setTimeout
  const short = (call: () => void, ms = 0) => real(call, ms >= RUN_DEADLINE_MS ? ms / FASTER : ms)
  globalThis.setTimeout = short as unknown as typeof setTimeout
  try {
    await work()
  } finally {
    globalThis.setTimeout = real
  }
}
