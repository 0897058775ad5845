/**
 * Chance that can be repeated: the corpora are made anew in every run and are the same in each, so that their figures can
 * be held, and nothing that looks like anybody's credential is ever stored.
 */

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const DIGITS = '0123456789'

/** The letter of a template, and the characters that it draws from. */
const ALPHABETS: Readonly<Record<string, string>> = {
  A: LOWER + UPPER + DIGITS,
  L: LOWER + UPPER,
  l: LOWER + DIGITS,
  u: UPPER + DIGITS,
  d: DIGITS,
  h: `${DIGITS}abcdef`,
  H: `${DIGITS}ABCDEF`,
  w: `${LOWER + UPPER + DIGITS}_-`,
  b: `${LOWER + UPPER + DIGITS}+/`,
  '2': `${UPPER}234567`,
  '3': `${LOWER}234567`,
  /** Bech32, in capitals as age writes it. */
  '8': 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L',
  /** A sign that template strings would take for theirs. */
  s: '$',
  /** What people and generators put into passwords, and no URL or quote has to escape. */
  p: `${LOWER + UPPER + DIGITS}!*.~_-`,
}

export interface Random {
  /** 0 to `below` - 1. */
  number(below: number): number
  pick<T>(list: readonly T[]): T
  /** `{A36}` becomes 36 letters and digits, and so on for each alphabet; all else stays. */
  fill(template: string): string
}

/** mulberry32: 32 bits of state, enough for a corpus. */
export const createRandom = (seed: string): Random => {
  let state = 0x9e3779b9
  for (const char of seed) state = Math.imul(state ^ char.charCodeAt(0), 0x01000193)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const number = (below: number): number => Math.floor(next() * below)
  return {
    number,
    pick(list) {
      const picked = list[number(list.length)]
      if (picked === undefined) throw new RangeError('Pick: the list is empty')
      return picked
    },
    fill: (template) =>
      template.replace(/\{([A-Za-z0-9])([0-9]{1,3})\}/g, (_, letter: string, length: string) => {
        const alphabet = ALPHABETS[letter]
        if (alphabet === undefined) throw new RangeError(`Fill: no alphabet is called ${letter}`)
        return Array.from({ length: Number(length) }, () => alphabet[number(alphabet.length)]).join('')
      }),
  }
}
