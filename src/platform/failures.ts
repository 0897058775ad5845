/** What fails on a platform, put into words in one place so that it reads the same on every one. */
import { asBulkheadError, BulkheadError } from '../errors.ts'
import type { LogLine } from '../events.ts'

const detailOf = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)

/** How a queue refuses one job more. Known by its words: on the way out of a Durable Object an error loses all but those. */
const BACKLOG_FULL = /\bjobs wait already\b/
/** By then a few have been worked off. */
const BACKLOG_RETRY_SECONDS = 30

/** Whatever went wrong with a ledger or a queue. What was asked of it may or may not have happened; the caller does nothing. */
export const ledgerUnavailable = (ledger: string, action: string, cause: unknown): BulkheadError => {
  const detail = `${action} in ledger "${ledger}": ${detailOf(cause)}`
  if (BACKLOG_FULL.test(detail))
    return new BulkheadError('backlog_full', 'Too much waits to be done already. Send it again in a while.', {
      detail,
      cause,
      retryAfter: BACKLOG_RETRY_SECONDS,
    })
  return new BulkheadError(
    'ledger_unavailable',
    'The audit ledger cannot be reached, and nothing is done without a record. Try again; if it persists, tell the operator.',
    { detail, cause },
  )
}

/** `why` is ours: neither it nor anything else in the error may hold the value. */
export const secretUnavailable = (name: string, why: string): BulkheadError =>
  new BulkheadError(
    'secret_unavailable',
    `The secret "${name}" cannot be read. The operator finds the reason in the log.`,
    {
      detail: `secret "${name}": ${why}`,
    },
  )

/** The line for background work that threw: code and our own sentence, nothing that would need guard/output. */
export const backgroundFailed = (thrown: unknown): LogLine => {
  const { code, message } = asBulkheadError(thrown)
  return { event: 'background_failed', code, message }
}
