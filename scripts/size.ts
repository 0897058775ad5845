/**
 * `npm run size`: the gzipped Worker, what it is made of, and a failure above the limit. Also refuses a bundle that needs
 * anything the runtime does not provide (THREATS.md L4-6: no subprocess, no filesystem).
 */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { parseConfig } from '../src/config-yaml.ts'
import { bundleWorker } from './lib/bundle.ts'

/**
 * Start-up on Workers is paid by every cold isolate, and the free plan's limit is 3 MB: stay an order below. Some seven
 * tenths of it are the read path with its libraries, the rest changes with the console, diagnosis with the webhooks.
 */
const MAX_GZIPPED_BYTES = 440 * 1024
const SHOWN = 12

const root = new URL('../', import.meta.url).pathname
const example = parseConfig(readFileSync(`${root}bulkhead.example.yaml`, 'utf8'), 'bulkhead.example.yaml').config
const { code, metafile } = await bundleWorker(`${root}src/worker.ts`, example)
const gzipped = gzipSync(code, { level: 9 }).length

const packages = new Map<string, number>()
for (const output of Object.values(metafile.outputs)) {
  for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'bulkhead'
    packages.set(name, (packages.get(name) ?? 0) + bytesInOutput)
  }
}
for (const [name, bytes] of [...packages].sort((a, b) => b[1] - a[1]).slice(0, SHOWN))
  console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KB  ${name}`)
console.log(
  `\nWorker: ${(code.length / 1024).toFixed(0)} KB, ${(gzipped / 1024).toFixed(1)} KB gzipped (limit ${MAX_GZIPPED_BYTES / 1024} KB)`,
)

const externals = Object.values(metafile.outputs).flatMap((it) =>
  it.imports.filter((one) => one.external).map((one) => one.path),
)
const foreign = externals.filter((path) => !path.startsWith('cloudflare:'))
if (foreign.length > 0) {
  console.error(`The bundle needs modules that a Worker does not have: ${foreign.join(', ')}`)
  process.exitCode = 1
}
if (gzipped > MAX_GZIPPED_BYTES) {
  console.error('The bundle is too large: see above what it is made of.')
  process.exitCode = 1
}
