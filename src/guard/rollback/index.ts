/**
 * The rollback of a Helm release as operations, worked out as `helm rollback` does it (helm.sh/helm/pkg/kube/client.go, Update):
 * what is missing is made, what is there gets a three-way merge patch, what only the newest revision declares is deleted unless
 * it is to be kept, and the release gets a revision of its own. Hooks are not run. Every value is fixed here, times too: the
 * plan holds exactly these writes.
 *
 * The first write takes `deployed` off the revision that has it. Whoever used Helm in the meantime has changed that Secret, so
 * the plan is stale before anything else was written; and a rollback that stops half-way leaves a release as Helm's own does.
 */
import type { Operation, Recipe, Target } from '../../change.ts'
import { BulkheadError } from '../../errors.ts'
import { each } from '../../kube/each.ts'
import type { JsonObject } from '../../kube/json.ts'
import type { KubeWriter } from '../../kube/writer.ts'
import { MAX_SEALED } from '../../plan.ts'
import type { Json, KubeObject } from '../../tool.ts'
import { type Declared, declaredBy, isKept, isOfRelease, type Resolve } from './objects.ts'
import { inInstallOrder, inUninstallOrder } from './order.ts'
import { readRevision, rolledBack, type Store, superseded } from './stored.ts'
import { mergePatch, threeWay } from './three-way.ts'

export interface RollbackParts {
  readonly writer: KubeWriter
  readonly resolve: Resolve
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  readonly signal: AbortSignal
}

type RollbackRecipe = Extract<Recipe, { verb: 'rollback' }>

/** base64url of what is sealed. */
const SEALED_PER_CHARACTER = 4 / 3

const json = (live: KubeObject): JsonObject => live as unknown as JsonObject

/** By key; what does not exist is not in it. */
const lookAt = async (
  objects: readonly Declared[],
  { writer, signal }: RollbackParts,
): Promise<ReadonlyMap<string, KubeObject>> => {
  const found = new Map<string, KubeObject>()
  await each(objects, async (it) => {
    try {
      found.set(it.key, await writer.get(it, undefined, signal))
    } catch (error) {
      if (!(error instanceof BulkheadError && error.code === 'not_found')) throw error
    }
  })
  return found
}

const targetOf = ({ type, namespace, name }: Declared): Target => ({
  type,
  ...(namespace === undefined ? {} : { namespace }),
  name,
})

/** Kubernetes' own kinds have groups without a domain, or with `.k8s.io`. */
const isBuiltIn = ({ type: { group } }: Declared): boolean => !group.includes('.') || group.endsWith('.k8s.io')

const put = (
  wanted: Declared,
  before: Declared | undefined,
  live: KubeObject | undefined,
  store: Store,
): readonly Operation[] => {
  const target = targetOf(wanted)
  if (live === undefined) return [{ ...target, verb: 'create', object: wanted.object }]
  // One that a rollback before this one made, and stopped, carries the release's name.
  if (before === undefined && !isOfRelease(live, store))
    throw new BulkheadError(
      'not_plannable',
      'The revision brings back an object whose name another one has by now; it stands below. Rename or delete that one first.',
      {
        untrusted: `${wanted.type.kind} ${wanted.namespace === undefined ? '' : `${wanted.namespace}/`}${wanted.name}`,
      },
    )
  const patch = mergePatch(json(live), threeWay(before?.object, json(live), wanted.object, isBuiltIn(wanted)))
  return Object.keys(patch).length === 0 ? [] : [{ ...target, verb: 'patch', patchType: 'merge', patch: patch as Json }]
}

const checkSize = (operations: readonly Operation[]): void => {
  const size = Math.ceil(JSON.stringify(operations).length * SEALED_PER_CHARACTER)
  if (size > MAX_SEALED)
    throw new BulkheadError(
      'plan_too_large',
      `The rollback has ${size} characters with what Helm keeps of the release, and a plan holds at most ${MAX_SEALED}. Roll back with Helm itself.`,
    )
}

/** In the order in which they are to be carried out. Throws `not_plannable`, `plan_too_large`, or what the cluster says. */
export const rollback = async (recipe: RollbackRecipe, parts: RollbackParts): Promise<readonly Operation[]> => {
  const { type, namespace, release } = recipe
  const store: Store = { type, namespace, release }
  const read = (revision: number) => readRevision(parts.writer, store, revision, parts.signal)
  const [newest, to] = await Promise.all([read(recipe.newest), read(recipe.to)])
  const deployed = await Promise.all(
    recipe.deployed.map((it) => [newest, to].find(({ number }) => number === it) ?? read(it)),
  )
  const wanted = await declaredBy(to, store, parts.resolve, 'refused')
  const before = await declaredBy(newest, store, parts.resolve, 'left out')
  const dropped = [...before.values()].filter(({ key }) => !wanted.has(key))
  const live = await lookAt([...wanted.values(), ...dropped], parts)
  const goes = dropped.filter((it) => {
    const there = live.get(it.key)
    return there !== undefined && !isKept(it.object) && !isKept(json(there))
  })
  const operations: readonly Operation[] = [
    ...(await Promise.all(deployed.map((it) => superseded(store, it, parts.now)))),
    ...[...wanted.values()]
      .toSorted(inInstallOrder)
      .flatMap((it) => put(it, before.get(it.key), live.get(it.key), store)),
    ...goes
      .toSorted(inUninstallOrder)
      .map((it): Operation => ({ ...targetOf(it), verb: 'delete', propagation: 'Background' })),
    await rolledBack(store, newest, to, parts.now),
  ]
  checkSize(operations)
  return operations
}
