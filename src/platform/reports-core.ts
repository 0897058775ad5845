/** What every platform's reports have in common, pure: what a list shows of one, how large it may be, and when it is gone. */
import type { Millis } from '../ports.ts'
import { MAX_REPORT_BYTES, MAX_REPORTS_PAGE, type ReportSummary, type StoredReport } from '../reports.ts'

export const summaryOf = (report: StoredReport): ReportSummary => ({
  id: report.id,
  hook: report.hook,
  title: report.title,
  status: report.status,
  severity: report.severity,
  created: report.created,
  updated: report.updated,
  expires: report.expires,
  scopes: report.sections.map((it) => it.scope),
  causes: report.history[0]?.causes ?? [],
})

/** Its JSON. Throws RangeError where it is too large to be kept. */
export const bodyOf = (report: StoredReport): string => {
  const body = JSON.stringify(report)
  // A code unit is at most three bytes: most need not be encoded to be measured.
  const bytes = body.length * 3 <= MAX_REPORT_BYTES ? 0 : new TextEncoder().encode(body).length
  if (bytes > MAX_REPORT_BYTES)
    throw new RangeError(`Put a report of ${bytes} bytes: ${MAX_REPORT_BYTES} at most can be kept`)
  return body
}

export const isThere = (of: { readonly expires: Millis }, now: Millis): boolean => of.expires > now

/** How many a page holds, whatever was asked for. */
export const reportsLimit = (limit: number): number => Math.min(MAX_REPORTS_PAGE, Math.max(1, Math.trunc(limit) || 1))
