import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanCharacters } from '../../../src/guard/output/characters.ts'

/** What must never leave, said in another way than the code says it. */
const isHidden = (char: string): boolean => {
  const code = char.codePointAt(0) ?? 0
  return (
    (code < 0x20 && char !== '\n' && char !== '\t') ||
    (code >= 0x7f && code <= 0x9f) ||
    code === 0xad ||
    code === 0x34f ||
    code === 0x61c ||
    code === 0x180e ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    code === 0xfeff ||
    (code >= 0xfff9 && code <= 0xfffb) ||
    (code >= 0xd800 && code <= 0xdfff) ||
    (code >= 0xe0000 && code <= 0xe0fff)
  )
}

const TABLE: readonly (readonly [string, string, string, number])[] = [
  ['colour', 'a\x1b[31mred\x1b[0m b', 'ared b', 9],
  ['a title set by OSC, ended by BEL', '\x1b]0;title\x07x', 'x', 10],
  ['a link by OSC 8, ended by ST', '\x1b]8;;http://e\x1b\\link', 'link', 15],
  ['OSC that never ends: only its introducer goes', '\x1b]0;title', '0;title', 2],
  ['DCS', 'a\x1bPq#0\x1b\\b', 'ab', 7],
  ['8-bit CSI and OSC', '\x9b31mx\x9d0;t\x9c', 'x', 9],
  ['a cursor move', 'a\x1b[2K\x1b[1Gb', 'ab', 8],
  ['a lone escape', 'a\x1b', 'a', 1],
  ['an overwriting carriage return', 'harmless\revil', 'harmless\nevil', 1],
  ['Windows line ends, which hide nothing', 'a\r\nb\r\n', 'a\nb\n', 0],
  ['backspaces', 'ab\b\bcd', 'abcd', 2],
  ['NUL and DEL', 'a\0b\x7f', 'ab', 2],
  ['Unicode tags', 'x\u{E0041}\u{E0042}\u{E007F}', 'x', 3],
  ['bidi overrides and isolates', 'a\u202eb\u2066c\u2069', 'abc', 3],
  ['zero-width characters', 'pass\u200bword\u200d\u2060', 'password', 3],
  ['variation selectors, also the supplement', 'a\ufe0f\u{E0100}', 'a', 2],
  ['byte order mark and soft hyphen', '\ufeffa\u00adb', 'ab', 2],
  ['Hangul and Khmer fillers', 'a\u3164\u115f\u17b4b', 'ab', 3],
  ['line and paragraph separators', 'a\u2028b\u2029c', 'a\nb\nc', 2],
  ['lone surrogates', '\ud800x\udc00', '\ufffdx\ufffd', 2],
  ['noncharacters', 'a\ufffeb', 'ab', 1],
]

describe('L1-2 hidden characters', () => {
  test.each(TABLE)('%s', (_, text, expected, hidden) => {
    expect(cleanCharacters(text)).toEqual({ text: expected, hidden })
  })

  test('L1-2 keeps what people write: accents, scripts, emoji, tabs', () => {
    const text = 'Grüße\tمرحبا 日本語 😀 naïve café\n'
    expect(cleanCharacters(text)).toEqual({ text, hidden: 0 })
  })

  test('L1-2 leaves none of them, whatever the text, and a second pass finds nothing', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.constantFrom('\x1b', '[', ']', '\x07', '\\', '\r', '\n', 'm', ';', '3', '\u{E0041}', '\x9b', '\x9d', '\x9c'),
    )
    return fc.assert(
      fc.property(fc.array(unit, { maxLength: 40 }), (units) => {
        const once = cleanCharacters(units.join(''))
        expect([...once.text].filter(isHidden)).toEqual([])
        expect(cleanCharacters(once.text)).toEqual({ text: once.text, hidden: 0 })
        expect(once.text.isWellFormed()).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
