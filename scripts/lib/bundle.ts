/**
 * Bundles a Worker the way wrangler does (same bundler, same conditions, minified as wrangler.toml says), for local runs,
 * tests and the size gate. The configuration is put in where the Worker imports `bulkhead:config`.
 */
import { build, type Metafile } from 'esbuild'
import type { Config } from '../../src/config.ts'

export interface Bundle {
  /** One ES module. */
  readonly code: string
  readonly metafile: Metafile
}

/** What workerd provides by itself; anything else external would be a missing module at run time. */
const PROVIDED = ['cloudflare:*']

const ABSENT = new URL('../../src/platform/cloudflare/absent-node.ts', import.meta.url).pathname
/** As in wrangler.toml. */
const ALIASES = { 'node:path': ABSENT, 'node:fs': ABSENT }

export const bundleWorker = async (entry: string, config: Config): Promise<Bundle> => {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    keepNames: false,
    metafile: true,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    external: PROVIDED,
    alias: ALIASES,
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    logLevel: 'warning',
    plugins: [
      {
        name: 'bulkhead-config',
        setup(context) {
          context.onResolve({ filter: /^bulkhead:config$/ }, () => ({ path: 'config', namespace: 'bulkhead-config' }))
          context.onLoad({ filter: /./, namespace: 'bulkhead-config' }, () => ({
            contents: JSON.stringify(config),
            loader: 'json',
          }))
        },
      },
    ],
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error(`Bundling ${entry} gave no output`)
  return { code: file.text, metafile: result.metafile }
}
