/**
 * What Bulkhead is compared to: a Worker that does nothing but send the request on and wrap what comes back, without
 * authentication, policy, ledger or scan. It asks the API server exactly what Bulkhead asks.
 */
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { Config } from '../../src/config.ts'
import { COMPATIBILITY_DATE, clusterService } from '../local/workerd.ts'

const SOURCE = `
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
const encode = encodeURIComponent
const ASKS = {
  resources_get: (a) => ['/api/v1/namespaces/' + encode(a.namespace) + '/pods/' + encode(a.name), 'application/json'],
  pods_get: (a) => ASKS.resources_get(a),
  pods_list: (a) => ['/api/v1/namespaces/' + encode(a.namespace) + '/pods?includeObject=None&limit=' + (a.limit ?? 500) +
    (a.labelSelector === undefined ? '' : '&labelSelector=' + encode(a.labelSelector)), TABLE],
  pods_log: (a) => ['/api/v1/namespaces/' + encode(a.namespace) + '/pods/' + encode(a.name) + '/log?tailLines=' + a.tail +
    '&container=' + encode(a.container), 'application/json, */*'],
}
export default {
  async fetch(request, env) {
    const { id, method, params } = await request.json()
    if (method === 'tools/list')
      return new Response('{"jsonrpc":"2.0","id":' + id + ',"result":' + env.CATALOGUE + '}', { headers: { 'content-type': 'application/json' } })
    const [path, accept] = ASKS[params.name](params.arguments)
    const answer = await env.CLUSTER.fetch(env.SERVER + path, { headers: { accept, authorization: 'Bearer ' + env.TOKEN, 'user-agent': 'pass-through/1' } })
    const text = await answer.text()
    return Response.json({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }], isError: !answer.ok } })
  },
}
`

export interface RunningPassThrough {
  readonly origin: string
  stop(): Promise<void>
}

/** `catalogue`: what it answers to tools/list, as JSON. */
export const startPassThrough = async (
  cluster: Config['clusters'][string],
  secrets: Readonly<Record<string, string>>,
  readToken: string,
  catalogue: string,
): Promise<RunningPassThrough> => {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      modules: [{ type: 'ESModule', path: 'worker.js', contents: SOURCE }],
      compatibilityDate: COMPATIBILITY_DATE,
      bindings: { TOKEN: readToken, SERVER: cluster.server, CATALOGUE: catalogue },
      serviceBindings: { CLUSTER: clusterService(cluster, secrets) },
    }),
  )
  const url = await miniflare.ready
  return { origin: url.origin, stop: () => miniflare.dispose() }
}
