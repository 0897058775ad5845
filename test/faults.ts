/**
 * Everything that an API server, or what stands before it, may do wrong, and what a caller is told: held to by
 * test/wire/faults.test.ts on every platform, and printed in docs/faults.md.
 */
import type { ErrorCode } from '../src/errors.ts'

/** What is asked for; `page` is the second page of a list whose first was well, `walk` one call that reads both by itself. */
export type Ask = 'list' | 'page' | 'walk' | 'get' | 'log'

/** `whole`: the same answer as from a server that is well. */
export type Outcome = ErrorCode | 'whole' | 'marked'

export interface Fault {
  /** A DNS label: the test's cluster is called so. */
  readonly name: string
  /** For docs/faults.md. */
  readonly does: string
  readonly becomes: Readonly<Partial<Record<Ask, Outcome>>>
  /** It is the server's way of ending that takes time: a deadline of ours decides. */
  readonly slow?: true
  /** For docs/faults.md. */
  readonly note?: string
}

const all = (outcome: Outcome): Fault['becomes'] => ({ list: outcome, get: outcome, log: outcome })

const paging = (outcome: Outcome): Fault['becomes'] => ({ page: outcome, walk: outcome })

const fault = (
  name: string,
  does: string,
  becomes: Fault['becomes'] | Outcome,
  more: Pick<Fault, 'slow' | 'note'> = {},
): Fault => ({ name, does, becomes: typeof becomes === 'string' ? all(becomes) : becomes, ...more })

const slow = { slow: true } as const

export const faults: readonly Fault[] = [
  fault('well', 'nothing wrong', { ...all('whole'), ...paging('whole') }),

  fault('down', 'nobody listens', 'cluster_unreachable', { note: 'at once, and by the breaker from then on' }),
  fault('mute', 'accepts the connection and never speaks TLS', 'cluster_timeout', {
    ...slow,
    note: 'after 10 s; by the breaker from then on',
  }),
  fault('silent', 'takes the request and sends no headers', 'cluster_timeout', { ...slow, note: 'after 10 s' }),
  fault('drip', 'sends one byte a second', 'cluster_timeout', { ...slow, note: 'after 15 s' }),
  fault('reset-before-headers', 'resets the connection when the request is there', 'cluster_unreachable'),
  fault('reset-after-headers', 'resets the connection after the headers', 'cluster_unreachable'),
  fault('reset-mid-body', 'resets the connection in the middle of the body', {
    ...all('cluster_unreachable'),
    ...paging('cluster_unreachable'),
  }),
  fault('short', 'ends before the length that it announced', {
    ...all('cluster_unreachable'),
    ...paging('cluster_unreachable'),
  }),
  fault('unfinished', 'ends chunks without the last one', {
    ...all('cluster_unreachable'),
    ...paging('cluster_unreachable'),
  }),
  fault(
    'cut',
    'sends half a document as if it were whole',
    { list: 'cluster_nonsense', ...paging('cluster_nonsense'), get: 'cluster_nonsense' },
    { note: 'half a log that ends well-formed cannot be told from a short log' },
  ),

  fault('too-many', '429 without Retry-After', 'cluster_rate_limited', { note: 'not repeated' }),
  fault('too-many-seconds', '429 with Retry-After: 1, always', 'cluster_rate_limited', { note: 'after two repeats' }),
  fault(
    'too-many-once',
    '429 with Retry-After: 1, once',
    { ...all('whole'), ...paging('whole') },
    { note: 'repeated after 1 s' },
  ),
  fault('too-many-date', '429 with a date as Retry-After', 'cluster_rate_limited', {
    note: 'not repeated: Kubernetes sends seconds',
  }),
  fault('too-many-absurd', '429 with Retry-After: 999999', 'cluster_rate_limited', { note: 'not waited for' }),

  fault('error-500', '500, a Status without a reason', { ...all('cluster_error'), ...paging('cluster_error') }),
  fault('error-501', '501, not a Status', 'cluster_error'),
  fault('error-502', '502 from a gateway, HTML', 'cluster_unreachable', { note: 'counts for the breaker' }),
  fault('error-503', '503, a Status', 'cluster_error'),
  fault(
    'error-503-once',
    '503 with Retry-After: 1, once',
    { ...all('whole'), ...paging('whole') },
    { note: 'repeated after 1 s' },
  ),
  fault('error-504', '504, a Status', 'cluster_timeout'),

  fault('bad-request', '400, a Status', {
    list: 'cluster_rejected',
    page: 'cursor_invalid',
    get: 'cluster_rejected',
    log: 'cluster_rejected',
  }),
  fault('unauthorized', '401', { ...all('cluster_unauthorized'), ...paging('cluster_unauthorized') }),
  fault('forbidden', '403', { ...all('cluster_forbidden'), ...paging('cluster_forbidden') }),
  fault('not-found', '404, a Status', { list: 'unknown_kind', get: 'not_found', log: 'not_found' }),
  fault('no-such-path', '404, plain text', { list: 'unknown_kind', get: 'unknown_kind', log: 'unknown_kind' }),
  fault('conflict', '409', 'conflict'),
  fault('gone', '410 to a continue token, always', paging('cursor_expired'), {
    note: 'what one call reads by itself is begun anew once; a cursor is for whoever holds it to begin anew',
  }),
  fault('gone-once', '410 to a continue token, once', { walk: 'whole' }, { note: 'begun anew' }),
  fault('too-large', '413', 'cluster_rejected'),
  fault('unsupported', '415', 'cluster_nonsense'),
  fault('invalid', '422', 'cluster_rejected'),
  fault('redirect', 'a redirect', 'cluster_nonsense', { note: 'not followed: the token stays here' }),

  fault('endless', 'sends chunks without end', { ...all('answer_too_large'), ...paging('answer_too_large') }),
  fault('bomb', 'sends a few kilobytes of gzip that are hundreds of megabytes', 'answer_too_large'),
  fault(
    'not-utf8',
    'sends bytes that are not UTF-8',
    { list: 'cluster_nonsense', get: 'cluster_nonsense', log: 'marked' },
    { note: 'in a log each such byte is shown as �' },
  ),
  fault('sign-in', 'answers 200 with a sign-in page', 'cluster_nonsense'),
  fault('no-object', 'answers 200 with JSON that is no Kubernetes object', {
    list: 'cluster_nonsense',
    get: 'cluster_nonsense',
    log: 'cluster_nonsense',
  }),
  fault('big-integers', 'sends integers past 2^53', { get: 'marked' }, { note: 'every digit is kept' }),
]
