/**
 * The cache on Deno KV. A value there is at most 64 KiB, so a longer one is kept in chunks under an id of its own and
 * becomes visible with its entry, whole; what it replaces goes when its time is over. Its failures are misses.
 */
import type { Cache } from '../../ports.ts'
import { checkCacheKey, mayPut } from '../cache.ts'
import { cacheChunkKey, cacheKey } from './keys.ts'

/** Below 64 KiB with room for what KV adds. */
const CHUNK_BYTES = 60_000
/** Deno KV takes at most ten keys at once. */
const MAX_GET = 10

interface Entry {
  readonly id: string
  readonly chunks: number
  /** Milliseconds since the epoch: KV removes what has expired only "soon". */
  readonly until: number
}

const read = async (kv: Deno.Kv, key: string): Promise<string | undefined> => {
  const { value: entry } = await kv.get<Entry>(cacheKey(key))
  if (entry === null || entry.until <= Date.now()) return undefined
  const keys = Array.from({ length: entry.chunks }, (_, index) => cacheChunkKey(entry.id, index))
  const decoder = new TextDecoder()
  let text = ''
  for (let from = 0; from < keys.length; from += MAX_GET) {
    for (const { value } of await kv.getMany<Uint8Array[]>(keys.slice(from, from + MAX_GET))) {
      if (value === null) return undefined
      text += decoder.decode(value, { stream: true })
    }
  }
  return text
}

const write = async (kv: Deno.Kv, key: string, value: string, ttlSeconds: number): Promise<void> => {
  const expireIn = ttlSeconds * 1000
  const bytes = new TextEncoder().encode(value)
  const chunks = Math.ceil(bytes.length / CHUNK_BYTES)
  const id = crypto.randomUUID()
  for (let index = 0; index < chunks; index++) {
    const chunk = bytes.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)
    await kv.set(cacheChunkKey(id, index), chunk, { expireIn })
  }
  await kv.set(cacheKey(key), { id, chunks, until: Date.now() + expireIn } satisfies Entry, { expireIn })
}

export const createCache = (kv: Deno.Kv): Cache => ({
  async get(key) {
    checkCacheKey(key)
    return read(kv, key).catch(() => undefined)
  },
  async put(key, value, ttlSeconds) {
    // Forgotten at once where it fails, which a cache may do.
    if (mayPut(key, value, ttlSeconds)) await write(kv, key, value, ttlSeconds).catch(() => undefined)
  },
})
