/** The cache in Workers KV: eventual, a minute stale, one write a second for each key. Its failures are misses. */

import { within } from '../../deadline.ts'
import type { Cache, Millis } from '../../ports.ts'
import { checkCacheKey, mayPut } from '../cache.ts'

/** Asking the origin costs less than waiting any longer for a shortcut. */
const CACHE_DEADLINE_MS: Millis = 1_000

const late = () => new Error('no answer in time')

export const createCache = (namespace: KVNamespace): Cache => ({
  async get(key) {
    checkCacheKey(key)
    try {
      return (await within(CACHE_DEADLINE_MS, namespace.get(key), late)) ?? undefined
    } catch {
      return undefined
    }
  },
  async put(key, value, ttlSeconds) {
    if (!mayPut(key, value, ttlSeconds)) return
    try {
      await within(CACHE_DEADLINE_MS, namespace.put(key, value, { expirationTtl: ttlSeconds }), late)
    } catch {
      // Forgotten at once, which a cache may do.
    }
  },
})
