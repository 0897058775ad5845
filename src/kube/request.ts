/**
 * The only ways to ask an API server anything: GET of a path that path.ts built, and POST of one of the three
 * self-reviews, which ask and change nothing. A `Requester` can send nothing else (DESIGN: reads are a capability);
 * `createWriteRequester` makes the one that can, for writer.ts alone (a test says so).
 * Whatever the other side does (nothing, too slowly, too much, HTML, half a document, a redirect), the answer is JSON of
 * a bounded size or a coded error, within `REQUEST_DEADLINE_MS`.
 */
import { BulkheadError } from '../errors.ts'
import type { Json } from '../tool.ts'
import { guardStream, readBody, type StreamLimits } from './body.ts'
import { exchange, failureOf, lateError, type Outgoing, serverOf, type Wire, wireError } from './exchange.ts'
import { parseJson } from './json.ts'
import { reviewBody, reviewPath, type SelfReview } from './path.ts'
import { type About, describe } from './words.ts'

/** From the first byte to the last: `MAX_ANSWER_BYTES` over a poor line. */
export const BODY_DEADLINE_MS = 15_000
/** A page of 500 pods is 4 MB; twice that, parsed, still leaves a Worker of 128 MB room for its other callers. */
export const MAX_ANSWER_BYTES = 8_000_000

export const ACCEPT_JSON = 'application/json'
/** A refusal of a log still comes as JSON. */
const ACCEPT_TEXT = 'application/json, */*'

/** `accept`: JSON for `get`, plain text for `stream`, unless said. */
export type Ask = Omit<Outgoing, 'method' | 'body' | 'accept'> & { readonly accept?: string }

/** A write, dry or not. */
export type Send = Omit<Outgoing, 'accept'>

export interface Sent {
  readonly json: Json
  readonly headers: Headers
}

export interface Requester {
  readonly wire: Wire
  get(ask: Ask, signal: AbortSignal): Promise<Json>
  /** Nothing at all (204) is an empty stream. Errors inside the stream are BulkheadErrors. */
  stream(ask: Ask, limits: StreamLimits, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>
  review(kind: SelfReview, spec: Json | undefined, signal: AbortSignal): Promise<Json>
}

/** What the writer has beyond that: `createKubeClient` is never handed one. */
export interface WriteRequester extends Requester {
  send(outgoing: Send, signal: AbortSignal): Promise<Sent>
}

const tooLarge = () =>
  new BulkheadError(
    'answer_too_large',
    `The API server's answer is larger than ${MAX_ANSWER_BYTES / 1_000_000} MB. Ask for less: a smaller limit, one namespace, a selector, or a table in place of objects.`,
  )

/** An answer that is none: thrown wherever the shape is not what Kubernetes' API promises. */
export const nonsense = (wire: Wire, about: About, what: string): BulkheadError =>
  new BulkheadError(
    'cluster_nonsense',
    `${serverOf(wire.cluster)} answered the request to ${describe(about)} with ${what}. An operator should check that the configured server is a Kubernetes API server, with no sign-in page before it.`,
  )

const mediaType = (response: Response): string =>
  (response.headers.get('content-type') ?? '').split(';', 1).join('').trim().toLowerCase()

const createAll = (wire: Wire): WriteRequester => {
  const send = async (outgoing: Outgoing, signal: AbortSignal): Promise<Sent> => {
    const { response, lease, until, watched } = await exchange(wire, outgoing, signal)
    const budget = Math.min(BODY_DEADLINE_MS, until - wire.clock.now())
    try {
      if (mediaType(response) !== ACCEPT_JSON) {
        void response.body?.cancel().catch(() => undefined)
        throw nonsense(wire, outgoing.about, 'something that is not JSON')
      }
      const bytes = await lease.phase(
        readBody(response, MAX_ANSWER_BYTES, lease.signal, tooLarge),
        budget,
        lateError(wire.cluster, 'finish its answer', budget),
      )
      const json = parse(bytes, outgoing.about)
      watched?.end({ status: response.status })
      return { json, headers: response.headers }
    } catch (error) {
      const failed = wireError(wire.cluster, error, lease)
      watched?.end(failureOf(failed, signal))
      throw failed
    } finally {
      lease.end()
    }
  }

  const json = async (outgoing: Outgoing, signal: AbortSignal): Promise<Json> => (await send(outgoing, signal)).json

  const parse = (bytes: Uint8Array, about: About): Json => {
    try {
      return parseJson(bytes)
    } catch {
      throw nonsense(wire, about, 'JSON that is broken, cut off, too deep or not UTF-8')
    }
  }

  return {
    wire,
    get: (ask, signal) => json({ accept: ACCEPT_JSON, ...ask, method: 'GET' }, signal),
    async stream(ask, limits, signal) {
      const { response, lease, until, watched } = await exchange(
        wire,
        { accept: ACCEPT_TEXT, ...ask, method: 'GET' },
        signal,
      )
      const end = Math.min(until, wire.clock.now() + BODY_DEADLINE_MS)
      const body = response.body ?? new Blob([]).stream()
      // What is read of it, and how long that takes, is its reader's.
      watched?.end({ status: response.status })
      if (response.status !== 204 && mediaType(response) !== 'text/plain') {
        lease.abort()
        lease.end()
        void body.cancel().catch(() => undefined)
        throw nonsense(wire, ask.about, 'something that is not plain text')
      }
      return guardStream(body, {
        ...limits,
        lease,
        left: () => end - wire.clock.now(),
        late: lateError(wire.cluster, 'finish its answer', BODY_DEADLINE_MS),
        broken: (error) => wireError(wire.cluster, error, lease),
      })
    },
    review: (kind, spec, signal) =>
      json(
        {
          method: 'POST',
          path: reviewPath(kind),
          about: 'review its own credential',
          accept: ACCEPT_JSON,
          body: reviewBody(kind, spec),
        },
        signal,
      ),
    send: (outgoing, signal) => send({ accept: ACCEPT_JSON, ...outgoing }, signal),
  }
}

export const createRequester = (wire: Wire): Requester => {
  const { send: _, ...reading } = createAll(wire)
  return reading
}

export const createWriteRequester = (wire: Wire): WriteRequester => createAll(wire)
