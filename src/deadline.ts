/**
 * Waiting, bounded. `within` gives up on a promise; `createTurn` lets one request do a piece of work that others wait
 * for. A Worker may not await a promise that belongs to another request (it can be cancelled with that request and then
 * never settles), so those who wait do it on timers of their own and never longer than the lease.
 */
import type { Clock, Millis } from './ports.ts'

/** Short beside any fetch, long beside a timer's cost. */
const POLL_MS = 20

/** Settles as `work` does, or rejects with `late()` after `ms`. The work itself is not stopped: give it a signal. */
export const within = async <T>(ms: Millis, work: Promise<T>, late: () => Error): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms)
  })
  try {
    return await Promise.race([work, expiry])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Runs `work`, or, while another request's work is under way, waits for that to end and runs nothing. A holder that was
 * cancelled is forgotten after `leaseMs`. Whoever waited must look again at what it came for: the work may have failed.
 */
export type Turn = (work: () => Promise<void>) => Promise<void>

export const createTurn = (clock: Clock, leaseMs: Millis): Turn => {
  let holder: { readonly until: Millis } | undefined
  const busy = () => holder !== undefined && clock.now() < holder.until
  return async (work) => {
    if (busy()) {
      for (let waited = 0; busy() && waited < leaseMs; waited += POLL_MS)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      return
    }
    const mine = { until: clock.now() + leaseMs }
    holder = mine
    try {
      await work()
    } finally {
      if (holder === mine) holder = undefined
    }
  }
}

/** Of the powers of two: beyond it any pause that begins with a second is longer than a day. */
const MOST_DOUBLINGS = 16

/** How long to wait before the next try: `firstMs`, then twice as long each time, at most `mostMs`. `failures`: 0 for the first pause. */
export const backoffMs = (failures: number, firstMs: Millis, mostMs: Millis): Millis =>
  Math.min(mostMs, firstMs * 2 ** Math.min(failures, MOST_DOUBLINGS))
