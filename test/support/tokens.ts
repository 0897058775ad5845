/** Tokens as o200k counts them, the encoding of current models that is published; others differ by some per cent. */
import { Tiktoken } from 'js-tiktoken/lite'
import o200k from 'js-tiktoken/ranks/o200k_base'

let encoding: Tiktoken | undefined

export const countTokens = (text: string): number => {
  encoding ??= new Tiktoken(o200k)
  return encoding.encode(text).length
}
