/**
 * The routes behind the sign-in. A GET shows; a POST acts, answers 303 where it did, and shows the same page with the
 * code and the sentence where it did not. What stands in a query or a form is checked here, once.
 */
import type { Context, Hono, MiddlewareHandler } from 'hono'
import type { OperatorPower } from '../../access.ts'
import { within } from '../../deadline.ts'
import { asBulkheadError, BulkheadError } from '../../errors.ts'
import type { DeskPlan } from '../../guard/desk.ts'
import { REPORT_ID } from '../../guard/hooks/delivery.ts'
import { clusterOfPlan } from '../../guard/plan-body.ts'
import { PLAN_STATES, type PlanState, type PlanSummary } from '../../plan.ts'
import type { SwitchScope } from '../../plans.ts'
import { GATEWAY_LEDGER, type Ports } from '../../ports.ts'
import { MAX_REPORTS_PAGE } from '../../reports.ts'
import { MAX_REASON } from '../../tool.ts'
import type { HttpEnv } from '../env.ts'
import type { CheckResult } from '../health.ts'
import { recordOperator } from '../power.ts'
import type { ProblemOptions } from '../problem.ts'
import { callersPage } from './callers.tsx'
import type { Typed } from './decide.tsx'
import type { Form } from './form.ts'
import { formOf, signedInOf } from './guard.ts'
import { healthPage } from './health.tsx'
import { ledgerPage } from './ledger.tsx'
import { planPage } from './plan.tsx'
import { plansPage } from './plans.tsx'
import { RECORD_KINDS } from './records.ts'
import { checkChain, newest } from './records-read.ts'
import { reportPage } from './report.tsx'
import { reportsPage } from './reports.tsx'
import type { ConsoleEnv } from './signed-in.ts'
import { switchesPage } from './switches.tsx'

/** Plans that wait are few by their cap; of more the list says what tool asks. */
const MAX_SUBJECTS = 20
/** Beyond this somebody who looks at a ledger would rather be told that it is slow. */
const LEDGER_DEADLINE_MS = 20_000
/** Seconds between looks at a plan that is being applied. */
const REFRESH_SECONDS = 2
/** `CLUSTER-RANDOM`, whatever the cluster is called. */
const PLAN_ID = /^[A-Za-z0-9_-]{1,128}$/

export interface PagesOptions extends ProblemOptions {
  readonly ports: Pick<Ports, 'clock' | 'ledgers' | 'reports'>
  readonly power: (name: OperatorPower) => MiddlewareHandler<HttpEnv>
  /** `callerKey`s of everybody who has a key, operators too: who can be frozen before they ever came. */
  readonly keyed: readonly string[]
  readonly health: () => Promise<readonly CheckResult[]>
}

type C = Context<ConsoleEnv>

const malformed = (what: string): BulkheadError => new BulkheadError('malformed_request', what)

const planId = (c: C): string => {
  const id = c.req.param('id') ?? ''
  if (!PLAN_ID.test(id)) throw new BulkheadError('plan_unknown', 'There is no such plan.')
  return id
}

const reasonOf = (form: Form, required: boolean): string | undefined => {
  const reason = form.get('reason')?.trim() ?? ''
  if (reason.length > MAX_REASON)
    throw new BulkheadError('invalid_arguments', `The reason is longer than ${MAX_REASON} characters. Write less.`)
  if (reason === '' && required) throw new BulkheadError('invalid_arguments', 'Give a reason: it is recorded.')
  return reason === '' ? undefined : reason
}

const numberOf = (text: string | undefined, what: string): number | undefined => {
  if (text === undefined || text === '') return undefined
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw malformed(`"${what}" is a number.`)
  return Number(text)
}

/** One of `all`; absent or empty: none. */
const oneOf = <T extends string>(text: string | undefined, all: readonly T[], what: string): T | undefined => {
  if (text === undefined || text === '') return undefined
  const found = all.find((it) => it === text)
  if (found === undefined) throw malformed(`"${what}" is none of those that there are.`)
  return found
}

const slowLedger = (): BulkheadError =>
  new BulkheadError('ledger_unavailable', 'The ledger does not answer in time. Try again, or export it.')

