/**
 * One request's way: who is asking, may they, what is there. Authorization comes before the question whether the
 * resource exists, as on the real server, so that a refusal tells nothing.
 */
import type { IncomingMessage } from 'node:http'
import type { Cluster } from './cluster.ts'
import {
  AGGREGATED_TYPE,
  aggregated,
  coreVersions,
  groupList,
  oneGroup,
  resourceList,
  takesAggregated,
} from './discovery.ts'
import { podLog } from './logs.ts'
import { negotiate } from './negotiate.ts'
import { openApi } from './openapi.ts'
import { parsePath, type RequestInfo, type ResourceRequest } from './paths.ts'
import { authorize, forbidden } from './rbac.ts'
import { get, list, present } from './reads.ts'
import type { Resource } from './resources.ts'
import { ApiError, methodNotAllowed, noSuchPath, statusOf } from './status.ts'
import { authenticate, impersonation, type User } from './users.ts'
import { watch } from './watch.ts'
import type { Reply, StreamReply } from './wire.ts'
import { write } from './writes/index.ts'

export const SERVER_VERSION = 'v1.36.3'

const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: SERVER_VERSION,
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'go1.26',
  compiler: 'gc',
  platform: 'linux/amd64',
}

/** Outside of what any group serves, the mux answers, in plain text; inside, a Status is. */
const NO_SUCH_PATH: Reply = { code: 404, body: '404 page not found\n' }

const identify = (cluster: Cluster, request: IncomingMessage): User => {
  const user = authenticate(request.headers, cluster.tokens)
  const wanted = impersonation(request.headers)
  if (wanted === undefined) return user
  for (const need of wanted.needs) {
    const info: ResourceRequest = {
      ...need,
      kind: 'resource',
      verb: 'impersonate',
      group: '',
      version: 'v1',
      subresource: '',
      path: '',
    }
    if (!authorize(cluster.store, user, info).allowed) throw forbidden(user, info)
  }
  return wanted.user
}

const isServed = (cluster: Cluster, group: string): boolean =>
  cluster.resources().some((resource) => resource.group === group)

/** GET / */
const rootPaths = (resources: readonly Resource[]): string[] => {
  const paths = ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version']
  for (const { group, version } of resources) {
    paths.push(...(group === '' ? [`/api/${version}`] : [`/apis/${group}`, `/apis/${group}/${version}`]))
  }
  return [...new Set(paths)].sort()
}

/** Paths that are not about resources: health, version, discovery, OpenAPI. */
const outside = (cluster: Cluster, path: string, method: string, request: IncomingMessage): Reply => {
  const clean = path.replace(/\/+$/, '') || '/'
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed()
  if (/^\/(?:healthz|livez|readyz)(?:\/ping)?$/.test(clean)) return { code: 200, body: 'ok' }
  if (clean === '/') return { code: 200, body: { paths: rootPaths(cluster.resources()) } }
  if (clean === '/version') return { code: 200, body: VERSION }
  if (clean === '/openapi/v3' || clean.startsWith('/openapi/v3/')) return openApi(cluster, clean) ?? NO_SUCH_PATH
  const resources = cluster.resources()
  const accept = request.headers.accept
  if (clean === '/api' || clean === '/apis') {
    if (takesAggregated(accept)) {
      return { code: 200, body: aggregated(resources, clean === '/api'), type: AGGREGATED_TYPE }
    }
    return { code: 200, body: clean === '/api' ? coreVersions(cluster.server) : groupList(resources) }
  }
  const [, root, group = '', version] = clean.split('/')
  const document =
    root === 'api'
      ? resourceList(resources, group)
      : root !== 'apis'
        ? undefined
        : version === undefined
          ? oneGroup(resources, group)
          : resourceList(resources, `${group}/${version}`)
  if (document !== undefined) return { code: 200, body: document }
  if (root === 'api' || (root === 'apis' && isServed(cluster, group))) throw noSuchPath()
  return NO_SUCH_PATH
}

/** Whether the path's shape fits the resource's scope, as the router's templates would have it. */
const fits = (resource: Resource, request: ResourceRequest): boolean => {
  const inNamespace = request.namespace !== '' && request.resource !== 'namespaces'
  if (!resource.namespaced) return !inNamespace
  return inNamespace || request.name === ''
}

/** Whether the verb goes with what the path leads to: one object, or all of them in one place. */
const isWhole = (resource: Resource, { verb, name, namespace, subresource }: ResourceRequest): boolean => {
  if (subresource !== '') return true
  if (verb === 'create') return name === '' && (!resource.namespaced || namespace !== '')
  return ['update', 'patch'].includes(verb) ? name !== '' : true
}

const readResource = (
  cluster: Cluster,
  resource: Resource,
  info: ResourceRequest,
  request: IncomingMessage,
  query: URLSearchParams,
): Reply => {
  if (info.subresource === 'log' && resource.name === 'pods')
    return podLog(cluster, get(cluster, resource, info), query)
  const face = negotiate(request.headers.accept)
  const body =
    info.name === ''
      ? list(cluster, resource, info, face, query)
      : present(cluster, resource, get(cluster, resource, info), face, query)
  return { code: 200, body, yaml: face.yaml }
}

const inside = (
  cluster: Cluster,
  user: User,
  info: ResourceRequest,
  request: IncomingMessage,
  query: URLSearchParams,
  body: Buffer | undefined,
): Reply | StreamReply => {
  const resource = cluster.find(info.group, info.version, info.resource)
  if (resource === undefined && !isServed(cluster, info.group)) return NO_SUCH_PATH
  if (resource === undefined || !fits(resource, info)) throw noSuchPath()
  const sub = resource.subresources.find((item) => item.name === info.subresource)
  if (info.subresource !== '' && sub === undefined) throw noSuchPath()
  const verbs = sub?.verbs ?? resource.verbs
  if (!verbs.includes(info.verb) || !isWhole(resource, info)) throw methodNotAllowed()
  if (info.verb === 'watch') return watch(cluster, resource, info, negotiate(request.headers.accept), query)
  const reading = info.verb === 'get' || info.verb === 'list'
  const plain = info.subresource === '' || info.subresource === 'status' || info.subresource === 'log'
  if (reading && plain) return readResource(cluster, resource, info, request, query)
  if (body === undefined) {
    throw new ApiError(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728', {})
  }
  return write({ cluster, user, resource, info, request, query, body, warnings: [] })
}

const failure = (error: unknown): Reply => {
  if (error instanceof ApiError) return { code: error.code, body: statusOf(error) }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 500, body: statusOf(new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, {})) }
}

/** @param body undefined when it was larger than the limit */
export const answer = (cluster: Cluster, request: IncomingMessage, body: Buffer | undefined): Reply | StreamReply => {
  try {
    const [rawPath = '/', rawQuery = ''] = (request.url ?? '/').split(/\?(.*)/s)
    const query = new URLSearchParams(rawQuery)
    const method = request.method ?? 'GET'
    const user = identify(cluster, request)
    const info: RequestInfo = parsePath(method, rawPath, query)
    if (!authorize(cluster.store, user, info).allowed) throw forbidden(user, info)
    if (info.kind === 'path') return outside(cluster, info.path, method, request)
    return inside(cluster, user, info, request, query, body)
  } catch (error) {
    return failure(error)
  }
}
