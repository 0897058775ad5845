/**
 * The Deno entry: one process, beside or in the cluster. `--config FILE` (bulkhead.yaml, read at start), `--port N`,
 * `--host ADDRESS`, `--state DIR` for the ledger; secrets from environment variables or files (docs/operating.md).
 *
 * Needs --unstable-kv, and no permission beyond the configured clusters, its configuration and its state.
 */
import { parseArgs } from 'node:util'
import { createApp } from './app.ts'
import { parseConfig } from './config-yaml.ts'
import { denoPorts } from './platform/deno/index.ts'
import { offer, renderPlan, tools } from './tools/index.ts'

/** Requests under way get this long to end after a SIGTERM; Kubernetes kills after 30 s by default. */
const DRAIN_MS = 20_000

const { values } = parseArgs({
  args: Deno.args,
  options: {
    config: { type: 'string', default: 'bulkhead.yaml' },
    port: { type: 'string', default: '8790' },
    host: { type: 'string', default: '0.0.0.0' },
    state: { type: 'string', default: 'state' },
  },
})

const fail = (error: unknown): never => {
  console.error(error instanceof Error ? error.message : String(error))
  return Deno.exit(1)
}

const start = async (): Promise<void> => {
  const { config, warnings } = parseConfig(await Deno.readTextFile(values.config), values.config)
  for (const warning of warnings) console.error(`Warning: ${warning}`)
  const ports = await denoPorts(config, { kvPath: `${values.state}/bulkhead.kv` })
  const app = createApp(ports, config, { tools, offer, renderPlan })
  await ports.startJobs(app.runJob)
  const drained = new AbortController()
  const server = Deno.serve(
    {
      hostname: values.host,
      port: Number(values.port),
      signal: drained.signal,
      onListen: ({ hostname, port }) => ports.log({ event: 'listening', hostname, port }),
    },
    (request, info) => {
      ports.came(request, info.remoteAddr)
      return app.fetch(request)
    },
  )
  const stop = async (): Promise<void> => {
    const timer = setTimeout(() => drained.abort(), DRAIN_MS)
    await server.shutdown()
    clearTimeout(timer)
    ports.close()
    Deno.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) Deno.addSignalListener(signal, () => void stop())
  await server.finished
}

await start().catch(fail)
