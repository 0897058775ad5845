/**
 * As whom a hook looks. `hook:NAME` is no name that a key can have (config/values.ts), no token's subject or client may
 * begin so (http/claims.ts), and its issuer is none that a token can have: nobody can authenticate as it. Policy matches it
 * by `callers` and `groups` like any agent. It calls one tool, `diagnose`, which is a read tool and so is handed nothing that
 * can write.
 */
import type { Caller } from '../../access.ts'

/** The issuer of everybody that the configuration itself names. */
const ISSUER = 'bulkhead'

export const hookCaller = (name: string, { groups }: { readonly groups: readonly string[] }): Caller => ({
  kind: 'agent',
  issuer: ISSUER,
  client: `hook:${name}`,
  subject: `hook:${name}`,
  groups,
})

/** Whether a caller is a hook. */
export const isHook = ({ issuer, client }: Pick<Caller, 'issuer' | 'client'>): boolean =>
  issuer === ISSUER && client.startsWith('hook:')

/** The queue of a hook's diagnoses. */
export const hookQueue = (name: string): string => `hook-${name}`
