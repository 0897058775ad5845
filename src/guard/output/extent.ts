/**
 * Where a value in text ends: quoted, escaped in JSON once or more, URL-encoded, bare, a YAML block. Every function looks
 * at `limit` characters at most. A value is first measured with a small limit, to judge it; only one that is masked is
 * measured to its real end, and the scan goes on behind it: so each character is read a bounded number of times.
 */

/** `end`: where the value ends, or where the limit stopped the measuring. */
export interface Extent {
  readonly start: number
  readonly end: number
  readonly quoted: boolean
}

const OPEN_QUOTE = /(\\{0,16})(["'`])|%22|%27|&(?:quot|apos|#3[49]|#x2[27]);/iy
/** A placeholder may hold spaces or braces that would end any other value. */
const REFERENCE =
  /\$\([\w.]{1,128}\)|\$\{[^}\s]{1,128}\}|\$?\{\{[^{}\n]{0,256}\}\}|<[A-Za-z][\w .:-]{0,64}>|\[masked:[0-9a-f]{8}(?: [0-9]{1,10}B)?\]/y
const BARE_END = /[\s"'`<>;&]/
/** Characters that never end a bare value, taken many at a time. */
const INNER = /[^\s"'`<>;&\\,%()[\]{}]+/y
/** After a backslash: the escapes that end a bare value. */
const ENDING_ESCAPE = /[nrt"'u\\]/
/** A comma inside a value, and not before another `name=`. */
const INNER_COMMA = /^,[^\s,=:"'{}[\]]{1,64}(?![=:\w.-])/
const ENDING_PERCENT = /^%(?:26|22|27|2C|0A|20|7D)/i
/** Real indents are a tenth of this. */
const MAX_INDENT = 80

export const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

export const lineEnd = (text: string, at: number, limit: number): number => {
  const window = text.slice(at, at + limit)
  const end = window.indexOf('\n')
  return at + (end < 0 ? window.length : end)
}

/** The same quote behind as many backslashes, on the same line. */
const closingQuote = (text: string, from: number, slashes: number, quote: string, limit: number): number => {
  const line = text.slice(from, lineEnd(text, from, limit))
  let before = 0
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at]
    if (char === quote && (slashes === 0 ? before % 2 === 0 : before <= slashes))
      return from + at - Math.min(before, slashes)
    before = char === '\\' ? before + 1 : 0
  }
  return from + line.length
}

const bareEnd = (text: string, from: number, encoded: boolean, limit: number): number => {
  const window = text.slice(from, from + limit)
  let depth = 0
  for (let at = 0; at < window.length; at += 1) {
    at += matchAt(INNER, window, at)?.[0].length ?? 0
    const char = window.charAt(at)
    if (BARE_END.test(char)) return from + at
    if (char === '\\' && ENDING_ESCAPE.test(text.charAt(from + at + 1))) return from + at
    if (char === ',' && !INNER_COMMA.test(text.slice(from + at, from + at + 70))) return from + at
    if (encoded && char === '%' && ENDING_PERCENT.test(text.slice(from + at, from + at + 3))) return from + at
    if (char === '(' || char === '[' || char === '{') depth += 1
    else if (char === ')' || char === ']' || char === '}') {
      if (depth === 0) return from + at
      depth -= 1
    }
  }
  return from + window.length
}

/** The value that begins at `at`. `encoded`: the name before it ended with a URL-encoded sign. */
export const valueAt = (text: string, at: number, encoded: boolean, limit: number): Extent => {
  const reference = matchAt(REFERENCE, text, at)
  if (reference !== null) {
    const end = at + reference[0].length
    // Only where it is all of the value.
    if (bareEnd(text, end, encoded, 1) === end) return { start: at, end, quoted: false }
  }
  const quote = matchAt(OPEN_QUOTE, text, at)
  if (quote === null) return { start: at, end: bareEnd(text, at, encoded, limit), quoted: false }
  const start = at + quote[0].length
  const [, slashes = '', character] = quote
  const end =
    character === undefined
      ? bareEnd(text, start, true, limit)
      : closingQuote(text, start, slashes.length, character, limit)
  return { start, end, quoted: true }
}

const indentAt = (text: string, at: number, pattern: RegExp): number =>
  pattern.exec(text.slice(at, at + MAX_INDENT))?.[0].length ?? 0

/** The lines from `from` on that are indented deeper than the line that holds `name`: a YAML block. */
export const blockAt = (text: string, name: number, from: number, limit: number): Extent => {
  const before = text.slice(Math.max(0, name - limit), name)
  const indent = indentAt(text, name - before.length + before.lastIndexOf('\n') + 1, /^[ \t-]*/)
  let start = from
  let end = from
  for (let at = from; at < text.length && at - from < limit; ) {
    const to = lineEnd(text, at, limit)
    const own = indentAt(text, at, /^[ \t]*/)
    const blank = at + own >= to
    if (!blank && own <= indent) break
    if (!blank && end === from) start = at + own
    if (!blank) end = to
    at = to + 1
  }
  return { start: Math.min(start, end), end, quoted: false }
}