export const mountPages = (app: Hono<ConsoleEnv>, { ports, power, keyed, health, report }: PagesOptions): void => {
  const now = () => ports.clock.now()
  const deskOf = (c: C) => c.get('opened').desk

  app.get('/', async (c) => {
    const state = oneOf<PlanState | 'all'>(c.req.query('state'), ['all', ...PLAN_STATES], 'state') ?? 'pending'
    const { clusters, plans } = deskOf(c)
    const cluster = oneOf(c.req.query('cluster'), clusters, 'cluster')
    const found = await plans(state === 'all' ? undefined : [state])
    const rows = found.plans.filter((it) => cluster === undefined || clusterOfPlan(it.id) === cluster)
    const subjects = await subjectsOf(c, rows)
    const shown = { plans: rows, subjects, unread: found.unread, state, cluster, clusters }
    return c.html(plansPage({ ...shown, signedIn: signedInOf(c), now: now() }))
  })

  /** What the plans that wait are about. One that cannot be read is listed all the same. */
  const subjectsOf = async (c: C, rows: readonly PlanSummary[]) => {
    const subjects = new Map<string, DeskPlan['subject']>()
    const waiting = rows.filter((it) => it.state === 'pending').slice(0, MAX_SUBJECTS)
    const { caller } = signedInOf(c)
    const found = await Promise.allSettled(waiting.map(({ id }) => deskOf(c).plan(id, caller)))
    for (const it of found) if (it.status === 'fulfilled') subjects.set(it.value.row.id, it.value.subject)
    return subjects
  }

  const showPlan = async (c: C, error?: BulkheadError, typed?: Typed): Promise<Response> => {
    const signedIn = signedInOf(c)
    const plan = await deskOf(c).plan(planId(c), signedIn.caller)
    const moving = ['approved', 'confirmed', 'applying'].includes(plan.view.state)
    const refreshing = moving && error === undefined && c.req.query('hold') === undefined
    // As a header: it does what the element does, and can be turned off by the link that the page shows.
    if (refreshing) c.header('refresh', String(REFRESH_SECONDS))
    const html = planPage({ signedIn, plan, now: now(), error, typed, refreshing })
    return c.html(html, (error?.status ?? 200) as 200)
  }

  /** An act on a plan: 303 back to it, or the plan again with what stood in the way. */
  const act = (perform: (c: C, form: Form) => Promise<void>) => async (c: C) => {
    const form = formOf(c)
    try {
      await perform(c, form)
    } catch (thrown) {
      const error = asBulkheadError(thrown)
      report(error, c.get('requestId'))
      return showPlan(c, error, { name: form.get('name') ?? '', reason: form.get('reason') ?? '' })
    }
    return c.redirect(`/console/plans/${encodeURIComponent(planId(c))}`, 303)
  }

  app.get('/plans/:id', (c) => showPlan(c))
  app.post(
    '/plans/:id/approve',
    power('approve'),
    act(async (c, form) => {
      const approval = { name: form.get('name') ?? '', reason: reasonOf(form, false) ?? '' }
      await deskOf(c).approve(planId(c), signedInOf(c).caller, approval)
    }),
  )
  app.post(
    '/plans/:id/refuse',
    power('approve'),
    act(async (c, form) => {
      await deskOf(c).refuse(planId(c), signedInOf(c).caller, reasonOf(form, true) ?? '')
    }),
  )

  app.get('/reports', async (c) => {
    const updated = numberOf(c.req.query('before'), 'before')
    const id = c.req.query('id') ?? ''
    const before = updated === undefined || !REPORT_ID.test(id) ? undefined : { updated, id }
    const reports = await ports.reports.list({
      limit: MAX_REPORTS_PAGE,
      ...(before === undefined ? {} : { before }),
    })
    const last = reports.length < MAX_REPORTS_PAGE ? undefined : reports.at(-1)
    const older =
      last === undefined ? {} : { older: new URLSearchParams({ before: String(last.updated), id: last.id }).toString() }
    return c.html(reportsPage({ reports, ...older, signedIn: signedInOf(c), now: now() }))
  })
  app.get('/reports/:id', async (c) => {
    const id = c.req.param('id')
    const report = REPORT_ID.test(id) ? await ports.reports.get(id) : undefined
    if (report === undefined)
      throw new BulkheadError(
        'report_unknown',
        'There is no such report: it expired, or the diagnosis is still under way. Look again in a moment.',
      )
    return c.html(reportPage({ report, signedIn: signedInOf(c), now: now() }))
  })

  app.get('/ledger/:name', power('audit'), async (c) => {
    const names = deskOf(c).ledgers
    const name = oneOf(c.req.param('name'), names, 'ledger') ?? GATEWAY_LEDGER
    const kind = oneOf(c.req.query('kind'), RECORD_KINDS, 'kind')
    const before = numberOf(c.req.query('before'), 'before')
    const verifies = c.req.query('verify') === '1'
    // Who read the ledger stands in it, as with an export.
    await recordOperator(ports, signedInOf(c).caller, `${verifies ? 'verified' : 'looked at'} the ledger ${name}`)
    const ledger = ports.ledgers.ledger(name)
    const reading = async () => {
      const status = await ledger.status()
      const [found, verified] = await Promise.all([
        newest(ledger, status, kind ?? '', before),
        verifies ? checkChain(ledger, status, name) : undefined,
      ])
      return { ...found, audit: status.audit, verified }
    }
    const read = await within(LEDGER_DEADLINE_MS, reading(), slowLedger)
    return c.html(ledgerPage({ ...read, signedIn: signedInOf(c), now: now(), name, names, kind }))
  })

  app.get('/callers', async (c) => {
    const [callers, switches] = await Promise.all([deskOf(c).callers(), deskOf(c).switches()])
    const unread = [...callers.unread, ...switches.unread]
    const shown = { callers: callers.items, switches: switches.items, unread }
    return c.html(callersPage({ ...shown, signedIn: signedInOf(c), now: now() }))
  })

  const switches = async (c: C) => {
    const desk = deskOf(c)
    const [rows, callers] = await Promise.all([desk.switches(), desk.callers()])
    const switched = rows.items.flatMap(({ scope }) => (scope.kind === 'caller' ? [scope.owner] : []))
    const owners = [...new Set([...callers.items.map((it) => it.owner), ...switched, ...keyed])]
    const owner = owners.find((it) => it === c.req.query('caller'))
    const shown = { switches: rows.items, unread: [...rows.unread, ...callers.unread], clusters: desk.clusters }
    return { ...shown, signedIn: signedInOf(c), now: now(), owners, owner }
  }

  /** What to turn, and for a cluster which. */
  const targetOf = (c: C, form: Form): { readonly scope: SwitchScope; readonly cluster: string | undefined } => {
    const value = form.get('value') ?? ''
    switch (form.get('scope')) {
      case 'everything':
        return { scope: { kind: 'everything' }, cluster: undefined }
      case 'cluster':
        if (value === '') throw new BulkheadError('invalid_arguments', 'Choose the cluster.')
        return { scope: { kind: 'cluster' }, cluster: oneOf(value, deskOf(c).clusters, 'value') }
      case 'caller':
        if (value === '') throw new BulkheadError('invalid_arguments', 'Choose the caller.')
        return { scope: { kind: 'caller', owner: value }, cluster: undefined }
      default:
        throw new BulkheadError('invalid_arguments', 'Choose what to turn: a caller, a cluster or everything.')
    }
  }

  app.get('/switches', async (c) => c.html(switchesPage(await switches(c))))
  app.post('/switches', power('freeze'), async (c) => {
    const form = formOf(c)
    const { scope, cluster } = targetOf(c, form)
    const on = oneOf(form.get('on'), ['1', '0'], 'on')
    if (on === undefined) throw malformed('"on" says whether to freeze or to release.')
    const reason = reasonOf(form, true) ?? ''
    const results = await deskOf(c).setSwitch(scope, cluster, on === '1', signedInOf(c).caller, reason)
    const html = switchesPage({ ...(await switches(c)), turned: { on: on === '1', scope, cluster, results } })
    return c.html(html, results.every((it) => it.code === undefined) ? 200 : 503)
  })

  app.get('/health', async (c) => {
    const [checks, deliveries] = await Promise.all([health(), deskOf(c).deliveries()])
    const shown = { checks, unread: deliveries.unread, deliveries: deliveries.items }
    return c.html(healthPage({ ...shown, signedIn: signedInOf(c), now: now() }))
  })

  for (const path of ['/plans/:id/approve', '/plans/:id/refuse', '/sign-out'])
    app.get(path, () => {
      throw new BulkheadError('method_not_allowed', 'A link does not act: open the plan and send its form.')
    })
}
