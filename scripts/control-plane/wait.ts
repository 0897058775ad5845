/** Waiting for something that happens elsewhere: always with a deadline, and with the reason when it passes. */
import { setTimeout as delay } from 'node:timers/promises'
import { ControlPlaneError } from './errors.ts'

/** Short enough not to slow a test down, long enough not to load a busy machine. */
const INTERVAL_MS = 100

export interface Deadline {
  /** What is waited for, as the end of the sentence "waited 30 s for …". */
  readonly what: string
  readonly deadlineMs: number
  /** Ends the wait early: its reason is thrown. */
  readonly signal?: AbortSignal
}

/**
 * Asks again and again until `condition` gives something other than `undefined` or `false`, and returns that. A
 * condition that throws is asked again; past the deadline its last error is the cause of `deadline_exceeded`.
 */
export const waitFor = async <T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { what, deadlineMs, signal }: Deadline,
): Promise<T> => {
  const end = Date.now() + deadlineMs
  let last: unknown
  do {
    signal?.throwIfAborted()
    try {
      const value = await condition()
      if (value !== undefined && value !== false) return value
      last = undefined
    } catch (error) {
      last = error
    }
    await delay(INTERVAL_MS)
  } while (Date.now() < end)
  const seen = last instanceof Error ? `: ${last.message}` : ''
  throw new ControlPlaneError('deadline_exceeded', `waited ${deadlineMs / 1000} s for ${what}${seen}`, { cause: last })
}
