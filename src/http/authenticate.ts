/**
 * Who is asking. A bearer key of the configuration or an access token of a configured issuer becomes a `Caller`; all
 * else ends here, with a challenge (RFC 6750, RFC 9728 section 5.1) and one record in the gateway's ledger that holds
 * the exact reason and nothing of what was presented. The token goes no further than this file: nothing behind it sees,
 * stores or forwards one. A ledger that is down does not let anybody in: the answer is the same.
 *
 * Order: after `shield`, `hostCheck` and `originCheck`; before any body is read.
 */
import type { MiddlewareHandler } from 'hono'
import type { Caller } from '../access.ts'
import type { Config } from '../config.ts'
import { within } from '../deadline.ts'
import { BulkheadError } from '../errors.ts'
import { GATEWAY_LEDGER, type Ports } from '../ports.ts'
import { parseAuthorization } from './authorization.ts'
import { checkClaims } from './claims.ts'
import type { HttpEnv } from './env.ts'
import { createIssuerKeys } from './jwks.ts'
import { checkKey, keyHolders } from './keys.ts'
import { metadataUrl, scopesOffered, toScopeParameter } from './metadata.ts'
import { problem } from './problem.ts'
import { isRecorded, onTheWire, type Refusal } from './refusals.ts'
import { looksLikeJwt, readEnvelope, verifySignature } from './tokens.ts'

/** The refusal waits for its record, so that one who asks the ledger next finds it; but not for a ledger that is stuck. */
const RECORD_DEADLINE_MS = 2_000

export interface Refused {
  readonly ok: false
  readonly reason: Refusal
  /** With `insufficient_scope`: one of these would do. */
  readonly scopes?: readonly string[]
}
export type Authentication = { readonly ok: true; readonly caller: Caller } | Refused

export interface IdentityOptions {
  readonly config: Config
  readonly ports: Ports
  /** Told of every refusal, for the metrics. */
  readonly onRefusal?: (reason: Refusal) => void
}

/** Made once for the app: it holds the hashes and the issuers' keys. */
export interface Identity {
  identify(request: Request): Promise<Authentication>
  /** A configured key, however it came. */
  identifyKey(presented: string): Authentication
  /** Counts the refusal, and records it where it was an attempt. `id`: the request's. */
  note(request: Request, reason: Refusal, id: string): Promise<void>
  /** Records the refusal and answers it, as a route for callers of `kind` does. */
  refuse(request: Request, kind: Caller['kind'], refused: Refused, id: string): Promise<Response>
}

export const createIdentity = ({ config, ports, onRefusal }: IdentityOptions): Identity => {
  const holders = keyHolders(config.identity)
  const issuers = new Map(config.identity.issuers.map((it) => [it.issuer, it]))
  const issuerKeys = createIssuerKeys(ports)

  const identifyToken = async (presented: string): Promise<Authentication> => {
    const envelope = readEnvelope(presented)
    if (!envelope.ok) return envelope
    const { issuer: name, kid } = envelope.token
    const issuer = issuers.get(name)
    if (issuer === undefined) return { ok: false, reason: 'unknown_issuer' }
    const found = await issuerKeys.find(name, kid)
    if (!found.ok) return found
    const verified = await verifySignature(presented, found.keys)
    return verified.ok ? checkClaims(verified.claims, issuer, ports.clock.now()) : verified
  }

  const record = async (request: Request, reason: Refusal, id: string): Promise<void> => {
    try {
      await within(
        RECORD_DEADLINE_MS,
        ports.ledgers.ledger(GATEWAY_LEDGER).append({
          now: ports.clock.now(),
          entry: { kind: 'authentication_failure', reason, address: ports.clientAddress(request), suppressed: 0 },
        }),
        () => new Error('late'),
      )
    } catch {
      ports.log({ event: 'authentication_failure_unrecorded', request: id, reason })
    }
  }

  const note = async (request: Request, reason: Refusal, id: string): Promise<void> => {
    onRefusal?.(reason)
    if (isRecorded(reason)) await record(request, reason, id)
  }

  const identifyKey = (presented: string): Authentication => checkKey(holders, presented, ports.clock.now())

  const challengeFor = (kind: Caller['kind'], refused: Refused): Record<string, string> => {
    const { challenge } = onTheWire(refused.reason)
    if (challenge === 'none') return {}
    // Tokens open /mcp only: to send an operator to an issuer would be to send them in a circle.
    const oauth = kind === 'agent' && config.identity.issuers.length > 0
    const scope = oauth ? toScopeParameter(refused.scopes ?? scopesOffered(config)) : ''
    const parameters = [
      'realm="bulkhead"',
      ...(challenge === 'absent' ? [] : [`error="${challenge}"`]),
      ...(scope === '' ? [] : [`scope="${scope}"`]),
      ...(oauth ? [`resource_metadata="${metadataUrl(config)}"`] : []),
    ]
    return { 'www-authenticate': `Bearer ${parameters.join(', ')}` }
  }

  return {
    identifyKey,
    note,

    async identify(request) {
      const presented = parseAuthorization(request.headers.get('authorization'), request.url)
      if (!presented.ok) return presented
      const byKey = identifyKey(presented.token)
      // Keys come first: their format is free, so one may look like a token.
      if (byKey.ok || byKey.reason !== 'unknown_key' || !looksLikeJwt(presented.token)) return byKey
      return identifyToken(presented.token)
    },

    async refuse(request, kind, refused, id) {
      const { reason } = refused
      await note(request, reason, id)
      const { code, detail, retryAfter } = onTheWire(reason)
      return problem(
        new BulkheadError(code, detail, retryAfter === undefined ? {} : { retryAfter }),
        challengeFor(kind, refused),
      )
    },
  }
}

export interface AuthenticateOptions {
  readonly identity: Identity
  /** Whom the route is for. The other kind is refused with 403, however good its key. */
  readonly kind: Caller['kind']
  /** A request that presents nothing goes on without a caller (`/readyz`); one that presents something wrong never. */
  readonly anonymous?: boolean
}

export const authenticate = ({ identity, kind, anonymous = false }: AuthenticateOptions): MiddlewareHandler<HttpEnv> =>
  async function authenticate(c, next) {
    const request = c.req.raw
    const found = await identity.identify(request)
    if (!found.ok) {
      if (anonymous && found.reason === 'missing') return next()
      return identity.refuse(request, kind, found, c.get('requestId'))
    }
    if (found.caller.kind !== kind) {
      const reason = kind === 'operator' ? 'agent_at_operator_route' : 'operator_at_agent_route'
      return identity.refuse(request, kind, { ok: false, reason }, c.get('requestId'))
    }
    c.set('caller', found.caller)
    return next()
  }
