/** The two most used servers of the npm registry for the same purpose, and how each is asked what Bulkhead is asked. */
import type { Call } from './measure.ts'
import type { Peer } from './peer.ts'

type Arguments = Readonly<Record<string, unknown>>

const asked = ({ params }: Call): { readonly name?: string; readonly arguments?: Arguments } => params

/** A Go program. It has no limit: a list is what its namespace holds. */
const kubernetesMcpServer: Peer = {
  name: 'kubernetes-mcp-server',
  version: '0.0.67',
  healthPath: '/healthz',
  remark: 'Go; stateless, read-only, its client without a throttle',
  oneAtATime: false,
  arguments: (port, kubeconfig) => [
    ...['--port', String(port), '--bind-address', '127.0.0.1', '--kubeconfig', kubeconfig],
    ...['--stateless', '--read-only'],
  ],
  // Without the two its client asks five times a second at most.
  environment: () => ({ KUBE_CLIENT_QPS: '100000', KUBE_CLIENT_BURST: '100000' }),
  translate(call) {
    const { name, arguments: args } = asked(call)
    const { method } = call
    if (name === 'pods_list')
      return { method, params: { name: 'pods_list_in_namespace', arguments: { namespace: args?.namespace } } }
    if (name === 'resources_get') return { method, params: { name, arguments: { ...args, apiVersion: 'v1' } } }
    return call
  },
}

/** A Node program that starts kubectl once a call, and waits for it: calls come one after the other whoever sends them. */
const mcpServerKubernetes: Peer = {
  name: 'mcp-server-kubernetes',
  version: '4.1.7',
  healthPath: '/ready',
  remark: 'Node; streamable HTTP, read-only tools; a kubectl process each call, and no second call at the same time',
  oneAtATime: true,
  arguments: () => [],
  environment: (port, kubeconfig) => ({
    ENABLE_UNSAFE_STREAMABLE_HTTP_TRANSPORT: '1',
    HOST: '127.0.0.1',
    PORT: String(port),
    KUBECONFIG: kubeconfig,
    ALLOW_ONLY_READONLY_TOOLS: 'true',
    // Of what kubectl prints. Its own default, a megabyte, is less than 500 pods.
    SPAWN_MAX_BUFFER: '100000000',
  }),
  translate(call) {
    const { name, arguments: args = {} } = asked(call)
    const { method } = call
    const { namespace, kind, container, tail } = args
    if (name === 'resources_get' || name === 'pods_get')
      return {
        method,
        params: { name: 'kubectl_get', arguments: { resourceType: kind ?? 'Pod', name: args.name, namespace } },
      }
    if (name === 'pods_list')
      return { method, params: { name: 'kubectl_get', arguments: { resourceType: 'pods', namespace } } }
    if (name === 'pods_log')
      return {
        method,
        params: {
          name: 'kubectl_logs',
          arguments: { resourceType: 'pod', name: args.name, namespace, container, tail },
        },
      }
    return call
  },
}

export const peers: readonly Peer[] = [kubernetesMcpServer, mcpServerKubernetes]
