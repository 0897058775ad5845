/**
 * Secrets inside an encoding: base64 (plain, URL-safe, wrapped over lines), once and more, hexadecimal, URL-encoding, and compressed
 * data, which cannot be looked into and says nothing to a reader. What was decoded is scanned like any text; when it
 * holds a secret the whole encoded run is masked. Linear: a run is decoded once, and what comes out is shorter.
 */
import type { Finding } from './finding.ts'
import { matchesOf, valuesOf } from './matches.ts'

/** Twice base64 inside URL-encoding is the deepest that is written in good faith. */
export const MAX_DEPTH = 3

/**
 * Sixteen characters hold twelve bytes: the shortest `password=x` worth finding. Text in base64 has both cases; names,
 * digests and numbers have one.
 */
const RUN = /(?<![A-Za-z0-9+/_-])(?=[A-Z0-9+/_-]*[a-z])(?=[a-z0-9+/_-]*[A-Z])[A-Za-z0-9+/_-]{16,}={0,2}/g
/** A run of this length that fills its line goes on in the next one (base64 wraps at 64 or 76). */
const WRAPPED_LINE = 48
/** A line end, as it is or blanked, an indent, a log's timestamp; then a line of nothing but base64. */
const NEXT_LINE =
  /(?:[ \t]{0,40}\n[ \t]{0,40}(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(?:Z|[+-][0-9:]{5}) )?| {2,4})([A-Za-z0-9+/_-]{1,128}={0,2})(?=[ \t]{0,40}\n| {2}|["',]|$)/y
/** gzip, zlib and zstd in base64; Helm's releases begin so. */
const COMPRESSED = /^(?:H4sI|eJ[wxy]|eN[pr]|KLUv)/
const MIN_COMPRESSED = 64
/** Decoded text begins with text; random bytes are told from it within these. */
const PROBE = 24
const NOT_TEXT = /[^\t\n\r\x20-\x7e\x80-\xff]/

/** What `encodeURIComponent` leaves, and `%` and `+`. */
const COMPONENT = /[A-Za-z0-9%._~+!*'()-]{6,}/g
const ESCAPE = /%[0-9A-Fa-f]{2}/

/** Text in hexadecimal, as `\\x…` of PostgreSQL or bare: printable bytes alone, which digests never are for long. */
const HEXADECIMAL = /(?<![A-Za-z0-9])(?:(?:0|\\)x)?(?<v>(?:[2-7][0-9a-f]|0[9ad]){12,})(?![A-Za-z0-9])/dgi
const HEX_PAIR = /[0-9a-f]{2}/gi

const decodeHexadecimal = (run: string): string =>
  run.replace(HEX_PAIR, (pair) => String.fromCharCode(Number.parseInt(pair, 16)))

const decodeBase64 = (run: string): string | undefined => {
  const plain = run.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  const whole = plain.slice(0, plain.length - (plain.length % 4 === 1 ? 1 : 0))
  const probe = atob(whole.slice(0, PROBE - (PROBE % 4)).slice(0, whole.length - (whole.length % 4)))
  if (NOT_TEXT.test(probe) || !/[\x20-\x7e]{6}/.test(probe)) return undefined
  return atob(whole)
}

const decodePercent = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25').replaceAll('+', ' '))
  } catch {
    // Not UTF-8: the ASCII in it is what matters.
    return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
}

/** Runs of base64, those over several lines put together. */
const runsOf = (view: string): { start: number; end: number; run: string }[] => {
  const runs: { start: number; end: number; run: string }[] = []
  let done = 0
  for (const match of matchesOf(RUN, view)) {
    if (match.index < done) continue
    let end = match.index + match[0].length
    const lines = [match[0]]
    for (let line = match[0]; line.length >= WRAPPED_LINE && !line.endsWith('='); ) {
      NEXT_LINE.lastIndex = end
      const next = NEXT_LINE.exec(view)?.[1]
      if (next === undefined) break
      line = next
      lines.push(line)
      // The look-ahead is not part of the line.
      end = NEXT_LINE.lastIndex
    }
    done = end
    runs.push({ start: match.index, end, run: lines.join('') })
  }
  return runs
}

/** `view`: the text with its escapes blanked; `holdsSecret` scans what was decoded, one level deeper. */
export const findWrapped = (text: string, view: string, holdsSecret: (decoded: string) => boolean): Finding[] => {
  const findings: Finding[] = []
  for (const { start, end, run } of runsOf(view)) {
    if (COMPRESSED.test(run) && run.length >= MIN_COMPRESSED) {
      findings.push({ start, end })
      continue
    }
    const decoded = decodeBase64(run)
    if (decoded === undefined) continue
    if (/^\x1f\x8b|^H4sI/.test(decoded) || holdsSecret(decoded)) findings.push({ start, end })
  }
  for (const { start, end } of valuesOf(HEXADECIMAL, text))
    if (holdsSecret(decodeHexadecimal(text.slice(start, end)))) findings.push({ start, end })
  if (text.includes('%') && ESCAPE.test(text)) {
    for (const match of matchesOf(COMPONENT, text)) {
      if (!ESCAPE.test(match[0])) continue
      const decoded = decodePercent(match[0])
      if (decoded !== undefined && holdsSecret(decoded))
        findings.push({ start: match.index, end: match.index + match[0].length })
    }
  }
  return findings
}
