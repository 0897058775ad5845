/**
 * API servers that do what test/faults.ts says, one a fault, over real sockets with TLS on loopback. Behind each stands
 * the same demo cluster, so that discovery and the look at the credential are well and only what a tool asks for is not:
 * the pods of namespace `shop`. (`down` and `mute` fail before there is a request.)
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server as HttpsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { answer } from '../../scripts/demo/answer.ts'
import { Cluster } from '../../scripts/demo/cluster.ts'
import { seedCluster } from '../../scripts/demo/seed/index.ts'
import { serviceAccountUser } from '../../scripts/demo/users.ts'
import { writeReply } from '../../scripts/demo/wire.ts'
import { createAuthority } from '../../scripts/lib/pki.ts'
import { faults } from '../faults.ts'

const FAULTY = /^\/api\/v1\/namespaces\/shop\/pods(?:[/?]|$)/
const READ_TOKEN = ['faulty', 'read', 'token'].join('-')
/** Above every bound of the product on what it reads. */
const BOMB_BYTES = 200_000_000
const CHUNK_BYTES = 64 * 1024
const DRIP_MS = 1_000
/** A list that is asked for with this limit is asked for a page at a time, or comes in a short page and the rest. */
export const PAGE_LIMIT = 2
export const WALK_LIMIT = 7

export interface FaultyServers {
  readonly certificateAuthority: string
  readonly readToken: string
  /** By fault: https://127.0.0.1:PORT */
  readonly servers: Readonly<Record<string, string>>
  /** A pod of namespace `shop` that has a log. */
  readonly pod: string
  stop(): Promise<void>
}

/** The request, and the answer that a server which is well would give. */
interface Scene {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly type: string
  readonly body: Buffer
  /** The connection under TLS. */
  readonly raw: Socket
  /** How many requests for the same came before. */
  readonly attempt: number
  /** Answers as it should be. */
  well(): void
}

type Act = (scene: Scene) => void

const statusBody = (code: number, reason: string): string =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'words', reason, code })

const plain =
  (code: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): Act =>
  ({ response }) => {
    response.writeHead(code, { 'content-type': type, ...headers }).end(body)
  }
const status = (code: number, reason: string, headers: Readonly<Record<string, string>> = {}): Act =>
  plain(code, 'application/json', statusBody(code, reason), headers)
const once =
  (act: Act): Act =>
  (scene) =>
    scene.attempt === 0 ? act(scene) : scene.well()

/** The head of an answer as it goes over the wire, for those that node:http would not let end badly. */
const head = ({ type }: Scene, ...lines: string[]): string =>
  ['HTTP/1.1 200 OK', `Content-Type: ${type}`, ...lines, '', ''].join('\r\n')
const half = ({ body }: Scene): Buffer => body.subarray(0, Math.floor(body.length / 2))

/** Writes for as long as the other side reads, and no faster. */
const endless: Act = ({ request, response, type }) => {
  response.writeHead(200, { 'content-type': type })
  const chunk = Buffer.alloc(CHUNK_BYTES, type.startsWith('text/') ? `${'a line'.padEnd(63, '.')}\n` : ' ')
  const more = (): void => {
    while (!request.socket.destroyed && response.write(chunk)) {
      // Until the buffer is full.
    }
  }
  response.on('drain', more)
  more()
}

const drip: Act = (scene) => {
  const { response, type, body } = scene
  response.writeHead(200, { 'content-type': type })
  let at = 0
  const timer = setInterval(() => response.write(body.subarray(at, ++at)), DRIP_MS)
  response.once('close', () => clearInterval(timer))
}

