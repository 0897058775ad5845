/**
 * The inside of an access token whose signature is good: is it for us, is it its time, who is it, and for whom does it
 * act. Every claim that decides something must have its exact shape; what is odd is refused, never trimmed, because a
 * group that is dropped can be the one that a rule denies. Pure: `now` is passed in.
 */
import type { Caller } from '../access.ts'
import type { IssuerConfig } from '../config.ts'
import type { Millis } from '../ports.ts'

/** How far the issuer's clock and ours may differ, for `exp`, `nbf` and `iat` alike. */
export const CLOCK_SKEW_SECONDS = 60
/** Who acts for whom acts for whom: beyond this a chain says nothing that a person could answer for (THREATS.md L7-4). */
export const MAX_ACT_DEPTH = 4
/** What one configured list of groups may hold, too. */
const MAX_GROUPS = 200

export type ClaimRefusal =
  | 'malformed_claims'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired_token'
  | 'not_yet_valid'
  | 'issued_in_future'
  | 'malformed_subject'
  | 'malformed_groups'
  | 'malformed_delegation'
  | 'delegation_too_deep'
  | 'sender_constrained'

export type ClaimResult =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly reason: ClaimRefusal }
  /** A good token of which no grant makes anything; one of `scopes` would. */
  | { readonly ok: false; readonly reason: 'insufficient_scope'; readonly scopes: readonly string[] }

export type Claims = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What may name a party: printable, as long as a record keeps whole, so that two parties are never recorded as one. */
export const isName = (value: unknown): value is string => typeof value === 'string' && /^[^\p{C}]{1,256}$/u.test(value)

/** As whom hooks look (guard/hooks/principal.ts): policy knows callers by name, whatever their issuer. */
const isReserved = (name: string): boolean => name.startsWith('hook:')

/** NumericDate (RFC 7519, section 2): seconds, fractions allowed. */
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

export const checkTimes = (claims: Claims, now: Millis): ClaimRefusal | undefined => {
  const seconds = now / 1000
  const { exp, nbf, iat } = claims
  if (!isTime(exp) || (nbf !== undefined && !isTime(nbf)) || (iat !== undefined && !isTime(iat)))
    return 'malformed_claims'
  if (seconds >= exp + CLOCK_SKEW_SECONDS) return 'expired_token'
  if (nbf !== undefined && seconds < nbf - CLOCK_SKEW_SECONDS) return 'not_yet_valid'
  if (iat !== undefined && seconds < iat - CLOCK_SKEW_SECONDS) return 'issued_in_future'
  return undefined
}

export const isForUs = (aud: unknown, audience: string): boolean =>
  aud === audience || (Array.isArray(aud) && aud.includes(audience))

/** `scope` (RFC 9068), or `scp` as some issuers call it, as words or as a list. */
const scopesOf = ({ scope, scp }: Claims): readonly string[] => {
  const stated = scope ?? scp
  if (typeof stated === 'string') return stated.split(' ').filter((word) => word !== '')
  return Array.isArray(stated) ? stated.filter((word) => typeof word === 'string') : []
}

export const groupsOf = (claims: Claims, claim: string): readonly string[] | undefined => {
  // OpenID Connect Core 5.6.2: the groups were too many for the token and stand elsewhere. We cannot know them.
  if (isObject(claims._claim_names) && Object.hasOwn(claims._claim_names, claim)) return undefined
  const stated = claims[claim]
  if (stated === undefined) return []
  const list: readonly unknown[] = Array.isArray(stated) ? stated : [stated]
  return list.length <= MAX_GROUPS && list.every(isName) ? list : undefined
}

/** RFC 8693, section 4.1: nested `act` claims, the current actor outermost. */
const actorsOf = (claims: Claims): readonly string[] | 'malformed_delegation' | 'delegation_too_deep' => {
  const actors: string[] = []
  for (let act = claims.act; act !== undefined; ) {
    if (actors.length === MAX_ACT_DEPTH) return 'delegation_too_deep'
    if (!isObject(act) || !isName(act.sub)) return 'malformed_delegation'
    actors.push(act.sub)
    act = act.act
  }
  return actors
}

/** The caller behind `claims`, by what the configuration says of their issuer. */
export const checkClaims = (claims: unknown, issuer: IssuerConfig, now: Millis): ClaimResult => {
  const refused = (reason: ClaimRefusal): ClaimResult => ({ ok: false, reason })
  if (!isObject(claims)) return refused('malformed_claims')
  if (claims.iss !== issuer.issuer) return refused('wrong_issuer')
  if (!isForUs(claims.aud, issuer.audience)) return refused('wrong_audience')
  const untimely = checkTimes(claims, now)
  if (untimely !== undefined) return refused(untimely)
  // Bound to a key or a certificate of the sender's (RFC 7800), whose proof we cannot check: as a plain bearer token it
  // may be stolen.
  if (claims.cnf !== undefined) return refused('sender_constrained')
  const client = claims.client_id ?? claims.azp ?? ''
  if (!isName(claims.sub) || (client !== '' && !isName(client))) return refused('malformed_subject')
  if (isReserved(claims.sub) || isReserved(client)) return refused('malformed_subject')
  const stated = groupsOf(claims, issuer.groupsClaim)
  if (stated === undefined) return refused('malformed_groups')
  const act = actorsOf(claims)
  if (typeof act === 'string') return refused(act)

  const scopes = scopesOf(claims)
  const mine = issuer.grants.filter((grant) => grant.clientId === undefined || grant.clientId === client)
  const granted = mine.filter((grant) => grant.scope === undefined || scopes.includes(grant.scope))
  const groups = [...new Set([...stated, ...granted.flatMap((grant) => grant.groups)])]
  const missing = mine.flatMap((grant) => (grant.scope === undefined ? [] : [grant.scope]))
  if (groups.length === 0 && missing.length > 0) return { ok: false, reason: 'insufficient_scope', scopes: missing }
  return {
    ok: true,
    caller: {
      kind: 'agent',
      issuer: issuer.issuer,
      client,
      subject: claims.sub,
      owner: claims.sub,
      groups,
      ...(act.length === 0 ? {} : { act }),
    },
  }
}
