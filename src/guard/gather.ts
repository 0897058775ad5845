/**
 * What an approver is shown of a plan, gathered from live objects and put through guard/output: the diff, how large the
 * change is, what the API server warned of, what Pod Security says, who else owns the objects.
 */
import type { Change } from '../change.ts'
import type { KubeClient } from '../kube/client.ts'
import { unifiedDiff } from '../kube/diff.ts'
import { normalise } from '../kube/normalise.ts'
import type { ManagedBy, PlanView } from '../plan.ts'
import type { KubeObject } from '../tool.ts'
import { blastRadius } from './blast.ts'
import type { Examined } from './examine.ts'
import { sourceOf, sourcePatch } from './managed-by.ts'
import type { OutputSession } from './output/index.ts'
import type { Shown } from './plan-body.ts'
import type { Judged } from './planner.ts'
import { podSecurity } from './podsecurity/index.ts'

/** Characters of all diffs of a plan. An approver reads a few screens of it; what is longer cannot be approved. */
const MAX_DIFF = 100_000
/** Sources are looked up for so many objects; a plan for more of them names the owner alone. */
const MAX_SOURCES = 5

export interface GatherParts {
  readonly judged: readonly Judged[]
  readonly change: Change
  readonly client: KubeClient
  readonly output: OutputSession
  readonly tainted: boolean
  readonly signal: AbortSignal
}

const titleOf = ({ operation }: Examined): string => {
  const { type, namespace, name } = operation
  return `${type.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

/** Both sides are redacted before anything is rendered: a changed secret is a changed mark. */
const diffOf = (examined: Examined, output: OutputSession): { readonly text: string; readonly cut: boolean } => {
  const side = (object: KubeObject | undefined) => {
    if (object === undefined) return undefined
    return normalise(output.object(object, examined.operation.type), { created: examined.live === undefined })
  }
  return unifiedDiff(side(examined.live), side(examined.admitted), titleOf(examined))
}

const diffsOf = (judged: readonly Judged[], output: OutputSession): Pick<PlanView, 'diff' | 'diffCut'> => {
  const diffs = judged.map(({ examined }) => diffOf(examined, output))
  const { text, cut } = output.text(diffs.map((it) => it.text).join('\n'), MAX_DIFF)
  return { diff: text, diffCut: cut || diffs.some((it) => it.cut) }
}

/** Its owner is what changes: nothing would be reverted. */
const isByItsOwner = ({ kind, namespace, name }: Change['subject'], { manager, owner }: ManagedBy): boolean =>
  manager === 'helm' && kind === 'Release' && owner === `release ${namespace}/${name}`

const managersOf = async ({ judged, change, client, output, signal }: GatherParts): Promise<readonly ManagedBy[]> => {
  const owned = judged.flatMap(({ examined, managed }) =>
    managed === undefined || isByItsOwner(change.subject, managed) ? [] : [{ examined, managed }],
  )
  return Promise.all(
    owned.slice(0, MAX_SOURCES).map(async ({ examined: { live, admitted, operation }, managed }) => {
      const found = await sourceOf(managed, client, signal)
      if (live === undefined || admitted === undefined) return found
      // Of redacted objects: the patch is shown, and a mark in it says what it hides.
      const patch = sourcePatch(output.object(live, operation.type), output.object(admitted, operation.type))
      return { ...found, patch }
    }),
  )
}

const mark = (text: string, output: OutputSession): string => output.text(text).text

/** Bounded by the judged operations. Throws only what a cancelled call does: what cannot be looked at is named instead. */
export const gather = async (parts: GatherParts): Promise<Shown> => {
  const { judged, change, client, output, tainted, signal } = parts
  const proposals = judged.map(({ examined: { operation, live, admitted } }) => ({
    operation,
    ...(live === undefined ? {} : { live }),
    ...(admitted === undefined ? {} : { admitted }),
  }))
  const [radius, managed] = await Promise.all([blastRadius(proposals, client, signal), managersOf(parts)])
  const rules = [...new Set(judged.flatMap(({ verdict }) => (verdict.rule === undefined ? [] : [verdict.rule])))]
  const scanned = output.values({ radius, managed })
  return {
    rule: rules.join(', '),
    ...diffsOf(judged, output),
    blastRadius: scanned.radius,
    warnings: [...new Set(judged.flatMap(({ examined }) => examined.warnings))].map((it) => mark(it, output)),
    podSecurity: output.values(
      judged.flatMap(({ examined: { admitted } }) => (admitted === undefined ? [] : podSecurity(admitted))),
    ),
    managedBy: scanned.managed,
    tainted,
    notes: change.notes ?? [],
    ...(change.untrusted === undefined ? {} : { untrusted: mark(change.untrusted, output) }),
  }
}
