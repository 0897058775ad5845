/**
 * One HTTPS request, one answer, nothing in between: headers and bytes as they came, so that a test can see what a
 * friendlier client would hide (compression, warnings, odd content types).
 */
import { Agent, request as httpsRequest } from 'node:https'
import type { ApiAnswer, ApiRequest } from '../contracts/apiserver.ts'

export interface RawServer {
  /** https://HOST:PORT */
  readonly server: string
  /** PEM. */
  readonly certificateAuthority: string
  /** The bearer token for requests that name none. */
  readonly token: string
}

export interface RawClient {
  request(path: string, asked?: ApiRequest): Promise<ApiAnswer>
  stop(): void
}

const DEADLINE_MS = 30_000

export const createRawClient = ({ server, certificateAuthority, token }: RawServer): RawClient => {
  const agent = new Agent({ keepAlive: true, ca: certificateAuthority })
  return {
    request: (path, asked = {}) =>
      new Promise((resolve, reject) => {
        const { method = 'GET', body, headers } = asked
        const bearer = asked.token === undefined ? token : asked.token
        const content = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
        const outgoing = httpsRequest(
          new URL(server),
          {
            agent,
            path,
            method,
            signal: AbortSignal.timeout(DEADLINE_MS),
            headers: {
              accept: 'application/json',
              ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
              ...(content === undefined
                ? {}
                : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
              ...headers,
            },
          },
          (incoming) => {
            const chunks: Buffer[] = []
            incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
            incoming.on('error', reject)
            incoming.on('end', () =>
              resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes: Buffer.concat(chunks) }),
            )
          },
        )
        outgoing.on('error', reject)
        outgoing.end(content)
      }),
    stop: () => agent.destroy(),
  }
}
