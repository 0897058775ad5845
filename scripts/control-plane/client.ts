/**
 * One HTTPS request to an API server that stands on a private authority. Node's `fetch` takes no CA, so this goes
 * through `node:https`. It is how the scripts and tests act as the administrator; the product has its own client.
 */
import { request as httpsRequest } from 'node:https'
import { ControlPlaneError } from './errors.ts'

/** Longer than anything that a healthy local API server does. */
const REQUEST_DEADLINE_MS = 30_000
/** A full OpenAPI document is about 4 MB; nothing that is asked for here is larger than this. */
const MAX_BODY_BYTES = 32 * 1024 * 1024

/** What is needed to reach the API server as its administrator. */
export interface AdminAccess {
  /** `https://127.0.0.1:PORT` */
  readonly server: string
  /** PEM */
  readonly certificateAuthority: string
  /** PEM, both; the user is in `system:masters`. */
  readonly adminCertificate: { readonly certificate: string; readonly key: string }
}

export interface ClusterRequest {
  readonly method?: string
  readonly path: string
  /** Sent as JSON unless it is a string. */
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  /** Authenticates with this bearer token in place of the administrator's certificate. */
  readonly token?: string
}

export interface ClusterResponse {
  readonly status: number
  readonly text: string
}

/** Any status is an answer; throws only when there is none within the deadline. */
export const clusterRequest = (access: AdminAccess, asked: ClusterRequest): Promise<ClusterResponse> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', path, body, contentType = 'application/json', accept = 'application/json', token } = asked
    const fail = (cause: Error) =>
      reject(new ControlPlaneError('request_failed', `${method} ${path}: ${cause.message}`, { cause }))
    const identity = token ? {} : { cert: access.adminCertificate.certificate, key: access.adminCertificate.key }
    const request = httpsRequest(
      new URL(path, access.server),
      {
        method,
        ca: access.certificateAuthority,
        ...identity,
        headers: {
          accept,
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
      },
      (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > MAX_BODY_BYTES) response.destroy(new Error(`the answer is larger than ${MAX_BODY_BYTES} bytes`))
          else chunks.push(chunk)
        })
        response.on('error', fail)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        )
      },
    )
    request.on('error', fail)
    request.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  })

/** The parsed answer; any status but 2xx is `request_failed` with the API server's own message. */
export const clusterJson = async (access: AdminAccess, asked: ClusterRequest): Promise<Record<string, unknown>> => {
  const { status, text } = await clusterRequest(access, asked)
  if (status >= 200 && status < 300) return JSON.parse(text) as Record<string, unknown>
  throw new ControlPlaneError('request_failed', `${asked.method ?? 'GET'} ${asked.path} answered ${status}: ${text}`)
}
