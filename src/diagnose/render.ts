/** A report for a model, and for a person who reads a terminal: root causes first, what they bring about folded below. */
import { ageOf } from '../kube/ages.ts'
import { count, oneLine, shorten } from '../kube/text.ts'
import type { Millis } from '../ports.ts'
import type { Finding, Report } from '../report.ts'
import { nameOf } from './subject.ts'

/** Consequences of one root; more are told by their number. */
const MAX_CONSEQUENCES = 12
const MAX_CHANGES = 8
/** Evidence is short; a log line may not be. */
const MAX_TEXT = 600

/** Log lines stay lines, behind a bar that cluster text cannot leave. */
const block = (text: string): readonly string[] =>
  text.includes('\n')
    ? text.split('\n').map((it) => `    | ${oneLine(it)}`)
    : [`    ${shorten(oneLine(text), MAX_TEXT)}`]

const details = (finding: Finding): readonly string[] => [
  ...finding.evidence.flatMap(({ source, text }) => {
    const [first = '', ...rest] = block(text)
    return rest.length === 0 ? [`  - ${source}: ${first.trim()}`] : [`  - ${source}:`, first, ...rest]
  }),
  ...finding.remedies.map(({ text, call }) => {
    const proposal = call === undefined ? '' : ` → ${call.tool} ${JSON.stringify(call.arguments)}`
    return `  * ${oneLine(text)}${proposal}`
  }),
]

/** What a root brings about, nearest first. */
const consequencesOf = (root: Finding, findings: readonly Finding[]): readonly Finding[] => {
  const reached = new Set([root.id])
  const found: Finding[] = []
  // Findings stand behind what causes them, so one pass sees all.
  for (const it of findings)
    if (!reached.has(it.id) && it.causedBy.some((id) => reached.has(id))) {
      reached.add(it.id)
      found.push(it)
    }
  return found
}

const rootText = (root: Finding, index: number, report: Report): readonly string[] => {
  const consequences = consequencesOf(root, report.findings)
  const shown = consequences.slice(0, MAX_CONSEQUENCES)
  return [
    `${index + 1}. [${root.severity}] ${oneLine(root.summary)} (${root.id} ${root.check}, confidence ${root.confidence})`,
    ...details(root),
    ...shown.map((it) => `  > ${it.id} ${oneLine(it.summary)}`),
    ...(consequences.length > shown.length ? [`  > and ${consequences.length - shown.length} more`] : []),
  ]
}

/** Cluster text throughout: it leaves inside the envelope. */
export const renderReport = (report: Report, now: Millis): string => {
  const roots = report.rootCauses.flatMap((id) => report.findings.find((it) => it.id === id) ?? [])
  const changes = report.changes.slice(0, MAX_CHANGES)
  return [
    ...roots.flatMap((root, index) => rootText(root, index, report)),
    ...(changes.length === 0
      ? []
      : [
          'Changed shortly before:',
          ...changes.map(({ time, subject, what, who }) =>
            oneLine(`- ${ageOf(time, now)} ago ${nameOf(subject)}: ${what}${who === '' ? '' : `, by ${who}`}`),
          ),
        ]),
  ].join('\n')
}

/** Our own sentences about it, without cluster text. */
export const reportNotes = (report: Report): readonly string[] => {
  const looked = Object.entries(report.examined).filter(([, number]) => number > 0)
  const examined = looked.map(([kind, number]) => `${number} ${kind}`).join(', ') || 'nothing'
  return [
    report.rootCauses.length === 0
      ? `Nothing in Kubernetes explains it. Examined: ${examined}.`
      : `${count(report.rootCauses.length, 'root cause')}, ${count(report.findings.length, 'finding')}. Examined: ${examined}. Calls in remedies are proposals; nothing was changed.`,
    ...(report.notExamined.length === 0
      ? []
      : [`Not looked at: ${report.notExamined.map(({ what, why }) => `${what} (${why})`).join(', ')}.`]),
  ]
}
