/**
 * Canaries: values of the kind that people choose (no pattern knows them), one for each place, so that a leak names its
 * place. They are made as the tests run and follow from the place's name alone, so that every process of a run has the
 * same ones. A canary is two words, and either of them is a leak: half a secret is too much.
 */
import { createHash } from 'node:crypto'

const WORDS = ['velvet', 'harbor', 'walnut', 'copper', 'meadow', 'falcon', 'ginger', 'bishop', 'pebble', 'lantern']

export interface Canary {
  readonly place: string
  readonly words: readonly [string, string]
  /** Both words with a dash between them. */
  readonly value: string
}

const planted = new Map<string, Canary>()

/** The canary of a place; the same each time it is asked for. */
export const canary = (place: string): Canary => {
  const known = planted.get(place)
  if (known !== undefined) return known
  const drawn = createHash('sha256').update(place).digest().readUInt32BE()
  const word = (index: number) => `${WORDS[index % WORDS.length]}${String(drawn % 1_000_000).padStart(6, '0')}`
  const words = [word(drawn), word(drawn + 3)] as const
  const made = { place, words, value: words.join('-') }
  planted.set(place, made)
  return made
}

export const at = (place: string): string => canary(place).value

/** With what JSON escapes and what URLs encode inside. */
export const awkward = (place: string): string => canary(place).words.join('"&')

/** The shape of a well-known provider's token, and a canary. */
export const tokenAt = (place: string): string => {
  const [first, second] = canary(place).words
  return `ghp_${`${first}${second}${'a1B2'.repeat(9)}`.slice(0, 36)}`
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64')
const base64url = (text: string): string => Buffer.from(text).toString('base64url')

export const jwtAt = (place: string): string =>
  [
    JSON.stringify({ alg: 'HS256', typ: 'JWT' }),
    JSON.stringify({ sub: at(place), iat: 1767225600 }),
    `${at(place)}-sig`,
  ]
    .map(base64url)
    .join('.')

/** A private key whose every line is the canary's. */
export const pemAt = (place: string): readonly string[] => [
  `-----BEGIN ${'RSA PRIVATE'} KEY-----`,
  ...Array.from(
    { length: 4 },
    (_, line) => `MIIEowIBAAKCAQEA${line}${canary(place).words.join(`${'q1Zt'.repeat(5)}/`)}`,
  ),
  `-----END ${'RSA PRIVATE'} KEY-----`,
]

export const places = (): readonly Canary[] => [...planted.values()]

/** The part of a word's base64 that does not depend on what stands around it, for each of the three alignments. */
const inBase64 = (text: string): string[] =>
  [0, 1, 2].map((shift) => {
    const encoded = base64(`${'-'.repeat(shift)}${text}`).replace(/=+$/, '')
    return encoded.slice(shift === 0 ? 0 : shift + 1, Math.floor(((shift + text.length) * 8) / 6))
  })

/** A word as it is (which JSON and URLs do not change), in base64 and twice in base64. */
const formsOf = (word: string): readonly string[] => {
  const once = inBase64(word)
  return [word, ...once, ...once.flatMap(inBase64)]
}

/** A text as it is, and with its line breaks taken out, real ones and JSON's. */
const joined = (text: string): string => text.replace(/\\[nrt]|\s+/g, '')

/** Every form by how it begins, so that a text is read once and not once for each form. */
const HEAD = 6
const byHead = new Map<string, { readonly form: string; readonly place: string }[]>()
let indexed = 0

const index = (): void => {
  for (const { place, words } of places().slice(indexed)) {
    for (const form of words.flatMap(formsOf)) {
      const head = form.slice(0, HEAD)
      byHead.set(head, [...(byHead.get(head) ?? []), { form, place }])
    }
  }
  indexed = planted.size
}

/** The places whose canary is in the bytes, in any form. */
export const leaksIn = (text: string): string[] => {
  index()
  const found = new Set<string>()
  for (const haystack of [text, joined(text)]) {
    for (let at = 0; at + HEAD <= haystack.length; at += 1) {
      for (const { form, place } of byHead.get(haystack.slice(at, at + HEAD)) ?? [])
        if (haystack.startsWith(form, at)) found.add(place)
    }
  }
  return [...found]
}
