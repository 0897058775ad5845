/**
 * Every reason for which a request is not let in, and its two faces. The operator's record has the reason; whoever sent
 * the request learns little more than that it was refused, because most of the detail would only help somebody who is
 * trying. One exhaustive switch: a reason that nobody mapped does not compile. Never any part of what was presented.
 */
import type { ErrorCode } from '../errors.ts'
import type { HeaderRefusal } from './authorization.ts'
import type { ClaimRefusal } from './claims.ts'
import type { KeyRefusal } from './keys.ts'
import type { EnvelopeRefusal, SignatureRefusal } from './tokens.ts'

export type Refusal =
  | HeaderRefusal
  | KeyRefusal
  | EnvelopeRefusal
  | SignatureRefusal
  | ClaimRefusal
  | 'unknown_issuer'
  | 'issuer_unavailable'
  | 'insufficient_scope'
  /** An agent's key or an access token at a route for operators, and the reverse. */
  | 'agent_at_operator_route'
  | 'operator_at_agent_route'

export interface OnTheWire {
  readonly code: ErrorCode
  readonly detail: string
  /** RFC 6750 section 3.1; `absent`: a challenge without an error (nothing usable was sent); `none`: no challenge. */
  readonly challenge: 'invalid_token' | 'insufficient_scope' | 'absent' | 'none'
  /** Seconds. */
  readonly retryAfter?: number
}

/** As long as the pause after an issuer did not answer (jwks.ts): earlier, the answer is the same. */
const ISSUER_RETRY_SECONDS = 30

const unmapped = (reason: never): never => {
  throw new RangeError(`Map a refusal: "${String(reason)}" has no face`)
}

const notAccepted: OnTheWire = {
  code: 'unauthenticated',
  detail:
    'The key or token was not accepted. Get a valid one; the operator of this server finds the reason in the audit ledger.',
  challenge: 'invalid_token',
}

export const onTheWire = (reason: Refusal): OnTheWire => {
  switch (reason) {
    case 'missing':
    case 'unsupported_scheme':
      return {
        code: 'unauthenticated',
        detail: 'Authenticate with one header, "Authorization: Bearer" and a key or an access token.',
        challenge: 'absent',
      }
    case 'token_in_query':
      return {
        code: 'unauthenticated',
        detail:
          'A token in the query is not taken, and may have been logged on its way: replace it and send the new one in the Authorization header.',
        challenge: 'absent',
      }
    case 'malformed_header':
    case 'unknown_key':
    case 'expired_key':
    case 'malformed_token':
    case 'algorithm_refused':
    case 'type_refused':
    case 'critical_header':
    case 'unknown_issuer':
    case 'unknown_signing_key':
    case 'ambiguous_signing_key':
    case 'bad_signature':
    case 'malformed_claims':
    case 'wrong_issuer':
    case 'wrong_audience':
    case 'expired_token':
    case 'not_yet_valid':
    case 'issued_in_future':
    case 'malformed_subject':
    case 'malformed_groups':
    case 'malformed_delegation':
    case 'delegation_too_deep':
    case 'sender_constrained':
      return notAccepted
    case 'issuer_unavailable':
      return {
        code: 'not_ready',
        detail: 'The keys of the token’s issuer cannot be had at the moment, so the token cannot be checked.',
        challenge: 'none',
        retryAfter: ISSUER_RETRY_SECONDS,
      }
    case 'insufficient_scope':
      return {
        code: 'insufficient_scope',
        detail:
          'The access token is good and grants nothing here. Ask its issuer for one of the scopes of the challenge.',
        challenge: 'insufficient_scope',
      }
    case 'agent_at_operator_route':
      return {
        code: 'wrong_audience',
        detail: 'This route is for operators. Keys of agents and access tokens open /mcp only.',
        challenge: 'none',
      }
    case 'operator_at_agent_route':
      return {
        code: 'wrong_audience',
        detail: 'This is an operator’s key, which never opens /mcp. Give the agent a key of its own.',
        challenge: 'none',
      }
    default:
      return unmapped(reason)
  }
}

/**
 * Whether the ledger gets a record. Nothing at all in the request is how every OAuth client begins: it asks for the
 * challenge. That is no attempt, and a record of it would drown those that are.
 */
export const isRecorded = (reason: Refusal): boolean => reason !== 'missing'
