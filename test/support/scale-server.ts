/**
 * A cluster of any size that fits in no memory: nodes, pods and events are made while they are sent, a few rows at a time,
 * and so are a large object and a large log. What else is asked is answered as the demo cluster does. It counts what a
 * client asks for: bytes, the most requests at once, and the longest list in one answer.
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { answer } from '../../scripts/demo/answer.ts'
import { Cluster } from '../../scripts/demo/cluster.ts'
import type { JsonObject, KubeObject } from '../../scripts/demo/json.ts'
import { negotiate } from '../../scripts/demo/negotiate.ts'
import { parsePath, type ResourceRequest } from '../../scripts/demo/paths.ts'
import type { Resource } from '../../scripts/demo/resources.ts'
import { seedCluster } from '../../scripts/demo/seed/index.ts'
import { listMetadata, partial, printerFor, table } from '../../scripts/demo/tables/index.ts'
import { serviceAccountUser } from '../../scripts/demo/users.ts'
import { writeReply } from '../../scripts/demo/wire.ts'
import { createAuthority } from '../../scripts/lib/pki.ts'

export const NODES = 5_000
export const PODS = 50_000
export const EVENTS = 20_000
export const LOG_BYTES = 1_000_000_000
/** Of its values together. etcd takes 1.5 MB; a server of another API takes what it likes. */
export const OBJECT_BYTES = 5_000_000
/** Namespace `pods-500` has 500 pods, whatever the number. */
export const podsNamespace = (pods: number): string => `pods-${pods}`
/** Of the large object, and of the pod with the large log. */
export const LARGE = { namespace: 'large', configMap: 'large', pod: 'writer', container: 'app' } as const

export interface ScaleCounts {
  readonly requests: number
  /** Of bodies, before TLS. */
  readonly bytes: number
  readonly mostAtOnce: number
  /** Items in the longest list of one answer. */
  readonly longestList: number
}

export interface ScaleServer {
  readonly server: string
  /** PEM */
  readonly certificateAuthority: string
  readonly tokens: { readonly read: string }
  /** Everything since the last time. */
  take(): ScaleCounts
  stop(): Promise<void>
}

const READ_TOKEN = 'scale-read-token'
/** Rows that are made at a time. */
const CHUNK = 50
const NAMESPACES = 50
const VALUE_BYTES = 50_000
const LINE_BYTES = 100

interface Listed {
  readonly resource: Resource
  readonly model: KubeObject
  readonly count: number
  /** Namespace and name of the item at this place, in the order in which etcd keeps them. */
  readonly at: (index: number) => { readonly namespace?: string; readonly name: string }
}

const padded = (index: number, digits: number): string => String(index).padStart(digits, '0')

