/** A report as people are told of it: what is the matter, in facts, and a link without power. guard/notify.ts cleans it. */
import type { Notice } from '../../jobs.ts'
import type { Section, StoredReport } from '../../reports.ts'
import { consoleUrl } from '../console-url.ts'
import { causeWords, type News } from './causes.ts'

/** What a person reads on a locked screen. */
const MAX_CAUSES_TOLD = 3

const TITLES: Readonly<Record<News, string>> = { first: 'Alert', changed: 'New cause', resolved: 'Resolved' }

const placeOf = ({ scope: { cluster, namespace, kind, name } }: Section): string =>
  [cluster, namespace, kind === undefined ? undefined : `${kind} ${name}`].filter((it) => it !== undefined).join(' / ')

/** The address of a report's page. */
export const reportUrl = (publicUrl: string, id: string): string => consoleUrl(publicUrl, 'reports', id)

export const reportNotice = (report: StoredReport, news: News, publicUrl: string): Notice => {
  const causes = causeWords(report.sections)
  const unseen = report.sections.filter((it) => it.code !== undefined)
  const looked = report.sections.some((it) => it.report !== undefined)
  const facts: (readonly [string, string])[] = []
  facts.push(['Where', report.sections.map(placeOf).join('; ')])
  if (news !== 'resolved') {
    // Labels differ: a signed webhook gets the facts as one object.
    for (const [index, cause] of causes.slice(0, MAX_CAUSES_TOLD).entries())
      facts.push([index === 0 ? 'Cause' : `Cause ${index + 1}`, cause])
    if (causes.length > MAX_CAUSES_TOLD) facts.push(['And', `${causes.length - MAX_CAUSES_TOLD} more causes`])
    if (causes.length === 0 && looked) facts.push(['Cause', 'nothing in Kubernetes that explains the alert'])
    if (unseen.length > 0)
      facts.push(['Not looked at', unseen.map((it) => `${placeOf(it)}: ${it.code}, ${it.reason ?? ''}`).join('; ')])
  }
  const [first] = report.alerts
  if (first !== undefined && first.summary !== '') facts.push(['Says', first.summary])
  facts.push(['Severity', report.severity], ['From', `hook ${report.hook}`])
  return {
    event: 'report',
    title: `${TITLES[news]}: ${report.title}`,
    facts,
    url: reportUrl(publicUrl, report.id),
    time: new Date(report.updated).toISOString(),
  }
}
