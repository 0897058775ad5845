/**
 * `wrangler deploy --dry-run`: what wrangler would upload, without a network or an account. With the configuration that
 * `npm run config:build` made, or the example where there is none yet.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute } from './lib/steps.ts'

const root = new URL('../', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'bulkhead-dry-run-'))
try {
  const ready = existsSync(`${root}dist/config.json`)
  const built = ready
    ? 0
    : (await execute('node', [`${root}scripts/config-build.ts`, `${root}bulkhead.example.yaml`])).code
  process.exitCode =
    built === 0
      ? (
          await execute('wrangler', ['deploy', '--dry-run', '--config', `${root}wrangler.toml`, '--outdir', folder], {
            env: { CI: '1', WRANGLER_SEND_METRICS: 'false' },
          })
        ).code
      : built
} finally {
  rmSync(folder, { recursive: true, force: true })
}
