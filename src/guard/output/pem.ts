/**
 * Private keys in PEM and OpenPGP armour (RFC 7468, RFC 9580): whole ones, ones whose beginning or end was cut off, on
 * many lines, on one with `\n`, URL-encoded, and behind the timestamps of a log. Certificates and public keys are public
 * and stay. Linear: the markers are found in one pass, and each line between two of them is looked at once.
 */
import type { Finding } from './finding.ts'
import { matchesOf } from './matches.ts'

const SPACE = '(?: |\\+|%20)'
const MARKER = new RegExp(
  `-{4,5}(BEGIN|END)${SPACE}(?:[A-Z0-9]{1,16}${SPACE}){0,3}PRIVATE${SPACE}KEY(?:${SPACE}BLOCK)?-{0,5}`,
  'g',
)
const HINT = /PRIVATE(?: |\+|%20)KEY/

/** An RSA key of 16,384 bits is 12,700 characters; doubled backslashes and line prefixes come on top. */
const MAX_BLOCK = 24_000
/** Lines of key material have 64 or 76 characters; a log's prefix stands before them and is not looked at. */
const LINE_TAIL = 160
const KEY_LINE = /(?:^|[\s|>"'])([A-Za-z0-9+/]{1,100}={0,2})(?:\\+[nr]|[\s"',\\]){0,8}$/
/** Shorter than this, a line of letters may be prose; only the last line of a block is shorter. */
const LONG = 16
const LAST_LINE = /^(?:[0-9][0-9T:.,+Z-]{9,40} )?[A-Za-z0-9+/]{1,15}={0,2}\s*$/
/** Headers inside the armour, and the blank line after them. */
const HEADER_LINE = /(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset):|^[\s|>]*$/

/** Looks no further than a block may be long: a text of one line must not be walked to its end for each marker. */
const lineEnd = (text: string, at: number): number => {
  const window = text.slice(at, at + MAX_BLOCK)
  const end = window.indexOf('\n')
  return at + (end < 0 ? window.length : end)
}

/** Characters of key material at the line's end: 0 when there is none. */
const keyMaterial = (line: string): number => KEY_LINE.exec(line.slice(-LINE_TAIL))?.[1]?.length ?? 0

/** Where key material ends that goes on from `from`, the start of a line. */
const materialAfter = (text: string, from: number, limit: number): number => {
  let end = from
  for (let at = from; at < limit; ) {
    const to = lineEnd(text, at)
    const line = text.slice(at, to)
    if (keyMaterial(line) >= LONG) end = to
    else if (!HEADER_LINE.test(line.slice(0, LINE_TAIL))) {
      if (end > from && LAST_LINE.test(line.slice(0, LINE_TAIL))) end = to
      break
    }
    at = to + 1
  }
  return Math.min(end, limit)
}

/** Where key material begins that ends before `to`, the start of a line. */
const materialBefore = (text: string, to: number, limit: number): number => {
  let start = to
  while (start > limit) {
    const from = limit + text.slice(limit, start - 1).lastIndexOf('\n') + 1
    const line = text.slice(from, start - 1)
    if (keyMaterial(line) < LONG && !(start === to && LAST_LINE.test(line.slice(0, LINE_TAIL)))) break
    start = from
  }
  return start
}

/** `inside`: the text begins in the middle of a private key, because what stood before it was dropped. */
export const findPrivateKeys = (text: string, inside = false): Finding[] => {
  if (!inside && !HINT.test(text)) return []
  const findings: Finding[] = []
  /** A block that has begun: where, and where the line after its marker starts. */
  let open = inside ? { start: 0, body: 0 } : undefined
  const add = (start: number, end: number) => {
    if (end > start) findings.push({ start, end })
  }
  /** Nothing ends the block before `limit`: its material is what looks like it, and the rest of the marker's line. */
  const cutOff = (limit: number): number => {
    if (open === undefined) return 0
    const end = materialAfter(text, Math.min(open.body, limit), Math.min(limit, open.start + MAX_BLOCK))
    const { start } = open
    open = undefined
    add(start, end)
    return end
  }
  let floor = 0
  for (const match of matchesOf(MARKER, text)) {
    const start = match.index
    const end = start + match[0].length
    if (match[1] === 'BEGIN') {
      floor = Math.max(floor, cutOff(start))
      open = { start, body: Math.min(lineEnd(text, end) + 1, text.length) }
    } else {
      if (open !== undefined && end - open.start <= MAX_BLOCK) add(open.start, end)
      else {
        floor = Math.max(floor, cutOff(start))
        const window = Math.max(floor, start - MAX_BLOCK)
        const line = window + text.slice(window, start).lastIndexOf('\n') + 1
        add(materialBefore(text, line, floor), end)
      }
      open = undefined
      floor = end
    }
  }
  cutOff(text.length)
  return findings
}
