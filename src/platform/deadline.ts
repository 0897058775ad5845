/** Every wait on a platform has an end: what does not answer in time has failed. */
import type { Millis } from '../ports.ts'

/** Settles as `work` does, or rejects with what `late` makes once `ms` have passed. The work itself is not stopped. */
export const withDeadline = <T>(work: Promise<T>, ms: Millis, late: () => Error): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
