/**
 * Deadlines that hold. A lease is the life of one request: it ends with the caller's signal or when a phase takes too
 * long, whichever is first, and then everything under it ends, whether or not the transport listens to its signal.
 */
import type { BulkheadError } from '../errors.ts'

export interface Lease {
  /** Aborts when the caller does, or when a phase was late. */
  readonly signal: AbortSignal
  /**
   * `work`, but at most `ms` milliseconds of it. Late: rejects with `late()` and aborts the signal. The caller aborted:
   * rejects with the caller's reason, unchanged.
   */
  phase<T>(work: Promise<T>, ms: number, late: () => BulkheadError): Promise<T>
  /** Waits, as a phase that cannot be late. */
  sleep(ms: number): Promise<void>
  /** Aborts whatever still runs under the lease. */
  abort(): void
  /** Lets go of the caller's signal. To be called once, when nothing runs under the lease any more. */
  end(): void
}

export const createLease = (caller: AbortSignal): Lease => {
  const controller = new AbortController()
  const { signal } = controller
  const follow = () => controller.abort(caller.reason)
  if (caller.aborted) follow()
  else caller.addEventListener('abort', follow, { once: true })

  /** Settles with `start`'s own calls, or rejects when the signal aborts; never both. */
  const untilAborted = <T>(
    start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => () => void,
  ): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const stop = () => finish(() => reject(signal.reason))
      const finish = (settle: () => void) => {
        signal.removeEventListener('abort', stop)
        cleanUp()
        settle()
      }
      let cleanUp = () => {}
      if (signal.aborted) return stop()
      signal.addEventListener('abort', stop)
      cleanUp = start(
        (value) => finish(() => resolve(value)),
        // A transport that heeds the signal rejects with an error of its own; ours says why.
        (reason) => finish(() => reject(signal.aborted ? signal.reason : reason)),
      )
    })

  return {
    signal,
    phase(work, ms, late) {
      // Should the lease end first, nobody is left to hear of the work's own failure.
      work.catch(() => undefined)
      // No time left is late, even where the work has something ready: else a steady drip would never end.
      if (ms <= 0) controller.abort(late())
      return untilAborted((resolve, reject) => {
        const timer = setTimeout(() => controller.abort(late()), ms)
        work.then(resolve, reject)
        return () => clearTimeout(timer)
      })
    },
    sleep: (ms) =>
      untilAborted((resolve) => {
        const timer = setTimeout(() => resolve(undefined), ms)
        return () => clearTimeout(timer)
      }),
    abort: () => controller.abort(),
    end: () => caller.removeEventListener('abort', follow),
  }
}
