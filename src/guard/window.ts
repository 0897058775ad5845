/**
 * Counts what happened within a span that slides, pure and small: seven slots of a sixth of the span. It never counts less
 * than the span held, and nothing that is older than the span and a sixth.
 */
import type { Millis } from '../ports.ts'

/** Slots of one span; one more is kept, for the oldest is in the span only in part. */
const SLOTS = 6

/** Oldest first. */
export type Window = readonly (readonly [slot: number, count: number])[]

/** The window with one more at `now`. A clock that goes back counts in the newest slot that there is. */
export const counted = (window: Window, now: Millis, spanMs: Millis): Window => {
  const slot = Math.max(window.at(-1)?.[0] ?? 0, Math.floor((now * SLOTS) / spanMs))
  const kept = window.filter(([it]) => it >= slot - SLOTS)
  const last = kept.at(-1)
  return last?.[0] === slot ? [...kept.slice(0, -1), [slot, last[1] + 1]] : [...kept, [slot, 1]]
}

export const totalOf = (window: Window): number => window.reduce((sum, [, count]) => sum + count, 0)
