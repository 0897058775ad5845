/**
 * Command lines in arrays (`command`, `args`, a probe's `exec`): a flag and its value may be two elements, and then only
 * their order says that the second is a secret.
 */
import type { Json } from '../../tool.ts'
import { type Secrecy, secrecyOf } from './names.ts'
import { isPlaceholder } from './values.ts'

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

/** Programs that take `-pPASSWORD` in one word. */
const ATTACHED = /^(?:mysql|mariadb)[a-z-]{0,12}$/

const programOf = (value: Json | undefined): string =>
  typeof value === 'string' ? (value.slice(-128).split('/').at(-1) ?? '') : ''

/** Index of each element that follows a telling flag, or holds one and its value, with what the flag says of it. */
export const secretArguments = (values: readonly Json[]): ReadonlyMap<number, Secrecy> => {
  const found = new Map<number, Secrecy>()
  let short: readonly string[] = []
  let attached = false
  for (const [index, value] of values.entries()) {
    if (typeof value !== 'string') continue
    // The program need not stand first: `timeout 5 mysqladmin …`.
    const program = programOf(value)
    short = SHORT.get(program) ?? short
    attached ||= ATTACHED.test(program)
    if (attached && /^-p./.test(value) && !isPlaceholder(value.slice(2))) found.set(index, 'password')
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
