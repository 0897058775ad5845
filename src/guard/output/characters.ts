/**
 * Takes out of a text what a reader would not see or what would move a terminal's cursor: it can hide instructions from
 * a person who approves what a model read (THREATS.md L1-2). Counted, so that a text that held any says so. Linear: every
 * alternative begins with a character that none of the others repeats over.
 */

/** Most text is plain ASCII and needs no second look. */
const NOT_PLAIN = /[^\n\t\x20-\x7e]/

/** A payload longer than this is not a terminal's title or link; its introducer is removed and the text stays visible. */
const MAX_PAYLOAD = 4096

const HIDDEN = new RegExp(
  [
    // CSI: parameters, intermediates, final byte (ECMA-48 §5.4).
    '(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]',
    // OSC, DCS, SOS, PM, APC with their payload, up to BEL or ST (ECMA-48 §5.6), on one line.
    `(?:\\x1b[\\]PX^_]|[\\x9d\\x90\\x98\\x9e\\x9f])[^\\n\\x07\\x1b\\x90\\x98\\x9b-\\x9f]{0,${MAX_PAYLOAD}}(?:\\x07|\\x1b\\\\|\\x9c)`,
    // Any other escape.
    '\\x1b[ -/]*[0-~]',
    // Line ends that are none here: they overwrite or forge lines.
    '\\r\\n?|[\\x85\\u2028\\u2029]',
    '\\p{Cs}+',
    // C0 but \n and \t, C1, and what Unicode calls ignorable: tags, zero-width, bidi, variation selectors, fillers;
    // what only joins hieroglyphs, and the notehead that is not drawn.
    '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1a\\x1c-\\x1f\\x7f-\\x84\\x86-\\x8f\\x91-\\x97\\x99\\x9a\\x9c' +
      '\\p{Default_Ignorable_Code_Point}\\p{Bidi_Control}\\p{Noncharacter_Code_Point}\\ufff9-\\ufffb\\u{13430}-\\u{1343f}\\u{1d159}]+',
    '[\\x1b\\x90\\x98\\x9b\\x9d-\\x9f]',
  ].join('|'),
  'gu',
)

/** Code points: a pair of surrogates is one character. */
const lengthOf = (text: string): number => {
  let length = text.length
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 0xd800 && code <= 0xdbff && at + 1 < text.length) {
      const next = text.charCodeAt(at + 1)
      if (next >= 0xdc00 && next <= 0xdfff) length -= 1
    }
  }
  return length
}

/**
 * `hidden`: characters taken out or replaced. A carriage return that ends a line is neither: Windows writes those. Any
 * other one, and the exotic line ends, become `\n`; a lone surrogate becomes U+FFFD; all else is removed.
 */
export const cleanCharacters = (text: string): { readonly text: string; readonly hidden: number } => {
  if (!NOT_PLAIN.test(text)) return { text, hidden: 0 }
  let hidden = 0
  const cleaned = text.replace(HIDDEN, (found) => {
    if (found === '\r\n') return '\n'
    const first = found.charCodeAt(0)
    if (first >= 0xd800 && first <= 0xdfff && lengthOf(found) === found.length) {
      hidden += found.length
      return '\ufffd'.repeat(found.length)
    }
    hidden += lengthOf(found)
    return found === '\r' || found === '\x85' || found === '\u2028' || found === '\u2029' ? '\n' : ''
  })
  return { text: cleaned, hidden }
}
