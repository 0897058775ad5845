/**
 * How much of what is harmless is masked: lines that hold neither a secret nor anything personal, through every detector.
 * Each detector is charged with the lines in which it found something.
 */
import { findPersonalData } from '../../src/guard/output/personal.ts'
import { findByDetector } from '../../src/guard/output/secrets.ts'
import { components, type Source } from './benign-components.ts'
import { manifests, programs } from './benign-programs.ts'
import { createRandom } from './random.ts'
import { write } from './words.ts'

/** Texts made of each template. */
const TEXTS = 60

export interface BenignText {
  readonly source: string
  readonly template: string
  readonly text: string
  readonly isLog: boolean
}

const textsOf = (sources: readonly Source[], isLog: boolean): readonly BenignText[] =>
  sources.flatMap(({ name, templates }) => {
    const random = createRandom(name)
    return templates.flatMap((template) =>
      Array.from({ length: TEXTS }, () => ({ source: name, template, text: write(random, template), isLog })),
    )
  })

export const benignTexts = (): readonly BenignText[] => [
  ...textsOf([...components, ...programs], true),
  ...textsOf(manifests, false),
]

export interface FalseFinding {
  readonly detector: string
  readonly template: string
  readonly found: string
  readonly isLog: boolean
}

export interface FalsePositives {
  readonly lines: { readonly log: number; readonly manifest: number }
  readonly findings: readonly FalseFinding[]
}

const linesOf = (text: string): number => text.replace(/\n$/, '').split('\n').length

export const PERSONAL = 'personal data'

export const measureFalsePositives = (): FalsePositives => {
  const texts = benignTexts()
  const lines = (isLog: boolean) =>
    texts.filter((it) => it.isLog === isLog).reduce((sum, { text }) => sum + linesOf(text), 0)
  const findings = texts.flatMap(({ text, template, isLog }) =>
    [...findByDetector(text), [PERSONAL, findPersonalData(text, { addresses: isLog })] as const].flatMap(
      ([detector, found]) =>
        found.map(({ start, end }) => ({ detector, template, found: text.slice(start, end), isLog })),
    ),
  )
  return { lines: { log: lines(true), manifest: lines(false) }, findings }
}
