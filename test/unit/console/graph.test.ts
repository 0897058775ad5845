/** The picture of a report's causes, as numbers: whatever findings say of each other, it can be drawn. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cutMiddle,
  GRAPH_WIDTH,
  type Graph,
  layoutGraph,
  MAX_BOXES,
  MAX_LANES,
} from '../../../src/http/console/graph.ts'
import type { Finding } from '../../../src/report.ts'
import { finding } from '../../support/hook-bench.ts'

const overlap = (graph: Graph): boolean =>
  graph.boxes.some((one, index) =>
    graph.boxes
      .slice(index + 1)
      .some(
        (other) =>
          one.x < other.x + other.width &&
          other.x < one.x + one.width &&
          one.y < other.y + other.height &&
          other.y < one.y + one.height,
      ),
  )

const inside = ({ boxes, edges, width, height }: Graph): boolean =>
  boxes.every((it) => it.x >= 0 && it.y >= 0 && it.x + it.width <= width && it.y + it.height <= height) &&
  edges.every(({ path }) =>
    [...path.matchAll(/([MHV])([\d.]+)(?: ([\d.]+))?/g)].every(([, command, first, second]) =>
      command === 'V' ? Number(first) <= height : Number(first) <= width && Number(second ?? 0) <= height,
    ),
  )

/** Findings whose causes are any of them, themselves, or nobody. */
const findings: fc.Arbitrary<readonly Finding[]> = fc.integer({ min: 0, max: 60 }).chain((count) =>
  fc.tuple(
    ...Array.from({ length: count }, (_, index) =>
      fc
        .record({
          causes: fc.array(fc.integer({ min: 0, max: count + 1 }), { maxLength: 4 }),
          name: fc.string({ maxLength: 300 }),
        })
        .map(({ causes, name }) =>
          finding(`f${index}`, {
            causedBy: causes.map((it) => `f${it}`),
            subject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name },
          }),
        ),
    ),
  ),
)

describe('the layout', () => {
  test('is bounded, overlaps nowhere and loses nothing without saying so, for any findings', () => {
    fc.assert(
      fc.property(findings, fc.array(fc.integer({ min: 0, max: 61 }), { maxLength: 8 }), (them, roots) => {
        const graph = layoutGraph(
          them,
          roots.map((it) => `f${it}`),
        )
        expect(graph.boxes.length + graph.leftOut).toBe(them.length)
        expect(graph.boxes.length).toBeLessThanOrEqual(MAX_BOXES)
        expect(graph.width).toBe(GRAPH_WIDTH)
        expect(graph.height).toBeLessThanOrEqual(MAX_BOXES * 56 + 2)
        expect(graph.edges.filter((it) => it.further).length).toBeLessThanOrEqual(MAX_LANES)
        expect(overlap(graph)).toBe(false)
        expect(inside(graph)).toBe(true)
        expect(graph.boxes.every((it) => it.width > 100)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  const chain = [
    finding('f1', { check: 'configmap-missing', subject: { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings' } }),
    finding('f2', { causedBy: ['f1'] }),
    finding('f3', { causedBy: ['f2'], subject: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' } }),
    finding('f4', { subject: { apiVersion: 'v1', kind: 'Node', name: 'worker-1' } }),
    finding('f5', { causedBy: ['f3', 'f4'], subject: { apiVersion: 'v1', kind: 'Service', name: 'cart' } }),
  ]

  test('puts a consequence below and to the right of its cause, and a second cause round the side', () => {
    const { boxes, edges } = layoutGraph(chain, ['f1', 'f4'])
    expect(boxes.map((it) => [it.id, it.x, it.root])).toEqual([
      ['f1', 1, true],
      ['f2', 17, false],
      ['f3', 33, false],
      ['f5', 49, false],
      ['f4', 1, true],
    ])
    expect(edges.map((it) => [it.from, it.to, it.further])).toEqual([
      ['f1', 'f2', false],
      ['f2', 'f3', false],
      ['f3', 'f5', false],
      ['f4', 'f5', true],
    ])
  })

  test('a circle is drawn once, and a finding that nobody roots is there', () => {
    const circle = [
      finding('a', { causedBy: ['b'] }),
      finding('b', { causedBy: ['a'] }),
      finding('c', { causedBy: ['c'] }),
    ]
    expect(layoutGraph(circle, []).boxes.map((it) => it.id)).toEqual(['a', 'b', 'c'])
  })

  test('ten thousand in a chain are laid out without a stack for each', () => {
    const long = Array.from({ length: 10_000 }, (_, index) =>
      finding(`f${index}`, { causedBy: index === 0 ? [] : [`f${index - 1}`] }),
    )
    const graph = layoutGraph(long, ['f0'])
    expect(graph.leftOut).toBe(10_000 - MAX_BOXES)
  })

  test('a long name is cut in its middle, by letters', () => {
    expect(cutMiddle('cart-5d4f8c7b9-x2lq8', 12)).toBe('cart-5d4…lq8')
    expect(cutMiddle('short', 12)).toBe('short')
    expect(cutMiddle('\u{1f4a1}'.repeat(20), 5)).toBe(`${'\u{1f4a1}'.repeat(3)}…\u{1f4a1}`)
    const [box] = layoutGraph(
      [finding('f', { subject: { apiVersion: 'v1', kind: 'Pod', name: 'x'.repeat(253) } })],
      [],
    ).boxes
    expect(Array.from(box?.head ?? '').length).toBeLessThan(42)
  })
})
