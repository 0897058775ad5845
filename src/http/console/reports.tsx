/** @jsxImportSource hono/jsx */
/** The reports of alerts, the one that moved last on top. */
import type { Millis } from '../../ports.ts'
import type { ReportSummary } from '../../reports.ts'
import { placeName, SeverityBadge } from './findings.tsx'
import { page } from './layout.tsx'
import { AlertBadge } from './report.tsx'
import type { SignedIn } from './signed-in.ts'
import { When } from './words.tsx'

/** Causes that a line of the list names. */
const MAX_CAUSES = 3

export interface ReportsProps {
  readonly signedIn: SignedIn
  readonly reports: readonly ReportSummary[]
  /** The query of the next page; absent on the last one. */
  readonly older?: string
  readonly now: Millis
}

const Row = ({ of, now }: { of: ReportSummary; now: Millis }) => (
  <li class="tight">
    <div class="row spread">
      <h2>
        <a href={`/console/reports/${encodeURIComponent(of.id)}`}>{of.title}</a>
      </h2>
      <span class="row">
        <AlertBadge of={of.status} />
        <SeverityBadge of={of.severity} />
      </span>
    </div>
    <p>{of.scopes.map((scope) => placeName({ scope })).join('; ')}</p>
    {of.causes.length > 0 && (
      <ul class="small">
        {of.causes.slice(0, MAX_CAUSES).map((it) => (
          <li>{it}</li>
        ))}
        {of.causes.length > MAX_CAUSES && <li>and {of.causes.length - MAX_CAUSES} more</li>}
      </ul>
    )}
    <p class="soft small">
      hook {of.hook}, <When at={of.updated} now={now} />
    </p>
  </li>
)

export const reportsPage = ({ signedIn, reports, older, now }: ReportsProps): string =>
  page({
    title: 'Reports',
    room: 'Reports',
    signedIn,
    children: (
      <>
        <h1>Reports of alerts</h1>
        <div class="card">
          {reports.length === 0 ? (
            <p class="soft">No alert was reported. docs/webhooks.md says how to send some here.</p>
          ) : (
            <ul class="list">
              {reports.map((it) => (
                <Row of={it} now={now} />
              ))}
            </ul>
          )}
        </div>
        {older !== undefined && (
          <p>
            <a href={`/console/reports?${older}`}>Older reports</a>
          </p>
        )}
      </>
    ),
  })