export const startScaleServer = async (): Promise<ScaleServer> => {
  const authority = await createAuthority('scale')
  const { key, certificate: cert } = await authority.issue({
    commonName: 'kube-apiserver',
    altNames: ['127.0.0.1'],
    usage: 'server',
  })
  const cluster = new Cluster()
  seedCluster(cluster, { extraPods: 1 })
  cluster.tokens.set(READ_TOKEN, serviceAccountUser('bulkhead', 'bulkhead-read', ''))
  const modelOf = (resource: string, namespace?: string): KubeObject => {
    const [model] = namespace === undefined ? cluster.store.list(resource) : cluster.store.list(resource, namespace)
    if (model === undefined) throw new Error(`The demo has no ${resource}.`)
    return model
  }
  const models = { pods: modelOf('pods', 'load'), nodes: modelOf('nodes'), events: modelOf('events') }

  let requests = 0
  let bytes = 0
  let atOnce = 0
  let mostAtOnce = 0
  let longestList = 0

  /** As fast as the client takes it. */
  const write = async (response: ServerResponse, chunk: string | Buffer): Promise<void> => {
    if (response.destroyed) throw new Error('The client has gone.')
    bytes += Buffer.byteLength(chunk)
    if (response.write(chunk)) return
    // Whichever comes first; the other would wait for good.
    const over = new AbortController()
    await Promise.race(['drain', 'close'].map((name) => once(response, name, { signal: over.signal })))
    over.abort()
  }

  const listedBy = ({ resource: name, namespace }: ResourceRequest): Listed | undefined => {
    const resource = cluster.resources().find((it) => it.group === '' && it.name === name)
    if (resource === undefined) return undefined
    if (name === 'nodes')
      return { resource, model: models.nodes, count: NODES, at: (index) => ({ name: `node-${padded(index, 4)}` }) }
    if (name !== 'pods' && name !== 'events') return undefined
    const asked = /^pods-(\d+)$/.exec(namespace)?.[1]
    const all = name === 'pods' ? PODS : EVENTS
    if (namespace !== '' && (asked === undefined || name !== 'pods')) return undefined
    const each = all / NAMESPACES
    return {
      resource,
      model: models[name],
      count: asked === undefined ? all : Number(asked),
      at: (index) => ({
        namespace: asked === undefined ? `team-${padded(Math.floor(index / each), 2)}` : namespace,
        name: `worker-${padded(index, 5)}-x7k2p`,
      }),
    }
  }

  const objectAt = ({ model, at }: Listed, index: number): KubeObject => {
    const uid = `00000000-0000-4000-8000-${padded(index, 12)}`
    return { ...model, metadata: { ...model.metadata, ...at(index), uid } }
  }

  /** Of every item the same: what the query selects is not looked at. */
  const writeList = async (
    response: ServerResponse,
    listed: Listed,
    query: URLSearchParams,
    accept: string | undefined,
  ): Promise<void> => {
    const { as, version } = negotiate(accept)
    const from = Number(query.get('continue') ?? 0)
    const limit = Number(query.get('limit') ?? 0)
    const to = limit === 0 ? listed.count : Math.min(listed.count, from + limit)
    longestList = Math.max(longestList, to - from)
    const metadata = listMetadata(1, to < listed.count ? String(to) : '', listed.count - to)
    const { resource } = listed
    const printed = (objects: readonly KubeObject[]): JsonObject =>
      table(printerFor(resource, undefined), objects, metadata, {
        includeObject: query.get('includeObject') ?? '',
        version,
        now: cluster.now(),
      })
    const itemsOf = (objects: readonly KubeObject[]): readonly unknown[] => {
      if (as === 'Table') return printed(objects).rows as readonly unknown[]
      return as === 'PartialObjectMetadataList' ? objects.map((it) => partial(it, version)) : objects
    }
    const head = as === 'Table' ? printed([]) : { kind: `${resource.kind}List`, apiVersion: 'v1', metadata }
    const field = as === 'Table' ? 'rows' : 'items'
    const { [field]: _, ...rest } = head as JsonObject
    response.writeHead(200, { 'content-type': 'application/json' })
    await write(response, `${JSON.stringify(rest).slice(0, -1)},"${field}":[`)
    for (let index = from; index < to; index += CHUNK) {
      const objects = Array.from({ length: Math.min(CHUNK, to - index) }, (_, at) => objectAt(listed, index + at))
      const text = itemsOf(objects)
        .map((it) => JSON.stringify(it))
        .join(',')
      await write(response, (index === from ? '' : ',') + text)
    }
    await write(response, ']}')
    response.end()
  }

  const writeObject = async (response: ServerResponse): Promise<void> => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const { namespace, configMap: name } = LARGE
    await write(
      response,
      `{"kind":"ConfigMap","apiVersion":"v1","metadata":${JSON.stringify({ namespace, name })},"data":{`,
    )
    const value = 'a line of settings that says nothing\\n'.repeat(VALUE_BYTES / 37)
    for (let index = 0; index * VALUE_BYTES < OBJECT_BYTES; index += 1)
      await write(response, `${index === 0 ? '' : ','}"file-${padded(index, 3)}":"${value}"`)
    await write(response, '}}')
    response.end()
  }

  const lineAt = (index: number): string => {
    const text = `2026-11-28T12:00:00Z INFO request ${index} took ${index % 97} ms`
    return `${text.padEnd(LINE_BYTES - 1, '.')}\n`
  }

  /** As the kubelet does: the newest lines, of those no more than so many bytes from their beginning. */
  const writeLog = async (response: ServerResponse, query: URLSearchParams): Promise<void> => {
    const lines = LOG_BYTES / LINE_BYTES
    const tail = query.get('tailLines')
    let left = Number(query.get('limitBytes') ?? LOG_BYTES)
    response.writeHead(200, { 'content-type': 'text/plain' })
    for (let index = tail === null ? 0 : Math.max(0, lines - Number(tail)); index < lines && left > 0; index += CHUNK) {
      const count = Math.min(CHUNK, lines - index)
      const chunk = Buffer.from(Array.from({ length: count }, (_, at) => lineAt(index + at)).join('')).subarray(0, left)
      left -= chunk.length
      await write(response, chunk)
    }
    response.end()
  }

  const pod = (): KubeObject => ({
    ...models.pods,
    metadata: { ...models.pods.metadata, namespace: LARGE.namespace, name: LARGE.pod },
  })

  const readBody = async (request: IncomingMessage): Promise<Buffer> => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', headers } = request
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://scale.test')
    const info = parsePath(method, pathname, searchParams)
    const body = await readBody(request)
    const known = headers.authorization === `Bearer ${READ_TOKEN}`
    if (known && info.kind === 'resource' && info.group === '') {
      const listed = info.verb === 'list' ? listedBy(info) : undefined
      if (listed !== undefined) return writeList(response, listed, searchParams, headers.accept)
      if (info.verb === 'get' && info.namespace === LARGE.namespace) {
        if (info.resource === 'configmaps') return writeObject(response)
        if (info.resource === 'pods' && info.subresource === 'log') return writeLog(response, searchParams)
        if (info.resource === 'pods') return writeReply(request, response, { code: 200, body: pod() })
      }
    }
    writeReply(request, response, answer(cluster, request, body))
    bytes += Number(response.getHeader('content-length') ?? 0)
  }

  const server = createServer({ key, cert }, (request, response) => {
    requests += 1
    atOnce += 1
    mostAtOnce = Math.max(mostAtOnce, atOnce)
    response.once('close', () => {
      atOnce -= 1
    })
    serve(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  cluster.server = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    server: cluster.server,
    certificateAuthority: authority.certificate,
    tokens: { read: READ_TOKEN },
    take() {
      const counts = { requests, bytes, mostAtOnce, longestList }
      requests = bytes = longestList = 0
      mostAtOnce = atOnce
      return counts
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
