/**
 * The address shield on the rate-limit binding: counted per location and approximately. Where the binding fails the
 * request goes on, for authentication and the budgets stand behind it, and a shield that shuts everybody out is an outage.
 */
import type { Shield } from '../../ports.ts'
import { shieldKey } from '../shield.ts'

export const createShield = (binding: RateLimit): Shield => ({
  async allow(address) {
    try {
      return (await binding.limit({ key: shieldKey(address) })).success
    } catch {
      return true
    }
  },
})
