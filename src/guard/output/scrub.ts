/**
 * What happens to every text, in this order: hidden characters out (they could hide a secret from the scan), secrets and
 * personal data found, each finding replaced by its mark. Nothing that was not scanned is returned: what lies beyond the
 * limit is dropped, and counted.
 */
import { cleanCharacters } from './characters.ts'
import { asClean, type Clean } from './clean.ts'
import { type Finding, mergeFindings } from './finding.ts'
import type { Marker } from './marks.ts'
import { findPersonalData } from './personal.ts'
import { findSecrets } from './secrets.ts'

export interface ScrubRules {
  readonly mark: Marker
  readonly personalData: 'mask' | 'pass'
}

export interface ScrubOptions {
  /** UTF-16 units of input that may be looked at; what follows is dropped. Absent: all. */
  readonly limit?: number
  /** Public IP addresses are personal data here (see personal.ts). */
  readonly isLog?: boolean
  /** The text begins in the middle of a private key (see pem.ts). */
  readonly insideKey?: boolean
}

export interface Scrubbed {
  readonly text: Clean
  /** Values masked. */
  readonly redactions: number
  /** Hidden characters removed. */
  readonly hidden: number
  /** Characters of the input that were not looked at, and so are not in the text. */
  readonly dropped: number
}

/**
 * A secret may lie across the limit, so that half of it would be scanned. The scan looks this much further than it
 * returns; no shape that can be told from its first half alone is longer (pem.ts, keyed.ts).
 */
const LOOKAHEAD = 24_000

const replace = (text: string, findings: readonly Finding[], mark: Marker, upTo: number): [string, number] => {
  if (findings.length === 0) return [upTo < text.length ? text.slice(0, upTo) : text, 0]
  const parts: string[] = []
  let at = 0
  let count = 0
  for (const { start, end } of findings) {
    if (start >= upTo) break
    parts.push(text.slice(at, start), mark(text.slice(start, end)))
    at = end
    count += 1
  }
  if (at < upTo) parts.push(text.slice(at, upTo))
  return [parts.join(''), count]
}

/** A limit must not fall between the halves of a character. */
const onBoundary = (text: string, at: number): number => {
  const code = text.charCodeAt(at - 1)
  return code >= 0xd800 && code <= 0xdbff ? at - 1 : at
}

/**
 * A mark in the place of one finding can bring out another beside it, so that a second scan of the same text would find
 * more than the first. Texts without findings, which are nearly all, are scanned once.
 */
const MAX_ROUNDS = 4

export const scrub = (input: string, rules: ScrubRules, options: ScrubOptions = {}): Scrubbed => {
  const limit = options.limit ?? input.length
  const window = limit + LOOKAHEAD < input.length ? input.slice(0, limit + LOOKAHEAD) : input
  const { text: visible, hidden } = cleanCharacters(window)
  const find = (text: string, insideKey: boolean): Finding[] => {
    const secrets = findSecrets(text, { insideKey })
    if (rules.personalData === 'pass') return secrets
    const personal = findPersonalData(text, { addresses: options.isLog === true })
    return personal.length === 0 ? secrets : mergeFindings([...secrets, ...personal])
  }
  // Where the window was cut, its last stretch may hold half a secret, and hidden characters may have made it shorter.
  const known = window === input ? visible.length : Math.max(0, visible.length - LOOKAHEAD)
  const upTo = limit < input.length ? onBoundary(visible, Math.min(limit, known)) : visible.length
  let text = visible
  let redactions = 0
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const findings = find(text, round === 0 && options.insideKey === true)
    const [next, count] = replace(text, findings, rules.mark, round === 0 ? upTo : text.length)
    redactions += count
    const settled = count === 0 || next === text
    text = next
    if (settled) break
  }
  return { text: asClean(text), redactions, hidden, dropped: input.length - Math.min(limit, input.length) }
}
