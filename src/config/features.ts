/** The sections that have defaults: limits, output, approvals, watch, notify, hooks, reports, audit, telemetry. */
import * as z from 'zod'
import { WATCH_RULES } from '../watch.ts'
import {
  clusterName,
  collectorUrl,
  count,
  decoys,
  duration,
  fieldPath,
  headerName,
  httpsUrl,
  labelName,
  name,
  secret,
  word,
  words,
} from './values.ts'

export const HOOK_TYPES = ['alertmanager', 'grafana', 'pagerduty', 'generic'] as const

export const limits = z
  .strictObject({
    callsPerMinute: count.default(120).describe('Calls of tools.'),
    changesPerHour: count.default(20).describe('Changes applied.'),
    bytesPerMinute: count.default(4_000_000).describe('Bytes of answers.'),
    pendingPlans: count.default(10).describe('Plans that wait for a decision.'),
  })
  .prefault({})
  .describe('Per caller and cluster.')

export const output = z
  .strictObject({
    maxBytes: z
      .int()
      .min(2_000)
      .max(1_000_000)
      .default(48_000)
      .describe("One answer's text. A model's context is the scarce thing: 48 kB is about 12,000 tokens."),
    logBytes: z.int().min(2_000).max(5_000_000).default(100_000).describe('What is kept of a log, the newest part.'),
    personalData: z
      .enum(['mask', 'pass'])
      .default('mask')
      .describe('E-mail addresses, IP addresses, telephone and card numbers.'),
  })
  .prefault({})
  .describe('What leaves.')

export const approvals = z
  .strictObject({
    expiresIn: duration.default('10m').describe('How long a plan waits where its rule says nothing.'),
    breakGlass: words
      .default([])
      .describe("Operators who may approve their own agent's plan: reason asked, short, loud."),
  })
  .prefault({})
  .describe('Approval on the console.')

export const watch = z
  .strictObject({
    denialsPerMinute: count
      .default(20)
      .describe('Calls of one caller that policy or a rail refuses. Raises the caller.'),
    notFoundPerMinute: count
      .default(30)
      .describe('Names that one caller asks for and the API server does not know. Raises the caller.'),
    decoys: decoys
      .default([])
      .describe(
        'Objects that nobody has a reason to name: resource/namespace/name, "-" where there is no namespace. Raises the caller at once.',
      ),
    identicalPlansPerHour: count
      .default(10)
      .describe('How often one caller asks for the very same plan. Raises the caller.'),
    firstSeenAfter: duration
      .default('7d')
      .describe('How long a caller is known before each verb, resource and namespace that is new for it is recorded.'),
    budgetPercent: z
      .int()
      .min(1)
      .max(100)
      .default(90)
      .describe('How much of a budget is used before that is recorded.'),
    raiseFor: duration.default('1h').describe('How long every change of a raised caller waits for an operator.'),
    freeze: z
      .union([z.boolean(), z.array(z.enum(WATCH_RULES)).min(1)])
      .default(false)
      .describe('Freeze the caller: `true` where a rule would raise it, or the names of the rules that do.'),
  })
  .prefault({})
  .describe('Rules that look for trouble. Per caller and cluster; each that fires is a record.')

const target = z
  .strictObject({
    name: name.describe('What `hooks` name.'),
    slack: secret.optional().describe("An incoming webhook's URL."),
    webhook: z
      .strictObject({ url: httpsUrl.describe('Where to.'), hmac: secret.describe('Signs each delivery.') })
      .optional()
      .describe('A target of your own.'),
    on: z
      .array(z.enum(['plan', 'decision', 'freeze', 'report']))
      .min(1)
      .describe('What it is told of.'),
    minimumSeverity: z.enum(['info', 'warning', 'critical']).default('warning').describe('Of reports.'),
  })
  .refine((it) => (it.slack === undefined) !== (it.webhook === undefined), 'slack or webhook, one of them')

export const notify = z.array(target).default([]).describe('Whom to tell.')

const scheme = {
  bearer: secret.optional().describe('The token that the sender presents. For `alertmanager` and `grafana`.'),
  basic: z
    .strictObject({ username: word.describe('In the clear.'), password: secret.describe('By name.') })
    .optional()
    .describe('HTTP basic authentication. For `alertmanager` and `grafana`.'),
  hmac: secret
    .optional()
    .describe('The key of its signatures (docs/webhooks.md). For `grafana`, `pagerduty` and `generic`.'),
}
type Scheme = keyof typeof scheme

