/**
 * How many requests to the API server each tool makes, and how many of them one after the other: the second is what a user
 * waits for, times the distance to the cluster. The app runs in this process, before the demo cluster on real sockets.
 */
import type { Transport } from '../../src/ports.ts'
import { run } from '../unit/app/setup.ts'
import { goodCalls } from './calls.ts'
import { type Chain, createChain, type Trip } from './chain.ts'
import { createNodeTransport } from './node-transport.ts'

export interface Trips extends Trip {
  readonly tool: string
  readonly isError: boolean
}

export interface Counter extends Pick<Chain, 'take'> {
  readonly transport: Transport
}

export const counted = (transport: Transport): Counter => {
  const { around, take } = createChain()
  return { transport: { fetch: (path, init) => around(() => transport.fetch(path, init)) }, take }
}

export interface TripsCluster {
  readonly server: string
  readonly certificateAuthority: string
  readonly tokens: { readonly read: string }
}

/** The app in this process, before a cluster through a transport that counts. `config` is added to its configuration. */
export const runCounted = (
  demo: TripsCluster,
  config: NonNullable<Parameters<typeof run>[0]>['config'] = {},
): Pick<ReturnType<typeof run>, 'call'> & Pick<Counter, 'take'> & { stop(): void } => {
  const node = createNodeTransport(demo)
  const counter = counted(node)
  const { call } = run({
    config: { limits: { callsPerMinute: 10_000, bytesPerMinute: 100_000_000 }, ...config },
    send: (path, { method = 'GET', signal, body, ...init }) =>
      counter.transport.fetch(path, {
        method,
        headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${demo.tokens.read}` },
        signal: signal ?? new AbortController().signal,
        ...(typeof body === 'string' ? { body } : {}),
      }),
  })
  return { call, take: counter.take, stop: node.stop }
}

/** Each tool's good call, twice: what the second costs, when discovery and the credential are known. */
export const countTrips = async (demo: TripsCluster): Promise<readonly Trips[]> => {
  const { call, take, stop } = runCounted(demo)
  try {
    const pods = await call('pods_list', { namespace: 'shop' })
    const pod = /^(catalog-[-a-z0-9]+)/m.exec(pods.text)?.[1] ?? ''
    const place = { namespace: 'shop', pod, container: 'app', workload: 'catalog', metrics: true }
    const counts: Trips[] = []
    for (const { tool, args } of goodCalls(place)) {
      await call(tool, args)
      take()
      const { isError } = await call(tool, args)
      counts.push({ tool, ...take(), isError })
    }
    return counts
  } finally {
    stop()
  }
}
