/**
 * L2-5, pattern by pattern: every one that runs in a scan is measured on inputs made from its own source, so that a new
 * pattern is measured from its first day. Which ones run is seen, not listed: a text with every format of the corpus goes
 * through the door while the engine is watched.
 */
import { describe, expect, test } from 'vitest'
import { scrub } from '../../../src/guard/output/scrub.ts'
import { redactObject } from '../../../src/guard/output/structure.ts'
import { countSuspicious } from '../../../src/guard/output/suspicion.ts'
import { benignTexts } from '../../corpus/false-positives.ts'
import { injectionStyles } from '../../corpus/injections.ts'
import { createRandom } from '../../corpus/random.ts'
import { groups } from '../../corpus/recall.ts'
import { objects, texts } from '../../corpus/surroundings.ts'
import { patternsIn, samplesOf } from '../../support/pattern-samples.ts'
import { rules } from './support.ts'

const SMALL = 8_000
const TIMES = 8
/** Half way between linear (8) and quadratic (64), on the scale of a ratio. */
const MAX_RATIO = 24
/** Milliseconds for 64 kB: below, a clock tells nothing and nobody waits. */
const NEGLIGIBLE = 12
const LOOKS = 5

/** Made before the engine is watched: the corpora have patterns of their own. */
const random = createRandom('patterns')
const contents = Object.values(groups)
  .flat()
  .flatMap((format) => {
    const sample = format.make(random)
    return [...texts, ...objects].map((it) => it.place(sample, format.key).content)
  })
const benign = benignTexts().filter((_, index) => index % 60 === 0)
const injections = injectionStyles.flatMap((it) => it.texts)

const patterns = patternsIn(() => {
  for (const content of contents) {
    if (typeof content === 'string') scrub(content, rules, { isLog: true })
    else redactObject(content, { ...rules, maxString: 48_000 })
  }
  for (const { text } of benign) scrub(text, rules, { isLog: true })
  for (const text of injections) countSuspicious(text)
})
/** A sticky pattern is asked at one place only; it is measured with whoever asks it (linear.test.ts). */
const searching = patterns.filter((it) => !it.sticky)

const run = (pattern: RegExp, text: string): void => {
  if (pattern.global) text.replace(pattern, '')
  else pattern.test(text)
}

const cpu = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
const best = (runs: number, pattern: RegExp, text: string): number =>
  Math.min(...Array.from({ length: runs }, () => cpu(() => run(pattern, text))))

const unitsOf = (pattern: RegExp): readonly string[] => [
  ...new Set(
    samplesOf(pattern).flatMap((it) => [it, `${it} `, it.slice(0, -1), it.slice(0, Math.ceil(it.length / 2))]),
  ),
]

describe('L2-5 no pattern of the scan is slow on what it looks for', () => {
  test('the patterns are seen as they run, and their samples are samples', () => {
    expect(searching.length).toBeGreaterThan(120)
    const matching = searching.filter((it) => samplesOf(it).some((text) => text.search(it) >= 0))
    expect(matching.length / searching.length).toBeGreaterThan(0.8)
  })

  test('a quadratic pattern would be found', () => {
    const text = (length: number) => 'a'.repeat(length)
    expect(best(3, /a+b/g, text(SMALL)) / best(3, /a+b/g, text(SMALL / TIMES))).toBeGreaterThan(MAX_RATIO)
  })

  test('L2-5 each takes time as its input is long', () => {
    const slow: string[] = []
    for (const pattern of searching) {
      for (const unit of unitsOf(pattern).filter((it) => it !== '')) {
        const long = unit.repeat(Math.ceil((SMALL * TIMES) / unit.length)).slice(0, SMALL * TIMES)
        let lowest = Number.POSITIVE_INFINITY
        for (let look = 0; look < LOOKS && lowest >= MAX_RATIO; look += 1) {
          const time = best(1, pattern, long)
          lowest = Math.min(lowest, time > NEGLIGIBLE ? time / best(5, pattern, long.slice(0, SMALL)) : 0)
        }
        if (lowest >= MAX_RATIO) slow.push(`${String(pattern).slice(0, 80)} on ${JSON.stringify(unit.slice(0, 40))}`)
      }
    }
    expect(slow).toEqual([])
  })
})
