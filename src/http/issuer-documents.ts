/**
 * What an issuer publishes: its metadata (RFC 8414, OpenID Connect Discovery 1.0) and its keys (RFC 7517). Pure: where
 * they stand and what of them is believed.
 *
 * The rule for `jwks_uri`: https, no user, no fragment; on the issuer's own host name, or on a public DNS name. Another
 * host is fine because the metadata that names it came over TLS from the issuer's own origin and states exactly the
 * configured issuer: who controls that document controls the keys anyway. An address or a name that only means something
 * inside a network is not, so that no issuer can make Bulkhead ask around in the operator's.
 */
import * as z from 'zod'

/** A set with more keys is no key set: every one of them would be tried where a token names none. */
export const MAX_KEYS = 100

const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.string() })

export const keySetSchema = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string(), kid: z.string().optional() }))
    .min(1)
    .max(MAX_KEYS),
})
/** Unknown members are kept: jose reads what it knows. */
export type PublishedKeys = z.infer<typeof keySetSchema>

/** Where the metadata may stand, in the order in which MCP tells clients to look (2025-11-25, authorization). */
export const metadataUrls = (issuer: string): readonly string[] => {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const inserted = ['oauth-authorization-server', 'openid-configuration'].map(
    (name) => `${origin}/.well-known/${name}${path}`,
  )
  return path === '' ? inserted : [...inserted, `${origin}${path}/.well-known/openid-configuration`]
}

const isPublicName = (hostname: string): boolean =>
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z][-a-z0-9]*[a-z0-9]$/.test(hostname) &&
  !/\.(local|localhost|internal|svc|home\.arpa)$/.test(hostname)

/** The key set's URL, or undefined where the document is not this issuer's or names a place that we do not ask. */
export const keysUrlFrom = (document: unknown, issuer: string): string | undefined => {
  const metadata = metadataSchema.safeParse(document)
  if (!metadata.success || metadata.data.issuer !== issuer) return undefined
  const url = URL.parse(metadata.data.jwks_uri)
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.hash !== '')
    return undefined
  return url.hostname === new URL(issuer).hostname || isPublicName(url.hostname) ? url.href : undefined
}
