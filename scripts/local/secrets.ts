/** The secrets of a local run: taken from environment variables of the names that the configuration gives. */
import { secretsOf } from '../../src/config/secrets.ts'
import type { Config } from '../../src/config.ts'
import { UsageError } from './arguments.ts'

/** All of them, or none and an error that names each that is missing: what lacks one would fail much later. */
export const secretsFromEnvironment = (
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> => {
  const values = secretsOf(config).map(({ name }) => [name, environment[name] ?? ''] as const)
  const missing = values.filter(([, value]) => value === '').map(([name]) => name)
  if (missing.length > 0)
    throw new UsageError(
      `The configuration names secrets that are not in the environment: ${missing.join(', ')}. Set each variable and start again.`,
    )
  return Object.fromEntries(values)
}
