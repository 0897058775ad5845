/**
 * The demo cluster's front: TLS on loopback, a bearer token for this run, then each request's way through
 * authentication, authorization and the handlers. Nothing here leaves the process; `stop()` ends all of it.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority } from '../lib/pki.ts'
import { answer } from './answer.ts'
import { Cluster } from './cluster.ts'
import { type SeedOptions, seedCluster } from './seed/index.ts'
import { ADMIN, serviceAccountUser } from './users.ts'
import { writeReply } from './wire.ts'

/** The newest requests are kept for tests that count what reached the API server. */
const REQUESTS_KEPT = 2000
/** A request body beyond this is refused, as by the real server (3 MiB). */
export const BODY_LIMIT = 3 * 1024 * 1024

export interface SeenRequest {
  readonly method: string
  /** With its query, as it came. */
  readonly path: string
  /** W3C Trace Context, where it came with any. */
  readonly traceparent?: string
}

export interface DemoOptions extends SeedOptions {
  readonly port?: number
  readonly host?: string
  /** Awaited before each request is answered, also where its client has gone: a test counts, and slows the server down. */
  readonly before?: (seen: SeenRequest, body: string) => Promise<void>
}

export interface DemoCluster {
  /** https://HOST:PORT */
  readonly server: string
  /** PEM of the authority that signed the server's certificate; made for this run. */
  readonly certificateAuthority: string
  readonly tokens: { readonly admin: string; readonly read: string; readonly change: string }
  /** A kubeconfig's YAML with the authority and the admin token inside. */
  adminKubeconfig(): string
  /** The newest requests, oldest first, at most 2,000. */
  readonly requests: readonly SeenRequest[]
  /** Every continue token handed out so far answers 410 from now on. */
  expireContinueTokens(): void
  stop(): Promise<void>
}

const token = (): string => randomBytes(24).toString('base64url')

const kubeconfig = (server: string, authority: string, bearer: string): string =>
  [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    '- name: demo',
    '  cluster:',
    `    server: ${server}`,
    `    certificate-authority-data: ${Buffer.from(authority).toString('base64')}`,
    'users:',
    '- name: demo-admin',
    '  user:',
    `    token: ${bearer}`,
    'contexts:',
    '- name: demo',
    '  context:',
    '    cluster: demo',
    '    user: demo-admin',
    '    namespace: shop',
    'current-context: demo',
    '',
  ].join('\n')

const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** As a real API server, which waits minutes: Node's five seconds end connections under the hands of whoever reuses them. */
const IDLE_MS = 180_000

export const startDemoCluster = async (options: DemoOptions = {}): Promise<DemoCluster> => {
  const host = options.host ?? '127.0.0.1'
  const authority = await createAuthority('bulkhead-demo')
  const issued = await authority.issue({ commonName: 'kube-apiserver', altNames: [host, 'localhost'], usage: 'server' })
  const cluster = new Cluster()
  seedCluster(cluster, options)
  const tokens = { admin: token(), read: token(), change: token() }
  cluster.tokens.set(tokens.admin, ADMIN)
  cluster.tokens.set(tokens.read, serviceAccountUser('bulkhead', 'bulkhead-read', ''))
  cluster.tokens.set(tokens.change, serviceAccountUser('bulkhead', 'bulkhead-change', ''))

  const requests: SeenRequest[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { traceparent } = request.headers
    const traced = typeof traceparent === 'string' ? { traceparent } : {}
    requests.push({ method: request.method ?? '', path: request.url ?? '', ...traced })
    if (requests.length > REQUESTS_KEPT) requests.shift()
    const body = await readBody(request)
    await options.before?.({ method: request.method ?? '', path: request.url ?? '' }, body?.toString('utf8') ?? '')
    writeReply(request, response, answer(cluster, request, body))
  }
  const server = createServer({ key: issued.key, cert: issued.certificate }, (request, response) => {
    // A client that went away is no concern of the cluster; everything else was answered inside `answer`.
    serve(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = IDLE_MS
  const port = await listen(server, options.port ?? 0, host)
  const url = `https://${host}:${port}`
  cluster.server = url
  return {
    server: url,
    certificateAuthority: authority.certificate,
    tokens,
    adminKubeconfig: () => kubeconfig(url, authority.certificate, tokens.admin),
    requests,
    expireContinueTokens: () => cluster.pager.expire(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
