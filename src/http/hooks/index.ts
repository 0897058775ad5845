/**
 * `POST /hooks/NAME`: an alert becomes a job that looks at what it is about. Authentication, the sender's form, then one
 * durable round trip (the job) and the address of the report; nothing is looked at while the sender waits. What was
 * answered 202 is done, also if this process is killed now. What was not is the sender's to send again: Alertmanager
 * repeats after a 5xx, and gives up after a 4xx.
 *
 * Order: after a `shield` of its own that answers 503, before `hostCheck` and `originCheck`. Whoever sends an alert proves
 * it by a secret that no browser adds by itself, and may know this deployment by another name than people do: a
 * Service's, in the cluster.
 */
import { type Context, Hono } from 'hono'
import type { Config } from '../../config.ts'
import { within } from '../../deadline.ts'
import { asBulkheadError, BulkheadError } from '../../errors.ts'
import { readDelivery } from '../../guard/hooks/delivery.ts'
import { hookQueue } from '../../guard/hooks/principal.ts'
import { reportUrl } from '../../guard/hooks/telling.ts'
import type { DerivedKeys } from '../../guard/keys.ts'
import type { Output } from '../../guard/output/index.ts'
import { contextOf } from '../../guard/trace/context.ts'
import type { Meter } from '../../meter.ts'
import { GATEWAY_LEDGER, type LedgerEntry, type Ports } from '../../ports.ts'
import type { Delivery } from '../../reports.ts'
import { asStep, type BeginTrace, type Span } from '../../trace.ts'
import { parseJson, readBody, requireJson } from '../body.ts'
import type { HttpEnv } from '../env.ts'
import { methodNotAllowed, problem } from '../problem.ts'
import { readAlertmanager, readGrafana } from './alertmanager.ts'
import { challengeOf, checkHeader, checkSignature, type HookRefusal } from './authentication.ts'
import type { ReadForm } from './form.ts'
import { readGeneric } from './generic.ts'
import { readPagerDuty } from './pagerduty.ts'

/** A thousand alerts with their annotations; Alertmanager's `max_alerts` makes them fewer. */
export const MAX_DELIVERY_BYTES = 2 * 1024 * 1024
/** Senders give up after ten seconds or so. */
const BODY_DEADLINE_MS = 10_000
/** The answer waits for what makes it true, but not for storage that is stuck: then the sender sends it again. */
const ACCEPT_DEADLINE_MS = 5_000

type Hook = Config['hooks'][string]

export interface HooksOptions {
  readonly config: Config
  readonly ports: Ports
  /** What needs the master key; throws `not_ready` while there is none. */
  readonly open: () => Promise<Opened>
  readonly meter: Meter
}

interface Opened {
  readonly keys: Pick<DerivedKeys, 'reports'>
  readonly output: Pick<Output, 'line'>
  readonly trace: BeginTrace | undefined
}

const readerOf = ({ type, paths }: Hook): ReadForm => {
  switch (type) {
    case 'alertmanager':
      return readAlertmanager
    case 'grafana':
      return readGrafana
    case 'pagerduty':
      return readPagerDuty(paths)
    case 'generic':
      return readGeneric(paths)
  }
}

const REFUSED =
  'The delivery was not accepted. Check the secret, and the clock where it is signed; the operator finds the reason in the audit ledger.'

