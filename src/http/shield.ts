/**
 * The address shield: what a flood meets before anything is parsed, hashed or asked. Best effort by its port's own
 * promise and never a quota, so a shield that fails or is slow lets the request through: budgets and authentication
 * stand behind it, and a rate-limit binding that is down must not take the gateway with it.
 *
 * Order: after `securityHeaders`, before everything else but `/healthz`.
 */
import type { MiddlewareHandler } from 'hono'
import { within } from '../deadline.ts'
import { BulkheadError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import type { HttpEnv } from './env.ts'

/** The longest window that a rate-limit binding counts in. */
const RETRY_AFTER_SECONDS = 60
/** The shield answers from memory or from the same location; one that is slower protects nobody. */
const SHIELD_DEADLINE_MS = 500

export interface ShieldOptions {
  readonly ports: Pick<Ports, 'shield' | 'clientAddress' | 'log'>
  /** In the place of 429: Alertmanager sends again after a 503, and gives up after a 429. */
  readonly code?: 'backlog_full'
}

export const shield = ({ ports, code }: ShieldOptions): MiddlewareHandler<HttpEnv> => {
  const allowed = async (address: string, request: string): Promise<boolean> => {
    try {
      return await within(SHIELD_DEADLINE_MS, ports.shield.allow(address), () => new Error('late'))
    } catch {
      ports.log({ event: 'shield_unavailable', request })
      return true
    }
  }
  return async function shield(c, next) {
    if (await allowed(ports.clientAddress(c.req.raw), c.get('requestId'))) return next()
    throw new BulkheadError(
      code ?? 'too_many_requests',
      `Too many requests from this address. Come back in ${RETRY_AFTER_SECONDS} s.`,
      { retryAfter: RETRY_AFTER_SECONDS },
    )
  }
}
