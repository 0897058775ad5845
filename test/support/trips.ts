/**
 * How many requests to the API server each tool makes, and how many of them one after the other: the second is what a user
 * waits for, times the distance to the cluster. The app runs in this process, before the demo cluster on real sockets.
 */
import type { Transport } from '../../src/ports.ts'
import { run } from '../unit/app/setup.ts'
import { goodCalls } from './calls.ts'
import { createNodeTransport } from './node-transport.ts'

export interface Trips {
  readonly tool: string
  readonly requests: number
  /** The longest chain of requests of which each began after the one before had begun to answer. */
  readonly sequential: number
  readonly isError: boolean
}

export interface Counter {
  readonly transport: Transport
  /** Both counts since the last time. */
  take(): { readonly requests: number; readonly sequential: number }
}

export const counted = (transport: Transport): Counter => {
  let requests = 0
  let longest = 0
  /** The longest chain among those that have been answered. */
  let answered = 0
  return {
    transport: {
      async fetch(path, init) {
        const chain = answered + 1
        requests += 1
        longest = Math.max(longest, chain)
        try {
          return await transport.fetch(path, init)
        } finally {
          answered = Math.max(answered, chain)
        }
      },
    },
    take() {
      const counts = { requests, sequential: longest }
      requests = 0
      longest = 0
      answered = 0
      return counts
    },
  }
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
