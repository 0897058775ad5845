/** What goes with a Namespace or a CustomResourceDefinition: everything in it, counted by kind. */
import { each } from '../../kube/each.ts'
import { objectOf, textOf } from '../../kube/json.ts'
import type { Json, KubeObject } from '../../tool.ts'
import { attempt, type BlastReader } from './look.ts'

/** The kinds whose loss is felt; each is one request for a single row, with the API server's own count of the rest. */
const NAMESPACE_KINDS = [
  ['Pod', 'v1'],
  ['Deployment', 'apps/v1'],
  ['StatefulSet', 'apps/v1'],
  ['DaemonSet', 'apps/v1'],
  ['CronJob', 'batch/v1'],
  ['Service', 'v1'],
  ['ConfigMap', 'v1'],
  ['Secret', 'v1'],
  ['PersistentVolumeClaim', 'v1'],
] as const
/** More deletions of whole namespaces or kinds than this in one plan are counted no further. */
const MAX_COUNTED = 3

export interface Counted {
  readonly dependents: ReadonlyMap<string, number>
  readonly notLookedAt: readonly string[]
}

interface Question {
  readonly kind: string
  readonly apiVersion: string
  readonly namespace?: string
}

export type Deletion = { readonly namespace: string } | { readonly definition: KubeObject }

const questionsOf = (deletion: Deletion): readonly Question[] => {
  if ('namespace' in deletion)
    return NAMESPACE_KINDS.map(([kind, apiVersion]) => ({ kind, apiVersion, namespace: deletion.namespace }))
  const object = deletion.definition
  const spec = objectOf(object.spec as Json | undefined)
  const kind = textOf(objectOf(spec.names).kind)
  const versions = Array.isArray(spec.versions) ? spec.versions.map(objectOf) : []
  const version = textOf(versions.find(({ served }) => served === true)?.name)
  const group = textOf(spec.group)
  return kind === undefined || version === undefined || group === undefined
    ? []
    : [{ kind, apiVersion: `${group}/${version}` }]
}

export const countDeleted = async (
  reader: BlastReader,
  deleted: readonly Deletion[],
  signal: AbortSignal,
): Promise<Counted> => {
  const dependents = new Map<string, number>()
  const notLookedAt = new Set<string>()
  if (deleted.length > MAX_COUNTED)
    notLookedAt.add(`only ${MAX_COUNTED} of the ${deleted.length} namespaces and definitions were counted through`)
  if (deleted.some((it) => 'namespace' in it)) notLookedAt.add('of a namespace, kinds other than the common ones')
  await each(deleted.slice(0, MAX_COUNTED).flatMap(questionsOf), async ({ kind, apiVersion, namespace }) => {
    const failed = await attempt(signal, async () => {
      const type = await reader.resolve(kind, apiVersion, signal)
      const page = await reader.metadata(type, { limit: 1, ...(namespace === undefined ? {} : { namespace }) }, signal)
      const count = page.items.length + (page.remaining ?? 0)
      if (count > 0) dependents.set(type.kind, (dependents.get(type.kind) ?? 0) + count)
      if (page.continue !== undefined && page.remaining === undefined)
        notLookedAt.add('counts of what is deleted are the least there can be')
    })
    if (failed !== undefined) notLookedAt.add(`some kinds of what is deleted: ${failed}`)
  })
  return { dependents, notLookedAt: [...notLookedAt] }
}
