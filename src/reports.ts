/**
 * The `Reports` port: diagnoses that an alert asked for, kept for as long as `reports.keep` says. One for each group of
 * alerts, updated in place. What is kept has been through guard/output; it stays cluster text, and whoever shows it
 * encloses or escapes it.
 */
import type { ErrorCode } from './errors.ts'
import type { Notice } from './jobs.ts'
import type { Millis } from './ports.ts'
import type { Report, Scope, Severity } from './report.ts'

export const ALERT_STATES = ['firing', 'resolved'] as const
export type AlertState = (typeof ALERT_STATES)[number]

/** One alert of a delivery, in the sender's words: bounded, one line each, already through guard/output. */
export interface AlertFacts {
  readonly name: string
  readonly status: AlertState
  readonly severity: Severity
  /** RFC 3339, where the sender told one. */
  readonly startsAt?: string
  readonly summary: string
}

/** What was looked at for the alerts of one namespace or object, or why nothing could be. */
export interface Section {
  readonly scope: Scope
  readonly at: Millis
  readonly report?: Report
  /** Without a report: the error's code and its sentence. */
  readonly code?: ErrorCode
  readonly reason?: string
}

/** One diagnosis in the life of a report. */
export interface HistoryEntry {
  readonly at: Millis
  readonly status: AlertState
  /** `check: Kind namespace/name` of each root cause, the worst first. */
  readonly causes: readonly string[]
  /** Nothing was found out, or not everywhere. */
  readonly code?: ErrorCode
}

/** Where the alerts of a delivery point to. With a code: nobody can look there, and the reason says why. */
export interface Target {
  readonly scope: Scope
  readonly code?: ErrorCode
  readonly reason?: string
}

/** A delivery that was accepted, as its job carries it: bounded, its text through guard/output, its names by Kubernetes' grammar. */
export interface Delivery {
  readonly report: string
  /** What makes a repeated delivery the same. */
  readonly key: string
  /** When it was accepted. */
  readonly at: Millis
  /** When what it tells happened, by the sender's clock; else `at`. */
  readonly event: Millis
  readonly status: AlertState
  readonly title: string
  readonly alerts: readonly AlertFacts[]
  readonly leftOut: number
  readonly notes: readonly string[]
  readonly targets: readonly Target[]
}

/** What people were told last, and how often they have been told anything of this report. */
export interface Told {
  readonly count: number
  readonly status: AlertState
  /** A digest of the set of root causes. */
  readonly causes: string
}

/** What people are still to be told: kept with the report, so that whoever comes after a lost process tells it. */
export interface Telling {
  /** The same for the same news: a queue that still has it takes it once. */
  readonly key: string
  readonly severity: Severity
  readonly notice: Notice
}

export interface StoredReport {
  /** `HOOK-HEX`: the same for the same group of alerts, and not to be guessed. */
  readonly id: string
  readonly hook: string
  /** Counts the puts: whoever puts says which one it replaces. */
  readonly revision: number
  readonly title: string
  readonly status: AlertState
  /** The worst of the alerts and of what was found. */
  readonly severity: Severity
  readonly created: Millis
  readonly updated: Millis
  /** Gone from then on. */
  readonly expires: Millis
  /** When the newest event that it was told of happened, by the sender's clock. */
  readonly event: Millis
  readonly alerts: readonly AlertFacts[]
  /** Alerts beyond those: counted, not used. */
  readonly leftOut: number
  /** Our sentences on what of the delivery could not be used. */
  readonly notes: readonly string[]
  readonly sections: readonly Section[]
  /** Newest first. */
  readonly history: readonly HistoryEntry[]
  /** Deliveries that are done with, newest first: what makes a job that is run again do nothing. */
  readonly deliveries: readonly { readonly key: string; readonly at: Millis }[]
  readonly told?: Told
  readonly telling?: Telling
}

/** As a list shows it. */
export type ReportSummary = Pick<
  StoredReport,
  'id' | 'hook' | 'title' | 'status' | 'severity' | 'created' | 'updated' | 'expires'
> & {
  readonly scopes: readonly Scope[]
  readonly causes: readonly string[]
}

export interface ReportsQuery {
  readonly limit: number
  /** The last of the page before. */
  readonly before?: Pick<ReportSummary, 'updated' | 'id'>
}

/** A page of the console. */
export const MAX_REPORTS_PAGE = 50
/** One report's JSON in UTF-8. Deno KV takes 800 KB in one transaction; the default budget of an answer is a tenth of this. */
export const MAX_REPORT_BYTES = 500_000

/** Every method throws `ledger_unavailable` when storage does not answer. What has expired is not there. */
export interface Reports {
  /**
   * Durable when it resolves. False: what is stored is not the revision before this one, so somebody else was faster.
   * The first has revision 1. Throws RangeError for one larger than `MAX_REPORT_BYTES`.
   */
  put(report: StoredReport): Promise<boolean>
  get(id: string): Promise<StoredReport | undefined>
  /** Newest first, by the time of the last update; at most `MAX_REPORTS_PAGE`. */
  list(query: ReportsQuery): Promise<readonly ReportSummary[]>
}
