/**
 * A breaker per cluster (THREATS.md L7-2): an API server that cannot be reached is asked by one request at a time, so that
 * callers are told at once in place of waiting for the same deadline one after the other, and a server that comes back is
 * not met by all of them together. Reads and changes share it; the state is this isolate's own, and safe to lose.
 *
 *     closed ──FAILURES in a row──▶ open ──OPEN_MS──▶ half-open (one probe) ──reached──▶ closed
 *                                    ▲                       └──────failed──────┘
 *
 * What counts is whether the server begins to answer. A refusal is an answer; a list that is too slow to finish is no
 * failure, or one caller's large question could close the door to the others. Pure: the time is passed in.
 */
import type { Millis } from '../ports.ts'

/** One lost connection is an accident, five in a row are a state. */
export const BREAKER_FAILURES = 5
/** Short against any outage that a person would notice, long against the deadline that it saves a caller. */
export const BREAKER_OPEN_MS = 10_000
/** A probe that said nothing for so long was lost with its request: the next one is let through. Above its own deadline. */
export const BREAKER_PROBE_MS = 15_000

export type BreakerPhase = 'closed' | 'open' | 'half-open'

/** `since`: when it opened, or when the probe was let through. */
export type BreakerState =
  | { readonly phase: 'closed'; readonly failures: number }
  | { readonly phase: 'open' | 'half-open'; readonly since: Millis }

export const CLOSED: BreakerState = { phase: 'closed', failures: 0 }

/** What one request came to. `unknown`: the caller went away, or nothing was sent. */
export type BreakerVerdict = 'reached' | 'failed' | 'unknown'

export type Passage =
  | { readonly allowed: true; readonly probe: boolean; readonly state: BreakerState }
  /** `retryAfterMs` is above 0, and at most `BREAKER_PROBE_MS`. */
  | { readonly allowed: false; readonly retryAfterMs: Millis }

/** May a request be sent? To be asked before each; `state` is to be kept. */
export const pass = (state: BreakerState, now: Millis): Passage => {
  if (state.phase === 'closed') return { allowed: true, probe: false, state }
  const left = state.since + (state.phase === 'open' ? BREAKER_OPEN_MS : BREAKER_PROBE_MS) - now
  // A clock that was set back must not keep it open.
  if (left > 0 && now >= state.since) return { allowed: false, retryAfterMs: left }
  return { allowed: true, probe: true, state: { phase: 'half-open', since: now } }
}

/**
 * The state after a request's end. What was sent before it opened can still tell that the server is there; that it is
 * not, only the probe can.
 */
export const settle = (state: BreakerState, verdict: BreakerVerdict, probe: boolean, now: Millis): BreakerState => {
  if (verdict === 'reached') return CLOSED
  if (state.phase === 'closed') {
    if (verdict === 'unknown') return state
    const failures = state.failures + 1
    return failures < BREAKER_FAILURES ? { phase: 'closed', failures } : { phase: 'open', since: now }
  }
  if (state.phase === 'open' || !probe) return state
  // The next request is the probe in the place of one that was given up.
  return { phase: 'open', since: verdict === 'failed' ? now : now - BREAKER_OPEN_MS }
}

/** One cluster's breaker as its requests meet it. */
export interface Breaker {
  phase(): BreakerPhase
  /** Undefined: refused. Whoever gets a passage says what became of it, once. */
  enter(): { readonly leave: (verdict: BreakerVerdict) => void } | { readonly retryAfterMs: Millis }
}

export const createBreaker = (now: () => Millis): Breaker => {
  let state: BreakerState = CLOSED
  return {
    phase: () => state.phase,
    enter() {
      const passage = pass(state, now())
      if (!passage.allowed) return { retryAfterMs: passage.retryAfterMs }
      state = passage.state
      return {
        leave(verdict) {
          state = settle(state, verdict, passage.probe, now())
        },
      }
    },
  }
}
