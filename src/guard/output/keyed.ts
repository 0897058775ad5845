/**
 * Values beside a telling name in text: `password=…`, `"token": "…"`, `--password …`, `Authorization: Bearer …`,
 * `<secret>…</secret>`, `name: DB_PASSWORD` with `value: …` after it, YAML blocks; as written, escaped in JSON once or
 * more, or URL-encoded. Linear: each name is read once, each value once, both bounded.
 */
import type { Finding } from './finding.ts'
import { type Secrecy, secrecyOf } from './names.ts'
import { isPlaceholder, mustHide } from './values.ts'

/** One of these is in every telling name; the name around it is then read whole. */
const HINT = /pass|pwd|secret|token|key|auth|cred|cookie|jwt|sess|sid|sig|mnemonic|dsn|otp/gi
/** By code: asked for each character of a name, where a pattern would cost more than all the rest. */
const NAME_CHARACTER = new Uint8Array(128).map((_, code) => (/[A-Za-z0-9_.-]/.test(String.fromCharCode(code)) ? 1 : 0))
const isNameCharacter = (text: string, at: number): boolean => NAME_CHARACTER[text.charCodeAt(at)] === 1
/** Longer names are none; of a longer run only the end counts. */
const MAX_NAME = 128
/** A value is masked up to here; what follows is not a value any more. */
const MAX_VALUE = 8192
const MAX_BLOCK_LINES = 400

