/** What a request carries through the middlewares, in one place: every `Hono`, middleware and handler is typed by it. */
import type { Context } from 'hono'
import type { Caller } from '../access.ts'
import { BulkheadError } from '../errors.ts'

export interface HttpEnv {
  Variables: {
    /** Set by `securityHeaders`, first of all; ours, never the client's. */
    requestId: string
    /** Set by `authenticate`; absent before it and on anonymous routes. */
    caller?: Caller
  }
}

/** The authenticated party. Throws `internal` where a route was mounted without `authenticate`: closed, not open. */
export const callerOf = (c: Context<HttpEnv>): Caller => {
  const caller = c.get('caller')
  if (caller === undefined)
    throw new BulkheadError('internal', 'Something failed inside Bulkhead. The operator finds the reason in the log.', {
      detail: `route ${c.req.routePath} is mounted without authentication`,
    })
  return caller
}
