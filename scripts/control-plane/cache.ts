/** Where built binaries and the state of a kept cluster live: outside the checkout, shared by all checkouts. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** An absolute path; it need not exist yet. */
export const cacheDirectory = (environment: NodeJS.ProcessEnv = process.env): string => {
  if (environment.BULKHEAD_CACHE) return environment.BULKHEAD_CACHE
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bulkhead')
}
