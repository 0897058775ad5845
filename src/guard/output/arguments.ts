/**
 * Command lines in arrays (`command`, `args`, a probe's `exec`): a flag and its value may be two elements, and then only
 * their order says that the second is a secret.
 */
import type { Json } from '../../tool.ts'
import { type Secrecy, secrecyOf } from './names.ts'

const FLAG = /^--?[A-Za-z][\w.-]{0,127}$/
/** Short flags that take a credential, by program. */
const SHORT: ReadonlyMap<string, readonly string[]> = new Map([
  ['curl', ['-u', '--user', '--proxy-user']],
  ['redis-cli', ['-a']],
  ['sshpass', ['-p']],
  ['ldapsearch', ['-w']],
  ['mongo', ['-p']],
  ['mongosh', ['-p']],
  ['docker', ['-p']],
])

const programOf = (value: Json | undefined): string =>
  typeof value === 'string' ? (value.slice(-128).split('/').at(-1) ?? '') : ''

/** Index of each element that follows a telling flag, with what the flag says of it. */
export const secretArguments = (values: readonly Json[]): ReadonlyMap<number, Secrecy> => {
  const found = new Map<number, Secrecy>()
  const short = SHORT.get(programOf(values[0])) ?? []
  for (const [index, value] of values.entries()) {
    if (typeof value !== 'string') continue
    const next = values[index + 1]
    if (typeof next !== 'string' || next.startsWith('--')) continue
    if (short.includes(value)) found.set(index + 1, 'password')
    else if (FLAG.test(value)) {
      const secrecy = secrecyOf(value)
      if (secrecy !== 'none') found.set(index + 1, secrecy)
    }
  }
  return found
}
