/** The product on either platform, for tests that speak to it over the wire. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDeno } from '../../scripts/local/deno.ts'
import { freePort } from '../../scripts/local/free-port.ts'
import { startWorkerd } from '../../scripts/local/workerd.ts'
import { type Config, configSchema } from '../../src/config.ts'

export const PLATFORMS = ['workerd', 'deno'] as const
export type PlatformName = (typeof PLATFORMS)[number]

export interface RunningProduct {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly origin: string
  readonly config: Config
  stop(): Promise<void>
}

/** `config` is bulkhead.yaml as an object, but for `publicUrl`, which is the loopback address chosen here. */
export const startProduct = async (
  platform: PlatformName,
  config: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>>,
): Promise<RunningProduct> => {
  const port = await freePort()
  const source = { ...config, publicUrl: `http://127.0.0.1:${port}` }
  const parsed = configSchema.parse(source)
  if (platform === 'workerd') {
    const entry = new URL('../../src/worker.ts', import.meta.url).pathname
    const { origin, stop } = await startWorkerd({ entry, config: parsed, secrets, port })
    return { origin, config: parsed, stop }
  }
  const directory = mkdtempSync(join(tmpdir(), 'bulkhead-deno-'))
  const running = await startDeno({ config: parsed, source, secrets, port, directory })
  return {
    origin: running.origin,
    config: parsed,
    async stop() {
      await running.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
