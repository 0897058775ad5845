/**
 * Cloudflare Access in front of the console: the header that it adds is a JWT, believed only when its signature is that
 * of the configured team, its audience is exactly this application and its time is now
 * (https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/).
 * Its `email` is the operator's name. A service token has none and is no person.
 */
import type { Caller } from '../../access.ts'
import type { Config } from '../../config.ts'
import type { Millis, Ports } from '../../ports.ts'
import { checkTimes, groupsOf, isForUs, isName, isObject } from '../claims.ts'
import { createIssuerKeys } from '../jwks.ts'
import type { Refusal } from '../refusals.ts'
import { readEnvelope, verifySignature } from '../tokens.ts'

export const ACCESS_HEADER = 'cf-access-jwt-assertion'
/** Where a browser ends its session with Access: a path that Cloudflare answers on our own host. */
export const ACCESS_SIGN_OUT = '/cdn-cgi/access/logout'
/** Access signs with RS256; ES256 is what it could move to. */
const ALGORITHMS = ['RS256', 'ES256'] as const

export type AccessConfig = NonNullable<Config['identity']['access']>

export type AccessResult =
  | { readonly ok: true; readonly caller: Caller; readonly issued: Millis }
  | { readonly ok: false; readonly reason: Refusal }

export type Access = (presented: string) => Promise<AccessResult>

export const accessIssuer = (team: string): string => `https://${team}.cloudflareaccess.com`

const operatorOf = (claims: unknown, config: AccessConfig, now: Millis): AccessResult => {
  const refused = (reason: Refusal): AccessResult => ({ ok: false, reason })
  const issuer = accessIssuer(config.team)
  if (!isObject(claims)) return refused('malformed_claims')
  if (claims.iss !== issuer) return refused('wrong_issuer')
  if (!isForUs(claims.aud, config.audience)) return refused('wrong_audience')
  const untimely = checkTimes(claims, now)
  if (untimely !== undefined) return refused(untimely)
  if (typeof claims.iat !== 'number') return refused('malformed_claims')
  if (!isName(claims.email)) return refused('malformed_subject')
  // What an identity provider adds stands under `custom`, unless Access knows the claim itself.
  const holder = claims[config.groupsClaim] === undefined && isObject(claims.custom) ? claims.custom : claims
  const groups = groupsOf(holder, config.groupsClaim)
  if (groups === undefined) return refused('malformed_groups')
  return {
    ok: true,
    issued: claims.iat * 1000,
    caller: {
      kind: 'operator',
      issuer,
      client: 'cloudflare-access',
      subject: claims.email,
      owner: claims.email,
      groups,
      may: config.may,
    },
  }
}

export const createAccess = (
  config: AccessConfig,
  ports: Pick<Ports, 'cache' | 'clock' | 'fetchIssuer' | 'background' | 'log'>,
): Access => {
  const issuer = accessIssuer(config.team)
  const keys = createIssuerKeys(ports, (it) => (it === issuer ? `${issuer}/cdn-cgi/access/certs` : undefined))
  return async (presented) => {
    const envelope = readEnvelope(presented, ALGORITHMS)
    if (!envelope.ok) return envelope
    if (envelope.token.issuer !== issuer) return { ok: false, reason: 'wrong_issuer' }
    const found = await keys.find(issuer, envelope.token.kid)
    if (!found.ok) return found
    const verified = await verifySignature(presented, found.keys, ALGORITHMS)
    return verified.ok ? operatorOf(verified.claims, config, ports.clock.now()) : verified
  }
}
