/** What every cache refuses or leaves out, so that what works on one platform works on the others. */
import { MIN_CACHE_TTL_SECONDS } from '../ports.ts'

/** Workers KV takes no longer key. */
const MAX_KEY_BYTES = 512
/**
 * An OpenAPI document of a large cluster is about 2 MB. Anything longer is not worth its room, and a cache may forget at
 * once: it is not put. (Workers KV would take 25 MiB.)
 */
export const MAX_CACHE_VALUE_LENGTH = 4 * 1024 * 1024

/** Throws a RangeError where the key or the lifetime would be refused by some platform; false: do not put the value. */
export const mayPut = (key: string, value: string, ttlSeconds: number): boolean => {
  checkCacheKey(key)
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < MIN_CACHE_TTL_SECONDS) {
    throw new RangeError(`Cache "${key}" for ${ttlSeconds} s: at least ${MIN_CACHE_TTL_SECONDS} whole seconds`)
  }
  return value.length <= MAX_CACHE_VALUE_LENGTH
}

export const checkCacheKey = (key: string): void => {
  const bytes = new TextEncoder().encode(key).length
  if (bytes === 0 || bytes > MAX_KEY_BYTES || key === '.' || key === '..') {
    throw new RangeError(`Cache key "${key.slice(0, 64)}": 1 to ${MAX_KEY_BYTES} bytes, and not a dot segment`)
  }
}
