/**
 * What a request asks for, read from its path and method as the API server's RequestInfo does: the authorizer and the
 * router both judge by this and nothing else. The path is decoded before it is split, so `pods%2Fexec` is two
 * segments here as it is there.
 */
import { badRequest } from './status.ts'

export interface ResourceRequest {
  readonly kind: 'resource'
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  readonly path: string
}

export interface PathRequest {
  readonly kind: 'path'
  readonly verb: string
  readonly path: string
}

export type RequestInfo = ResourceRequest | PathRequest

/** The API server's reading of a boolean parameter: there, and neither `false` nor `0`. */
export const isTrue = (query: URLSearchParams, name: string): boolean => {
  const given = query.get(name)
  return given !== null && given.toLowerCase() !== 'false' && given !== '0'
}

const verbOf = (method: string, name: string, query: URLSearchParams): string => {
  if (method === 'POST') return 'create'
  if (method === 'PUT') return 'update'
  if (method === 'PATCH') return 'patch'
  if (method === 'DELETE') return name === '' ? 'deletecollection' : 'delete'
  if (name !== '') return 'get'
  return isTrue(query, 'watch') ? 'watch' : 'list'
}

const decode = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    throw badRequest('the request path cannot be decoded')
  }
}

/** `rawPath` is the request target without its query, as it came over the wire. */
export const parsePath = (method: string, rawPath: string, query: URLSearchParams): RequestInfo => {
  const path = decode(rawPath)
  const outside: PathRequest = { kind: 'path', verb: method.toLowerCase(), path }
  const parts = path.split('/').filter((part) => part !== '')
  const head = parts.shift()
  if (head !== 'api' && head !== 'apis') return outside
  const group = head === 'apis' ? (parts.shift() ?? '') : ''
  const version = parts.shift()
  if (version === undefined || parts.length === 0) return outside
  let namespace = ''
  if (parts[0] === 'namespaces' && parts[1] !== undefined) {
    namespace = parts[1]
    // /namespaces/NAME and its own subresources are about the Namespace object itself.
    const about = parts[2]
    if (about !== undefined && about !== 'status' && about !== 'finalize') parts.splice(0, 2)
  }
  const [resource = '', name = '', ...rest] = parts
  return {
    kind: 'resource',
    verb: verbOf(method, name, query),
    group,
    version,
    namespace,
    resource,
    name,
    subresource: rest.join('/'),
    path,
  }
}
