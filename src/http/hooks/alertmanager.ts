/**
 * Alertmanager's webhook, version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), and
 * Grafana's, which is the same form under version 1
 * (https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/).
 * Neither has an id of the delivery: a group, its status and what its alerts began with is the same delivery again.
 */
import * as z from 'zod'
import { labelOf, type RawAlert } from '../../guard/hooks/alert.ts'
import { type Formed, labels, parseForm, type ReadForm, stateOf, text, used } from './form.ts'

const alert = z.object({
  status: text,
  labels,
  annotations: labels.default({}),
  startsAt: text.default(''),
  fingerprint: text.default(''),
})

/** As large a group as a body can hold; what is used of it is `MAX_ALERTS`. */
const MAX_IN_GROUP = 20_000

const group = (version: string) =>
  z.object({
    version: z.literal(version),
    groupKey: text.min(1),
    status: z.enum(['firing', 'resolved']),
    groupLabels: labels.default({}),
    commonLabels: labels.default({}),
    alerts: z.array(alert).max(MAX_IN_GROUP),
    truncatedAlerts: z.int().min(0).default(0),
  })

type Group = z.infer<ReturnType<typeof group>>

const summaryOf = (annotations: Readonly<Record<string, string>>): string =>
  ['summary', 'description', 'message'].map((name) => labelOf(annotations, name)).find((it) => it !== '') ?? ''

const rawAlert = (it: Group['alerts'][number]): RawAlert => ({
  name: labelOf(it.labels, 'alertname'),
  status: stateOf(it.status),
  severity: labelOf(it.labels, 'severity'),
  startsAt: it.startsAt,
  summary: summaryOf(it.annotations),
  labels: it.labels,
})

const formed = ({ groupKey, status, groupLabels, commonLabels, alerts, truncatedAlerts }: Group): Formed => {
  const { leftOut, ...rest } = used(alerts.map(rawAlert))
  const [first] = rest.alerts
  const title = labelOf(commonLabels, 'alertname') || labelOf(groupLabels, 'alertname') || (first?.name ?? '')
  return {
    delivery: {
      identity: [groupKey, status, ...alerts.map((it) => `${it.fingerprint} ${it.status} ${it.startsAt}`).sort()],
      group: groupKey,
      status,
      title,
      event: '',
      ...rest,
      leftOut: leftOut + truncatedAlerts,
    },
  }
}

const reader = (version: string, sender: string): ReadForm => {
  const schema = group(version)
  return (body) => formed(parseForm(schema, body, sender))
}

export const readAlertmanager = reader('4', "Alertmanager's webhook, version 4")
export const readGrafana = reader('1', "Grafana's webhook, version 1")
