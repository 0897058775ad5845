/** What the four senders' forms have in common: how one is read, and what an event that is no alert is. */
import * as z from 'zod'
import { BulkheadError } from '../../errors.ts'
import { MAX_ALERTS, type RawAlert, type RawDelivery } from '../../guard/hooks/alert.ts'
import type { AlertState } from '../../reports.ts'

/** `ignored`: an event that says nothing of an alert, in a word of ours. */
export type Formed = { readonly delivery: RawDelivery } | { readonly ignored: string }
export type ReadForm = (body: unknown) => Formed

/** More than any sender writes; what is longer is not one. */
export const MAX_TEXT = 4_096
export const text = z.string().max(MAX_TEXT)
/** Annotations are prose, and bounded by the body. */
export const prose = z.string()
export const labels = z.record(text, prose)

/** Words for what is over; everything else fires. */
const OVER: readonly string[] = ['resolved', 'ok', 'closed', 'normal', 'inactive', 'recovered', 'expired', 'up']
export const stateOf = (word: string): AlertState => (OVER.includes(word.trim().toLowerCase()) ? 'resolved' : 'firing')

/** Throws `malformed_request`, which names fields of the form and repeats nothing of the body. */
export const parseForm = <T>(schema: z.ZodType<T>, body: unknown, sender: string): T => {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  // Numbers and names of the schema; a key of the body's own would be a stranger's word.
  const path = (issue?.path ?? []).map((it) => (typeof it === 'number' ? it : String(it).replace(/[^A-Za-z_]/g, '?')))
  const where = path.slice(0, 4).join('.') || 'the body'
  throw new BulkheadError('malformed_request', `This is not ${sender}: ${where.slice(0, 80)} is not what it must be.`)
}

/** The first `MAX_ALERTS`, and how many that leaves out. */
export const used = (
  alerts: readonly RawAlert[],
): { readonly alerts: readonly RawAlert[]; readonly leftOut: number } => ({
  alerts: alerts.slice(0, MAX_ALERTS),
  leftOut: Math.max(0, alerts.length - MAX_ALERTS),
})
