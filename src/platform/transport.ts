/**
 * What every transport has in common: the way to one origin and no other. A path can neither leave the configured server
 * URL nor be something else to the URL parser than it is to the eye, and a redirect is an error: an API server sends
 * none, and whoever does would otherwise see the token.
 */
import { BulkheadError } from '../errors.ts'
import type { Transport } from '../ports.ts'

/** `fetch`, or a binding's. */
export type Send = (url: string, init: RequestInit) => Promise<Response>

/**
 * The URL of `path` under `server`. The two are joined as text, and what the URL parser makes of the whole must be that
 * same text: dot segments (also percent-encoded), backslashes, control characters, an authority hidden in the path and a
 * fragment all change it, and are refused.
 */
const clusterUrl = (cluster: string, server: string, path: string): string => {
  const base = server.replace(/\/+$/, '')
  const joined = `${base}${path}`
  const url = URL.parse(joined)
  if (!path.startsWith('/') || path.includes('#') || url === null || url.href !== joined) {
    throw new BulkheadError('internal', `A request to cluster "${cluster}" was not sent: its path is malformed.`, {
      detail: `path ${JSON.stringify(path.slice(0, 256))}: begins with "/" and is already in the URL parser's own form`,
    })
  }
  return joined
}

export const createTransport = (cluster: string, server: string, send: Send): Transport => ({
  async fetch(path, init) {
    const response = await send(clusterUrl(cluster, new URL(server).href, path), { ...init, redirect: 'manual' })
    // A status of 0 is what browsers' fetch makes of a redirect that it was told not to follow.
    if (response.status === 0 || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel()
      throw new BulkheadError(
        'cluster_nonsense',
        `Cluster "${cluster}" answered with a redirect (HTTP ${response.status}), which no API server does. The operator checks the cluster's server URL.`,
      )
    }
    return response
  },
})