/** What each sender can do: Alertmanager cannot sign, PagerDuty does nothing else. */
const SCHEMES: Readonly<Record<(typeof HOOK_TYPES)[number], readonly Scheme[]>> = {
  alertmanager: ['bearer', 'basic'],
  grafana: ['bearer', 'basic', 'hmac'],
  pagerduty: ['hmac'],
  generic: ['hmac'],
}
/** Senders whose form has no labels that say where. */
const WITH_PATHS: readonly string[] = ['pagerduty', 'generic']

const hook = z
  .strictObject({
    type: z.enum(HOOK_TYPES).describe('Whose form the deliveries have.'),
    ...scheme,
    paths: z
      .record(labelName, fieldPath)
      .optional()
      .describe(
        'For `generic` and `pagerduty`: where each field stands, such as `namespace: incident.labels.ns`. ' +
          '`group`, `status`, `title`, `severity`, `summary`, `startsAt` and `id` say what they are; any other name is a label.',
      ),
    cluster: z
      .union([
        clusterName,
        z.strictObject({
          label: z.string().min(1).max(256).describe('The alert label that names the cluster.'),
          map: z
            .record(z.string(), clusterName)
            .default({})
            .describe('From its values to names of `clusters`; a value that is not here is taken for a name itself.'),
        }),
      ])
      .describe('Which cluster an alert is about.'),
    groups: words
      .default([])
      .describe('The groups of `hook:NAME`, as which policy knows the hook. It only ever reads.'),
    diagnosesPerMinute: count
      .default(30)
      .describe('What one hook may ask for. More waits; what finds no room to wait is answered 503.'),
    notify: words.default([]).describe('Targets of `notify` that get the report.'),
  })
  .superRefine((it, context) => {
    const possible = SCHEMES[it.type]
    const given = (Object.keys(scheme) as Scheme[]).filter((name) => it[name] !== undefined)
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    for (const name of given)
      if (!possible.includes(name)) complain(name, `${it.type} cannot do that: ${possible.join(' or ')} is for it`)
    if (given.length === 0)
      complain('type', `${it.type} needs ${possible.join(' or ')}: nobody else may report an alert`)
    if (given.length > 1)
      complain(given[1] ?? '', `one of ${given.join(' and ')}: a second way in is a second lock to pick`)
    if (it.paths !== undefined && !WITH_PATHS.includes(it.type)) complain('paths', `is for ${WITH_PATHS.join(' and ')}`)
    if (it.type === 'generic' && it.paths?.group === undefined)
      complain('type', 'generic needs paths.group: what tells one trouble from another')
  })

export const hooks = z.record(name, hook).default({}).describe('Alert webhooks: /hooks/NAME starts a diagnosis.')

export const reports = z
  .strictObject({ keep: duration.default('30d').describe('How long.') })
  .prefault({})
  .describe('Stored diagnoses.')

export const audit = z
  .strictObject({
    checkpointEvery: duration.default('1h').describe('How often the head of each ledger is signed.'),
    export: z
      .strictObject({ url: httpsUrl.describe('Where to.'), bearer: secret.describe('Presented there.') })
      .optional()
      .describe('Keeps records and checkpoints elsewhere.'),
  })
  .prefault({})
  .describe('The ledger.')

export const telemetry = z
  .strictObject({
    traces: z
      .strictObject({
        url: collectorUrl.describe(
          'Where to: a collector, by OTLP over HTTP, such as https://collector.example.com/v1/traces.',
        ),
        bearer: secret.optional().describe('Presented there.'),
        headers: z.record(headerName, secret).default({}).describe('Further headers, their values by name.'),
        ratio: z
          .number()
          .min(0)
          .max(1)
          .default(0.1)
          .describe('How many are recorded of the calls whose client does not decide that itself.'),
      })
      .optional()
      .describe('OpenTelemetry traces of calls, deliveries and jobs. Absent: none.'),
  })
  .prefault({})
  .describe('What operators see of the way of a call.')
