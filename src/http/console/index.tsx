/**
 * `/console`: where operators decide plans and turn switches. Server-rendered, without a script of any kind. GET changes
 * nothing; every act is a POST that carries the session's CSRF token and comes from our own origin (THREATS.md L6-3). Who
 * may come in is an operator with a key (`session.ts`) or by Cloudflare Access (`access.ts`).
 *
 * Order: after shield, hostCheck and originCheck.
 */
import { type Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Child } from 'hono/jsx'
import type { Caller, OperatorPower } from '../../access.ts'
import type { Config } from '../../config.ts'
import { asBulkheadError, BulkheadError } from '../../errors.ts'
import { createBox } from '../../guard/box.ts'
import { type BucketState, take } from '../../guard/buckets.ts'
import type { Desk } from '../../guard/desk.ts'
import type { DerivedKeys } from '../../guard/keys.ts'
import { OPEN_STATES } from '../../plan.ts'
import type { SwitchScope } from '../../plans.ts'
import { GATEWAY_LEDGER, type Ports } from '../../ports.ts'
import type { Identity } from '../authenticate.ts'
import { readBody } from '../body.ts'
import type { HttpEnv } from '../env.ts'
import type { CheckResult } from '../health.ts'
import { checkKey, keyHolders } from '../keys.ts'
import { recordOperator } from '../power.ts'
import { ACCESS_HEADER, createAccess } from './access.ts'
import { checkChain, newest } from './ledger.ts'
import {
  CallersPage,
  HealthPage,
  LedgerPage,
  PlansPage,
  ProblemPage,
  type Seat,
  SignInPage,
  SwitchesPage,
  type Trouble,
} from './pages.tsx'
import { nextPath, STYLE_PATH } from './paths.ts'
import { PlanPage } from './plan-page.tsx'
import { cookieName, createSessions, type Session, sameText } from './session.ts'
import { STYLE } from './style.ts'

/** Nothing loads but our stylesheet, nothing frames us, forms go to us alone. */
const POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; img-src 'none'"
/** A form of ours is a few hundred bytes. */
const MAX_FORM = 20_000
/** Wrong keys from one address: a person mistypes a few times. */
const SIGN_IN = { name: 'sign-in', capacity: 10, refill: 10 / 600_000, take: 1 } as const
/** Addresses that are remembered; the oldest goes. The shield stands before this. */
const MAX_ADDRESSES = 10_000

const KINDS = [
  'call',
  'outcome',
  'refusal',
  'plan',
  'decision',
  'intent',
  'effect',
  'plan_end',
  'switch',
  'watch',
  'authentication_failure',
  'credential',
  'operator',
] as const

export interface ConsoleParts {
  readonly ports: Ports
  readonly config: Config
  readonly keys: DerivedKeys
  readonly identity: Identity
  readonly desk: Desk
  readonly health: () => Promise<readonly CheckResult[]>
}

type Ctx = Context<HttpEnv>

const troubleOf = (thrown: unknown): Trouble & { readonly status: number } => {
  const { code, message, status } = asBulkheadError(thrown)
  return { code, sentence: message, status }
}

/** Counted by address, in this isolate: best effort before the ledger's own record of each failure. */
const createSignInLimit = (now: () => number) => {
  const seen = new Map<string, BucketState>()
  return (address: string): boolean => {
    const { ok, state } = take(seen.get(address), SIGN_IN, now())
    seen.delete(address)
    seen.set(address, state)
    const [oldest] = seen.keys()
    if (seen.size > MAX_ADDRESSES && oldest !== undefined) seen.delete(oldest)
    return ok
  }
}

