/**
 * Protected resource metadata (RFC 9728): where an MCP client learns which authorization server to go to. Published only
 * when an issuer is configured: some clients ignore a configured key once this document answers. Both places name the
 * same resource, because clients that do not find the path's own document fall back to the root's.
 *
 * Order: after `hostCheck`, before `originCheck`: browser clients read it across origins, so it carries CORS headers.
 */
import { Hono } from 'hono'
import type { Config } from '../config.ts'
import type { HttpEnv } from './env.ts'
import { methodNotAllowed } from './problem.ts'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const MCP_PATH = '/mcp'

const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
}
/** MCP clients send `MCP-Protocol-Version` on discovery, which makes browsers ask first. */
const PREFLIGHT: Readonly<Record<string, string>> = {
  ...CORS,
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': '*',
  'access-control-max-age': '86400',
}

/** What the challenge's `resource_metadata` points to. */
export const metadataUrl = ({ publicUrl }: Pick<Config, 'publicUrl'>): string =>
  `${new URL(publicUrl).origin}${WELL_KNOWN}${MCP_PATH}`

/** The scopes that some grant makes something of. */
export const scopesOffered = ({ identity }: Config): readonly string[] => [
  ...new Set(identity.issuers.flatMap((it) => it.grants.flatMap(({ scope }) => (scope === undefined ? [] : [scope])))),
]

/** Scope words as a challenge may quote them (RFC 6749, section 3.3); others cannot stand in a token's `scope` either. */
export const toScopeParameter = (scopes: readonly string[]): string =>
  [...new Set(scopes)].filter((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)).join(' ')

/** Mount at `/`. Without an issuer it serves nothing, and both paths are `no_route` as any other. */
export const protectedResourceMetadata = (config: Config): Hono<HttpEnv> => {
  const app = new Hono<HttpEnv>()
  if (config.identity.issuers.length === 0) return app
  const scopes = scopesOffered(config)
  const document = {
    resource: `${new URL(config.publicUrl).origin}${MCP_PATH}`,
    authorization_servers: config.identity.issuers.map((it) => it.issuer),
    bearer_methods_supported: ['header'],
    resource_name: 'Bulkhead',
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
  }
  for (const path of [WELL_KNOWN, `${WELL_KNOWN}${MCP_PATH}`]) {
    app.get(path, (c) => c.json(document, 200, CORS))
    app.options(path, (c) => c.body(null, 204, PREFLIGHT))
    app.all(path, methodNotAllowed(['GET', 'HEAD', 'OPTIONS']))
  }
  return app
}
