/**
 * `npm run docs`: everything in the documents that is made from the code. `npm run docs -- --check` writes nothing and
 * fails when something is stale, naming it.
 */
import { parseArgs } from 'node:util'
import { tools } from '../src/tools/index.ts'
import { documents as configuration } from './config-schema.ts'
import { documents as faults } from './docs-faults.ts'
import { documents as scan } from './docs-scan.ts'
import { documents as telemetry } from './docs-telemetry.ts'
import { documents as threats } from './docs-threats.ts'
import { insertTable, toolsTable } from './docs-tools.ts'
import { EXIT_FAILED, runCommand, UsageError } from './lib/command.ts'
import { type Generated, generate } from './lib/generated.ts'

const USAGE = 'Usage: npm run docs [-- --check]'

const readme: Generated = { path: 'README.md', render: (now) => insertTable(now, toolsTable(tools)) }

const isCheck = (argv: readonly string[]): boolean => {
  try {
    return parseArgs({ args: [...argv], options: { check: { type: 'boolean' } } }).values.check === true
  } catch {
    throw new UsageError(USAGE)
  }
}

await runCommand((argv) => {
  const check = isCheck(argv)
  const fresh = generate([readme, ...configuration, ...threats, ...faults, ...scan, ...telemetry], check)
  return fresh
    ? { exit: 0, text: 'The documents say what the code says.' }
    : { exit: EXIT_FAILED, text: 'Run npm run docs, and look at what it changes.' }
})
