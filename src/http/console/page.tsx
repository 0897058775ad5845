/** The frame of every page, and the small parts that pages are made of. Everything in them is text to JSX, so it is escaped. */
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { PlanState } from '../../plan.ts'
import { STYLE_PATH } from './paths.ts'

export interface Frame {
  readonly title: string
  /** The operator's name; absent: nobody has signed in. */
  readonly operator?: string
  readonly csrf?: string
  /** Which link of the navigation this page is. */
  readonly at?: string
  /** Seconds; while something is under way. */
  readonly refresh?: number
  readonly children: Child
}

const LINKS = [
  ['/console', 'Plans'],
  ['/console/ledger', 'Ledger'],
  ['/console/callers', 'Callers'],
  ['/console/switches', 'Freeze'],
  ['/console/health', 'Health'],
] as const

export const Page = ({ title, operator, csrf, at, refresh, children }: Frame) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        {refresh === undefined ? null : <meta http-equiv="refresh" content={String(refresh)} />}
        <title>{`${title} · Bulkhead`}</title>
        <link rel="stylesheet" href={STYLE_PATH} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header>
          <div>
            <strong>Bulkhead</strong>
            {operator === undefined ? null : (
              <nav aria-label="Console">
                {LINKS.map(([href, name]) => (
                  <a href={href} aria-current={href === at ? 'page' : undefined}>
                    {name}
                  </a>
                ))}
              </nav>
            )}
            {operator === undefined ? null : (
              <form method="post" action="/console/sign-out">
                <span class="small">{operator}</span>
                <input type="hidden" name="csrf" value={csrf} />
                <button type="submit" class="link">
                  Sign out
                </button>
              </form>
            )}
          </div>
        </header>
        <main id="main">{children}</main>
      </body>
    </html>
  </>
)

const TONES: Readonly<Record<PlanState, string>> = {
  pending: 'warn',
  confirmed: 'info',
  approved: 'info',
  applying: 'info',
  applied: 'ok',
  partly_applied: 'bad',
  unknown: 'bad',
  refused: 'bad',
  stale: 'warn',
  expired: 'warn',
}

export const State = ({ state }: { readonly state: PlanState }) => (
  <span class={`tag ${TONES[state]}`}>{state.replace('_', ' ')}</span>
)

export const Problem = ({ code, sentence }: { readonly code: string; readonly sentence: string }) => (
  <section class="card alert" role="alert">
    <p>
      <strong>{sentence}</strong>
    </p>
    <p class="soft small">
      <code>{code}</code>
    </p>
  </section>
)

/** `2026-11-27 16:40:11 UTC` */
export const when = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19).replace('T', ' ')} UTC`
