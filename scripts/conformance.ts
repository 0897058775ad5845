/**
 * The MCP conformance suite against the product's endpoint in workerd: everything that the pinned version of the suite
 * requires for each revision, with a baseline of known failures that fails when it is stale.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configSchema } from '../src/config.ts'
import { execute, type Step, type Tally } from './lib/steps.ts'
import { startWorkerd } from './local/workerd.ts'

const root = new URL('../', import.meta.url).pathname
const REVISIONS = ['2026-07-28', '2025-11-25'] as const

const run = async (revision: string): Promise<Tally> => {
  const key = randomBytes(32).toString('base64url')
  const port = 20_000 + (randomBytes(2).readUInt16BE() % 20_000)
  const config = configSchema.parse({
    publicUrl: `http://127.0.0.1:${port}`,
    masterKey: { secret: 'BULKHEAD_KEY' },
    identity: {
      keys: [{ name: 'conformance', owner: 'conformance', sha256: [createHash('sha256').update(key).digest('hex')] }],
    },
    clusters: { none: { server: 'https://127.0.0.1:1', credentials: { read: { token: { secret: 'NONE' } } } } },
  })
  const worker = await startWorkerd({
    entry: `${root}test/conformance/worker.ts`,
    config,
    secrets: { BULKHEAD_KEY: randomBytes(32).toString('base64'), CONFORMANCE_KEY: key, NONE: 'none' },
    port,
  })
  const results = mkdtempSync(join(tmpdir(), 'bulkhead-conformance-'))
  try {
    const { code, output } = await execute(
      'conformance',
      [
        ...['server', '--url', `${worker.origin}/mcp`, '--requirements', revision, '--output-dir', results],
        ...['--expected-failures', `${root}test/conformance/baseline-${revision}.yaml`],
      ],
      { quiet: true },
    )
    const [, passed] = /Passed: (\d+)\//.exec(output) ?? []
    return { passed: Number(passed ?? 0), failed: code === 0 ? 0 : 1 }
  } finally {
    rmSync(results, { recursive: true, force: true })
    await worker.stop()
  }
}

export const conformance: readonly Step[] = REVISIONS.map((revision) => ({
  name: `MCP conformance, revision ${revision}`,
  run: () => run(revision),
}))
