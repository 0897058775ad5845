/** Bulkhead in workerd with everything on, before one cluster: an agent that reads, and limits that no bench meets. */
import { type Config, configSchema } from '../../src/config.ts'
import { gatewayFor } from '../../test/support/gateway.ts'
import { freePort } from '../local/free-port.ts'
import { startWorkerd } from '../local/workerd.ts'
import { withProcess } from './cpu.ts'
import type { Side } from './measure.ts'

export interface BenchCluster {
  readonly server: string
  /** PEM */
  readonly certificateAuthority: string
  readonly readToken: string
  readonly changeToken?: string
}

export interface BulkheadOptions {
  /** The Worker; the product's own unless said. */
  readonly entry?: string
  /** Bindings beside the secrets. */
  readonly bindings?: Readonly<Record<string, string>>
  /** Whole keys of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly inspectorPort?: number
}

export interface RunningBulkhead {
  readonly side: Side
  readonly origin: string
  readonly cluster: Config['clusters'][string]
  readonly secrets: Readonly<Record<string, string>>
  /** The workerd process, where that can be told. */
  readonly process: number | undefined
  stop(): Promise<void>
}

const PRODUCT = new URL('../../src/worker.ts', import.meta.url).pathname
const NAME = 'bench'
/** What no bench meets. */
export const NO_LIMITS = { callsPerMinute: 1_000_000, bytesPerMinute: 1_000_000_000 } as const

export const startBulkhead = async (
  cluster: BenchCluster,
  { entry = PRODUCT, bindings = {}, config: overrides = {}, inspectorPort }: BulkheadOptions = {},
): Promise<RunningBulkhead> => {
  const gateway = gatewayFor({ name: NAME, ...cluster }, { limits: NO_LIMITS, ...overrides })
  const port = await freePort()
  const config = configSchema.parse({ ...gateway.config, publicUrl: `http://127.0.0.1:${port}` })
  const served = config.clusters[NAME]
  if (served === undefined) throw new RangeError('The configuration lost its cluster.')
  const secrets = { ...gateway.secrets, ...bindings }
  const [worker, process] = await withProcess('workerd', () =>
    startWorkerd({
      entry,
      config,
      secrets,
      port,
      quiet: true,
      ...(inspectorPort === undefined ? {} : { inspectorPort }),
    }),
  )
  return {
    side: { name: 'Bulkhead', url: `${worker.origin}/mcp`, key: gateway.agentKey },
    origin: worker.origin,
    cluster: served,
    secrets: gateway.secrets,
    process,
    stop: () => worker.stop(),
  }
}
