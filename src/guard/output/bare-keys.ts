/**
 * Private keys without armour: the private members of a JSON Web Key (RFC 7517, RFC 7518 §6) and PuTTY's key files. Linear: a
 * member's name is short and its value is read once; PuTTY's lines are looked for once behind each of their headers.
 */
import type { Finding } from './finding.ts'
import { matchesOf, valuesOf } from './matches.ts'

/** The members that make a key private or are one, told by RFC 7518: `d`, the primes and what follows from them, `k`, and `r`, `t` of further primes. */
const PRIVATE_MEMBERS: ReadonlySet<string> = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'r', 't'])
export const isPrivateMember = (name: string): boolean => PRIVATE_MEMBERS.has(name)

/** In JSON, escaped or not, and in YAML. The shortest key has 128 bits. */
const MEMBER =
  /(?<![A-Za-z0-9_-])(?:d[pq]?|p|qi?|k|r|t)(?:\\{0,16}["']|&quot;)?[ \t]{0,8}:[ \t]{0,8}(?:\\{0,16}["']|&quot;)?(?<v>[A-Za-z0-9_-]{20,})/dg

/** An RSA key of 16,384 bits takes some 200 lines. */
const MAX_LINES = 24_000
const PUTTY = /Private-Lines: ?[0-9]{1,4}/g
/** Lines of base64 behind real or escaped line ends, each perhaps behind a log's timestamp. */
const PUTTY_BODY =
  /(?:(?:\s|\\+[nr]){1,80}(?:[0-9]{4}-[0-9T:.,+Z-]{10,40} )?[A-Za-z0-9+/]{1,80}={0,2}(?![A-Za-z0-9:-]))+/y

export const findBareKeys = (text: string): Finding[] => {
  const findings: Finding[] = []
  if (text.includes('kty')) findings.push(...valuesOf(MEMBER, text))
  if (text.includes('Private-Lines')) {
    for (const match of matchesOf(PUTTY, text)) {
      const start = match.index + match[0].length
      const window = text.slice(start, start + MAX_LINES)
      PUTTY_BODY.lastIndex = 0
      const body = PUTTY_BODY.exec(window)
      if (body !== null) findings.push({ start, end: start + body[0].length })
    }
  }
  return findings
}
