/**
 * Credentials in the authority of a URL (RFC 3986 §3.2.1): `postgres://shop:hunter2@db/orders`. The user's name stays,
 * because it helps to find a fault, unless it is itself the credential. Also connection strings without a scheme in
 * front (`user:password@tcp(host:3306)/db`), and slashes escaped in JSON. Linear: each authority is read once.
 */
import type { Finding } from './finding.ts'
import { matchesOf, valuesOf } from './matches.ts'
import { isPlaceholder, looksCredential } from './values.ts'

const START = /:(?:\\?\/){2}/g
/** What cannot stand in an authority. */
const AUTHORITY_END = /[\s"'`<>\\/?#]/
/** What ends a URL in text. */
const URL_END = /[\s"'`<>\\]/
/** Longer is no credential; it bounds what one URL costs. */
const MAX_AUTHORITY = 2048
/** A password with an unencoded `/`, `?` or `#` is looked for this far. */
const MAX_RAW_PASSWORD = 256

/** A user's name of this length with letters and digits mixed is a token in the user's place. */
const MIN_TOKEN = 12

/** A Go MySQL DSN. */
const DSN_HINT = /@(?:tcp|unix|udp)\(/
const DSN = /(?<![\w.-])[\w.-]{1,64}:([^\s"'`@]{1,256})@(?:tcp|unix|udp)\(/g
/** Oracle's thin form: `jdbc:oracle:thin:user/password@host`; a quoted password may hold anything. */
const ORACLE = /jdbc:oracle:[a-z0-9]{2,8}:[\w$#.-]{1,64}\/(?<v>"[^"\n]{1,256}"|[^\s"'`@]{1,256})@/dg

const upTo = (pattern: RegExp, text: string, from: number, limit: number): string => {
  const window = text.slice(from, from + limit)
  const end = window.search(pattern)
  return end < 0 ? window : window.slice(0, end)
}

const inUserinfo = (text: string, from: number, to: number): Finding[] => {
  const userinfo = text.slice(from, to)
  const colon = userinfo.indexOf(':')
  const user = colon < 0 ? userinfo : userinfo.slice(0, colon)
  const password = colon < 0 ? '' : userinfo.slice(colon + 1)
  const findings: Finding[] = []
  if (!isPlaceholder(password)) findings.push({ start: from + colon + 1, end: to })
  // `https://TOKEN@host`, `https://TOKEN:x-oauth-basic@host`.
  if (looksCredential(user, MIN_TOKEN) && !isPlaceholder(user)) findings.push({ start: from, end: from + user.length })
  return findings
}

export const findUrlCredentials = (text: string): Finding[] => {
  if (!text.includes('@')) return []
  const findings: Finding[] = []
  for (const match of matchesOf(START, text)) {
    const from = match.index + match[0].length
    const authority = upTo(AUTHORITY_END, text, from, MAX_AUTHORITY)
    const at = authority.lastIndexOf('@')
    if (at >= 0) {
      findings.push(...inUserinfo(text, from, from + at))
      continue
    }
    // No `@` yet, but no port either: the password itself may hold the slash that ended the authority.
    const colon = authority.lastIndexOf(':')
    if (colon < 0 || /^(?:[0-9]{0,5}$|[${]|.*\]$)/.test(authority.slice(colon + 1))) continue
    const raw = upTo(URL_END, text, from, authority.length + MAX_RAW_PASSWORD)
    const later = raw.lastIndexOf('@')
    if (later > 0) findings.push(...inUserinfo(text, from, from + later))
  }
  if (text.includes('jdbc:oracle')) {
    for (const { start, end } of valuesOf(ORACLE, text))
      if (!isPlaceholder(text.slice(start, end))) findings.push({ start, end })
  }
  if (!DSN_HINT.test(text)) return findings
  for (const match of matchesOf(DSN, text)) {
    const password = match[1] ?? ''
    const start = match.index + match[0].lastIndexOf(`${password}@`)
    if (!isPlaceholder(password)) findings.push({ start, end: start + password.length })
  }
  return findings
}
