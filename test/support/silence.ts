/**
 * Storage that never answers, in a test that does not wait: its timers go by the time that passes, and where `work` is stuck
 * in a promise of `never`, on to our own deadline at once.
 */
import { vi } from 'vitest'
import { PORT_DEADLINE_MS } from '../../src/guard/bounded.ts'

const TICK_MS = 2

export const withSilence = async <T>(work: (never: () => Promise<never>) => Promise<T>): Promise<T> => {
  const real = globalThis.setTimeout
  const tick = (): Promise<void> => new Promise((resolve) => real(resolve, TICK_MS))
  let stuck = 0
  let ended = false
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const working = work(() => {
      stuck += 1
      return new Promise(() => undefined)
    }).finally(() => {
      ended = true
    })
    // Told by `working` itself, below.
    working.catch(() => undefined)
    for (let then = performance.now(); !ended; await tick()) {
      const passed = Math.floor(performance.now() - then)
      then += passed
      await vi.advanceTimersByTimeAsync(stuck > 0 ? PORT_DEADLINE_MS : passed)
      if (stuck > 0) stuck -= 1
    }
    return await working
  } finally {
    vi.useRealTimers()
  }
}
