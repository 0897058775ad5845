/** The corpora hold the scan to what docs/output.md says of it: nothing that was caught may be missed, nor the other way round. */
import { describe, expect, test } from 'vitest'
import { measureFalsePositives } from '../../corpus/false-positives.ts'
import { MASKED_THOUGH_HARMLESS, MISSED } from '../../corpus/known.ts'
import { measureRecall, type Outcome, UNSEEN } from '../../corpus/recall.ts'

const outcomes = measureRecall()
const known = outcomes.filter((it) => it.group !== UNSEEN)

const missedOf = (list: readonly Outcome[]): string[] => [
  ...new Set(list.filter((it) => it.caught < it.tried).map((it) => it.format)),
]
const rate = (list: readonly Outcome[]): number => {
  const sum = (field: 'caught' | 'tried') => list.reduce((total, it) => total + it[field], 0)
  return sum('caught') / sum('tried')
}

describe('recall', () => {
  test('there are formats and surroundings enough to speak of it', () => {
    expect(new Set(known.map((it) => it.format)).size).toBeGreaterThan(190)
    expect(new Set(known.map((it) => it.surrounding)).size).toBeGreaterThan(28)
  })

  test('L2-2 under its documented name every format is masked, in every surrounding', () => {
    expect(missedOf(known.filter((it) => it.naming === 'named'))).toEqual([])
  })

  test('L2-2 formats that tell what they are need no name, but for those that are known to', () => {
    expect(missedOf(known.filter((it) => it.naming === 'nameless')).toSorted()).toEqual(Object.keys(MISSED).toSorted())
  })

  test('L2-2 those are missed in few samples', () => {
    const worst = known.filter((it) => it.naming === 'nameless' && it.format in MISSED)
    expect(rate(worst)).toBeGreaterThan(0.9)
  })

  test('L2-2 formats that no detector was made for are masked by their names', () => {
    const unseen = outcomes.filter((it) => it.group === UNSEEN)
    expect(rate(unseen.filter((it) => it.naming === 'named'))).toBeGreaterThan(0.89)
  })
})

describe('harmless lines', () => {
  const { lines, findings } = measureFalsePositives()

  test('there are enough to speak of a rate', () => {
    expect(lines.log).toBeGreaterThan(7_000)
    expect(lines.manifest).toBeGreaterThan(7_000)
  })

  test('L2-6 nothing of them is masked, but for what is known to be', () => {
    const beginnings = Object.keys(MASKED_THOUGH_HARMLESS)
    const unknown = findings.filter(({ template }) => !beginnings.some((it) => template.startsWith(it)))
    expect(unknown).toEqual([])
    for (const it of beginnings) expect(findings.some(({ template }) => template.startsWith(it))).toBe(true)
  })

  test('L2-6 and that is less than five values in a thousand lines', () => {
    expect((1000 * findings.length) / (lines.log + lines.manifest)).toBeLessThan(5)
  })
})
