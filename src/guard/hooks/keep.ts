/**
 * What a report becomes by a delivery and a diagnosis: pure, and the same whether it runs once or again after a crash.
 * One group of alerts is one report; what happened later, by the sender's clock, says whether it still fires.
 */
import type { Millis } from '../../ports.ts'
import { type Delivery, MAX_REPORT_BYTES, type Section, type StoredReport, type Told } from '../../reports.ts'
import { causesOf, remember, severityOfReport } from './causes.ts'

/** Deliveries that a report remembers: those of one group that can wait at the same time are fewer. */
const MAX_DELIVERIES = 50

/** Whether a job's work was done already, by an attempt that nobody heard of. */
export const isDone = (report: StoredReport | undefined, { key, at }: Delivery): boolean =>
  report?.deliveries.some((it) => it.key === key && it.at >= at) === true

export interface Kept {
  readonly hook: string
  readonly delivery: Delivery
  /** Undefined: nobody looked, because it is over. */
  readonly sections: readonly Section[] | undefined
  /** Nothing more will be tried for this delivery. */
  readonly done: boolean
  readonly now: Millis
  readonly keepMs: Millis
}

/** The last section that could be looked at is worth more than a new one that could not. */
const merged = (before: readonly Section[], after: readonly Section[]): readonly Section[] =>
  after.map((it) => {
    if (it.report !== undefined) return it
    const same = before.find((old) => JSON.stringify(old.scope) === JSON.stringify(it.scope))
    return same?.report === undefined
      ? it
      : {
          ...same,
          ...(it.code === undefined ? {} : { code: it.code }),
          ...(it.reason === undefined ? {} : { reason: it.reason }),
        }
  })

/** Left for what is yet to be told. */
const ROOM_TO_TELL = 20_000

/** Small enough to be kept: the largest diagnosis gives way to a sentence. */
export const fitted = (report: StoredReport): StoredReport => {
  const bytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length
  let sections = report.sections
  while (
    bytes({ ...report, sections }) > MAX_REPORT_BYTES - ROOM_TO_TELL &&
    sections.some((it) => it.report !== undefined)
  ) {
    const sizes = sections.map((it) => (it.report === undefined ? 0 : bytes(it)))
    const largest = sizes.indexOf(Math.max(...sizes))
    sections = sections.map(({ report: _, ...it }, index) => {
      const was = sections[index] ?? { ...it }
      return index === largest
        ? {
            ...it,
            code: 'answer_too_large',
            reason: 'The diagnosis is too large to be kept. Ask for it with the tool diagnose.',
          }
        : was
    })
  }
  return { ...report, sections }
}

/** Both at once: what is over was there before. */
const isLate = (before: StoredReport, { event, status }: Delivery): boolean =>
  event < before.event || (event === before.event && before.status === 'resolved' && status === 'firing')

export const nextReport = (before: StoredReport | undefined, kept: Kept): StoredReport => {
  const { hook, delivery, done, now } = kept
  const late = before !== undefined && isLate(before, delivery)
  const status = late ? before.status : delivery.status
  const old = before?.sections ?? []
  const sections = kept.sections === undefined ? old : merged(old, kept.sections)
  const code = sections.find((it) => it.code !== undefined)?.code
  const entry = { at: now, status, causes: causesOf(sections), ...(code === undefined ? {} : { code }) }
  const told: { readonly told?: Told } = before?.told === undefined ? {} : { told: before.told }
  const facts = late
    ? { title: before.title, alerts: before.alerts, leftOut: before.leftOut, notes: before.notes }
    : { title: delivery.title, alerts: delivery.alerts, leftOut: delivery.leftOut, notes: delivery.notes }
  return fitted({
    id: delivery.report,
    hook,
    revision: (before?.revision ?? 0) + 1,
    ...facts,
    status,
    severity: severityOfReport(facts.alerts, sections),
    created: before?.created ?? now,
    updated: now,
    expires: now + kept.keepMs,
    event: Math.max(before?.event ?? 0, delivery.event),
    sections,
    history: remember(before?.history ?? [], entry),
    deliveries: done
      ? [{ key: delivery.key, at: delivery.at }, ...(before?.deliveries ?? [])].slice(0, MAX_DELIVERIES)
      : (before?.deliveries ?? []),
    ...told,
  })
}
