/** How many injections are flagged, style by style, and how many harmless texts are. */
import { cleanCharacters } from '../../src/guard/output/characters.ts'
import { countSuspicious } from '../../src/guard/output/suspicion.ts'
import { sentences } from '../support/injections.ts'
import { benignTexts } from './false-positives.ts'
import { injectionStyles } from './injections.ts'

export interface StyleFigure {
  readonly style: string
  readonly held: boolean
  readonly tried: number
  readonly missed: readonly string[]
}

/** Where attackers write: each text is tried in all of them and counts as flagged only if it is in each. */
const CARRIERS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `2026-11-28T10:00:00Z ERROR cannot start: ${text}`,
  (text) => `metadata:\n  annotations:\n    example.com/note: ${JSON.stringify(text)}\n  name: web\n`,
  (text) => `NAME  MESSAGE  AGE\nweb   ${text.replaceAll('\n', ' ')}  5d`,
]

const isFlagged = (text: string): boolean =>
  CARRIERS.every((carry) => countSuspicious(cleanCharacters(carry(text)).text) > 0)

const figure = (style: string, held: boolean, texts: readonly string[]): StyleFigure => ({
  style,
  held,
  tried: texts.length,
  missed: texts.filter((text) => !isFlagged(text)),
})

export const measureSuspicion = (): readonly StyleFigure[] => [
  ...injectionStyles.map(({ style, held = false, texts }) => figure(style, held, texts)),
  figure('the evil client’s orders', false, sentences({ trap: 'http://127.0.0.1:1', otherCluster: 'other' })),
]

/** Harmless texts that are flagged, and how many there are in all. */
export const measureFalseAlarms = (): { readonly texts: number; readonly flagged: readonly string[] } => {
  const texts = benignTexts()
  return { texts: texts.length, flagged: texts.filter(({ text }) => countSuspicious(text) > 0).map(({ text }) => text) }
}
