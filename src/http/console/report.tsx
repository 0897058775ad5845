/** @jsxImportSource hono/jsx */
/**
 * One report of an alert, for whoever was woken by it: what is the matter, as sentences and as a picture; then the
 * evidence, what changed shortly before, and what nobody could look at. Nothing here acts.
 */
import type { Millis } from '../../ports.ts'
import type { Report } from '../../report.ts'
import type { AlertState, Section, StoredReport } from '../../reports.ts'
import { anchorOf, Causes } from './causes.tsx'
import { Findings, placeName, SeverityBadge } from './findings.tsx'
import { Note, page } from './layout.tsx'
import type { SignedIn } from './signed-in.ts'
import { objectName, utc, When } from './words.tsx'

export interface ReportProps {
  readonly signedIn: SignedIn
  readonly report: StoredReport
  readonly now: Millis
}

export const AlertBadge = ({ of }: { of: AlertState }) => (
  <span class={`badge ${of === 'firing' ? 'bad' : 'good'}`}>{of}</span>
)

/** The answer, before anything else: one line a root cause. */
const Headline = ({ sections }: { sections: readonly Section[] }) => {
  const lines = sections.flatMap(({ report }, section) =>
    (report?.rootCauses ?? []).flatMap((id) => {
      const index = report?.findings.findIndex((it) => it.id === id) ?? -1
      const found = report?.findings[index]
      return found === undefined ? [] : [{ found, href: `#${anchorOf(section, index)}` }]
    }),
  )
  if (lines.length === 0) return null
  return (
    <section class="card" aria-labelledby="matter">
      <h2 id="matter">{lines.length === 1 ? 'The cause' : `${lines.length} causes`}</h2>
      <ol class="steps">
        {lines.map(({ found, href }) => (
          <li class="tight">
            <div class="row spread">
              <a href={href}>{objectName(found.subject)}</a>
              <SeverityBadge of={found.severity} />
            </div>
            <span>{found.summary}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

const examinedWords = ({ examined, calls, durationMs }: Report): string => {
  const kinds = Object.entries(examined).map(([kind, count]) => `${count} ${kind}`)
  return `${kinds.length === 0 ? 'Nothing' : kinds.join(', ')} looked at, in ${calls} requests and ${durationMs} ms.`
}

const Quiet = ({ report }: { report: Report }) => (
  <Note head="Nothing in Kubernetes explains the alert">
    <p>{examinedWords(report)}</p>
  </Note>
)

const Changes = ({ of }: { of: Report['changes'] }) => (
  <section class="card" aria-label="What changed">
    <h3>What changed shortly before</h3>
    <ol class="steps">
      {of.map((it) => (
        <li class="tight">
          <span>
            {objectName(it.subject)}: {it.what}
          </span>
          <span class="soft small">
            {it.time} · {it.who === '' ? 'by whom the cluster does not tell' : it.who} · {it.source}
          </span>
        </li>
      ))}
    </ol>
  </section>
)

const Unseen = ({ report }: { report: Report }) => (
  <section class="card" aria-label="Not looked at">
    <h3>Not looked at</h3>
    <dl class="facts">
      {report.notExamined.map((it) => (
        <>
          <dt>{it.what}</dt>
          <dd>{it.why}</dd>
        </>
      ))}
    </dl>
  </section>
)

const SectionPart = ({ of, index, many }: { of: Section; index: number; many: boolean }) => {
  const { report, code, reason } = of
  return (
    <>
      {many && <h2>{placeName(of)}</h2>}
      {code !== undefined && (
        <Note kind="bad" head={report === undefined ? 'Nobody could look' : 'Nobody could look again'}>
          <p>
            <code>{code}</code> {reason}
          </p>
        </Note>
      )}
      {report !== undefined && (
        <>
          {report.findings.length === 0 ? <Quiet report={report} /> : <Findings report={report} section={index} />}
          {report.changes.length > 0 && <Changes of={report.changes} />}
          {report.notExamined.length > 0 && <Unseen report={report} />}
          {report.findings.length > 0 && <p class="soft small">{examinedWords(report)}</p>}
        </>
      )}
    </>
  )
}

const Alerts = ({ of }: { of: StoredReport }) => (
  <section class="card" aria-labelledby="alerts">
    <div class="row spread">
      <h2 id="alerts">What the alert says</h2>
      <span class="badge">not verified</span>
    </div>
    <ul class="steps">
      {of.alerts.map((it) => (
        <li class="tight">
          <div class="row spread">
            <span>{it.name}</span>
            <span class="row">
              <AlertBadge of={it.status} />
              <SeverityBadge of={it.severity} />
            </span>
          </div>
          {it.summary !== '' && <blockquote class="words">{it.summary}</blockquote>}
          {it.startsAt !== undefined && <span class="soft small">since {it.startsAt}</span>}
        </li>
      ))}
    </ul>
    {of.leftOut > 0 && <p class="soft small">{of.leftOut} more alerts are in this group.</p>}
    {of.notes.map((it) => (
      <p class="soft small">{it}</p>
    ))}
  </section>
)

const History = ({ of, now }: { of: StoredReport; now: Millis }) => (
  <section class="card" aria-labelledby="history">
    <h2 id="history">History</h2>
    <ol class="steps">
      {of.history.map((it) => (
        <li class="tight">
          <div class="row spread">
            <When at={it.at} now={now} />
            <AlertBadge of={it.status} />
          </div>
          <span class="small">
            {it.causes.length === 0 ? 'no cause found' : it.causes.join('; ')}
            {it.code !== undefined && ` (${it.code})`}
          </span>
        </li>
      ))}
    </ol>
    <p class="soft small">Kept until {utc(of.expires)} UTC.</p>
  </section>
)

export const reportPage = ({ signedIn, report, now }: ReportProps): string => {
  const { sections } = report
  const drawn = sections.flatMap((it, index) =>
    it.report !== undefined && it.report.findings.length > 0 ? [{ report: it.report, index, section: it }] : [],
  )
  return page({
    title: `Report ${report.id}`,
    room: 'Reports',
    signedIn,
    children: (
      <>
        <div class="tight">
          <div class="row">
            <AlertBadge of={report.status} />
            <SeverityBadge of={report.severity} />
          </div>
          <h1>{report.title}</h1>
          <p>{sections.map(placeName).join('; ')}</p>
          <p class="soft small">
            From hook {report.hook}, first <When at={report.created} now={now} />, last{' '}
            <When at={report.updated} now={now} />
          </p>
        </div>
        <Headline sections={sections} />
        <div class={drawn.length === 0 ? 'stack' : 'plan report'}>
          {drawn.length > 0 && (
            <aside class="stack" aria-label="Causes as a picture">
              {drawn.map((it) => (
                <section class="card" aria-label={`Causes: ${placeName(it.section)}`}>
                  <h2>How it hangs together</h2>
                  {sections.length > 1 && <p class="soft small">{placeName(it.section)}</p>}
                  <Causes report={it.report} section={it.index} />
                </section>
              ))}
            </aside>
          )}
          <div class="stack">
            {sections.map((it, index) => (
              <SectionPart of={it} index={index} many={sections.length > 1} />
            ))}
            {sections.length === 0 && <p class="soft">It was over before anybody looked.</p>}
            <Alerts of={report} />
            <History of={report} now={now} />
          </div>
        </div>
      </>
    ),
  })
}
