/**
 * JSON Web Tokens (RFC 7519), signed, encrypted, detached or cut short. Each run of base64url is read once, so that a
 * text of nothing but `eyJ` costs no more than any other.
 */
import type { Finding } from './finding.ts'
import { matchesOf } from './matches.ts'

/** `{"` in base64url, and enough after it to be a header. */
const RUN = /[A-Za-z0-9_-]{12,}/g
const SEGMENTS = /(?:\.[A-Za-z0-9_-]*){1,4}/y
/** What a JOSE header holds, in the part of it that is always there. */
const HEADER = /"(?:alg|typ|enc|kid|cty|zip)"/
/** A header of any provider fits. */
const MAX_HEADER = 2048

const decode = (run: string): string => {
  const text = run.slice(0, MAX_HEADER).replaceAll('-', '+').replaceAll('_', '/')
  return atob(text.slice(0, text.length - (text.length % 4)))
}

export const findJsonWebTokens = (text: string): Finding[] => {
  if (!text.includes('eyJ')) return []
  const findings: Finding[] = []
  for (const match of matchesOf(RUN, text)) {
    const offset = match[0].indexOf('eyJ')
    if (offset < 0) continue
    const start = match.index + offset
    const runEnd = match.index + match[0].length
    SEGMENTS.lastIndex = runEnd
    const segments = SEGMENTS.exec(text)?.[0] ?? ''
    if (HEADER.test(decode(text.slice(start, runEnd)))) findings.push({ start, end: runEnd + segments.length })
  }
  return findings
}