export const createConsole = async ({
  ports,
  config,
  keys,
  identity,
  desk,
  health,
}: ConsoleParts): Promise<Hono<HttpEnv>> => {
  const now = () => ports.clock.now()
  const holders = keyHolders(config.identity)
  const box = await createBox(keys.sessions, ports.random)
  const sessions = createSessions(box, keys.csrf, holders, config.publicUrl, ports.random)
  const access = config.identity.access === undefined ? undefined : createAccess(config.identity.access, ports)
  const mayTry = createSignInLimit(now)

  const html = (c: Ctx, page: Child, status = 200): Response => {
    c.header('content-security-policy', POLICY)
    c.header('content-type', 'text/html; charset=utf-8')
    return c.body(String(page), status as 200)
  }
  const seatOf = (session: Session): Seat => ({ operator: session.operator.subject, csrf: sessions.csrf(session) })

  /** The session of the request, of a cookie or of Access; undefined: nobody. */
  const sessionOf = async (c: Ctx): Promise<Session | undefined> => {
    const assertion = c.req.header(ACCESS_HEADER)
    let session = await sessions.read(getCookie(c, cookieName(config.publicUrl)), now())
    if (session === undefined && access !== undefined && assertion !== undefined) {
      const operator = await access(assertion)
      // Bound to the person; Access itself ends its session.
      if (operator !== undefined) session = { id: `access ${operator.subject}`, operator, issuedAt: now() }
    }
    if (session === undefined) return undefined
    return (await desk.frozenAt(session.operator)) > session.issuedAt ? undefined : session
  }

  const toSignIn = (c: Ctx): Response =>
    c.redirect(`/console/sign-in?next=${encodeURIComponent(nextPath(new URL(c.req.url).pathname))}`, 303)

  /** A page for whoever is signed in. */
  const page =
    (show: (c: Ctx, session: Session, seat: Seat) => Promise<Response>, power?: OperatorPower) => async (c: Ctx) => {
      const session = await sessionOf(c)
      if (session === undefined) return toSignIn(c)
      const seat = seatOf(session)
      try {
        await checkPower(c, session.operator, power)
        return await show(c, session, seat)
      } catch (thrown) {
        const { status, ...problem } = troubleOf(thrown)
        return html(c, <ProblemPage seat={seat} title="That did not work" problem={problem} />, status)
      }
    }

  const checkPower = async (c: Ctx, operator: Caller, power: OperatorPower | undefined): Promise<void> => {
    if (power === undefined || operator.may?.includes(power) === true) return
    await recordOperator(ports, operator, `refused ${c.req.path}: power ${power} is not granted`)
    throw new BulkheadError('insufficient_scope', `Your key does not have the power "${power}".`)
  }

  const formOf = async (c: Ctx): Promise<URLSearchParams> => {
    const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
    if (type !== 'application/x-www-form-urlencoded')
      throw new BulkheadError('unsupported_media_type', 'Send the form as application/x-www-form-urlencoded.')
    const bytes = await readBody(c.req.raw)
    if (bytes.byteLength > MAX_FORM) throw new BulkheadError('body_too_large', 'The form is too large.')
    return new URLSearchParams(new TextDecoder().decode(bytes))
  }

  /** From a page of ours, and sent for the page that is seen: browsers say both where they say anything. */
  const checkSite = (c: Ctx): void => {
    const site = c.req.header('sec-fetch-site')
    if (site !== undefined && site !== 'same-origin')
      throw new BulkheadError('csrf_refused', 'The form came from another page. Open the console itself and try again.')
  }

  /** An act of whoever is signed in. `failed`: the page that shows what went wrong. */
  const act =
    (
      perform: (c: Ctx, session: Session, form: URLSearchParams) => Promise<Response>,
      failed: (c: Ctx, session: Session, trouble: Trouble) => Promise<Child> = async (_, session, problem) => (
        <ProblemPage seat={seatOf(session)} title="That did not work" problem={problem} />
      ),
    ) =>
    async (c: Ctx) => {
      const session = await sessionOf(c)
      if (session === undefined) return toSignIn(c)
      try {
        checkSite(c)
        const form = await formOf(c)
        if (!sameText(form.get('csrf') ?? '', sessions.csrf(session)))
          throw new BulkheadError('csrf_refused', 'The form is not of this session. Open the page again and repeat.')
        return await perform(c, session, form)
      } catch (thrown) {
        const { status, ...trouble } = troubleOf(thrown)
        return html(c, await failed(c, session, trouble), status)
      }
    }

  const idOf = (c: Ctx): string => c.req.param('id') ?? ''
  const planPage = async (c: Ctx, session: Session, problem?: Trouble): Promise<Child> => {
    const plan = await desk.plan(idOf(c), session.operator)
    return <PlanPage plan={plan} {...seatOf(session)} {...(problem === undefined ? {} : { problem })} />
  }
  /** On the plan itself, unless there is none. */
  const onPlan = async (c: Ctx, session: Session, problem: Trouble): Promise<Child> =>
    planPage(c, session, problem).catch(() => (
      <ProblemPage seat={seatOf(session)} title="That did not work" problem={problem} />
    ))

  const app = new Hono<HttpEnv>().basePath('/console')

  app.get(STYLE_PATH.replace('/console', ''), (c) => {
    c.header('cache-control', 'public, max-age=31536000, immutable')
    c.header('content-type', 'text/css; charset=utf-8')
    return c.body(STYLE)
  })

  app.get('/sign-in', async (c) => html(c, <SignInPage next={nextPath(c.req.query('next'))} />))

  app.post('/sign-in', async (c) => {
    let next = '/console'
    try {
      checkSite(c)
      const form = await formOf(c)
      next = nextPath(form.get('next') ?? undefined)
      if (!mayTry(ports.clientAddress(c.req.raw)))
        throw new BulkheadError('too_many_requests', 'Too many attempts from this address. Wait ten minutes.')
      const presented = (form.get('key') ?? '').trim()
      const found = checkKey(holders, presented, now())
      if (!found.ok || found.caller.kind !== 'operator') {
        const reason = found.ok ? 'agent_at_operator_route' : found.reason
        await identity.refuse(c.req.raw, 'operator', { ok: false, reason })
        throw new BulkheadError(
          found.ok ? 'insufficient_scope' : 'unauthenticated',
          found.ok ? "That is an agent's key. The console is for operators." : 'The key was not accepted.',
        )
      }
      await recordOperator(ports, found.caller, 'sign-in')
      c.header('set-cookie', await sessions.begin(found.caller, presented, now()))
      return c.redirect(next, 303)
    } catch (thrown) {
      const { status, ...problem } = troubleOf(thrown)
      return html(c, <SignInPage next={next} problem={problem} />, status)
    }
  })

  app.post(
    '/sign-out',
    act(async (c) => {
      c.header('set-cookie', sessions.end())
      return c.redirect('/console/sign-in', 303)
    }),
  )

  app.get(
    '/',
    page(async (c, _, seat) => {
      const all = c.req.query('all') === '1'
      return html(c, <PlansPage seat={seat} {...(await desk.plans(all ? undefined : OPEN_STATES))} all={all} />)
    }),
  )

  app.get(
    '/plans/:id',
    page(async (c, session) => html(c, await planPage(c, session))),
  )
  app.post(
    '/plans/:id/approve',
    act(async (c, session, form) => {
      const typed = { name: form.get('name') ?? '', reason: form.get('reason') ?? '' }
      await desk.approve(idOf(c), session.operator, typed)
      return c.redirect(`/console/plans/${encodeURIComponent(idOf(c))}`, 303)
    }, onPlan),
  )
  app.post(
    '/plans/:id/refuse',
    act(async (c, session, form) => {
      await desk.refuse(idOf(c), session.operator, form.get('reason') ?? '')
      return c.redirect(`/console/plans/${encodeURIComponent(idOf(c))}`, 303)
    }, onPlan),
  )

  app.get(
    '/ledger',
    page(async (c, session, seat) => {
      const name = c.req.query('ledger') ?? GATEWAY_LEDGER
      if (!desk.ledgers.includes(name)) throw new BulkheadError('unknown_cluster', 'There is no ledger of that name.')
      const kind = KINDS.find((it) => it === c.req.query('kind')) ?? ''
      const before = /^[1-9][0-9]{0,14}$/.test(c.req.query('before') ?? '') ? Number(c.req.query('before')) : undefined
      await recordOperator(ports, session.operator, `look at ledger ${name}`)
      const ledger = ports.ledgers.ledger(name)
      const verification = c.req.query('verify') === '1' ? await checkChain(ledger, name) : undefined
      const { records, older } = await newest(ledger, kind, before)
      return html(
        c,
        <LedgerPage {...{ seat, ledgers: desk.ledgers, name, kind, kinds: KINDS, records, older, verification }} />,
      )
    }, 'audit'),
  )

  app.get(
    '/callers',
    page(async (c, { operator }, seat) => {
      const { items, unread } = await desk.callers()
      const mayFreeze = operator.may?.includes('freeze') === true
      return html(c, <CallersPage seat={seat} callers={items} unread={unread} mayFreeze={mayFreeze} />)
    }),
  )

  const switchesPage = async (
    session: Session,
    more: { owner?: string; confirmations?: Awaited<ReturnType<Desk['setSwitch']>> },
  ) => {
    const { items, unread } = await desk.switches()
    const mayFreeze = session.operator.may?.includes('freeze') === true
    return (
      <SwitchesPage
        seat={seatOf(session)}
        switches={items}
        unread={unread}
        clusters={desk.clusters}
        mayFreeze={mayFreeze}
        {...more}
      />
    )
  }
  app.get(
    '/switches',
    page(async (c, session) => {
      const owner = c.req.query('owner')
      return html(c, await switchesPage(session, owner === undefined ? {} : { owner }))
    }),
  )
  app.post(
    '/switches',
    act(async (c, session, form) => {
      const [kind, value] = [form.get('scope'), form.get('value') ?? '']
      const scope: SwitchScope | undefined =
        kind === 'everything' || kind === 'cluster'
          ? { kind }
          : kind === 'caller' && value !== ''
            ? { kind, owner: value }
            : undefined
      if (scope === undefined)
        throw new BulkheadError('malformed_request', 'Say what to freeze: everything, a cluster or a caller.')
      const on = form.get('on') === '1'
      const reason = form.get('reason') ?? ''
      const confirmations = await desk.setSwitch(scope, value, on, session.operator, reason)
      return html(c, await switchesPage(session, { confirmations }))
    }),
  )

  app.get(
    '/health',
    page(async (c, _, seat) => {
      const [checks, { items }] = await Promise.all([health(), desk.deliveries()])
      return html(c, <HealthPage seat={seat} checks={checks} deliveries={items} />)
    }),
  )

  app.all('*', async (c) => {
    const session = await sessionOf(c)
    const problem = { code: 'no_route', sentence: 'There is no such page, or not for this method.' }
    return html(
      c,
      <ProblemPage seat={session === undefined ? undefined : seatOf(session)} title="Not found" problem={problem} />,
      404,
    )
  })
  return app
}
