/** The cache in Workers KV: eventual, a minute stale, one write a second for each key. Its failures are misses. */
import type { Cache, Millis } from '../../ports.ts'
import { checkCacheKey, mayPut } from '../cache.ts'
import { withDeadline } from '../deadline.ts'

/** Asking the origin costs less than waiting any longer for a shortcut. */
const CACHE_DEADLINE_MS: Millis = 1_000

const late = () => new Error('no answer in time')

export const createCache = (namespace: KVNamespace): Cache => ({
  async get(key) {
    checkCacheKey(key)
    try {
      return (await withDeadline(namespace.get(key), CACHE_DEADLINE_MS, late)) ?? undefined
    } catch {
      return undefined
    }
  },
  async put(key, value, ttlSeconds) {
    if (!mayPut(key, value, ttlSeconds)) return
    try {
      await withDeadline(namespace.put(key, value, { expirationTtl: ttlSeconds }), CACHE_DEADLINE_MS, late)
    } catch {
      // Forgotten at once, which a cache may do.
    }
  },
})
