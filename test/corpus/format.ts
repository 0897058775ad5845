/** What a format of credentials is to the corpus: how it is documented to look, and under which name it is handed over. */
import type { Random } from './random.ts'

export interface Sample {
  /** As it is written; several lines for a file. */
  readonly value: string
  /** What of it must not be seen. */
  readonly secrets: readonly string[]
}

export interface Format {
  readonly name: string
  /** The environment variable or key that the provider's documentation uses. */
  readonly key: string
  /** It tells what it is by itself; else only its name or its place does. */
  readonly telling: boolean
  make(random: Random): Sample
}

/** A token that is all secret. `template`: see random.ts. */
export const token = (name: string, key: string, template: string): Format => ({
  name,
  key,
  telling: true,
  make: (random) => {
    const value = random.fill(template)
    return { value, secrets: [value] }
  },
})

/** The same, of a form that many other things have: hexadecimal, base64, a UUID. */
export const shapeless = (name: string, key: string, template: string): Format => ({
  ...token(name, key, template),
  telling: false,
})

/** A text around secrets: each `«…»` is one. */
export const around = (name: string, key: string, template: string): Format => ({
  name,
  key,
  telling: true,
  make: (random) => {
    const filled = random.fill(template)
    return {
      value: filled.replace(/[«»]/g, ''),
      secrets: Array.from(filled.matchAll(/«([^»]*)»/g), ([, secret = '']) => secret),
    }
  },
})

export const UUID = '{h8}-{h4}-4{h3}-a{h3}-{h12}'
