/**
 * Where each finding of a report stands in its picture: a tree that grows downwards, each consequence indented under its
 * first cause, so that it is read on a phone as it is at a desk; further causes of a finding come round the right-hand
 * side. Pure: numbers and cut text, nothing drawn. Takes any report: whatever its findings say of each other, boxes do
 * not overlap and the picture is bounded.
 */
import type { Finding, Severity } from '../../report.ts'

/** As wide as a phone leaves; drawn one to one, so that the text keeps its size. */
export const GRAPH_WIDTH = 320
/** More findings than this are a list, not a picture. */
export const MAX_BOXES = 40
/** Deeper consequences stand under each other. */
const MAX_INDENT = 6
const INDENT = 16
const BOX_HEIGHT = 46
const GAP = 10
const TOP = 1
/** Each line round the right-hand side has a lane; more than these would be a tangle. */
export const MAX_LANES = 4
const LANE = 7
/** Of the text inside its box: a stripe before it, air behind it. */
const BEFORE_TEXT = 14
const AFTER_TEXT = 8
/** The widest that an average letter of a system's font gets at the sizes that the style gives the two lines. */
const HEAD_LETTER = 8.4
const SUB_LETTER = 7

export interface Box {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly severity: Severity
  /** A root cause. */
  readonly root: boolean
  /** `Deployment cart`, cut. */
  readonly head: string
  /** How bad, and the check, cut: the colour says it once more. */
  readonly sub: string
}

export interface Edge {
  readonly from: string
  readonly to: string
  /** SVG path data. */
  readonly path: string
  /** Beside the first cause. */
  readonly further: boolean
}

export interface Graph {
  readonly width: number
  readonly height: number
  readonly boxes: readonly Box[]
  readonly edges: readonly Edge[]
  /** Findings that are not drawn. */
  readonly leftOut: number
}

/** At most `length` characters: the beginning and the end, which is where names of one family differ. */
export const cutMiddle = (text: string, length: number): string => {
  const letters = Array.from(text)
  if (letters.length <= length) return text
  const end = Math.max(0, Math.floor((length - 1) / 3))
  return [...letters.slice(0, Math.max(0, length - 1 - end)), '…', ...letters.slice(letters.length - end)].join('')
}

interface Placed {
  readonly finding: Finding
  readonly depth: number
  readonly parent: string | undefined
}

/** In the order in which they are drawn: each root with everything below it. What only circles is a root as well. */
const order = (findings: readonly Finding[], roots: readonly string[]): readonly Placed[] => {
  const known = new Map(findings.map((it) => [it.id, it]))
  const below = new Map<string, Finding[]>()
  for (const it of findings) {
    const cause = it.causedBy.find((id) => known.has(id) && id !== it.id)
    if (cause !== undefined) below.set(cause, [...(below.get(cause) ?? []), it])
  }
  const placed = new Map<string, Placed>()
  // No recursion: a chain may be as long as a stranger likes.
  const grow = (root: Finding): void => {
    const stack: Placed[] = [{ finding: root, depth: 0, parent: undefined }]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { finding, depth } = next
      if (placed.has(finding.id)) continue
      placed.set(finding.id, next)
      const children = below.get(finding.id) ?? []
      stack.push(...children.toReversed().map((it) => ({ finding: it, depth: depth + 1, parent: finding.id })))
    }
  }
  for (const id of roots) {
    const root = known.get(id)
    if (root !== undefined) grow(root)
  }
  for (const it of findings) if (!placed.has(it.id)) grow(it)
  return [...placed.values()]
}

const boxOf = ({ finding, depth }: Placed, index: number, right: number, roots: readonly string[]): Box => {
  const x = 1 + Math.min(depth, MAX_INDENT) * INDENT
  const width = right - x
  const room = width - BEFORE_TEXT - AFTER_TEXT
  const { kind, name } = finding.subject
  return {
    id: finding.id,
    x,
    y: TOP + index * (BOX_HEIGHT + GAP),
    width,
    height: BOX_HEIGHT,
    severity: finding.severity,
    root: roots.includes(finding.id),
    head: cutMiddle(`${kind} ${name}`, Math.floor(room / HEAD_LETTER)),
    sub: cutMiddle(`${finding.severity}: ${finding.check}`, Math.floor(room / SUB_LETTER)),
  }
}

/** Down from under the cause's corner, and into the side of the consequence. */
const elbow = (cause: Box, consequence: Box): string => {
  const x = Math.min(cause.x, consequence.x - INDENT / 2) + INDENT / 2
  const y = consequence.y + consequence.height / 2
  return `M${x} ${cause.y + cause.height}V${y}H${consequence.x}`
}

const round = (cause: Box, consequence: Box, lane: number): string => {
  const [from, to] = [cause, consequence].map((it) => it.y + it.height / 2)
  return `M${cause.x + cause.width} ${from}H${lane}V${to}H${consequence.x + consequence.width}`
}

export const layoutGraph = (findings: readonly Finding[], roots: readonly string[]): Graph => {
  const all = order(findings, roots)
  const drawn = all.slice(0, MAX_BOXES)
  const ids = new Set(drawn.map((it) => it.finding.id))
  const further = drawn.flatMap(({ finding, parent }) =>
    [...new Set(finding.causedBy)]
      .filter((id) => id !== parent && id !== finding.id && ids.has(id))
      .map((from) => ({ from, to: finding.id })),
  )
  const lanes = Math.min(further.length, MAX_LANES)
  const right = GRAPH_WIDTH - 1 - lanes * LANE
  const boxes = drawn.map((it, index) => boxOf(it, index, right, roots))
  const boxAt = new Map(boxes.map((it) => [it.id, it]))
  const edges = drawn.flatMap(({ finding, parent }): readonly Edge[] => {
    const [cause, consequence] = [boxAt.get(parent ?? ''), boxAt.get(finding.id)]
    if (cause === undefined || consequence === undefined) return []
    return [{ from: cause.id, to: finding.id, path: elbow(cause, consequence), further: false }]
  })
  const around = further.slice(0, MAX_LANES).flatMap(({ from, to }, index): readonly Edge[] => {
    const [cause, consequence] = [boxAt.get(from), boxAt.get(to)]
    if (cause === undefined || consequence === undefined) return []
    return [{ from, to, path: round(cause, consequence, right + (index + 1) * LANE), further: true }]
  })
  return {
    width: GRAPH_WIDTH,
    height: boxes.length === 0 ? 0 : TOP * 2 + boxes.length * (BOX_HEIGHT + GAP) - GAP,
    boxes,
    edges: [...edges, ...around],
    leftOut: all.length - drawn.length,
  }
}
