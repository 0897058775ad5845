/**
 * Values beside a telling name in text: `password=…`, `"token": "…"`, `--password …`, `Authorization: Bearer …`,
 * `<secret>…</secret>`, `name: DB_PASSWORD` with `value: …` after it, YAML blocks; as written, escaped in JSON once or
 * more, or URL-encoded. Linear: names are read once, values as extent.ts says.
 */
import { blockAt, type Extent, lineEnd, matchAt, valueAt } from './extent.ts'
import type { Finding } from './finding.ts'
import { type Secrecy, secrecyOf } from './names.ts'
import { isPlaceholder, mustHide } from './values.ts'

/** One of these is in every telling name; the name around it is then read whole. */
const HINT = /pass|pwd|secret|token|key|auth|cred|cookie|jwt|sess|sid|sig|mnemonic|dsn|otp/gi
/** By code: asked for each character of a name, where a pattern would cost more than all the rest. */
const NAME_CHARACTER = new Uint8Array(128).map((_, code) => (/[A-Za-z0-9_./-]/.test(String.fromCharCode(code)) ? 1 : 0))
const isNameCharacter = (text: string, at: number): boolean => NAME_CHARACTER[text.charCodeAt(at)] === 1
/** Longer names are none; of a longer run only the end counts. */
const MAX_NAME = 128
/** Enough of a value to judge it by. */
const JUDGED = 256

/** Between a name and its value; `\"` may be escaped several times. */
const SEPARATOR =
  /(?:\\{0,16}["'`]|%22|%27|&(?:quot|apos|#3[49]|#x2[27]);)?(?:[ \t]{0,8}(=>|:=|:|%3D|%3A)[ \t]{0,8}|[ \t]{1,8}==?[ \t]{0,8}|==?)/iy
/** `{"name":"DB_PASSWORD","value":"…"}` and the same in YAML. */
const PAIR = /(?:\\{0,16}["'])?,?(?:\s|\\n){0,40}(?:\\{0,16}["'])?value(?:\\{0,16}["'])?[ \t]{0,8}[:=][ \t]{0,8}/iy
const FLAG_SPACE = /[ \t]{1,8}(?!-)/y
const SQL_QUOTED = /[ \t]{1,4}(?=')/y
const HEADER_SPACE = /[ \t]{1,4}(?=["']|Bearer|Basic)/iy
/** YAML's map on one line, `serviceAccountToken: {expirationSeconds: 3607`: its keys speak for themselves. */
const FLOW_MAP = /\{[A-Za-z_][\w.-]{0,64}:[ \t]/y
const BLOCK = /[|>][+-]?[0-9]?[ \t]*\n/y
const SCHEME =
  /(?:Bearer|Basic|Token|Digest|Negotiate|NTLM|ApiKey|JWT|OAuth|AWS4-HMAC-SHA256|SharedKey(?:Lite)?)(?:[ \t+]|%20){1,8}/iy
/** Schemes whose credential is a list up to the line's end. */
const WIDE_SCHEME = /^(?:Digest|AWS4|OAuth)/i
/** A word of prose: `failed to get token: connection refused`, `…: EOF`. */
const PROSE = /^[[(]?(?:[A-Za-z'-]+[.,;!?]?|[A-Za-z0-9-]+:)$/
const MORE_WORDS = /^[,;]?[ \t]+\S/

/** Nothing but an indent, a dash or a comment sign stands before it on its line. */
const startsLine = (text: string, at: number): boolean => /(?:^|\n)[ \t#-]*$/.test(text.slice(Math.max(0, at - 80), at))

/** A telling name in a text. */
interface Name {
  readonly from: number
  readonly to: number
  readonly text: string
  readonly secrecy: Secrecy
}

/** How a name is bound to its value, and where the value begins. */
interface Binding {
  readonly at: number
  readonly colon: boolean
  readonly spaced: boolean
  readonly encoded: boolean
}

const bindingOf = (text: string, name: Name): Binding | undefined => {
  const separator = matchAt(SEPARATOR, text, name.to)
  if (separator !== null) {
    return {
      at: name.to + separator[0].length,
      colon: separator[1] === ':',
      spaced: /\s$/.test(separator[0]),
      encoded: separator[1]?.startsWith('%') === true,
    }
  }
  const other =
    matchAt(PAIR, text, name.to) ??
    (name.text.startsWith('-') ? matchAt(FLAG_SPACE, text, name.to) : null) ??
    (name.secrecy === 'password' ? matchAt(SQL_QUOTED, text, name.to) : null) ??
    (text[name.from - 1] === '<' && text[name.to] === '>' ? ['>'] : null) ??
    (/authorization$/i.test(name.text) ? matchAt(HEADER_SPACE, text, name.to) : null)
  if (other === null) return undefined
  return { at: name.to + other[0].length, colon: false, spaced: false, encoded: false }
}

/** What to mask of a value, measured with `limit`; undefined: nothing. */
const secretPart = (text: string, name: Name, binding: Binding, limit: number): Finding | undefined => {
  const { at, colon, spaced, encoded } = binding
  if (matchAt(BLOCK, text, at) !== null) {
    if (name.secrecy === 'weak') return undefined
    const block = blockAt(text, name.from, lineEnd(text, at, limit) + 1, limit)
    return mustHide(text.slice(block.start, block.end), name.secrecy) ? block : undefined
  }
  if (colon && matchAt(FLOW_MAP, text, at) !== null) return undefined
  const value: Extent = valueAt(text, at, encoded, limit)
  let { start, end } = value
  if (/authorization$/i.test(name.text)) {
    const scheme = matchAt(SCHEME, text, start)
    if (scheme !== null) {
      start += scheme[0].length
      if (!value.quoted)
        end = WIDE_SCHEME.test(scheme[0]) ? lineEnd(text, start, limit) : valueAt(text, start, encoded, limit).end
      return end > start && !isPlaceholder(text.slice(start, end)) ? { start, end } : undefined
    }
  } else if (colon && !value.quoted && /cookie$/i.test(name.text)) end = lineEnd(text, start, limit)
  if (end <= start) return undefined
  const word = text.slice(start, end)
  if (colon && !value.quoted) {
    // `key: 24` in YAML counts bytes; a PIN of that form is written with more care, or with `=`.
    if (/^[0-9]{1,5}$/.test(word)) return undefined
    if (spaced && PROSE.test(word)) {
      const ownLine = startsLine(text, name.from)
      const isPassword = name.secrecy === 'password'
      // A line of its own says what the passphrase is.
      if (MORE_WORDS.test(text.slice(end, end + 4)))
        return ownLine && isPassword ? { start, end: lineEnd(text, start, limit) } : undefined
      // `failed to get token: EOF`: tokens are not words, passwords may be.
      if (!ownLine && !isPassword) return undefined
    }
  }
  return mustHide(word, name.secrecy) ? { start, end } : undefined
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
    const word = text.slice(from, to)
    const name: Name = { from, to, text: word, secrecy: secrecyOf(word) }
    if (name.secrecy === 'none') continue
    const binding = bindingOf(text, name)
    if (binding === undefined) continue
    const judged = secretPart(text, name, binding, JUDGED)
    if (judged === undefined) continue
    const whole = judged.end - binding.at < JUDGED ? judged : secretPart(text, name, binding, text.length)
    const finding = whole ?? judged
    findings.push({ start: finding.start, end: finding.end })
    HINT.lastIndex = Math.max(to, finding.end)
  }
  return findings
}
