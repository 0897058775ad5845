/** A report against what its situation expects; gives what is wrong in words, nothing when all is right. Pure. */
import type { Finding, Report } from '../../../src/report.ts'
import type { ExpectedFinding, Situation } from './format.ts'
import { fill, nameMatches } from './placeholders.ts'
import type { Planted } from './planter.ts'

const words = ({ check, kind, name }: ExpectedFinding): string => `${check} of ${kind} ${name}`

const asWords = ({ check, subject }: Finding): string => `${check} of ${subject.kind} ${subject.name}`

const isMeant = (wanted: ExpectedFinding, { check, subject }: Finding): boolean =>
  wanted.check === check && wanted.kind === subject.kind && nameMatches(wanted.name, subject.name)

/** Ids of all that explains the finding, near and far. */
const causesOf = (finding: Finding, byId: ReadonlyMap<string, Finding>): ReadonlySet<string> => {
  const found = new Set<string>()
  const open = [...finding.causedBy]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue
    found.add(id)
    open.push(...(byId.get(id)?.causedBy ?? []))
  }
  return found
}

export const mistakesOf = (situation: Situation, planted: Planted, report: Report): readonly string[] => {
  const { rootCauses, consequences, notExamined, scope } = fill(situation.expected, planted)
  const byId = new Map(report.findings.map((it) => [it.id, it]))
  // What other tests have broken elsewhere is not this situation's; within its namespace everything is.
  const isOurs = ({ subject }: Finding): boolean =>
    scope.namespace !== undefined || subject.namespace === planted.namespace || subject.name.includes(planted.namespace)
  const roots = report.rootCauses.flatMap((id) => byId.get(id) ?? []).filter(isOurs)
  const mistakes: string[] = []

  const places = rootCauses.map((wanted) => roots.findIndex((it) => isMeant(wanted, it)))
  for (const [index, wanted] of rootCauses.entries())
    if (places[index] === -1) mistakes.push(`no root cause is ${words(wanted)}`)
  const [first] = rootCauses
  if (first !== undefined && places[0] !== 0) mistakes.push(`the first root cause is not ${words(first)}`)
  const found = places.filter((it) => it !== -1)
  if (found.some((place, index) => place < (found[index - 1] ?? 0)))
    mistakes.push('the root causes are in another order')
  for (const root of roots)
    if (!rootCauses.some((wanted) => isMeant(wanted, root))) mistakes.push(`unexpected root cause: ${asWords(root)}`)

  for (const { causedBy, ...wanted } of consequences) {
    const meant = report.findings.filter((it) => isMeant(wanted, it))
    if (meant.length === 0) mistakes.push(`no finding is ${words(wanted)}`)
    else if (!meant.some((it) => [...causesOf(it, byId)].some((id) => isMeant(causedBy, byId.get(id) ?? it))))
      mistakes.push(`${words(wanted)} is not caused by ${words(causedBy)}`)
  }
  for (const wanted of notExamined)
    if (!report.notExamined.some(({ what, why }) => `${what}: ${why}`.includes(wanted)))
      mistakes.push(`nothing under notExamined says "${wanted}"`)

  if (mistakes.length === 0) return []
  return [
    ...mistakes,
    ...report.findings.map((it) => `  found: ${it.id} ${asWords(it)} ← ${it.causedBy.join(', ') || 'root'}`),
    ...report.notExamined.map(({ what, why }) => `  not examined: ${what}: ${why}`),
  ]
}
