/** Reports in memory, for tests. */
import type { Millis } from '../ports.ts'
import type { ReportSummary, Reports, StoredReport } from '../reports.ts'
import { ledgerUnavailable } from './failures.ts'
import { bodyOf, isThere, reportsLimit, summaryOf } from './reports-core.ts'

const newestFirst = (a: ReportSummary, b: ReportSummary): number => b.updated - a.updated || (a.id < b.id ? 1 : -1)

export const createMemoryReports = (now: () => Millis, broken: () => boolean = () => false): Reports => {
  const bodies = new Map<string, string>()
  const check = (action: string): void => {
    if (broken()) throw ledgerUnavailable('reports', action, new Error('broken by the test'))
  }
  const find = (id: string): StoredReport | undefined => {
    const body = bodies.get(id)
    const report = body === undefined ? undefined : (JSON.parse(body) as StoredReport)
    return report !== undefined && isThere(report, now()) ? report : undefined
  }
  return {
    async put(report) {
      check('put')
      const body = bodyOf(report)
      if ((find(report.id)?.revision ?? 0) !== report.revision - 1) return false
      bodies.set(report.id, body)
      return true
    },
    async get(id) {
      check('get')
      return find(id)
    },
    async list({ limit, before }) {
      check('list')
      return [...bodies.keys()]
        .flatMap((id) => find(id) ?? [])
        .map(summaryOf)
        .filter(
          (it) =>
            before === undefined || it.updated < before.updated || (it.updated === before.updated && it.id < before.id),
        )
        .toSorted(newestFirst)
        .slice(0, reportsLimit(limit))
    },
  }
}
