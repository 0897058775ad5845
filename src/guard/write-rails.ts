/**
 * The rails for writes: what nobody gets written whatever policy says, judged on the object as it stands, as the caller
 * sends it and as the API server would store it (THREATS.md, Rails). Pure, data and total: each rail is a line of
 * `WRITE_RAILS`, docs/policy.md shows that list, and no JSON makes one throw. The access itself was judged before, by
 * rails.ts.
 *
 * Out of reach, and said so: what a controller makes of a custom resource; what a role grants that a binding only names;
 * and what two plans do together, such as deleting a namespace and making it anew without its labels.
 */
import type { Operation } from '../change.ts'
import type { Json } from '../tool.ts'
import { DOOR_RAILS } from './rails/doors.ts'
import { PLACE_RAILS } from './rails/places.ts'
import { POD_RAILS } from './rails/pods.ts'
import { RBAC_RAILS } from './rails/rbac.ts'
import { SHAPE_RAILS } from './rails/shape.ts'
import { type OwnIdentities, type Proposal, type WriteRail, writingOf } from './rails/words.ts'

export type { OwnIdentities, Proposal, WriteRail } from './rails/words.ts'

/** `field` and `value` are the cluster's text or the caller's: they leave inside the envelope only. */
export interface RailRefusal {
  readonly rail: string
  readonly field: string
  readonly value: string
  /** Why, in our words: the end of a sentence that names the rail. */
  readonly reason: string
}

/** In the order in which they are asked. */
export const WRITE_RAILS: readonly WriteRail[] = [
  ...SHAPE_RAILS,
  ...PLACE_RAILS,
  ...RBAC_RAILS,
  ...DOOR_RAILS,
  ...POD_RAILS,
]

/** UTF-16 code units: enough to know a value again. */
const MAX_VALUE = 200
/** A path through a manifest; a key that somebody made long is not repeated in full. */
const MAX_FIELD = 300

const bounded = (text: string, limit: number): string => (text.length > limit ? `${text.slice(0, limit)}…` : text)

const shown = (value: Json | undefined): string => {
  if (value === undefined) return ''
  return bounded(typeof value === 'string' ? value : JSON.stringify(value), MAX_VALUE)
}

const judged = (rails: readonly WriteRail[], proposal: Proposal, own: OwnIdentities): RailRefusal | undefined => {
  const writing = writingOf(proposal, own)
  for (const { name, why, judge } of rails) {
    const hit = judge(writing)
    if (hit !== undefined)
      return { rail: name, field: bounded(hit.field, MAX_FIELD), value: shown(hit.value), reason: why }
  }
  return undefined
}

/** The first rail that refuses, of a write that was seen before and after; `undefined` where none does. */
export const checkWrite = (proposal: Proposal, own: OwnIdentities): RailRefusal | undefined =>
  judged(WRITE_RAILS, proposal, own)

const EARLY_RAILS = WRITE_RAILS.filter(({ compares }) => compares !== true)

/**
 * The same before the cluster is asked, by what is sent alone: what cannot become good is refused without a dry run.
 * No answer here replaces that of `checkWrite`.
 */
export const checkSubmitted = (operation: Operation, own: OwnIdentities): RailRefusal | undefined => {
  const sent = operation.verb === 'create' || operation.verb === 'apply' ? { admitted: operation.object } : {}
  return judged(EARLY_RAILS, { operation, ...(sent as Partial<Proposal>) }, own)
}
