/** What the project wants to reach, set high, and whether it was. A miss is explained in docs/performance.md. */

export interface Goal {
  readonly what: string
  /** How it is written: `≤ 0.3 ×`. */
  readonly goal: string
  /** Undefined: it could not be measured. */
  readonly measured: number | undefined
  readonly isMet: (measured: number) => boolean
  readonly write: (measured: number) => string
}

export const times = (value: number): string => `${value.toFixed(2)} ×`
const whole = (value: number): string => Math.round(value).toLocaleString('en-US')

/** A ratio of two times. */
export const ratioAtMost = (what: string, most: number, measured: number | undefined): Goal => ({
  what,
  goal: `≤ ${most.toFixed(2)} ×`,
  measured,
  isMet: (it) => it <= most,
  write: times,
})

export const ratioAbove = (what: string, least: number, measured: number | undefined): Goal => ({
  what,
  goal: `> ${least.toFixed(2)} ×`,
  measured,
  isMet: (it) => it > least,
  write: times,
})

export const tokensAtMost = (what: string, most: number, measured: number | undefined): Goal => ({
  what,
  goal: `≤ ${whole(most)} tokens`,
  measured,
  isMet: (it) => it <= most,
  write: whole,
})

export const millisAtMost = (what: string, most: number, measured: number | undefined): Goal => ({
  what,
  goal: `≤ ${most} ms`,
  measured,
  isMet: (it) => it <= most,
  write: (it) => `${it.toFixed(1)} ms`,
})

export const goalRow = ({ what, goal, measured, isMet, write }: Goal): readonly string[] => [
  what,
  goal,
  measured === undefined ? 'not measured' : write(measured),
  measured === undefined ? '' : isMet(measured) ? 'met' : 'missed',
]
