/** What kube/ keeps in the `Cache` port: under keys of a cluster's own server, and never at the cost of a caller's wait. */
import { BulkheadError } from '../errors.ts'
import { createLease } from './lease.ts'

/** A cache that hangs is as good as an empty one. */
const CACHE_DEADLINE_MS = 1_000
/** 128 bits: enough that no two things share a key, and short enough for every platform's keys. */
const DIGEST_BYTES = 16

/** `format` changes when what is stored does: an older entry is then simply not found. `parts`: any strings. */
export const cacheKey = async (format: string, cluster: string, ...parts: readonly string[]): Promise<string> => {
  const text = parts.length === 1 ? (parts[0] ?? '') : JSON.stringify(parts)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  const hex = [...digest.slice(0, DIGEST_BYTES)].map((it) => it.toString(16).padStart(2, '0')).join('')
  return `${format}/${cluster}/${hex}`
}

/** The cache may be slow, and may fail: neither is the caller's business. */
export const patiently = async <T>(work: Promise<T>): Promise<T | undefined> => {
  const late = () => new BulkheadError('internal', 'The cache does not answer.')
  return createLease(new AbortController().signal)
    .phase(work, CACHE_DEADLINE_MS, late)
    .catch(() => undefined)
}
