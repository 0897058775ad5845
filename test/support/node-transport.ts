/**
 * The `Transport` port over node:https, for tests: one fixed origin with its own certificate authority, no redirect
 * followed, TLS always verified. `stop` closes its idle connections.
 */
import { Agent, request } from 'node:https'
import { Readable } from 'node:stream'
import type { Transport } from '../../src/ports.ts'

export interface NodeTransportOptions {
  /** https://HOST:PORT, with a base path or without. */
  readonly server: string
  /** PEM. */
  readonly certificateAuthority: string
  /** PEM; for a server that knows its users by certificate. */
  readonly client?: { readonly certificate: string; readonly key: string }
}

/** Statuses to which `Response` allows no body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

export const createNodeTransport = ({
  server,
  certificateAuthority,
  client,
}: NodeTransportOptions): Transport & { stop(): void } => {
  const agent = new Agent({
    keepAlive: true,
    ca: certificateAuthority,
    ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
  })
  const base = new URL(server)
  return {
    fetch: (path, { method, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          {
            agent,
            hostname: base.hostname,
            port: base.port,
            path: base.pathname.replace(/\/$/, '') + path,
            method,
            // Node frames the body of a DELETE by neither length nor chunks unless told: it would be read as the next request.
            headers: body === undefined ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) },
            signal,
          },
          (incoming) => {
            const status = incoming.statusCode ?? 0
            const flat = Object.entries(incoming.headersDistinct).flatMap(([name, values]) =>
              (values ?? []).map((value): [string, string] => [name, value]),
            )
            if (WITHOUT_BODY.has(status)) incoming.resume()
            const stream = Readable.toWeb(incoming) as unknown as ReadableStream<Uint8Array>
            resolve(new Response(WITHOUT_BODY.has(status) ? null : stream, { status, headers: flat }))
          },
        )
        outgoing.on('error', (cause) => reject(new TypeError('fetch failed', { cause })))
        outgoing.end(body)
      }),
    stop: () => agent.destroy(),
  }
}
