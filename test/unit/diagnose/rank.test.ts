/** Which finding explains which: properties that hold for any findings over any graph. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Check } from '../../../src/diagnose/check.ts'
import { createGraph } from '../../../src/diagnose/graph.ts'
import { type Found, MAX_FINDINGS, rank } from '../../../src/diagnose/rank.ts'
import { subjectNamed } from '../../../src/diagnose/subject.ts'

const CHECKS: readonly Check[] = [
  { id: 'root', explainedBy: [], run: () => [] },
  { id: 'middle', explainedBy: ['root'], run: () => [] },
  { id: 'mutual', explainedBy: ['middle', 'mutual'], run: () => [] },
  { id: 'effect', explainedBy: 'any', run: () => [] },
]
const at = (number: number) => subjectNamed('configmaps', `o${number}`, 'shop')

const finding = fc.record({
  check: fc.constantFrom(...CHECKS),
  on: fc.nat({ max: 8 }),
  alike: fc.array(fc.nat({ max: 8 }), { maxLength: 2 }),
  affects: fc.array(fc.nat({ max: 8 }), { maxLength: 2 }),
  severity: fc.constantFrom('info' as const, 'warning' as const, 'critical' as const),
})
const world = fc.record({
  // One finding of a check about an object, as the checks make them.
  findings: fc.uniqueArray(finding, { maxLength: 12, selector: ({ check, on }) => `${check.id} ${on}` }),
  edges: fc.array(fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 8 })), { maxLength: 20 }),
})

const foundOf = ({
  check,
  on,
  alike,
  affects,
  severity,
}: typeof finding extends fc.Arbitrary<infer T> ? T : never): Found => ({
  check,
  draft: {
    severity,
    subject: at(on),
    alike: alike.map(at),
    affects: affects.map(at),
    summary: '',
    evidence: [],
    confidence: 'high',
    remedies: [],
  },
})
const graphWith = (edges: readonly (readonly [number, number])[]) => {
  const graph = createGraph()
  for (const [from, to] of edges) graph.add(at(from), at(to))
  return graph
}

describe('rank', () => {
  test('every finding is a root or is led back to one, and nothing explains itself', () => {
    void fc.assert(
      fc.property(world, ({ findings, edges }) => {
        const ranked = rank(findings.map(foundOf), graphWith(edges))
        const byId = new Map(ranked.findings.map((it) => [it.id, it]))
        expect(byId.size).toBe(findings.length)
        expect(ranked.findings.filter((it) => it.causedBy.length === 0).map((it) => it.id)).toEqual(ranked.rootCauses)
        const leadsBack = (id: string, seen: readonly string[]): boolean => {
          expect(seen).not.toContain(id)
          const causes = byId.get(id)?.causedBy ?? []
          return causes.length === 0 || causes.every((it) => leadsBack(it, [...seen, id]))
        }
        for (const { id } of ranked.findings) expect(leadsBack(id, [])).toBe(true)
      }),
    )
  })

  test('the order in which findings come changes nothing', () => {
    void fc.assert(
      fc.property(world, fc.infiniteStream(fc.nat()), ({ findings, edges }, keys) => {
        const shuffled = findings
          .map((it) => ({ it, key: keys.next().value as number }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ it }) => it)
        expect(rank(shuffled.map(foundOf), graphWith(edges))).toEqual(rank(findings.map(foundOf), graphWith(edges)))
      }),
    )
  })

  test('a consequence hangs on the nearest that explains it', () => {
    const of = (check: number, on: number) =>
      foundOf({ check: CHECKS[check] as Check, on, alike: [], affects: [], severity: 'critical' })
    const chain = graphWith([
      [0, 1],
      [1, 2],
      [2, 3],
    ])
    const { findings, rootCauses } = rank([of(3, 3), of(1, 1), of(0, 0)], chain)
    expect(rootCauses).toEqual(['f1'])
    expect(findings.map(({ check, causedBy }) => [check, causedBy])).toEqual([
      ['root', []],
      ['middle', ['f1']],
      ['effect', ['f2']],
    ])
  })

  test('ways through a dense graph are not counted out', () => {
    const [width, levels] = [4, 14]
    const all = Array.from({ length: levels * width }, (_, on) => on)
    const edges = all.flatMap((on) =>
      on < width ? [] : Array.from({ length: width }, (_, nth) => [on - (on % width) - width + nth, on] as const),
    )
    const apart = Array.from({ length: 4 }, (_, nth) => levels * width + nth)
    const of = (check: number) => (on: number) =>
      foundOf({ check: CHECKS[check] as Check, on, alike: [], affects: [], severity: 'critical' })
    // Four to the thirteenth ways lead from the last to the first.
    const { findings, rootCauses } = rank([...all.map(of(3)), ...apart.map(of(0))], graphWith(edges))
    expect(findings).toHaveLength(levels * width + apart.length)
    expect(rootCauses).toHaveLength(width + apart.length)
  }, 15_000)

  test('what is beyond the bound is counted', () => {
    const many = Array.from({ length: MAX_FINDINGS + 5 }, (_, on) =>
      foundOf({ check: CHECKS[0] as Check, on, alike: [], affects: [], severity: 'info' }),
    )
    const { findings, left } = rank(many, createGraph())
    expect([findings.length, left]).toEqual([MAX_FINDINGS, 5])
  })
})
