/** What the tests of kube/ share: a client over a scripted transport, a few resource types, and how errors are caught. */
import { BulkheadError } from '../../../src/errors.ts'
import { createKubeClient, type KubeClient, type KubeClientOptions } from '../../../src/kube/client.ts'
import { createDiscoveryMemory } from '../../../src/kube/discovery.ts'
import type { ResourceType } from '../../../src/tool.ts'
import { mapCache, movableClock, type Script, type Seen, scriptedTransport } from '../../support/scripted-transport.ts'

export const never = new AbortController().signal

export interface TestClient extends KubeClient {
  readonly seen: readonly Seen[]
}

type Options = Partial<KubeClientOptions> & { readonly authenticatedByTransport?: true }

export const clientOf = (script: Script, options: Options = {}): TestClient => {
  const transport = scriptedTransport(script)
  const client = createKubeClient({
    cluster: 'prod',
    server: 'https://cluster.test',
    transport,
    ...(options.authenticatedByTransport ? {} : { token: async () => 'a-token' }),
    clock: movableClock(),
    cache: mapCache(),
    memory: createDiscoveryMemory(),
    version: '0.0.0',
    ...options,
  })
  return { ...client, seen: transport.seen }
}

/** The BulkheadError that this fails with; anything else fails the test. */
export const errorOf = async (work: Promise<unknown>): Promise<BulkheadError> => {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in outcome && outcome.error instanceof BulkheadError) return outcome.error
  throw new Error(`Expected a BulkheadError: got ${JSON.stringify(outcome)}`)
}

export const typeOf = (
  group: string,
  version: string,
  kind: string,
  resource: string,
  more: Partial<ResourceType> = {},
): ResourceType => ({
  group,
  version,
  kind,
  resource,
  singular: kind.toLowerCase(),
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: [],
  ...more,
})

export const PODS = typeOf('', 'v1', 'Pod', 'pods', { shortNames: ['po'], categories: ['all'], subresources: ['log'] })
export const NODES = typeOf('', 'v1', 'Node', 'nodes', { shortNames: ['no'], namespaced: false })
export const SECRETS = typeOf('', 'v1', 'Secret', 'secrets')
export const DEPLOYMENTS = typeOf('apps', 'v1', 'Deployment', 'deployments', { shortNames: ['deploy'] })
