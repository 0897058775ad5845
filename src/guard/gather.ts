/**
 * What an approver is shown of a plan, gathered from live objects and put through guard/output: the diff, how large the
 * change is, what the API server warned of, what Pod Security says, who else owns the objects.
 */
import type { Change, Operation } from '../change.ts'
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

const titleOf = ({ type, namespace, name }: Operation): string => {
  return `${type.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

/** Said of a change that the redacted objects do not show; nobody approves what cannot be seen. */
const UNSHOWN = 'What changes here cannot be shown.'
const HIDDEN_CHARACTERS =
  'The new text holds characters that nobody sees (zero-width, directional or control characters); the diff is without them.'

interface ShownDiff {
  readonly text: string
  readonly cut: boolean
  /** What would be written holds more hidden characters than what stands there. */
  readonly hides: boolean
}

/** Both sides are redacted before anything is rendered: a changed secret is a changed mark. */
const diffOf = ({ operation, live, admitted }: Examined, output: OutputSession): ShownDiff => {
  const { type } = operation
  const submitted = operation.verb === 'create' ? { submitted: operation.object } : {}
  const side = (object: KubeObject) => normalise(object, { created: live === undefined, ...submitted })
  const hiddenIn = <T>(redact: () => T): readonly [T, number] => {
    const { hidden } = output.counts()
    const redacted = redact()
    return [redacted, output.counts().hidden - hidden]
  }
  const [before, old] = hiddenIn(() => (live === undefined ? undefined : side(output.object(live, type))))
  const [after, now] = hiddenIn(() => {
    if (admitted === undefined) return undefined
    return side(live === undefined ? output.object(admitted, type) : output.changed(live, admitted, type))
  })
  const { text, cut } = unifiedDiff(before, after, titleOf(operation))
  const isUnshown = text === '' && before !== undefined && after !== undefined
  return { text: isUnshown ? `${titleOf(operation)}: ${UNSHOWN}` : text, cut: cut || isUnshown, hides: now > old }
}

const diffsOf = (
  judged: readonly Judged[],
  output: OutputSession,
): Pick<PlanView, 'diff' | 'diffCut'> & { readonly notes: readonly string[] } => {
  const diffs = judged.map(({ examined }) => diffOf(examined, output))
  const { text, cut } = output.text(diffs.map((it) => it.text).join('\n'), MAX_DIFF)
  return {
    diff: text,
    diffCut: cut || diffs.some((it) => it.cut),
    notes: diffs.some((it) => it.hides) ? [HIDDEN_CHARACTERS] : [],
  }
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
      const patch = sourcePatch(output.object(live, operation.type), output.changed(live, admitted, operation.type))
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
  const { notes, ...diffs } = diffsOf(judged, output)
  return {
    rule: rules.join(', '),
    ...diffs,
    blastRadius: scanned.radius,
    warnings: [...new Set(judged.flatMap(({ examined }) => examined.warnings))].map((it) => mark(it, output)),
    podSecurity: output.values(
      judged.flatMap(({ examined: { admitted } }) => (admitted === undefined ? [] : podSecurity(admitted))),
    ),
    managedBy: scanned.managed,
    tainted,
    notes: [...(change.notes ?? []), ...notes],
    ...(change.untrusted === undefined ? {} : { untrusted: mark(change.untrusted, output) }),
  }
}
