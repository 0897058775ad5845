/** How an answer goes over the wire: compact JSON unless a person asks, gzip when it is large and welcome. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { stringify } from 'yaml'
import type { JsonObject } from './json.ts'

/** The real server compresses answers above 128 KiB only; smaller ones cost more to compress than to send. */
const GZIP_ABOVE = 128 * 1024
/** People's tools get indented JSON, as on the real server. */
const READERS = /^(?:curl|Wget|Mozilla)\//

export interface Reply {
  readonly code: number
  readonly body: JsonObject | string
  /** Overrides the content type: the text replies' own, or discovery's. */
  readonly type?: string
  readonly yaml?: boolean
  readonly warnings?: readonly string[]
}

/** An answer that goes on: one JSON document a line until it ends or the caller has gone. */
export interface StreamReply {
  readonly code: number
  /** Begins to send; the result stops it. */
  readonly start: (send: (document: JsonObject) => void, end: () => void) => () => void
}

const isPretty = (request: IncomingMessage): boolean => {
  const asked = new URLSearchParams((request.url ?? '').split('?')[1] ?? '').get('pretty')
  if (asked !== null) return asked !== 'false' && asked !== '0'
  return READERS.test(request.headers['user-agent'] ?? '')
}

const render = (request: IncomingMessage, reply: Reply): { readonly content: string; readonly type: string } => {
  if (typeof reply.body === 'string') return { content: reply.body, type: reply.type ?? 'text/plain; charset=utf-8' }
  if (reply.yaml) return { content: stringify(reply.body), type: 'application/yaml' }
  const content = isPretty(request) ? JSON.stringify(reply.body, null, 2) : `${JSON.stringify(reply.body)}\n`
  return { content, type: reply.type ?? 'application/json' }
}

const stream = (response: ServerResponse, reply: StreamReply): void => {
  response.statusCode = reply.code
  response.setHeader('Cache-Control', 'no-cache, private')
  response.setHeader('Content-Type', 'application/json')
  response.flushHeaders()
  const stop = reply.start(
    (document) => response.write(`${JSON.stringify(document)}\n`),
    () => response.end(),
  )
  response.once('close', stop)
}

export const writeReply = (request: IncomingMessage, response: ServerResponse, reply: Reply | StreamReply): void => {
  if ('start' in reply) {
    stream(response, reply)
    return
  }
  const { content, type } = render(request, reply)
  let bytes = Buffer.from(content)
  response.statusCode = reply.code
  response.setHeader('Cache-Control', 'no-cache, private')
  if (reply.code !== 204) response.setHeader('Content-Type', type)
  for (const warning of reply.warnings ?? []) response.appendHeader('Warning', `299 - ${JSON.stringify(warning)}`)
  const gzip = /(?:^|,)\s*gzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  if (gzip && bytes.length > GZIP_ABOVE && typeof reply.body !== 'string') {
    bytes = gzipSync(bytes, { level: 1 })
    response.setHeader('Content-Encoding', 'gzip')
  }
  if (typeof reply.body !== 'string') response.setHeader('Vary', 'Accept-Encoding')
  response.setHeader('Content-Length', bytes.length)
  response.end(request.method === 'HEAD' ? undefined : bytes)
}
