/**
 * `npm run config:build -- FILE [--out FILE]`: checks a bulkhead.yaml and compiles it to the JSON that the Worker bundles as
 * `bulkhead:config` (wrangler.toml's alias). Defaults are filled in; what the Worker gets has passed the schema.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { DEFAULT_CONFIG, readConfigFile, runCommand, UsageError } from './lib/command.ts'

const USAGE = 'Usage: npm run config:build -- FILE [--out FILE]'
const OUT = fileURLToPath(new URL('../dist/config.json', import.meta.url))

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: { out: { type: 'string' } } })
  } catch {
    throw new UsageError(USAGE)
  }
}

await runCommand((argv) => {
  const { values, positionals } = parse(argv)
  const [file = DEFAULT_CONFIG, ...more] = positionals
  if (more.length > 0) throw new UsageError(USAGE)
  const { config, warnings } = readConfigFile(file, USAGE)
  for (const warning of warnings) console.error(`warning: ${warning}`)
  const out = values.out ?? OUT
  mkdirSync(dirname(out), { recursive: true })
  writeFileSync(out, `${JSON.stringify(config)}\n`)
  return { exit: 0, text: `${file} → ${out}` }
})
