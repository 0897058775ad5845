/** A collector on loopback that keeps what it was sent, or behaves as badly as a test says. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export const MANNERS = ['well', 'refuses', 'redirects', 'hangs', 'breaks off'] as const
export type Manner = (typeof MANNERS)[number]

export interface SeenSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly name: string
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status?: { readonly code: number }
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

interface RawSpan extends Omit<SeenSpan, 'attributes'> {
  readonly attributes: readonly {
    readonly key: string
    readonly value: { readonly stringValue?: string; readonly intValue?: string; readonly boolValue?: boolean }
  }[]
}
interface RawBody {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[] }[]
}

export interface SeenExport {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export const spansIn = ({ body }: Pick<SeenExport, 'body'>): readonly SeenSpan[] =>
  (JSON.parse(body) as RawBody).resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map((span) => ({
      ...span,
      attributes: Object.fromEntries(
        span.attributes.map(({ key, value: { stringValue, intValue, boolValue } }) => [
          key,
          stringValue ?? boolValue ?? Number(intValue),
        ]),
      ),
    }))

export interface Receiver {
  readonly url: string
  /** Whole requests, in the order in which they ended. */
  readonly seen: readonly SeenExport[]
  spans(traceId: string): readonly SeenSpan[]
  behave(manner: Manner): void
  stop(): Promise<void>
}

export const startReceiver = async (): Promise<Receiver> => {
  const seen: SeenExport[] = []
  let manner: Manner = 'well'
  const server = createServer((request, response) => {
    if (manner === 'breaks off') return void request.socket.destroy()
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
      if (manner === 'hangs') return
      if (manner === 'redirects') response.writeHead(307, { location: '/elsewhere' })
      if (manner === 'refuses') response.writeHead(503)
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    seen,
    spans: (traceId) => seen.flatMap(spansIn).filter((it) => it.traceId === traceId),
    behave(next) {
      manner = next
    },
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
