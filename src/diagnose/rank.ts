/**
 * Which finding explains which. A finding is caused by the nearest ones below it in the graph that may explain it; what
 * nothing explains is a root. Pure; the same findings come out in the same order, whatever order they came in.
 */
import { CONFIDENCES, type Finding, SEVERITIES, type Subject } from '../report.ts'
import type { Check, Draft } from './check.ts'
import { createGraph, type Graph } from './graph.ts'
import { keyOf } from './subject.ts'

/** Findings of one report. More are a cluster on fire, of which these are the worst. */
export const MAX_FINDINGS = 60
/** Steps down from an object to what may explain its trouble: claim → pod → workload → Service → Ingress, and some. */
const MAX_DEPTH = 8

export interface Found {
  readonly check: Check
  readonly draft: Draft
}

const subjectsOf = ({ subject, alike = [] }: Draft): readonly Subject[] => [subject, ...alike]

const mayExplain = (cause: Found, effect: Found): boolean => {
  const { explainedBy } = effect.check
  return explainedBy === 'any' || explainedBy.includes(cause.check.id)
}

const order = (a: Found, b: Found): number =>
  SEVERITIES.indexOf(b.draft.severity) - SEVERITIES.indexOf(a.draft.severity) ||
  CONFIDENCES.indexOf(b.draft.confidence) - CONFIDENCES.indexOf(a.draft.confidence) ||
  `${a.check.id} ${keyOf(a.draft.subject)}`.localeCompare(`${b.check.id} ${keyOf(b.draft.subject)}`, 'en')

/** Of `effect`: the nearest that may explain it, at the same distance all of them. */
const causesOf = (
  effect: Found,
  at: ReadonlyMap<string, readonly Found[]>,
  graphs: readonly Graph[],
): readonly Found[] => {
  let edge = subjectsOf(effect.draft).map(keyOf)
  const seen = new Set(edge)
  for (let depth = 0; depth <= MAX_DEPTH && edge.length > 0; depth += 1) {
    const here = new Set(edge.flatMap((key) => at.get(key) ?? []))
    here.delete(effect)
    // About the object itself only what is named: a consequence does not explain its neighbour.
    const named = [...here].filter(
      (it) =>
        mayExplain(it, effect) && (depth > 0 || effect.check.explainedBy !== 'any' || it.check.explainedBy !== 'any'),
    )
    if (named.length > 0) return named
    const next = edge.flatMap((key) => graphs.flatMap((graph) => graph.below(key)))
    edge = [...new Set(next)].filter((key) => !seen.has(key))
    for (const key of edge) seen.add(key)
  }
  return []
}

export interface Ranked {
  readonly findings: readonly Finding[]
  readonly rootCauses: readonly string[]
  /** Beyond `MAX_FINDINGS`. */
  readonly left: number
}

/** What findings reach beyond what the graph knows. */
const affectedBy = (found: readonly Found[]): Graph => {
  const graph = createGraph()
  for (const { draft } of found) for (const to of draft.affects ?? []) graph.add(draft.subject, to)
  return graph
}

/** What is upstream of, at, or downstream of the scope's own object. */
export const concerns = (found: readonly Found[], subject: Subject, graph: Graph): readonly Found[] => {
  const walk = (next: (key: string) => readonly string[]): ReadonlySet<string> => {
    const seen = new Set([keyOf(subject)])
    for (const key of seen) for (const it of next(key)) seen.add(it)
    return seen
  }
  const affected = affectedBy(found)
  const [down, up] = [
    walk((key) => [...graph.below(key), ...affected.below(key)]),
    walk((key) => [...graph.above(key), ...affected.above(key)]),
  ]
  return found.filter(({ draft }) => subjectsOf(draft).some((it) => down.has(keyOf(it)) || up.has(keyOf(it))))
}

/** Each with what explains it; what would only be told as a consequence and is none is left out, with all that hangs on it. */
const explain = (found: readonly Found[], graph: Graph): ReadonlyMap<Found, readonly Found[]> => {
  const at = new Map<string, Found[]>()
  const affected = affectedBy(found)
  for (const it of found)
    for (const subject of subjectsOf(it.draft)) at.set(keyOf(subject), [...(at.get(keyOf(subject)) ?? []), it])
  const causes = new Map<Found, readonly Found[]>()
  // What it explains itself, directly or not, is no explanation of it.
  for (const effect of found)
    causes.set(
      effect,
      causesOf(effect, at, [graph, affected]).filter((cause) => !reaches(cause, effect, causes)),
    )
  const told = found.filter((it) => it.draft.onlyAsConsequence !== true || causes.get(it)?.length !== 0)
  return told.length === found.length ? causes : explain(told, graph)
}

/** Each finding once, however many ways lead there: whoever may make objects decides how many that are. */
const reaches = (from: Found, to: Found, causes: ReadonlyMap<Found, readonly Found[]>): boolean => {
  const seen = new Set([from])
  for (const it of seen) for (const cause of causes.get(it) ?? []) seen.add(cause)
  return seen.has(to)
}

/** A root is as bad as the worst of what it brings about. */
const worstOf = (found: readonly Found[]): number =>
  Math.max(...found.map((it) => SEVERITIES.indexOf(it.draft.severity)))

export const rank = (found: readonly Found[], graph: Graph): Ranked => {
  const sorted = found.toSorted(order)
  const causes = explain(sorted.slice(0, MAX_FINDINGS), graph)
  const kept = [...causes.keys()]
  const roots = kept
    .filter((it) => causes.get(it)?.length === 0)
    .map((root, index) => {
      const effects = kept.filter((it) => it !== root && reaches(it, root, causes))
      return { root, index, worst: worstOf([root, ...effects]), weight: effects.length }
    })
    .toSorted((a, b) => b.worst - a.worst || b.weight - a.weight || a.index - b.index)
    .map(({ root }) => root)
  const listed: Found[] = [...roots]
  for (const it of listed)
    for (const effect of kept) if (!listed.includes(effect) && causes.get(effect)?.includes(it)) listed.push(effect)
  const ids = new Map(listed.map((it, index) => [it, `f${index + 1}`]))
  const idOf = (it: Found): string => ids.get(it) ?? ''
  return {
    findings: listed.map((it): Finding => {
      const { alike: _, affects: __, onlyAsConsequence: ___, ...draft } = it.draft
      return { id: idOf(it), check: it.check.id, ...draft, causedBy: (causes.get(it) ?? []).map(idOf) }
    }),
    rootCauses: roots.map(idOf),
    left: Math.max(0, sorted.length - MAX_FINDINGS),
  }
}