/** Between a name and its value; `\"` may be escaped any number of times. */
const SEPARATOR = /(?:\\*["'`]|%22|%27)?(?:[ \t]{0,8}(=>|:=|:|%3D|%3A)[ \t]{0,8}|[ \t]{1,8}==?[ \t]{0,8}|==?)/iy
const FLAG_SPACE = /[ \t]{1,8}(?!-)/y
/** `{"name":"DB_PASSWORD","value":"…"}` and the same in YAML. */
const PAIR = /(?:\\*["'])?,?(?:\s|\\n){0,40}(?:\\*["'])?value(?:\\*["'])?[ \t]{0,8}[:=][ \t]{0,8}/iy
const OPEN_QUOTE = /(\\*)(["'`])|%22|%27/iy
const BLOCK = /[|>][+-]?[0-9]?[ \t]*\n/y
const SCHEME =
  /(?:Bearer|Basic|Token|Digest|Negotiate|NTLM|ApiKey|JWT|OAuth|AWS4-HMAC-SHA256|SharedKey(?:Lite)?)(?:[ \t+]|%20)+/iy
/** A placeholder may hold spaces or braces that would end any other value. */
const REFERENCE =
  /\$\([\w.]{1,128}\)|\$\{[^}\s]{1,128}\}|\{\{[^{}\n]{0,256}\}\}|<[A-Za-z][\w .:-]{0,64}>|\[masked:[0-9a-f]{8}(?: [0-9]{1,10}B)?\]/y
const SQL_QUOTED = /[ \t]{1,4}(?=')/y

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** Looks no further than a value may be long: a text of one line must not be walked to its end for each name. */
const lineEnd = (text: string, at: number): number => {
  const window = text.slice(at, at + MAX_VALUE)
  const end = window.indexOf('\n')
  return at + (end < 0 ? window.length : end)
}

/** End of a quoted value: the same quote behind as many backslashes, on the same line. */
const closingQuote = (text: string, from: number, slashes: number, quote: string): number => {
  const line = text.slice(from, lineEnd(text, from))
  for (let at = line.indexOf(quote); at >= 0; at = line.indexOf(quote, at + 1)) {
    let before = 0
    while (before < at && line[at - before - 1] === '\\') before += 1
    if (slashes === 0 ? before % 2 === 0 : before <= slashes) return from + at - Math.min(before, slashes)
  }
  return from + line.length
}

/** End of an unquoted value. A comma ends it where another `name=` follows or nothing does. */
const bareEnd = (text: string, from: number, encoded: boolean): number => {
  const limit = Math.min(text.length, from + MAX_VALUE)
  let at = from
  let depth = 0
  while (at < limit) {
    const char = text.charAt(at)
    if (/[\s"'`<>;&]/.test(char)) break
    if (char === '\\' && /[nrt"'u\\]/.test(text.charAt(at + 1))) break
    if (char === ',' && !/^,[^\s,=:"'{}[\]]{1,64}(?![=:\w.-])/.test(text.slice(at, at + 70))) break
    if (encoded && char === '%' && /^%(?:26|22|27|2C|0A|20|7D)/i.test(text.slice(at, at + 3))) break
    if ('([{'.includes(char)) depth += 1
    if (')]}'.includes(char)) {
      if (depth === 0) break
      depth -= 1
    }
    at += 1
  }
  return at
}

/** Lines indented deeper than the line that holds `at`: a YAML block. */
const blockEnd = (text: string, at: number, bodyFrom: number): number => {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1
  const indent = /^[ \t-]*/.exec(text.slice(lineStart, lineStart + 80))?.[0].length ?? 0
  let end = bodyFrom
  let from = bodyFrom
  for (let line = 0; line < MAX_BLOCK_LINES && from < text.length; line += 1) {
    const to = lineEnd(text, from)
    const body = text.slice(from, Math.min(to, from + 80))
    if (body.trim() !== '' && (/^[ \t]*/.exec(body)?.[0].length ?? 0) <= indent) break
    if (body.trim() !== '') end = to
    from = to + 1
  }
  return end
}

/** A word of prose: `failed to get token: connection refused`. */
const isProse = (text: string, from: number, to: number): boolean => {
  const value = text.slice(from, to)
  return /^[[(]?(?:[A-Za-z'-]+[.,;!?]?|[A-Za-z0-9-]+:)$/.test(value) && /^[,;]?[ \t]+\S/.test(text.slice(to, to + 4))
}

/** Nothing but an indent, a dash or a comment sign stands before it on its line. */
const startsLine = (text: string, at: number): boolean => /(?:^|\n)[ \t#-]*$/.test(text.slice(Math.max(0, at - 80), at))

interface Value {
  readonly start: number
  readonly end: number
  readonly quoted: boolean
}

const valueAt = (text: string, at: number, encoded: boolean): Value => {
  const reference = matchAt(REFERENCE, text, at)
  if (reference !== null) {
    const end = at + reference[0].length
    // Only where it is all of the value.
    if (bareEnd(text, end, encoded) === end) return { start: at, end, quoted: false }
  }
  const quote = matchAt(OPEN_QUOTE, text, at)
  if (quote === null) return { start: at, end: bareEnd(text, at, encoded), quoted: false }
  const start = at + quote[0].length
  const [, slashes, character] = quote
  if (character !== undefined)
    return { start, end: closingQuote(text, start, slashes?.length ?? 0, character), quoted: true }
  return { start, end: bareEnd(text, start, true), quoted: true }
}

/** The value that belongs to the name at `[from, to)`, if it must be masked. */
const findingFor = (text: string, from: number, to: number, secrecy: Secrecy): Finding | undefined => {
  const name = text.slice(from, to)
  const separator = matchAt(SEPARATOR, text, to)
  let at = to
  let colon = false
  let spaced = false
  let encoded = false
  if (separator !== null) {
    at += separator[0].length
    colon = separator[1] === ':'
    spaced = /\s$/.test(separator[0])
    encoded = separator[1]?.startsWith('%') === true
  } else {
    const other =
      matchAt(PAIR, text, to) ??
      (name.startsWith('-') ? matchAt(FLAG_SPACE, text, to) : null) ??
      (secrecy === 'password' ? matchAt(SQL_QUOTED, text, to) : null) ??
      (text[from - 1] === '<' && text[to] === '>' ? ['>'] : null) ??
      (/authorization$/i.test(name) ? matchAt(/[ \t]{1,4}(?=["']|Bearer|Basic)/iy, text, to) : null)
    if (other === null) return undefined
    at += other[0].length
  }
  if (matchAt(BLOCK, text, at) !== null) {
    const body = lineEnd(text, at) + 1
    const end = blockEnd(text, from, body)
    const start = body + (/^[ \t\n]*/.exec(text.slice(body, end))?.[0].length ?? 0)
    return mustHide(text.slice(start, end), secrecy) ? { start, end } : undefined
  }
  const value = valueAt(text, at, encoded)
  let { start, end } = value
  const lower = name.toLowerCase()
  if (lower.endsWith('authorization')) {
    const scheme = matchAt(SCHEME, text, start)
    if (scheme !== null) {
      start += scheme[0].length
      const wide = /^(?:Digest|AWS4|OAuth)/i.test(scheme[0])
      end = value.quoted ? Math.max(end, start) : wide ? lineEnd(text, start) : bareEnd(text, start, encoded)
      return end > start && !isPlaceholder(text.slice(start, end)) ? { start, end } : undefined
    }
  } else if (lower.endsWith('cookie') && !value.quoted && colon) {
    end = lineEnd(text, start)
  }
  if (end <= start) return undefined
  const word = text.slice(start, end)
  if (colon && !value.quoted) {
    // `key: 24` in YAML counts bytes; a PIN of that form is written with more care, or with `=`.
    if (/^[0-9]{1,5}$/.test(word)) return undefined
    if (spaced && isProse(text, start, end)) {
      if (secrecy !== 'password' || !startsLine(text, from)) return undefined
      // A line of its own says what the passphrase is.
      return { start, end: lineEnd(text, start) }
    }
  }
  return mustHide(word, secrecy) ? { start, end } : undefined
}

export const findKeyedValues = (text: string): Finding[] => {
  const findings: Finding[] = []
  HINT.lastIndex = 0
  for (let hint = HINT.exec(text); hint !== null; hint = HINT.exec(text)) {
    let from = hint.index
    let to = HINT.lastIndex
    while (from > 0 && hint.index - from < MAX_NAME && isNameCharacter(text, from - 1)) from -= 1
    while (to < text.length && to - hint.index < MAX_NAME && isNameCharacter(text, to)) to += 1
    HINT.lastIndex = to
    const secrecy = secrecyOf(text.slice(from, to))
    if (secrecy === 'none') continue
    const finding = findingFor(text, from, to, secrecy)
    if (finding === undefined) continue
    findings.push(finding)
    HINT.lastIndex = Math.max(to, finding.end)
  }
  return findings
}
