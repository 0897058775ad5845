/** What of a report people are told: its root causes, how bad it is, and whether that is something new. Pure. */
import type { Finding, Report, Severity, Subject } from '../../report.ts'
import { SEVERITIES } from '../../report.ts'
import type { AlertFacts, AlertState, HistoryEntry, Section, StoredReport } from '../../reports.ts'
import { canonicalJson, sha256Hex } from '../chain.ts'

/** Root causes that a history remembers; a set of more is compared by these. */
const MAX_CAUSES = 20

export const rootsOf = (report: Report): readonly Finding[] =>
  report.rootCauses.flatMap((id) => report.findings.find((it) => it.id === id) ?? [])

const subjectName = ({ kind, namespace, name }: Subject): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

/** `check: Kind namespace/name`, the worst first. */
export const causesOf = (sections: readonly Section[]): readonly string[] => {
  const roots = sections.flatMap(({ report }) => (report === undefined ? [] : rootsOf(report)))
  return [...new Set(roots.map((it) => `${it.check}: ${subjectName(it.subject)}`))].slice(0, MAX_CAUSES)
}

/** Sentences of the root causes, with where they are. */
export const causeWords = (sections: readonly Section[]): readonly string[] =>
  sections.flatMap(({ report }) =>
    report === undefined ? [] : rootsOf(report).map((it) => `${subjectName(it.subject)}: ${it.summary}`),
  )

/** The set, whatever its order. */
export const digestOf = (causes: readonly string[]): string => sha256Hex(canonicalJson([...causes].sort()))

export const worst = (severities: readonly Severity[]): Severity =>
  SEVERITIES[Math.max(0, ...severities.map((it) => SEVERITIES.indexOf(it)))] ?? 'info'

export const severityOfReport = (alerts: readonly AlertFacts[], sections: readonly Section[]): Severity =>
  worst([
    ...alerts.map((it) => it.severity),
    ...sections.flatMap(({ report }) => (report === undefined ? [] : rootsOf(report).map((it) => it.severity))),
  ])

export type News = 'first' | 'changed' | 'resolved'

/**
 * What there is to tell. A diagnosis that could not be made anew tells nothing new of what was told before: the first
 * report says that nobody could look, later ones that somebody could.
 */
export const newsOf = (
  told: StoredReport['told'],
  status: AlertState,
  causes: readonly string[],
  code: string | undefined,
): News | undefined => {
  if (status === 'resolved') return told?.status === 'firing' ? 'resolved' : undefined
  if (told === undefined || told.status === 'resolved') return 'first'
  return code === undefined && told.causes !== digestOf(causes) ? 'changed' : undefined
}

/** Diagnoses that a report remembers. */
const MAX_HISTORY = 50

/** Newest first. A diagnosis that says the same as the last one moves its time, so that retries are one line. */
export const remember = (history: readonly HistoryEntry[], entry: HistoryEntry): readonly HistoryEntry[] => {
  const [last, ...rest] = history
  const says = ({ at: _, ...it }: HistoryEntry): string => canonicalJson(JSON.parse(JSON.stringify(it)))
  return last !== undefined && says(last) === says(entry) ? [entry, ...rest] : [entry, ...history].slice(0, MAX_HISTORY)
}
