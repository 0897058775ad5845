/**
 * The MCP conformance suite against the product's endpoint in workerd: everything that the pinned version of the suite
 * requires for each revision, with a baseline of known failures that fails when it is stale.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'
import { configSchema } from '../src/config.ts'
import { execute, type Step, type Tally } from './lib/steps.ts'
import { freePort } from './local/free-port.ts'
import { startWorkerd } from './local/workerd.ts'

const root = new URL('../', import.meta.url).pathname
const baseline = z
  .record(z.string(), z.array(z.string()))
  .parse(parse(readFileSync(`${root}test/conformance/baseline.yaml`, 'utf8')))

/** The scenarios of the summary that a line begins with `mark` for. */
const scenarios = (output: string, mark: string): readonly string[] =>
  Array.from(output.matchAll(new RegExp(`^${mark} ([-\\w/]+): `, 'gm')), (match) => match[1] ?? '')

const compare = (revision: string, output: string): Tally => {
  const notScored = new Set(Array.from(output.matchAll(/^ {2}[✓✗] ([-\w/]+) \(/gm), (match) => match[1] ?? ''))
  const passed = scenarios(output, '✓').filter((name) => !notScored.has(name))
  const failed = scenarios(output, '✗').filter((name) => !notScored.has(name))
  const known = baseline[revision] ?? []
  const problems = [
    ...(passed.length === 0 ? ['The suite ran nothing.'] : []),
    ...failed.filter((name) => !known.includes(name)).map((name) => `${name} fails and is not in the baseline`),
    ...known
      .filter((name) => !failed.includes(name))
      .map((name) => `${name} is in the baseline and does not fail: remove it`),
  ]
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  if (problems.length > 0) process.stdout.write(output)
  process.stdout.write(`${passed.length} of ${passed.length + failed.length} required scenarios pass\n`)
  return { passed: passed.length, failed: problems.length }
}

const run = async (revision: string): Promise<Tally> => {
  const key = randomBytes(32).toString('base64url')
  const port = await freePort()
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
    const args = ['server', '--url', `${worker.origin}/mcp`, '--requirements', revision, '--output-dir', results]
    const { output } = await execute('conformance', args, { quiet: true, expectFailure: true })
    return compare(revision, output)
  } finally {
    rmSync(results, { recursive: true, force: true })
    await worker.stop()
  }
}

export const conformance: readonly Step[] = Object.keys(baseline).map((revision) => ({
  name: `MCP conformance, revision ${revision}`,
  run: () => run(revision),
}))
