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
export const LOOKAHEAD = 24_000

/** A part of a text, findings replaced; one that begins in it is replaced whole. `at`: where it ends. */
interface Replaced {
  readonly text: string
  readonly count: number
  readonly at: number
}

const replace = (text: string, findings: readonly Finding[], mark: Marker, part: Part): Replaced => {
  const parts: string[] = []
  let at = part.from
  let count = 0
  for (const { start, end } of findings) {
    if (start >= part.upTo) break
    if (end <= at) continue
    parts.push(text.slice(at, Math.max(at, start)), mark(text.slice(start, end)))
    at = end
    count += 1
  }
  if (at < part.upTo) parts.push(text.slice(at, part.upTo))
  return { text: parts.join(''), count, at: Math.max(at, part.upTo) }
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

const scan = (text: string, rules: ScrubRules, options: ScrubOptions): Finding[] => {
  const secrets = findSecrets(text, { insideKey: options.insideKey === true })
  if (rules.personalData === 'pass') return secrets
  const personal = findPersonalData(text, { addresses: options.isLog === true })
  return personal.length === 0 ? secrets : mergeFindings([...secrets, ...personal])
}

/** A stretch of a text, in UTF-16 units; what stands around it is looked at and not returned. */
export interface Part {
  readonly from: number
  readonly upTo: number
}

/**
 * One part of a text whose hidden characters are out already, seen with what stands around it. `at`: where the part
 * really ends, because a finding that begins in it is masked whole; the next part begins there.
 */
export const scrubPart = (
  visible: string,
  part: Part,
  rules: ScrubRules,
  options: Omit<ScrubOptions, 'limit'>,
): { readonly text: Clean; readonly redactions: number; readonly at: number } => {
  const first = replace(visible, scan(visible, rules, options), rules.mark, part)
  let { text } = first
  let redactions = first.count
  let last = first.count
  for (let round = 1; round < MAX_ROUNDS && last > 0; round += 1) {
    const findings = scan(text, rules, { ...options, insideKey: false })
    const next = replace(text, findings, rules.mark, { from: 0, upTo: text.length })
    redactions += next.count
    last = next.text === text ? 0 : next.count
    text = next.text
  }
  return { text: asClean(text), redactions, at: first.at }
}

export const scrub = (input: string, rules: ScrubRules, options: ScrubOptions = {}): Scrubbed => {
  const limit = options.limit ?? input.length
  const window = limit + LOOKAHEAD < input.length ? input.slice(0, limit + LOOKAHEAD) : input
  const { text: visible, hidden } = cleanCharacters(window)
  // Where the window was cut, its last stretch may hold half a secret, and hidden characters may have made it shorter.
  const known = window === input ? visible.length : Math.max(0, visible.length - LOOKAHEAD)
  const upTo = limit < input.length ? onBoundary(visible, Math.min(limit, known)) : visible.length
  const { text, redactions } = scrubPart(visible, { from: 0, upTo }, rules, options)
  return { text, redactions, hidden, dropped: input.length - Math.min(limit, input.length) }
}
