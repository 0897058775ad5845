/**
 * Telling people (`notify`): that a plan waits, how it was decided and how it ended, that something was frozen. Each
 * delivery is a durable job of its own target's queue: at least once, with backoff; a dead target delays nobody else. What
 * is told are facts and a link without power: whoever opens it signs in first. All of it passes guard/output.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Config } from '../config.ts'
import { backoffMs } from '../deadline.ts'
import { BulkheadError } from '../errors.ts'
import type { Job, JobResult, Notice } from '../jobs.ts'
import type { Meter } from '../meter.ts'
import type { PlanSummary } from '../plan.ts'
import type { Ports, RecordedCaller } from '../ports.ts'
import { SEVERITIES, type Severity } from '../report.ts'
import { consoleUrl } from './console-url.ts'
import type { Output } from './output/index.ts'
import { clusterOfPlan, type PlanBody } from './plan-body.ts'
import { describeSteps, planUrl } from './plan-words.ts'

/** A webhook that has not answered by then is tried again. */
const DELIVERY_DEADLINE_MS = 10_000
/** With the Jobs port's backoff this is about a day. */
export const MAX_DELIVERIES = 40
const MAX_FACT = 500
/** Slack refuses a section's text of more than 3,000 characters (docs.slack.dev/reference/block-kit/blocks/section-block). */
const MAX_SECTION = 3_000
/** A first retry comes soon: most failures are a moment's. */
const AGAIN_MS = 5_000
const AGAIN_AT_MOST_MS = 3_600_000

