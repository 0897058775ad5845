/**
 * The address shield on the rate-limit binding: counted per location and approximately. Where the binding fails the
 * request goes on, for authentication and the budgets stand behind it, and a shield that shuts everybody out is an outage.
 */

import { addressKey } from '../../guard/buckets.ts'
import type { Shield } from '../../ports.ts'

export const createShield = (binding: RateLimit): Shield => ({
  async allow(address) {
    try {
      return (await binding.limit({ key: addressKey(address) })).success
    } catch {
      return true
    }
  },
})
