/**
 * PagerDuty's webhooks, version 3 (https://developer.pagerduty.com/docs/webhooks-overview). One event of one incident;
 * what Kubernetes calls the place stands nowhere in it, so `paths` says where an account keeps it, and the service's name
 * is the label `service`.
 */
import * as z from 'zod'
import { type Formed, parseForm, type ReadForm, stateOf, text } from './form.ts'
import { labelsAt, textAt } from './paths.ts'

const event = z.object({
  event: z.object({
    id: text.min(1),
    event_type: text,
    resource_type: text,
    occurred_at: text.default(''),
    data: z.looseObject({ type: text.optional() }).nullable().default(null),
  }),
})

const incident = z.looseObject({
  id: text.min(1),
  title: text.default(''),
  status: text,
  urgency: text.default(''),
  created_at: text.default(''),
  service: z.looseObject({ summary: text.default('') }).nullish(),
  priority: z.looseObject({ summary: text.default('') }).nullish(),
})

export const readPagerDuty =
  (paths: Readonly<Record<string, string>> = {}): ReadForm =>
  (body): Formed => {
    const sender = "PagerDuty's webhook, version 3"
    const { id, event_type, occurred_at, data } = parseForm(event, body, sender).event
    // Notes, responders, services, and the ping that tries the subscription.
    if (data?.type !== 'incident' || !event_type.startsWith('incident.')) return { ignored: 'not an incident' }
    const it = parseForm(incident, data, sender)
    const status = stateOf(it.status)
    const severity = textAt(body, paths.severity ?? '') || it.priority?.summary || it.urgency
    const title = textAt(body, paths.title ?? '') || it.title
    return {
      delivery: {
        identity: [id],
        group: textAt(body, paths.group ?? '') || it.id,
        status,
        title,
        event: occurred_at,
        alerts: [
          {
            name: title,
            status,
            severity,
            startsAt: it.created_at,
            summary: textAt(body, paths.summary ?? ''),
            labels: { service: it.service?.summary ?? '', ...labelsAt(body, paths) },
          },
        ],
        leftOut: 0,
      },
    }
  }
