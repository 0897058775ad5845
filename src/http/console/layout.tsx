/** @jsxImportSource hono/jsx */
/** The frame of every page: head, navigation, who is signed in. Whatever is put into it is escaped by the JSX. */
import type { Child } from 'hono/jsx'
import type { Unread } from '../../guard/desk.ts'
import { ACCESS_SIGN_OUT } from './access.ts'
import type { SignedIn } from './signed-in.ts'
import { STYLE_PATH } from './style.ts'

const ROOMS = [
  ['', 'Plans'],
  ['/reports', 'Reports'],
  ['/ledger/gateway', 'Ledger'],
  ['/callers', 'Callers'],
  ['/switches', 'Switches'],
  ['/health', 'Health'],
] as const
export type Room = (typeof ROOMS)[number][1]

export const Csrf = ({ of }: { of: SignedIn }) => <input type="hidden" name="csrf" value={of.csrf} />

const Brand = () => (
  <a class="brand" href="/console">
    <svg viewBox="0 0 22 22" aria-hidden="true">
      <path d="M3 2h16v11c0 4-4 6-8 7-4-1-8-3-8-7zm3 3v8c0 2 2 3.2 4 4V5zm6 0v12c2-.8 4-2 4-4V5z" />
    </svg>
    Bulkhead
  </a>
)

const SignOut = ({ of }: { of: SignedIn }) =>
  of.by === 'access' ? (
    <a href={ACCESS_SIGN_OUT}>Sign out</a>
  ) : (
    <form class="inline" method="post" action="/console/sign-out">
      <Csrf of={of} />
      <button type="submit" class="quiet">
        Sign out
      </button>
    </form>
  )

export interface FrameProps {
  readonly title: string
  readonly room?: Room
  /** Absent: nobody is known, so there is nothing to go to. */
  readonly signedIn?: SignedIn | undefined
  readonly children?: Child
}

const Frame = ({ title, room, signedIn, children }: FrameProps) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex" />
      <title>{`${title} · Bulkhead`}</title>
      <link rel="stylesheet" href={`/console${STYLE_PATH}`} />
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <div class="in">
          <div class="who">
            <Brand />
            {signedIn && (
              <div class="me">
                <span>{signedIn.caller.subject}</span>
                <SignOut of={signedIn} />
              </div>
            )}
          </div>
          {signedIn ? (
            <nav aria-label="Console">
              <ul>
                {ROOMS.map(([path, name]) => (
                  <li>
                    <a href={`/console${path}`} aria-current={name === room ? 'page' : undefined}>
                      {name}
                    </a>
                  </li>
                ))}
              </ul>
            </nav>
          ) : (
            <p class="small">&nbsp;</p>
          )}
        </div>
      </header>
      <div class="in">
        <main id="main">{children}</main>
      </div>
    </body>
  </html>
)

/** The whole document as text. */
export const page = (props: FrameProps): string => `<!doctype html>\n${Frame(props)}`

/** What could not be asked: never an empty list that looks like a good one. */
export const Missing = ({ of }: { of: readonly Unread[] }) =>
  of.length === 0 ? null : (
    <Note kind="bad" head={`Not readable at the moment: ${of.map((it) => `${it.ledger} (${it.code})`).join(', ')}`}>
      <p>There may be more than is shown here.</p>
    </Note>
  )

/** A sentence that asks for attention; `kind` colours it, the words say it. */
export const Note = ({ kind, head, children }: { kind?: 'warn' | 'bad' | 'good'; head: string; children?: Child }) => (
  <div class={`note ${kind ?? ''}`} role={kind === 'bad' ? 'alert' : undefined}>
    <strong>{head}</strong>
    {children}
  </div>
)
