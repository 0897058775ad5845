/** @jsxImportSource hono/jsx */
/** Times, parties and states in words: the same everywhere on the console. */
import type { PlanState, StepState } from '../../plan.ts'
import type { Millis, RecordedCaller } from '../../ports.ts'
import { KEY_ISSUER } from '../keys.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const span = (ms: Millis): string => {
  if (ms < MINUTE) return `${Math.max(1, Math.round(ms / 1000))} s`
  if (ms < 2 * HOUR) return `${Math.round(ms / MINUTE)} min`
  return ms < 48 * HOUR ? `${Math.round(ms / HOUR)} h` : `${Math.round(ms / (24 * HOUR))} days`
}

/** `3 min ago`, `in 7 min`. */
export const relative = (at: Millis, now: Millis): string =>
  at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`

export const utc = (at: Millis): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

export const When = ({ at, now }: { at: Millis; now: Millis }) => (
  <time datetime={new Date(at).toISOString()} title={`${utc(at)} UTC`}>
    {relative(at, now)}
  </time>
)

type Party = Pick<RecordedCaller, 'issuer' | 'client' | 'subject' | 'owner' | 'act'>

/** Who, with the issuer where it is not a key of ours, and who acts for them. */
export const partyName = ({ issuer, client, subject, act }: Party): string => {
  const host = URL.parse(issuer)?.host ?? issuer
  const who = issuer === KEY_ISSUER ? subject : `${subject} (${client === '' ? host : `${client}, ${host}`})`
  return act === undefined || act.length === 0 ? who : `${act.join(' for ')} for ${who}`
}

/** `callerKey` read back: three strings, or the text as it is. */
export const ownerName = (owner: string): string => {
  try {
    const [issuer, client, subject] = JSON.parse(owner) as readonly unknown[]
    if (typeof issuer === 'string' && typeof client === 'string' && typeof subject === 'string')
      return partyName({ issuer, client, subject })
  } catch {
    // Not a key of a caller: shown as it is.
  }
  return owner
}

export const objectName = ({ kind, name, namespace }: { kind: string; name: string; namespace?: string }): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

type Tone = '' | 'warn' | 'bad' | 'good' | 'info'

const STATES: Readonly<Record<PlanState, readonly [words: string, tone: Tone]>> = {
  pending: ['waits for a decision', 'warn'],
  confirmed: ['confirmed', 'info'],
  approved: ['approved', 'info'],
  applying: ['being applied', 'info'],
  applied: ['applied', 'good'],
  partly_applied: ['partly applied', 'bad'],
  unknown: ['outcome unknown', 'bad'],
  refused: ['refused', ''],
  stale: ['stale', ''],
  expired: ['expired', ''],
}
export const stateWords = (state: PlanState): string => STATES[state][0]
export const StateBadge = ({ state }: { state: PlanState }) => (
  <span class={`badge ${STATES[state][1]}`}>{stateWords(state)}</span>
)

const STEPS: Readonly<Record<StepState, readonly [words: string, tone: Tone]>> = {
  waiting: ['not begun', ''],
  intended: ['under way', 'info'],
  done: ['done', 'good'],
  failed: ['failed', 'bad'],
  unknown: ['outcome unknown', 'bad'],
}
export const StepBadge = ({ state }: { state: StepState }) => (
  <span class={`badge ${STEPS[state][1]}`}>{STEPS[state][0]}</span>
)
