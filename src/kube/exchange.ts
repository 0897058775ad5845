/**
 * One request to an API server and the beginning of its answer: credential, deadline, refusals, and the few retries
 * that a read may have. What comes out is a 2xx response whose body has not been read, and the lease under which to
 * read it.
 */
import { asBulkheadError, BulkheadError } from '../errors.ts'
import type { Clock, Transport } from '../ports.ts'
import { readBody } from './body.ts'
import type { Breaker, BreakerVerdict } from './breaker.ts'
import { parseJson } from './json.ts'
import { type Lane, takeLane } from './lanes.ts'
import { createLease, type Lease } from './lease.ts'
import type { ApiPath } from './path.ts'
import { isGateway, type Refusal, readRefusal, refusalError } from './status.ts'
import type { About } from './words.ts'

/** To the first byte. A list that etcd serves begins within a few seconds; what is silent for longer is not well. */
export const HEADERS_DEADLINE_MS = 10_000
/** All of it, retries and body included. A client gives a call 60 s, and a tool may need two requests in a row. */
export const REQUEST_DEADLINE_MS = 25_000
/** A `Status` is a few hundred bytes. What is longer is not read: the HTTP status alone must do. */
const MAX_STATUS_BYTES = 64_000
const STATUS_DEADLINE_MS = 3_000
/** Only when the API server said when to come back; of a write, 429 only. */
const MAX_RETRIES = 2
/** Longer, and the caller had better be told than kept waiting. */
const MAX_RETRY_AFTER_SECONDS = 5
/** Visible ASCII, as every ServiceAccount token is: anything else must not reach a header, or an error about one. */
const TOKEN = /^[\x21-\x7e]{1,16384}$/

/** Who is told of one request; `headers` go with it. */
export interface Watched {
  readonly headers?: Readonly<Record<string, string>>
  /** `code`: why there is no answer, or none that could be read. The first time counts. */
  end(result: { readonly status?: number; readonly code?: string }): void
}

export interface Wire {
  /** The cluster's configured name, for words and keys. */
  readonly cluster: string
  readonly transport: Transport
  /** Absent: the transport itself authenticates, by client certificate. */
  readonly token?: () => Promise<string>
  readonly clock: Clock
  /** Absent: every request is sent, whatever became of those before. */
  readonly breaker?: Breaker
  /** Bulkhead's own version, for the user agent. (The API server pretty-prints for curl and browsers.) */
  readonly version: string
  /** Told of every request, each attempt by itself. */
  readonly watch?: (request: Pick<Outgoing, 'method' | 'about'>, attempt: number) => Watched
}

export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: ApiPath
  readonly about: About
  readonly accept: string
  readonly body?: string
  /** Of the body; JSON unless said. */
  readonly contentType?: string
  /** Never sent twice but where the API server said that it did nothing with it: 429, and when to come back. */
  readonly isWrite?: boolean
  /** A continue token is in the query. */
  readonly continued?: boolean
  /** Decides on a refusal before the usual mapping does; `undefined` leaves it to that. */
  readonly refused?: (refusal: Refusal) => BulkheadError | undefined
}

/** `until`: when, by the clock, the whole exchange must be over. Whoever takes it ends the lease. */
export interface Answering {
  readonly response: Response
  readonly lease: Lease
  readonly until: number
  readonly watched: Watched | undefined
}

/** How a request that failed is told of. */
export const failureOf = (error: unknown, caller: AbortSignal): { readonly code: string } => ({
  code: caller.aborted ? 'cancelled' : asBulkheadError(error).code,
})

export const serverOf = (cluster: string): string => `The API server of cluster "${cluster}"`

export const lateError = (cluster: string, what: string, ms: number) => (): BulkheadError =>
  new BulkheadError(
    'cluster_timeout',
    `${serverOf(cluster)} did not ${what} within ${Math.max(0, Math.round(ms / 1000))} s. Ask again, or for less at a time.`,
  )

/** What a failed `fetch` or a broken body becomes; errors of ours and the caller's own abort stay what they are. */
export const wireError = (cluster: string, error: unknown, lease: Lease): unknown =>
  error instanceof BulkheadError || lease.signal.aborted
    ? error
    : new BulkheadError(
        'cluster_unreachable',
        `${serverOf(cluster)} cannot be reached, or broke off. Ask again; if it stays, an operator should check its address, its certificate and the way to it.`,
        { detail: error instanceof Error ? `${error.name}: ${error.message}` : 'rejected without an Error' },
      )

const headersFor = async (
  wire: Wire,
  { accept, body, contentType = 'application/json' }: Outgoing,
): Promise<Record<string, string>> => {
  const token = (await wire.token?.())?.trim()
  if (token !== undefined && !TOKEN.test(token)) {
    throw new BulkheadError(
      'secret_unavailable',
      `The credential of cluster "${wire.cluster}" is not a bearer token: it is empty, too long, or holds characters that no token has. An operator must set it again.`,
    )
  }
  return {
    accept,
    'user-agent': `bulkhead/${wire.version}`,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': contentType }),
  }
}

