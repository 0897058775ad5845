/** Every key in the Deno KV file, in one place. docs/storage.md explains them. */

/** The layout's version. A change of the layout comes with the step that leads from the one before. */
export const STORAGE_VERSION = 1
export const VERSION_KEY: Deno.KvKey = ['meta', 'schema']

export const headKey = (ledger: string): Deno.KvKey => ['ledger', ledger, 'head']
export const recordPrefix = (ledger: string): Deno.KvKey => ['ledger', ledger, 'record']
export const recordKey = (ledger: string, seq: number): Deno.KvKey => [...recordPrefix(ledger), seq]
export const bucketPrefix = (ledger: string): Deno.KvKey => ['ledger', ledger, 'bucket']
export const bucketKey = (ledger: string, owner: string, name: string): Deno.KvKey => [
  ...bucketPrefix(ledger),
  owner,
  name,
]
export const cacheKey = (key: string): Deno.KvKey => ['cache', 'entry', key]
export const cacheChunkKey = (id: string, index: number): Deno.KvKey => ['cache', 'chunk', id, index]