const acts = (bomb: Buffer): Readonly<Record<string, Act>> => ({
  well: (scene) => scene.well(),
  silent: () => undefined,
  drip,
  'reset-before-headers': ({ raw }) => void raw.resetAndDestroy(),
  'reset-after-headers': (scene) =>
    void scene.request.socket.write(head(scene, `Content-Length: ${scene.body.length}`), () =>
      scene.raw.resetAndDestroy(),
    ),
  'reset-mid-body': (scene) => {
    scene.request.socket.write(head(scene, `Content-Length: ${scene.body.length}`))
    scene.request.socket.write(half(scene), () => scene.raw.resetAndDestroy())
  },
  short: (scene) => {
    scene.request.socket.write(head(scene, `Content-Length: ${scene.body.length}`))
    scene.request.socket.end(half(scene))
  },
  unfinished: (scene) => {
    const part = half(scene)
    scene.request.socket.write(head(scene, 'Transfer-Encoding: chunked'))
    scene.request.socket.write(`${part.length.toString(16)}\r\n`)
    scene.request.socket.write(part)
    scene.request.socket.end('\r\n')
  },
  cut: (scene) => void scene.response.writeHead(200, { 'content-type': scene.type }).end(half(scene)),
  'too-many': status(429, 'TooManyRequests'),
  'too-many-seconds': status(429, 'TooManyRequests', { 'retry-after': '1' }),
  'too-many-once': once(status(429, 'TooManyRequests', { 'retry-after': '1' })),
  'too-many-date': status(429, 'TooManyRequests', { 'retry-after': 'Fri, 01 Jan 2038 00:00:00 GMT' }),
  'too-many-absurd': status(429, 'TooManyRequests', { 'retry-after': '999999' }),
  'error-500': status(500, ''),
  'error-501': plain(501, 'text/plain', 'not implemented'),
  'error-502': plain(502, 'text/html', '<html><h1>502 Bad Gateway</h1></html>'),
  'error-503': status(503, 'ServiceUnavailable'),
  'error-503-once': once(status(503, 'ServiceUnavailable', { 'retry-after': '1' })),
  'error-504': status(504, 'Timeout'),
  'bad-request': status(400, 'BadRequest'),
  unauthorized: status(401, 'Unauthorized'),
  forbidden: status(403, 'Forbidden'),
  'not-found': status(404, 'NotFound'),
  'no-such-path': plain(404, 'text/plain', '404 page not found\n'),
  conflict: status(409, 'Conflict'),
  gone: status(410, 'Expired'),
  'gone-once': once(status(410, 'Expired')),
  'too-large': status(413, 'RequestEntityTooLarge'),
  unsupported: status(415, 'UnsupportedMediaType'),
  invalid: status(422, 'Invalid'),
  redirect: plain(302, 'text/plain', 'elsewhere', { location: 'https://elsewhere.example.com/' }),
  endless,
  bomb: ({ response, type }) =>
    void response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(bomb),
  'not-utf8': ({ response, type, body }) => {
    // A lone continuation byte in the middle of a word.
    const at = body.indexOf('a')
    const broken = Buffer.concat([body.subarray(0, at), Buffer.from([0xbf]), body.subarray(at)])
    response.writeHead(200, { 'content-type': type }).end(broken)
  },
  'sign-in': plain(200, 'text/html; charset=utf-8', '<!doctype html><title>Sign in</title>'),
  'no-object': plain(200, 'application/json', '["hello"]'),
  'big-integers': ({ response, type, body }) => {
    const text = body.toString('utf8').replace('"spec":{', '"spec":{"activeDeadlineSeconds":9007199254740993,')
    response.writeHead(200, { 'content-type': type }).end(text)
  },
})

const listen = (server: Server | HttpsServer): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(`https://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export const startFaultyServers = async (): Promise<FaultyServers> => {
  const authority = await createAuthority('faulty')
  const { key, certificate: cert } = await authority.issue({
    commonName: 'kube-apiserver',
    altNames: ['127.0.0.1'],
    usage: 'server',
  })
  const cluster = new Cluster()
  seedCluster(cluster)
  cluster.tokens.set(READ_TOKEN, serviceAccountUser('bulkhead', 'bulkhead-read', ''))
  const pod = cluster.store.list('pods', 'shop').find((it) => it.metadata.name.startsWith('catalog-'))?.metadata.name
  if (pod === undefined) throw new Error('The demo has no pod whose name begins with catalog-.')
  const sockets = new Set<Socket>()
  const counts = new Map<string, number>()
  const table = acts(gzipSync(Buffer.alloc(BOMB_BYTES, ' ')))

  const serve = async (name: string, act: Act, raw: Socket, request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? ''
    const begins = !url.includes('continue=')
    const walks = new RegExp(`[?&]limit=${WALK_LIMIT}(?:&|$)`).test(url) && begins
    // A server may give fewer rows than it was asked for: whoever wants the others goes on.
    if (walks) request.url = url.replace(`limit=${WALK_LIMIT}`, `limit=${PAGE_LIMIT}`)
    const reply = answer(cluster, request, await readBody(request))
    // The first page of a list that is asked for in pages is well.
    const firstPage = walks || (new RegExp(`[?&]limit=${PAGE_LIMIT}(?:&|$)`).test(url) && begins)
    const well = () => writeReply(request, response, reply)
    if (!FAULTY.test(url) || firstPage || 'start' in reply) return well()
    const same = `${name} ${url}`
    const attempt = counts.get(same) ?? 0
    counts.set(same, attempt + 1)
    const text = typeof reply.body === 'string'
    const body = Buffer.from(text ? String(reply.body) : JSON.stringify(reply.body))
    act({ request, response, type: text ? 'text/plain' : 'application/json', body, raw, attempt, well })
  }

  const start = async (name: string): Promise<readonly [string, string]> => {
    if (name === 'down') {
      const nobody = createTcpServer()
      const server = await listen(nobody)
      await new Promise((resolve) => nobody.close(resolve))
      return [name, server]
    }
    if (name === 'mute') return [name, await listen(keep(createTcpServer()))]
    const act = table[name]
    if (act === undefined) throw new RangeError(`No server plays the fault "${name}".`)
    const raws = new Map<number | undefined, Socket>()
    const server = createServer({ key, cert }, (request, response) => {
      const raw = raws.get(request.socket.remotePort)
      if (raw === undefined) throw new Error('A request without a connection')
      serve(name, act, raw, request, response).catch(() => response.destroy())
    })
    server.on('connection', (socket: Socket) => {
      raws.set(socket.remotePort, socket)
      const port = socket.remotePort
      socket.once('close', () => raws.delete(port))
    })
    return [name, await listen(keep(server))]
  }

  const running: (Server | HttpsServer)[] = []
  const keep = <S extends Server | HttpsServer>(server: S): S => {
    running.push(server)
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => sockets.delete(socket))
    })
    return server
  }

  const servers = Object.fromEntries(await Promise.all(faults.map(({ name }) => start(name))))
  return {
    certificateAuthority: authority.certificate,
    readToken: READ_TOKEN,
    servers,
    pod,
    async stop() {
      const closed = running.map((server) => new Promise((resolve) => server.close(resolve)))
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
    },
  }
}
