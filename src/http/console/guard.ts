/**
 * What every page behind the sign-in meets, in order: nobody unknown, nobody frozen, and no act that the operator did
 * not mean. A link, an image or a prefetch is a GET and changes nothing; a form of another site has neither the cookie
 * (SameSite), nor our origin, nor the session's token.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { BulkheadError } from '../../errors.ts'
import { ownOrigins } from '../origin.ts'
import { type Form, readForm } from './form.ts'
import { HOME } from './next.ts'
import { csrfMatches } from './session.ts'
import type { ConsoleEnv, Sessions, SignedIn } from './signed-in.ts'

const csrfRefused = (why: string): BulkheadError =>
  new BulkheadError('csrf_refused', `${why} Nothing was done. Open the page again and send its own form.`)

/** Browsers tell where a form comes from; what tells nothing is no browser, and has no cookie to abuse. */
export const checkSameOrigin = (c: Context<ConsoleEnv>, publicUrl: string): void => {
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  if (
    (origin !== undefined && !ownOrigins(publicUrl).includes(origin)) ||
    (site !== undefined && site !== 'same-origin')
  )
    throw csrfRefused('The form was sent from another site.')
}

export const signedInOf = (c: Context<ConsoleEnv>): SignedIn => {
  const signedIn = c.get('signedIn')
  if (signedIn === undefined)
    throw new BulkheadError('session_invalid', 'Nobody is signed in. Sign in and send the form again.')
  return signedIn
}

/** Absent where the route is no act. */
export const formOf = (c: Context<ConsoleEnv>): Form => c.get('form') ?? new Map()

export const requireSignIn = (sessions: Sessions, publicUrl: string): MiddlewareHandler<ConsoleEnv> =>
  async function requireSignIn(c, next) {
    const acts = c.req.method === 'POST'
    if (acts) checkSameOrigin(c, publicUrl)
    const signedIn = await sessions.find(c)
    if (signedIn === undefined) {
      if (acts) signedInOf(c)
      const { pathname, search } = new URL(c.req.url)
      const wanted = `${pathname}${search}`
      return c.redirect(wanted === HOME ? `${HOME}/sign-in` : `${HOME}/sign-in?next=${encodeURIComponent(wanted)}`, 303)
    }
    c.set('signedIn', signedIn)
    c.set('caller', signedIn.caller)
    if (acts) {
      const form = await readForm(c.req.raw)
      if (!csrfMatches(form.get('csrf'), signedIn.accepted)) throw csrfRefused('The form is not one of this session.')
      c.set('form', form)
    }
    return next()
  }
