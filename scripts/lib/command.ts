/** What the command-line scripts share: reading a file a person named, and ending with words instead of a stack. */
import { existsSync, readFileSync } from 'node:fs'
import { ConfigError, type ParsedConfig, parseConfig } from '../../src/config-yaml.ts'

/** Thrown for anything a person typed wrong; its message is all that is shown. */
export class UsageError extends Error {}

/** What was asked for is not so: a mistake in a file, an expectation that failed. */
export const EXIT_FAILED = 1
/** What was asked for cannot be done: wrong arguments, no such file. */
export const EXIT_USAGE = 2

export const DEFAULT_CONFIG = 'bulkhead.yaml'

export const readTextFile = (file: string, what: string): string => {
  if (!existsSync(file))
    throw new UsageError(
      file === DEFAULT_CONFIG
        ? `There is no ${DEFAULT_CONFIG} here: name a file (${what}), for example bulkhead.example.yaml.`
        : `There is no file ${file} (${what}).`,
    )
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)} (${what}).`)
  }
}

export const readConfigFile = (file: string, what: string): ParsedConfig => parseConfig(readTextFile(file, what), file)

/** How a command ends, and what it has to say at once, on stdout; one that says things as it goes has no `text`. */
export interface Outcome {
  readonly exit: number
  readonly text?: string
}

/** Runs a script's main function and turns what it throws into an exit code. */
export const runCommand = async (main: (argv: readonly string[]) => Outcome | Promise<Outcome>): Promise<void> => {
  try {
    const { exit, text } = await main(process.argv.slice(2))
    if (text !== undefined) console.log(text)
    process.exitCode = exit
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = error instanceof ConfigError ? EXIT_FAILED : EXIT_USAGE
  }
}
