/** `npm run config:check -- FILE`: every mistake of a bulkhead.yaml (exit 1), or "FILE: good" and what may not be meant. */
import { DEFAULT_CONFIG, readConfigFile, runCommand, UsageError } from './lib/command.ts'

const USAGE = 'Usage: npm run config:check -- FILE'

await runCommand((argv) => {
  const [file = DEFAULT_CONFIG, ...more] = argv
  if (more.length > 0 || file.startsWith('-')) throw new UsageError(USAGE)
  const { warnings } = readConfigFile(file, USAGE)
  const counted = warnings.length === 1 ? ' (1 warning)' : ` (${warnings.length} warnings)`
  const good = `${file}: good${warnings.length === 0 ? '' : counted}`
  return { exit: 0, text: [...warnings.map((it) => `warning: ${it}`), good].join('\n') }
})
