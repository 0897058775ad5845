/**
 * Who sits at the console: the operator behind a session cookie, looked up in the configuration at every request, or
 * behind Cloudflare Access. A key that was removed or has expired, a freeze of the operator, or eight hours end it.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Context } from 'hono'
import type { Caller } from '../../access.ts'
import type { Config } from '../../config.ts'
import { BulkheadError } from '../../errors.ts'
import type { Desk } from '../../guard/desk.ts'
import type { DerivedKeys } from '../../guard/keys.ts'
import type { Millis, Ports } from '../../ports.ts'
import type { Identity } from '../authenticate.ts'
import type { HttpEnv } from '../env.ts'
import { keyHolders } from '../keys.ts'
import { onTheWire } from '../refusals.ts'
import { ACCESS_HEADER, createAccess } from './access.ts'
import { cookieFor } from './cookie.ts'
import type { Form } from './form.ts'
import { csrfToken, keyPrint, newSession, openSession, type Session, sealSession } from './session.ts'

/** What the console cannot know before the master key is there. */
export interface Opened {
  readonly keys: Pick<DerivedKeys, 'sessions' | 'csrf'>
  readonly desk: Desk
}

export interface SignedIn {
  readonly caller: Caller
  readonly by: 'key' | 'access'
  readonly issued: Millis
  /** What a form carries … */
  readonly csrf: string
  /** … and what is taken from one: an Access session has no id, so its token changes with the day. */
  readonly accepted: readonly string[]
}

export interface ConsoleEnv {
  Variables: HttpEnv['Variables'] & {
    opened: Opened
    signedIn?: SignedIn
    form?: Form
  }
}

const DAY_MS = 86_400_000

export interface SignedInOptions {
  readonly config: Config
  readonly ports: Ports
  readonly identity: Identity
}

export interface Sessions {
  /** Undefined: nobody is signed in. Behind Access throws `frozen`, `session_invalid` and what refusals say. */
  find(c: Context<ConsoleEnv>): Promise<SignedIn | undefined>
  /** The cookie for an operator whose key was just accepted. */
  seal(opened: Opened, caller: Caller, presented: string): string
}

export const createSessions = ({ config, ports, identity }: SignedInOptions): Sessions => {
  const operators = new Map(
    keyHolders(config.identity)
      .filter((it) => it.caller.kind === 'operator')
      .map((it) => [it.caller.subject, it]),
  )
  const access = config.identity.access === undefined ? undefined : createAccess(config.identity.access, ports)
  const { read } = cookieFor(config.publicUrl)

  const bySession = ({ keys }: Opened, session: Session): SignedIn | undefined => {
    const operator = operators.get(session.name)
    if (operator === undefined || !operator.hashes.some((hash) => keyPrint(keys.sessions, hash) === session.key))
      return undefined
    if (operator.expires !== undefined && ports.clock.now() >= operator.expires) return undefined
    const csrf = csrfToken(keys.csrf, ['session', session.id])
    return { caller: operator.caller, by: 'key', issued: session.issued, csrf, accepted: [csrf] }
  }

  const byAccess = async (c: Context<ConsoleEnv>, presented: string): Promise<SignedIn | undefined> => {
    if (access === undefined) return undefined
    const found = await access(presented)
    if (!found.ok) {
      await identity.note(c.req.raw, found.reason, c.get('requestId'))
      const { code, detail, retryAfter } = onTheWire(found.reason)
      throw new BulkheadError(code, detail, retryAfter === undefined ? {} : { retryAfter })
    }
    const today = Math.floor(ports.clock.now() / DAY_MS)
    const tokens = [today, today - 1].map((day) =>
      csrfToken(c.get('opened').keys.csrf, ['access', found.caller.issuer, found.caller.subject, String(day)]),
    )
    return { caller: found.caller, by: 'access', issued: found.issued, csrf: tokens[0] ?? '', accepted: tokens }
  }

  const find = async (c: Context<ConsoleEnv>): Promise<SignedIn | undefined> => {
    const presented = access === undefined ? undefined : c.req.header(ACCESS_HEADER)
    if (presented !== undefined) return byAccess(c, presented)
    const cookie = read(c.req.header('cookie'))
    const session =
      cookie === undefined ? undefined : openSession(c.get('opened').keys.sessions, cookie, ports.clock.now())
    return session === undefined ? undefined : bySession(c.get('opened'), session)
  }

  return {
    async find(c) {
      const signedIn = await find(c)
      if (signedIn === undefined) return undefined
      const frozenAt = await c.get('opened').desk.frozenAt(signedIn.caller)
      if (signedIn.issued > frozenAt) return signedIn
      // The sign-in says why. Behind Access there is none.
      if (signedIn.by === 'key') return undefined
      if (frozenAt > ports.clock.now()) throw frozenOperator()
      throw new BulkheadError(
        'session_invalid',
        'A freeze ended this session. Sign out of Cloudflare Access and in again.',
      )
    },
    seal({ keys }, caller, presented) {
      const print = keyPrint(keys.sessions, sha256(utf8ToBytes(presented)))
      const session = newSession({ name: caller.subject, key: print, issued: ports.clock.now() }, ports.random)
      return sealSession(keys.sessions, session)
    },
  }
}

export const frozenOperator = (): BulkheadError =>
  new BulkheadError('frozen', 'This operator is frozen: another operator with the power "freeze" can lift it.')
