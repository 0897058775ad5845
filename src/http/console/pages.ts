/**
 * The routes behind the sign-in. A GET shows; a POST acts, answers 303 where it did, and shows the same page with the
 * code and the sentence where it did not. What stands in a query or a form is checked here, once.
 */
import type { Context, Hono, MiddlewareHandler } from 'hono'
import type { OperatorPower } from '../../access.ts'
import type { Config } from '../../config.ts'
import { asBulkheadError, BulkheadError } from '../../errors.ts'
import type { DeskScope } from '../../guard/desk.ts'
import { PLAN_STATES, type PlanState } from '../../plan.ts'
import { GATEWAY_LEDGER, type Ports } from '../../ports.ts'
import { MAX_REASON } from '../../tool.ts'
import type { HttpEnv } from '../env.ts'
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
import type { ConsoleEnv } from './signed-in.ts'
import { switchesPage } from './switches.tsx'

/** What a screen of records holds before it is a wall. */
const RECORDS_A_PAGE = 50
/** Seconds between looks at a plan that is being applied. */
const REFRESH_SECONDS = 2
/** `CLUSTER-RANDOM`, whatever the cluster is called. */
const PLAN_ID = /^[A-Za-z0-9_-]{1,128}$/

export interface PagesOptions extends ProblemOptions {
  readonly config: Config
  readonly ports: Pick<Ports, 'clock'>
  readonly power: (name: OperatorPower) => MiddlewareHandler<HttpEnv>
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

export const mountPages = (app: Hono<ConsoleEnv>, { config, ports, power, report }: PagesOptions): void => {
  const clusters = Object.keys(config.clusters)
  const ledgers = [GATEWAY_LEDGER, ...clusters]
  const now = () => ports.clock.now()
  const deskOf = (c: C) => c.get('opened').desk

  app.get('/', async (c) => {
    const state = oneOf<PlanState | 'all'>(c.req.query('state'), ['all', ...PLAN_STATES], 'state') ?? 'pending'
    const cluster = oneOf(c.req.query('cluster'), clusters, 'cluster')
    const found = await deskOf(c).plans({
      ...(state === 'all' ? {} : { states: [state] }),
      ...(cluster === undefined ? {} : { cluster }),
    })
    return c.html(plansPage({ ...found, signedIn: signedInOf(c), now: now(), state, cluster, clusters }))
  })

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
      const reason = reasonOf(form, false)
      const name = form.get('name')
      await deskOf(c).approve(planId(c), signedInOf(c).caller, {
        ...(name === undefined ? {} : { name }),
        ...(reason === undefined ? {} : { reason }),
      })
    }),
  )
  app.post(
    '/plans/:id/refuse',
    power('approve'),
    act(async (c, form) => {
      await deskOf(c).refuse(planId(c), signedInOf(c).caller, reasonOf(form, true) ?? '')
    }),
  )

  app.get('/ledger/:name', power('audit'), async (c) => {
    const name = oneOf(c.req.param('name'), ledgers, 'ledger') ?? GATEWAY_LEDGER
    const kind = oneOf(c.req.query('kind'), RECORD_KINDS, 'kind')
    const before = numberOf(c.req.query('before'), 'before')
    const desk = deskOf(c)
    const found = await desk.ledger(name, {
      limit: RECORDS_A_PAGE,
      ...(kind === undefined ? {} : { kind }),
      ...(before === undefined ? {} : { before }),
    })
    const verified = c.req.query('verify') === '1' ? await desk.verify(name) : undefined
    return c.html(ledgerPage({ ...found, signedIn: signedInOf(c), name, names: ledgers, kind, verified }))
  })

  app.get('/callers', async (c) =>
    c.html(callersPage({ signedIn: signedInOf(c), callers: await deskOf(c).callers(), now: now() })),
  )

  const switches = async (c: C) => {
    const [rows, callers] = await Promise.all([deskOf(c).switches(), deskOf(c).callers()])
    const frozen = rows.flatMap(({ scope }) => (scope.kind === 'caller' ? [scope.owner] : []))
    const owners = [...new Set([...callers.map((it) => it.owner), ...frozen])]
    const owner = owners.find((it) => it === c.req.query('caller'))
    return { signedIn: signedInOf(c), now: now(), switches: rows, clusters, owners, owner }
  }

  const scopeOf = (form: Form): DeskScope => {
    const cluster = oneOf(form.get('cluster'), clusters, 'cluster')
    const owner = form.get('owner') ?? ''
    switch (form.get('scope')) {
      case 'everything':
        return { kind: 'everything' }
      case 'cluster':
        if (cluster === undefined) throw new BulkheadError('invalid_arguments', 'Choose the cluster.')
        return { kind: 'cluster', cluster }
      case 'caller':
        if (owner === '') throw new BulkheadError('invalid_arguments', 'Choose the caller.')
        return { kind: 'caller', owner, ...(cluster === undefined ? {} : { cluster }) }
      default:
        throw new BulkheadError('invalid_arguments', 'Choose what to turn: a caller, a cluster or everything.')
    }
  }

  app.get('/switches', async (c) => c.html(switchesPage(await switches(c))))
  app.post('/switches', power('freeze'), async (c) => {
    const form = formOf(c)
    const scope = scopeOf(form)
    const on = oneOf(form.get('on'), ['true', 'false'], 'on')
    if (on === undefined) throw malformed('"on" says whether to freeze or to release.')
    const reason = reasonOf(form, true) ?? ''
    const results = await deskOf(c).setSwitch(scope, on === 'true', signedInOf(c).caller, reason)
    const html = switchesPage({ ...(await switches(c)), turned: { on: on === 'true', scope, results } })
    return c.html(html, results.every((it) => it.confirmed) ? 200 : 503)
  })

  app.get('/health', async (c) => c.html(healthPage({ signedIn: signedInOf(c), health: await deskOf(c).health() })))

  for (const path of ['/plans/:id/approve', '/plans/:id/refuse', '/sign-out'])
    app.get(path, () => {
      throw new BulkheadError('method_not_allowed', 'A link does not act: open the plan and send its form.')
    })
}
