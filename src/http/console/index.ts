/**
 * The operators' console: where people see what agents ask for and decide. Server-rendered, no script, every act a POST
 * with the session's token. What it shows comes from the desk and has been through guard/output; the JSX escapes it once
 * more, and nothing of it ever becomes a link. This page lists every route; each page is a file of its own.
 *
 * Order: mounted at /console after `shield`, `hostCheck` and `originCheck`; `consoleProblem` makes pages of their refusals.
 */
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { callerKey } from '../../access.ts'
import type { Config } from '../../config.ts'
import { asBulkheadError, BulkheadError } from '../../errors.ts'
import type { Ports } from '../../ports.ts'
import type { Identity } from '../authenticate.ts'
import type { HttpEnv } from '../env.ts'
import type { CheckResult } from '../health.ts'
import { keyHolders } from '../keys.ts'
import { recordOperator, requirePower } from '../power.ts'
import type { ProblemOptions } from '../problem.ts'
import { onTheWire, type Refusal } from '../refusals.ts'
import { createAttempts } from './attempts.ts'
import { cookieFor } from './cookie.ts'
import { errorPage } from './error.tsx'
import { readForm } from './form.ts'
import { checkSameOrigin, requireSignIn } from './guard.ts'
import { HOME, safeNext } from './next.ts'
import { mountPages } from './pages.ts'
import { signInPage } from './sign-in.tsx'
import { type ConsoleEnv, createSessions, frozenOperator, type Opened } from './signed-in.ts'
import { STYLE, STYLE_PATH } from './style.ts'

export interface ConsoleOptions extends ProblemOptions {
  readonly config: Config
  readonly ports: Ports
  readonly identity: Identity
  /** What needs the master key; throws `not_ready` while there is none. */
  readonly open: () => Promise<Opened>
  /** What `/readyz` checks. */
  readonly health: () => Promise<readonly CheckResult[]>
}

/** No script, no frame, no other origin. The style by its own name; forms to ourselves. */
const POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
const consoleHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  c.res.headers.set('content-security-policy', POLICY)
  c.res.headers.set('cross-origin-opener-policy', 'same-origin')
  // With `no-referrer` a browser sends `Origin: null` with our own forms (Fetch, "append a request Origin header").
  c.res.headers.set('referrer-policy', 'same-origin')
}

const answerError = (c: Context, thrown: unknown, report: ProblemOptions['report']): Response => {
  const error = asBulkheadError(thrown)
  report(error, c.get('requestId') as string)
  const headers = new Headers({ 'content-type': 'text/html; charset=UTF-8', 'content-security-policy': POLICY })
  if (error.retryAfter !== undefined) headers.set('retry-after', String(Math.max(1, Math.ceil(error.retryAfter))))
  return new Response(errorPage(error, c.get('signedIn')), { status: error.status, headers })
}

/** An error that ended a request to the console before it got there: the same as a page. */
export const consoleProblem =
  ({ report }: ProblemOptions) =>
  (thrown: unknown, c: Context<HttpEnv>): Response =>
    answerError(c, thrown, report)

export const createConsole = ({ config, ports, identity, open, health, report }: ConsoleOptions): Hono<ConsoleEnv> => {
  const app = new Hono<ConsoleEnv>()
  const sessions = createSessions({ config, ports, identity })
  const attempts = createAttempts(ports.clock)
  const cookie = cookieFor(config.publicUrl)
  const power = (name: 'approve' | 'audit' | 'freeze') => requirePower({ ports, power: name })

  app.onError((thrown, c) => answerError(c, thrown, report))
  app.use(consoleHeaders)
  app.get(STYLE_PATH, (c) =>
    c.body(STYLE, 200, {
      'content-type': 'text/css; charset=UTF-8',
      'cache-control': 'public, max-age=31536000, immutable',
    }),
  )
  app.use(async (c, next) => {
    c.set('opened', await open())
    return next()
  })

  app.get('/sign-in', async (c) => {
    const next = safeNext(c.req.query('next'))
    const signedIn = await sessions.find(c)
    return signedIn === undefined ? c.html(signInPage({ next })) : c.redirect(next, 303)
  })

  const refuseKey = async (c: Context<ConsoleEnv>, reason: Refusal, next: string): Promise<Response> => {
    attempts.failed(ports.clientAddress(c.req.raw))
    await identity.note(c.req.raw, reason, c.get('requestId'))
    const { code } = onTheWire(reason)
    const error = new BulkheadError(code, REFUSED_KEY[code === 'wrong_audience' ? code : 'unauthenticated'])
    report(error, c.get('requestId'))
    return c.html(signInPage({ next, error: error.message }), code === 'wrong_audience' ? 403 : 401)
  }

  app.post('/sign-in', async (c) => {
    checkSameOrigin(c, config.publicUrl)
    const form = await readForm(c.req.raw)
    const next = safeNext(form.get('next'))
    const wait = attempts.waitFor(ports.clientAddress(c.req.raw))
    if (wait > 0)
      throw new BulkheadError('too_many_requests', `Too many wrong keys from this address. Come back in ${wait} s.`, {
        retryAfter: wait,
      })
    const presented = form.get('key') ?? ''
    const found = identity.identifyKey(presented)
    if (!found.ok) return refuseKey(c, found.reason, next)
    if (found.caller.kind !== 'operator') return refuseKey(c, 'agent_at_operator_route', next)
    const opened = c.get('opened')
    if ((await opened.desk.frozenAt(found.caller)) > ports.clock.now()) {
      await recordOperator(ports, found.caller, 'refused at the console: frozen')
      throw frozenOperator()
    }
    await recordOperator(ports, found.caller, 'signed in at the console')
    c.header('set-cookie', cookie.set(sessions.seal(opened, found.caller, presented)))
    return c.redirect(next, 303)
  })

  app.use(requireSignIn(sessions, config.publicUrl))

  app.post('/sign-out', (c) => {
    c.header('set-cookie', cookie.set(''))
    return c.redirect(`${HOME}/sign-in`, 303)
  })

  const keyed = keyHolders(config.identity).map(({ caller }) => callerKey(caller))
  mountPages(app, { ports, power, keyed, report, health })

  app.all('*', (c) => {
    if (c.req.path === `${HOME}/`) return c.redirect(HOME, 303)
    throw new BulkheadError('no_route', 'The console has no such page.')
  })
  return app
}

const REFUSED_KEY = {
  unauthenticated: 'This key was not accepted.',
  wrong_audience: 'This is an agent’s key. The console is for operators.',
} as const
