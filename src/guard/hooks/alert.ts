/** A delivery as its sender's form gave it: a stranger's text, neither cleaned nor believed. */
import type { Severity } from '../../report.ts'
import type { AlertState } from '../../reports.ts'

export interface RawAlert {
  readonly name: string
  readonly status: AlertState
  /** The sender's word. */
  readonly severity: string
  readonly startsAt: string
  readonly summary: string
  readonly labels: Readonly<Record<string, string>>
}

export interface RawDelivery {
  /** What makes a repetition of it the same delivery. */
  readonly identity: readonly string[]
  /** What tells one trouble from another, for good. */
  readonly group: string
  readonly status: AlertState
  readonly title: string
  /** When it happened; empty: the sender does not tell. */
  readonly event: string
  /** At most `MAX_ALERTS`. */
  readonly alerts: readonly RawAlert[]
  /** Those that the sender left out, or that were not read. */
  readonly leftOut: number
}

/** Alerts of one delivery that are used. A group of more is one trouble, not many. */
export const MAX_ALERTS = 50

/** A label's value; absent labels are empty. Keys are strangers' text: `constructor` is no label. */
export const labelOf = (labels: Readonly<Record<string, string>>, name: string): string =>
  Object.hasOwn(labels, name) ? (labels[name] ?? '') : ''

/** https://monitoring.mixins.dev uses the first words; others say much the same with their own. */
const SEVERITIES: Readonly<Record<Severity, readonly string[]>> = {
  critical: ['critical', 'page', 'error', 'fatal', 'emergency', 'high', 'p1', 'p2', 'sev1', 'sev2'],
  warning: ['warning', 'warn', 'medium', 'p3', 'sev3'],
  info: ['info', 'none', 'low', 'notice', 'debug', 'p4', 'p5', 'sev4', 'sev5'],
}

/** What is not understood is not taken for harmless. */
export const severityOf = (word: string): Severity => {
  const lower = word.trim().toLowerCase()
  const found = Object.entries(SEVERITIES).find(([, words]) => words.includes(lower))
  return (found?.[0] as Severity | undefined) ?? 'warning'
}