export const createHooks = ({ config, ports, open, meter }: HooksOptions): Hono<HttpEnv> => {
  const clusters = Object.keys(config.clusters)
  const readers = new Map(Object.entries(config.hooks).map(([name, hook]) => [name, readerOf(hook)]))

  type Entry = Extract<LedgerEntry, { kind: 'delivery' }>
  const record = (request: Request, hook: string, facts: Omit<Entry, 'kind' | 'hook'>): Promise<unknown> => {
    meter.count('bulkhead_hook_deliveries_total', { hook, outcome: facts.outcome })
    return ports.ledgers.ledger(GATEWAY_LEDGER).append({
      now: ports.clock.now(),
      entry: { kind: 'delivery', hook, address: ports.clientAddress(request), suppressed: 0, ...facts },
    })
  }

  /** The job is durable before the answer, and is recorded again before anything is looked at: this record may come after. */
  const accept = async (request: Request, hook: string, delivery: Delivery, span: Span | undefined): Promise<void> => {
    const { report, key, alerts, leftOut } = delivery
    const traced = span === undefined ? {} : { traceparent: span.traceparent }
    const late = () =>
      new BulkheadError('ledger_unavailable', 'Storage does not answer in time. Send the delivery again.')
    const enqueue = () =>
      ports.jobs.enqueue(hookQueue(hook), `${report} ${key}`, { kind: 'diagnose', hook, delivery, ...traced })
    await asStep(span, 'job enqueue', {}, () => within(ACCEPT_DEADLINE_MS, enqueue(), late))
    ports.background.run(record(request, hook, { outcome: 'accepted', report, alerts: alerts.length + leftOut }))
  }

  const answer = async (c: Context<HttpEnv>, name: string, hook: Hook, refuse: (why: string) => void) => {
    const request = c.req.raw
    const began = ports.clock.now()
    const unauthenticated = (reason: HookRefusal): Response => {
      refuse(reason)
      return problem(new BulkheadError('unauthenticated', REFUSED), { 'www-authenticate': challengeOf(hook) })
    }
    requireJson(request)
    const byHeader = await checkHeader(hook, request.headers, ports.secrets)
    if (byHeader !== undefined) return unauthenticated(byHeader)
    const body = await readBody(request, BODY_DEADLINE_MS, MAX_DELIVERY_BYTES)
    const bySignature = await checkSignature(hook, request.headers, body, ports.secrets, ports.clock.now())
    if (bySignature !== undefined) return unauthenticated(bySignature)
    const formed = readers.get(name)?.(parseJson(body)) ?? { ignored: 'no reader' }
    if ('ignored' in formed) {
      ports.background.run(record(request, name, { outcome: 'ignored', reason: formed.ignored }))
      return c.json({ ignored: formed.ignored }, 200)
    }
    const { keys, output, trace } = await open()
    // Only now: whoever is not let in makes no traces.
    const span = trace?.({
      name: 'POST /hooks/:name',
      kind: 'server',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/hooks/:name',
        'bulkhead.hook': name,
        'bulkhead.request.id': c.get('requestId'),
      },
      parent: contextOf(undefined, request.headers),
      at: began,
    })
    try {
      const reading = { hook: name, rule: hook, clusters, key: keys.reports, output, now: ports.clock.now() }
      const delivery = readDelivery(formed.delivery, reading)
      await accept(request, name, delivery, span)
      span?.end({ 'http.response.status_code': 202 })
      return c.json({ id: delivery.report, url: reportUrl(config.publicUrl, delivery.report) }, 202)
    } catch (error) {
      const { code, status } = asBulkheadError(error)
      span?.end({ 'http.response.status_code': status, 'error.type': code })
      throw error
    }
  }

  const app = new Hono<HttpEnv>()
  app.post('/:name', async (c) => {
    const name = c.req.param('name')
    const hook = Object.hasOwn(config.hooks, name) ? config.hooks[name] : undefined
    if (hook === undefined)
      throw new BulkheadError('no_route', 'No hook has this name. The operator names them in hooks.')
    let refused = false
    const refuse = (outcome: string, reason?: string): void => {
      refused = true
      const why = reason === undefined ? {} : { reason }
      ports.background.run(record(c.req.raw, name, { outcome, ...why }))
    }
    try {
      return await answer(c, name, hook, (reason) => refuse('unauthenticated', reason))
    } catch (thrown) {
      if (!refused) refuse(asBulkheadError(thrown).code)
      throw thrown
    }
  })
  app.all('/:name', methodNotAllowed(['POST']))
  return app
}
