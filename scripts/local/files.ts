/** Reading a file that a person named: what is wrong with it is said in words, with where its name was given. */
import { existsSync, readFileSync } from 'node:fs'
import { UsageError } from './arguments.ts'

/** @param where the option or key that named it. */
export const readNamedFile = (where: string, file: string): string => {
  if (!existsSync(file)) throw new UsageError(`${where}: there is no file ${file}.`)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${where}: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  }
}
