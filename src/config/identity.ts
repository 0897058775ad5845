/** Who may come in: bearer keys, access tokens of issuers, operators. */
import * as z from 'zod'
import { date, hashes, httpsUrl, name, word, words } from './values.ts'

const groupsClaim = z.string().min(1).default('groups').describe('The claim that holds the groups: a list of strings.')

const key = z.strictObject({
  name: name.describe('Stands in records, and in the `callers` of policy rules.'),
  owner: word.describe('The person who answers for this key; never allowed to approve its plans.'),
  sha256: hashes,
  groups: words.default([]).describe('What policy rules name.'),
  expires: date.optional(),
})

const grant = z
  .strictObject({
    clientId: z.string().min(1).optional().describe("The token's `client_id` or `azp`."),
    scope: z.string().min(1).optional().describe("One of the token's scopes."),
    groups: words.min(1).describe('The groups that such a token gets.'),
  })
  .refine(
    (it) => it.clientId !== undefined || it.scope !== undefined,
    'a grant names clientId, scope or both: as it stands it would be for everybody',
  )

const issuer = z.strictObject({
  issuer: httpsUrl.describe('Exactly as it stands in the `iss` of its tokens.'),
  audience: z.string().min(1).describe("What the token's `aud` must hold: the URL of /mcp."),
  groupsClaim,
  grants: z
    .array(grant)
    .default([])
    .describe('Groups for machine tokens, which carry none: by client id, by scope, or by both together.'),
})

const powers = z
  .array(z.enum(['approve', 'audit', 'freeze']))
  .default([])
  .describe('`audit` opens /audit; `approve` and `freeze` are for the console.')

const operator = z.strictObject({
  name: word.describe('A person; stands in records.'),
  sha256: hashes,
  groups: words.default([]).describe("What a rule's `approvers` names."),
  may: powers,
  expires: date.optional(),
})

const access = z.strictObject({
  team: name.describe('The team domain: `example` of example.cloudflareaccess.com.'),
  audience: z.string().min(1).describe("The application's audience tag."),
  groupsClaim,
  may: powers,
})

export const identity = z
  .strictObject({
    keys: z.array(key).default([]).describe('Bearer keys for callers without OAuth. Only hashes stand here.'),
    issuers: z
      .array(issuer)
      .default([])
      .describe("Issuers of OAuth 2.1 / OIDC access tokens, checked against the issuer's JWKS."),
    operators: z
      .array(operator)
      .default([])
      .describe('People: the console, /audit, /metrics, /readyz. Refused on /mcp.'),
    access: access.optional().describe('Cloudflare Access in front of /console.'),
  })
  .describe('Who may come in. A caller that is none of these is refused.')
