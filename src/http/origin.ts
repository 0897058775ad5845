/**
 * DNS rebinding ends here: a request must name our own host, and one that a browser sends for a page must come from our
 * own origin (MCP, Streamable HTTP, "Security Warning"). No Origin is the common case: agents are not browsers.
 * On loopback the three names of loopback stand for each other, with the configured port.
 *
 * Order: after `shield`, before authentication. Not before `/healthz` and `/readyz` (a kubelet asks by the pod's
 * address); `originCheck` not before the RFC 9728 metadata, which browser clients read across origins.
 */
import type { MiddlewareHandler } from 'hono'
import { BulkheadError } from '../errors.ts'
import type { HttpEnv } from './env.ts'

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'] as const

/** The origins under which this deployment answers: one, or three on loopback. */
export const ownOrigins = (publicUrl: string): readonly string[] => {
  const url = new URL(publicUrl)
  if (!LOOPBACK.some((name) => name === url.hostname)) return [url.origin]
  return LOOPBACK.map((name) => `${url.protocol}//${name}${url.port === '' ? '' : `:${url.port}`}`)
}

/** 421 `host_refused` unless both the Host header (where the runtime shows one) and the URL name our host. */
export const hostCheck = (publicUrl: string): MiddlewareHandler<HttpEnv> => {
  const hosts = new Set(ownOrigins(publicUrl).map((origin) => new URL(origin).host))
  return async function hostCheck(c, next) {
    const named = [new URL(c.req.url).host, c.req.header('host')?.toLowerCase()]
    if (named.every((host) => host === undefined || hosts.has(host))) return next()
    throw new BulkheadError('host_refused', `This server answers as ${[...hosts].join(', ')} only (publicUrl).`)
  }
}

/** 403 `origin_refused` for an Origin that is not ours; `null` and lists of origins are not ours. */
export const originCheck = (publicUrl: string): MiddlewareHandler<HttpEnv> => {
  const origins = new Set(ownOrigins(publicUrl))
  return async function originCheck(c, next) {
    const origin = c.req.header('origin')
    if (origin === undefined || origins.has(origin)) return next()
    throw new BulkheadError('origin_refused', 'Requests from pages of other origins are refused.')
  }
}
