/**
 * Cloudflare Access in front of the console: its assertion (`Cf-Access-Jwt-Assertion`) is a token like any other and is
 * checked like one, signature, audience, issuer and times (https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/).
 * That a request passed Access is never concluded from anything else.
 */
import type { Caller } from '../../access.ts'
import type { Config } from '../../config.ts'
import type { Ports } from '../../ports.ts'
import { checkClaims } from '../claims.ts'
import { createIssuerKeys } from '../jwks.ts'
import { readEnvelope, verifySignature } from '../tokens.ts'

export const ACCESS_HEADER = 'cf-access-jwt-assertion'

type AccessConfig = NonNullable<Config['identity']['access']>

export const accessIssuer = (team: string): string => `https://${team}.cloudflareaccess.com`

/** Groups stand at the top, or among the custom claims of the identity provider. */
const withGroups = (claims: unknown, claim: string): unknown => {
  if (typeof claims !== 'object' || claims === null) return claims
  const { custom } = claims as { custom?: Record<string, unknown> }
  return claim in claims || custom?.[claim] === undefined ? claims : { ...claims, [claim]: custom[claim] }
}

const emailOf = (claims: unknown): string | undefined => {
  const { email } = (claims ?? {}) as { email?: unknown }
  return typeof email === 'string' && email !== '' && email.length <= 256 ? email : undefined
}

/** The operator behind an assertion; undefined where it is not good. */
export const createAccess = (config: AccessConfig, ports: Ports) => {
  const issuer = accessIssuer(config.team)
  const keys = createIssuerKeys(ports, (it) => (it === issuer ? `${issuer}/cdn-cgi/access/certs` : undefined))
  return async (assertion: string): Promise<Caller | undefined> => {
    const envelope = readEnvelope(assertion)
    if (!envelope.ok || envelope.token.issuer !== issuer) return undefined
    const found = await keys.find(issuer, envelope.token.kid)
    if (!found.ok) return undefined
    const verified = await verifySignature(assertion, found.keys)
    if (!verified.ok) return undefined
    const email = emailOf(verified.claims)
    const { audience, groupsClaim } = config
    const checked = checkClaims(
      withGroups(verified.claims, groupsClaim),
      { issuer, audience, groupsClaim, grants: [] },
      ports.clock.now(),
    )
    if (!checked.ok || email === undefined) return undefined
    return {
      kind: 'operator',
      issuer,
      client: 'cloudflare-access',
      subject: email,
      owner: email,
      groups: checked.caller.groups,
      may: config.may,
    }
  }
}