type Target = Config['notify'][number]
interface Request {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type Delivery = Extract<Job, { kind: 'notify' }>

export interface TellerParts {
  readonly ports: Ports
  readonly config: Config
  readonly output: Output
  readonly meter: Meter
}

/** Slack's mrkdwn: escaped, so that no text becomes a link, a mention or a channel (https://docs.slack.dev/messaging/formatting-message-text). */
const slackText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('@', '@\u200b')

/** Escaped and no longer than `room`: escaping makes text five times as long, and half an escape is none. */
const slackCut = (text: string, room: number): string => {
  const whole = slackText(text)
  if (whole.length <= room) return whole
  let kept = ''
  for (const letter of text) {
    const next = slackText(letter)
    if (kept.length + next.length >= room) break
    kept += next
  }
  return `${kept}…`
}

/**
 * `verbatim`: addresses in text that others wrote stay text, and none is fetched for a preview. Each fact has its share of
 * the room, so that no text, however odd, keeps the others from being told.
 */
const slackBody = ({ title, facts, url }: Notice): string => {
  const link = url === undefined ? '' : `<${url}|Open the console>`
  const room = Math.floor((MAX_SECTION - link.length) / (facts.length + 1))
  const line = (before: string, text: string, after: string): string =>
    `${before}${slackCut(text, room - before.length - after.length - 1)}${after}\n`
  const lines = facts.map(([label, text]) => line(`*${slackText(label)}*: `, text, ''))
  const text = `${line('*', title, '*')}${lines.join('')}${link}`
  return JSON.stringify({
    text: slackText(title),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [{ type: 'section', text: { type: 'mrkdwn', verbatim: true, text } }],
  })
}

const webhookBody = ({ event, title, facts, url, time }: Notice): string =>
  JSON.stringify({
    version: 1,
    event,
    title,
    facts: Object.fromEntries(facts),
    ...(url === undefined ? {} : { url }),
    time,
  })

/** `Bulkhead-Signature: t=SECONDS,v1=HEX`: HMAC-SHA-256 over `SECONDS.BODY`. */
export const signature = (key: string, seconds: number, body: string): string =>
  `t=${seconds},v1=${bytesToHex(hmac(sha256, utf8ToBytes(key), utf8ToBytes(`${seconds}.${body}`)))}`

const who = ({ client, subject, owner }: RecordedCaller): string =>
  `${client}${subject === client ? '' : ` (${subject})`}${owner === undefined ? '' : `, key of ${owner}`}`

const clusterOf = ({ id }: PlanSummary): string => clusterOfPlan(id) ?? 'unknown'

/** Tells people, and counts what it tells of a plan. */
export const createTeller = ({ ports, config, output, meter }: TellerParts) => {
  const clean = (text: string): string => String(output.line({ text: text.slice(0, MAX_FACT) }).text)

  const cleaned = (notice: Notice): Notice => ({
    ...notice,
    title: clean(notice.title),
    facts: notice.facts.map(([label, text]) => [label, clean(text)]),
  })

  const enqueue = (target: string, notice: Notice, key: string): Promise<void> =>
    ports.jobs.enqueue(`notify-${target}`, `${notice.event} ${key}`, { kind: 'notify', target, notice })

  const tellSurely = async (notice: Notice, key: string): Promise<void> => {
    const told = cleaned(notice)
    const wants = config.notify.filter(({ on }) => on.includes(notice.event))
    await Promise.all(wants.map(({ name }) => enqueue(name, told, key)))
  }
  const tell = (notice: Notice, key: string): void => ports.background.run(tellSurely(notice, key))

  const time = (): string => new Date(ports.clock.now()).toISOString()

  const planFacts = (row: PlanSummary, body: PlanBody): Notice['facts'] => [
    ['Who', who(row.caller)],
    ['What', describeSteps(body.steps)],
    ['Cluster', clusterOfPlan(row.id) ?? ''],
    ['How large', `${body.steps.length} operations, ${body.shown.blastRadius.pods} pods`],
    ...(body.shown.tainted ? [['Note', 'the caller had read text from the cluster before it asked'] as const] : []),
  ]

  const planNotice = (event: Notice['event'], title: string, row: PlanSummary, body: PlanBody): Notice => ({
    event,
    title,
    facts: planFacts(row, body),
    url: planUrl(config.publicUrl, row.id),
    time: time(),
  })

  const request = async ({ slack, webhook }: Target, notice: Notice): Promise<Request> => {
    if (slack !== undefined)
      return {
        url: (await ports.secrets.get(slack.secret)).trim(),
        headers: { 'content-type': 'application/json' },
        body: slackBody(notice),
      }
    if (webhook === undefined) throw new BulkheadError('not_ready', 'A target of notify has neither slack nor webhook.')
    const body = webhookBody(notice)
    const key = (await ports.secrets.get(webhook.hmac.secret)).trim()
    const seconds = Math.floor(ports.clock.now() / 1000)
    return {
      url: webhook.url,
      headers: { 'content-type': 'application/json', 'bulkhead-signature': signature(key, seconds, body) },
      body,
    }
  }

  const failed = (target: string, attempt: number, code: string): JobResult => {
    const isLast = attempt >= MAX_DELIVERIES
    meter.count('bulkhead_notifications_total', { target, outcome: isLast ? 'given_up' : 'failed' })
    if (!isLast) return { done: false, afterMs: backoffMs(attempt, AGAIN_MS, AGAIN_AT_MOST_MS), code }
    ports.log({ event: 'notify_given_up', target, code })
    return { done: true }
  }

  return {
    tell,
    planWaits: (row: PlanSummary, body: PlanBody): void =>
      tell(
        planNotice('plan', `A plan waits for ${row.decision === 'approve' ? 'approval' : 'consent'}`, row, body),
        row.id,
      ),
    planDecided(row: PlanSummary, body: PlanBody): void {
      const { verdict = 'refused', breakGlass = false } = row.decided ?? {}
      meter.count('bulkhead_plan_decisions_total', { cluster: clusterOf(row), verdict })
      const loud = breakGlass ? 'BREAK GLASS: ' : ''
      tell(planNotice('decision', `${loud}A plan was ${verdict}`, row, body), `${row.id} ${verdict}`)
    },
    planEnded(row: PlanSummary, body: PlanBody): void {
      meter.count('bulkhead_plans_ended_total', { cluster: clusterOf(row), state: row.state })
      tell(planNotice('decision', `A plan ended: ${row.state.replace('_', ' ')}`, row, body), `${row.id} ${row.state}`)
    },
    frozen: (what: string, on: boolean, by: string, reason: string): void =>
      tell(
        {
          event: 'freeze',
          title: on ? `Frozen: ${what}` : `No longer frozen: ${what}`,
          facts: [
            ['By', by],
            ['Reason', reason],
          ],
          url: consoleUrl(config.publicUrl, 'switches'),
          time: time(),
        },
        `${what} ${on} ${ports.clock.now()}`,
      ),

    /** Whoever is told of freezes: somebody must look at once. Durable when it resolves. Throws `ledger_unavailable`. */
    ledgerBroken: (ledger: string, { reason, seq }: { readonly reason: string; readonly seq: number }): Promise<void> =>
      tellSurely(
        {
          event: 'freeze',
          title: `The ledger ${ledger} is broken`,
          facts: [
            ['Where', `record ${seq} (${reason})`],
            ['What follows', 'nothing of it is signed any more, and no checkpoint covers what is new'],
          ],
          url: consoleUrl(config.publicUrl, 'ledger', ledger),
          time: time(),
        },
        `ledger ${ledger} ${seq} ${reason}`,
      ),

    /** To those of `targets` that want to hear of this severity. Durable when it resolves. Throws `ledger_unavailable`. */
    async report(notice: Notice, key: string, targets: readonly string[], severity: Severity): Promise<void> {
      const told = cleaned(notice)
      const wants = ({ name, on, minimumSeverity }: Target): boolean =>
        targets.includes(name) &&
        on.includes('report') &&
        SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(minimumSeverity)
      await Promise.all(config.notify.filter(wants).map(({ name }) => enqueue(name, told, key)))
    },

    /** One attempt. A target that is no longer configured is nobody's. */
    async deliver({ target: name, notice }: Delivery, attempt: number, signal: AbortSignal): Promise<JobResult> {
      const target = config.notify.find((it) => it.name === name)
      if (target === undefined) return { done: true }
      try {
        const { url, ...init } = await request(target, notice)
        const status = await ports.notifier.deliver(
          url,
          init,
          AbortSignal.any([signal, AbortSignal.timeout(DELIVERY_DEADLINE_MS)]),
        )
        if (status < 200 || status >= 300) return failed(name, attempt, `http_${status}`)
        meter.count('bulkhead_notifications_total', { target: name, outcome: 'delivered' })
        return { done: true }
      } catch (error) {
        // Not the words of the failure: they hold the URL, which for Slack is the secret.
        return failed(name, attempt, error instanceof BulkheadError ? error.code : 'unreachable')
      }
    },
  }
}

export type Teller = ReturnType<typeof createTeller>