const refusedByBreaker = (cluster: string, retryAfterMs: number): BulkheadError => {
  const retryAfter = Math.ceil(retryAfterMs / 1000)
  return new BulkheadError(
    'cluster_unreachable',
    `${serverOf(cluster)} did not answer the last requests, so this one was not sent. Ask again in ${retryAfter} s.`,
    { retryAfter },
  )
}

/** A failure is of the way to the API server: no connection, no first byte in time. What we did not send tells nothing. */
const verdictOf = (error: unknown, caller: AbortSignal): BreakerVerdict =>
  !caller.aborted &&
  error instanceof BulkheadError &&
  (error.code === 'cluster_unreachable' || error.code === 'cluster_timeout')
    ? 'failed'
    : 'unknown'

const open = async (
  wire: Wire,
  outgoing: Outgoing,
  lease: Lease,
  until: number,
  watched: Watched | undefined,
): Promise<Response> => {
  const budget = Math.min(HEADERS_DEADLINE_MS, until - wire.clock.now())
  const send = async () => {
    const headers = { ...(await headersFor(wire, outgoing)), ...watched?.headers }
    lease.signal.throwIfAborted()
    const { method, path, body } = outgoing
    return wire.transport.fetch(path, {
      method,
      headers,
      signal: lease.signal,
      ...(body === undefined ? {} : { body }),
    })
  }
  const pending = send()
  try {
    return await lease.phase(pending, budget, lateError(wire.cluster, 'begin to answer', budget))
  } catch (error) {
    // An answer that comes when nobody waits for it any more must not keep its connection.
    pending.then((response) => response.body?.cancel()).catch(() => undefined)
    throw wireError(wire.cluster, error, lease)
  }
}

/** `open`, as the cluster's breaker lets it. */
const openGuarded = async (
  wire: Wire,
  outgoing: Outgoing,
  lease: Lease,
  until: number,
  caller: AbortSignal,
  watched: Watched | undefined,
): Promise<Response> => {
  const passage = wire.breaker?.enter()
  if (passage === undefined) return open(wire, outgoing, lease, until, watched)
  if (!('leave' in passage)) throw refusedByBreaker(wire.cluster, passage.retryAfterMs)
  try {
    const response = await open(wire, outgoing, lease, until, watched)
    passage.leave(isGateway(response.status) ? 'failed' : 'reached')
    return response
  } catch (error) {
    passage.leave(verdictOf(error, caller))
    throw error
  }
}

/** A refusal as far as it can be understood: of a body that is late, long or no JSON only the HTTP status counts. */
const readRefusalOf = async (response: Response, lease: Lease): Promise<Refusal> => {
  const unread = () => new BulkheadError('cluster_nonsense', 'The body of a refusal is too long or too late.')
  const body = await lease
    .phase(readBody(response, MAX_STATUS_BYTES, lease.signal, unread), STATUS_DEADLINE_MS, unread)
    .then(parseJson)
    .catch(() => undefined)
  return readRefusal(response.status, response.headers.get('retry-after'), body)
}

const late = ({ cluster }: Wire) => lateError(cluster, 'answer the requests before this one', REQUEST_DEADLINE_MS)

/** One that gives its lane back when it ends. */
const leaseOf = (caller: AbortSignal, lane: Lane): Lease => {
  const lease = createLease(caller)
  return {
    ...lease,
    end() {
      lease.end()
      lane.leave()
    },
  }
}

/** Throws a BulkheadError, or the caller's own reason for aborting. */
export const exchange = async (wire: Wire, outgoing: Outgoing, caller: AbortSignal): Promise<Answering> => {
  caller.throwIfAborted()
  const until = wire.clock.now() + REQUEST_DEADLINE_MS
  const lane = takeLane(caller)
  const lease = leaseOf(caller, lane)
  let watched: Watched | undefined
  try {
    if (lane.turn !== undefined) await lease.phase(lane.turn, REQUEST_DEADLINE_MS, late(wire))
    for (let attempt = 0; ; attempt++) {
      watched = wire.watch?.(outgoing, attempt)
      const response = await openGuarded(wire, outgoing, lease, until, caller, watched)
      if (response.status >= 200 && response.status < 300) return { response, lease, until, watched }
      const refusal = await readRefusalOf(response, lease)
      watched?.end({ status: response.status })
      caller.throwIfAborted()
      const { http, retryAfter = Number.POSITIVE_INFINITY } = refusal
      const again =
        attempt < MAX_RETRIES &&
        !lease.signal.aborted &&
        (http === 429 || (http >= 500 && outgoing.isWrite !== true)) &&
        retryAfter <= MAX_RETRY_AFTER_SECONDS &&
        wire.clock.now() + retryAfter * 1000 < until
      if (!again) {
        const { about, continued = false } = outgoing
        throw outgoing.refused?.(refusal) ?? refusalError(refusal, { about, continued }, wire.cluster)
      }
      await lease.sleep(retryAfter * 1000)
    }
  } catch (error) {
    watched?.end(failureOf(error, caller))
    lease.abort()
    lease.end()
    throw error
  }
}
