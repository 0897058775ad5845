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
export const planPrefix = (ledger: string): Deno.KvKey => ['ledger', ledger, 'plan']
export const planKey = (ledger: string, id: string): Deno.KvKey => [...planPrefix(ledger), id]
/** In the order in which they were made, for lists. */
export const planAgePrefix = (ledger: string): Deno.KvKey => ['ledger', ledger, 'age']
export const planAgeKey = (ledger: string, created: number, id: string): Deno.KvKey => [
  ...planAgePrefix(ledger),
  created,
  id,
]
/** What a plan would do, in pieces that a value holds. */
export const sealedPrefix = (ledger: string, id: string): Deno.KvKey => ['ledger', ledger, 'sealed', id]
export const sealedKey = (ledger: string, id: string, index: number): Deno.KvKey => [...sealedPrefix(ledger, id), index]
/** Ids of an owner's plans whose state is open. */
export const openKey = (ledger: string, owner: string): Deno.KvKey => ['ledger', ledger, 'open', owner]
export const callerPrefix = (ledger: string): Deno.KvKey => ['ledger', ledger, 'caller']
export const callerKey = (ledger: string, owner: string): Deno.KvKey => [...callerPrefix(ledger), owner]
export const switchPrefix = (ledger: string): Deno.KvKey => ['ledger', ledger, 'switch']
export const switchRowKey = (ledger: string, key: string): Deno.KvKey => [...switchPrefix(ledger), key]
export const tileKey = (ledger: string, key: string): Deno.KvKey => ['ledger', ledger, 'tile', key]
export const checkpointPrefix = (ledger: string): Deno.KvKey => ['ledger', ledger, 'checkpoint']
export const checkpointKey = (ledger: string, size: number): Deno.KvKey => [...checkpointPrefix(ledger), size]
/** How far the tree has grown, and what became of it elsewhere. */
export const grownKey = (ledger: string): Deno.KvKey => ['ledger', ledger, 'grown']
export const marksKey = (ledger: string): Deno.KvKey => ['ledger', ledger, 'marks']
export const jobPrefix = (queue: string): Deno.KvKey => ['job', queue]
export const jobKey = (queue: string, key: string): Deno.KvKey => [...jobPrefix(queue), key]
export const ALL_JOBS: Deno.KvKey = ['job']
export const reportKey = (id: string): Deno.KvKey => ['report', 'head', id]
export const reportPieceKey = (id: string, index: number): Deno.KvKey => ['report', 'piece', id, index]
/** In the order of their updates, for lists. */
export const REPORT_AGE: Deno.KvKey = ['report', 'age']
export const reportAgeKey = (updated: number, id: string): Deno.KvKey => [...REPORT_AGE, updated, id]
export const cacheKey = (key: string): Deno.KvKey => ['cache', 'entry', key]
export const cacheChunkKey = (id: string, index: number): Deno.KvKey => ['cache', 'chunk', id, index]
