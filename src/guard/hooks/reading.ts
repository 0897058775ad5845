/**
 * A report as an agent reads it, at `report://ID`: through the very door of tool calls, so that it is admitted, recorded,
 * scanned once more and enclosed. What of it lies where policy lets this caller not look is left out; where nothing is
 * left, there is no such report for them.
 */
import * as z from 'zod'
import { ALL_NAMESPACES, type Caller } from '../../access.ts'
import { BulkheadError } from '../../errors.ts'
import type { Millis } from '../../ports.ts'
import type { Report, Scope, Severity, Subject } from '../../report.ts'
import { MAX_REPORTS_PAGE, type Reports, type Section } from '../../reports.ts'
import { type ReadTool, readTool, type Views } from '../../tool.ts'
import type { CallOptions, Guard, Reply } from '../call.ts'
import { REPORT_ID } from './delivery.ts'

/** Stand in the ledger, and in no catalogue. */
const READ = 'report_read'
const LIST = 'report_list'

type Place = Pick<Scope, 'cluster' | 'namespace'>

/** What has no namespace is for those who may look at all of them. */
const allows = ({ policy }: Views, verb: 'get' | 'list', what: string, { cluster, namespace }: Place): boolean => {
  const [resource = '', subresource] = what.split('/')
  const access = { cluster, verb, group: '', resource, namespace: namespace ?? ALL_NAMESPACES }
  return policy.explain(subresource === undefined ? access : { ...access, subresource }).decision === 'allow'
}

/** Who may list the pods of a place may read what was found there. */
const maySee = (place: Place, views: Views): boolean =>
  views.clusters.some((it) => it.name === place.cluster) && allows(views, 'list', 'pods', place)

/**
 * The hook may have been let look further than this caller is: what is about other namespaces goes, and so do lines of
 * logs and events where the caller could not ask for them itself.
 */
const narrowed = (report: Report, views: Views): Report => {
  const { cluster } = report.scope
  const placeOf = ({ namespace }: Subject): Place => (namespace === undefined ? { cluster } : { cluster, namespace })
  const seen = ({ subject }: { readonly subject: Subject }): boolean => maySee(placeOf(subject), views)
  const findings = report.findings.filter(seen).map((it) => ({
    ...it,
    evidence: it.evidence.filter(({ source }) => {
      if (source.startsWith('log')) return allows(views, 'get', 'pods/log', placeOf(it.subject))
      return !source.startsWith('event') || allows(views, 'list', 'events', placeOf(it.subject))
    }),
  }))
  const left = report.findings.length - findings.length
  const unseen = { what: `findings about other places: ${left}`, why: 'policy does not let this caller look there' }
  return {
    ...report,
    complete: report.complete && left === 0,
    findings,
    rootCauses: report.rootCauses.filter((id) => findings.some((it) => it.id === id)),
    changes: report.changes.filter(seen),
    notExamined: left === 0 ? report.notExamined : [...report.notExamined, unseen],
  }
}

const narrow = (section: Section, views: Views): Section =>
  section.report === undefined ? section : { ...section, report: narrowed(section.report, views) }

const unknown = (): BulkheadError =>
  new BulkheadError('report_unknown', 'There is no such report that is open to this caller; resources/list names some.')

/** `reports`: what is kept. */
const readReport = (reports: Reports): ReadTool =>
  readTool({
    name: READ,
    title: 'Read a report',
    description: 'The diagnosis that an alert asked for.',
    input: z.strictObject({ id: z.string().regex(REPORT_ID) }),
    needs: [],
    async run({ id }, views) {
      const report = await reports.get(id)
      const sections = (report?.sections ?? []).filter(({ scope }) => maySee(scope, views))
      const [first] = sections
      if (report === undefined || first === undefined) throw unknown()
      // Recorded with the cluster that it is about.
      for (const { scope } of sections) views.cluster(scope.cluster)
      const { title, status, severity, hook, created, updated } = report
      const left = report.sections.length - sections.length
      // The alerts of a group do not say which place each is about.
      const alerts = left === 0 ? report.alerts : []
      const parts = sections.map((it) => narrow(it, views))
      const shown = { id, title, status, severity, hook, alerts, created, updated, sections: parts }
      return {
        untrusted: JSON.stringify(shown, null, 1),
        notes: left === 0 ? [] : [`${left} of its parts lie where policy does not let this caller look.`],
      }
    },
  })

const listTool = (reports: Reports): ReadTool =>
  readTool({
    name: LIST,
    title: 'List reports',
    description: 'The diagnoses that alerts asked for.',
    input: z.strictObject({}),
    needs: [],
    async run(_, views) {
      const all = await reports.list({ limit: MAX_REPORTS_PAGE })
      const seen = all.filter(({ scopes }) => scopes.some((it) => maySee(it, views)))
      return { structured: { reports: seen.map(({ id, severity, updated }) => ({ id, severity, updated })) } }
    },
  })

/** What is kept, for a guard of its own: no caller finds these by the names of tools. */
export const reportTools = (reports: Reports): readonly ReadTool[] => [readReport(reports), listTool(reports)]

export interface Listed {
  readonly id: string
  readonly severity: Severity
  readonly updated: Millis
}

export interface ReportReader {
  /** Those of which this caller may see a part, newest first; `structured.reports` is of `Listed`. */
  list(caller: Caller, options: CallOptions): Promise<Reply>
  read(caller: Caller, id: string, options: CallOptions): Promise<Reply>
}

/** `guard`: one with `reportTools`. */
export const createReportReader = (guard: Pick<Guard, 'call'>): ReportReader => ({
  list: (caller, options) => guard.call(caller, LIST, {}, options),
  read: (caller, id, options) => guard.call(caller, READ, { id }, options),
})
