/**
 * One operation held against the cluster without changing it: the live object, the API server's dry run, and digests of
 * both. Planning does it once; before each write it is done again, and any difference makes the plan stale
 * (THREATS.md L3-4, L6-4).
 */
import type { Access } from '../access.ts'
import type { Operation } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import { isObject, type JsonObject, objectOf } from '../kube/json.ts'
import { digestOfObject, normalise } from '../kube/normalise.ts'
import {
  accessOfOperation,
  FIELD_MANAGER,
  FieldConflictError,
  type KubeWriter,
  type Preconditions,
} from '../kube/writer.ts'
import type { Json, KubeObject } from '../tool.ts'

export interface Examined {
  /** What would be sent: an `apply` of what does not exist is a `create`; one that meets only our own fields is forced. */
  readonly operation: Operation
  readonly access: Access
  /** Raw. Absent where it does not exist yet. */
  readonly live?: KubeObject
  /** Raw: what the API server would make of it. Absent where it would be gone. */
  readonly admitted?: KubeObject
  /** Of `live`. */
  readonly preconditions?: Preconditions
  readonly digests: { readonly live?: string; readonly admitted?: string }
  readonly warnings: readonly string[]
}

/** What policy and rails are asked for an operation. */
export const accessOf = (cluster: string, operation: Operation): Access => ({
  cluster,
  ...accessOfOperation(operation),
})

const find = async (writer: KubeWriter, operation: Operation, signal: AbortSignal): Promise<KubeObject | undefined> => {
  try {
    return await writer.get(operation, undefined, signal)
  } catch (error) {
    const mayBeAbsent = operation.verb === 'apply' || operation.verb === 'create'
    if (mayBeAbsent && error instanceof BulkheadError && error.code === 'not_found') return undefined
    throw error
  }
}

const preconditionsOf = (live: KubeObject): Preconditions => {
  const { uid, resourceVersion } = live.metadata ?? {}
  if (uid === undefined || resourceVersion === undefined)
    throw new BulkheadError(
      'not_plannable',
      'The object has no uid and no resourceVersion, so no write can be bound to it.',
    )
  return { uid, resourceVersion }
}

/** `apply` becomes what it can be: a create of what is not there. */
const settled = (operation: Operation, live: KubeObject | undefined): Operation => {
  if (operation.verb === 'create' && live !== undefined)
    throw new BulkheadError('conflict', 'The object to be created exists already. Read it, and change it instead.')
  if (operation.verb !== 'apply' || live !== undefined) return operation
  const { force: _, ...rest } = operation
  return { ...rest, verb: 'create' }
}

const dryRun = async (
  writer: KubeWriter,
  operation: Operation,
  preconditions: Preconditions | undefined,
  signal: AbortSignal,
) => {
  try {
    return { operation, ...(await writer.dryRun(operation, preconditions, signal)) }
  } catch (error) {
    // What we created by POST belongs to our manager as an Update, which its own apply then conflicts with.
    const ours =
      error instanceof FieldConflictError && error.conflicts.every(({ manager }) => manager === FIELD_MANAGER)
    if (!ours || operation.verb !== 'apply' || operation.force) throw error
    const forced = { ...operation, force: true }
    return { operation: forced, ...(await writer.dryRun(forced, preconditions, signal)) }
  }
}

/** A Scale says what becomes of the workload's replicas; people and rules know the workload. */
const scaled = (live: KubeObject, scale: KubeObject): KubeObject => {
  const spec = objectOf(live.spec as Json | undefined)
  if (typeof spec.replicas !== 'number')
    throw new BulkheadError(
      'not_plannable',
      'This kind does not keep its replicas in spec.replicas, so what a change would do to it cannot be shown. Patch the object itself.',
    )
  const { replicas } = objectOf(scale.spec as Json | undefined)
  return { ...live, spec: { ...spec, replicas: replicas ?? 0 } }
}

const submittedOf = (operation: Operation): JsonObject | undefined =>
  operation.verb === 'create' || operation.verb === 'apply' ? operation.object : undefined

/**
 * Controllers write the status of a busy object at any moment, also between the look and the dry run, which is bound to
 * what was looked at. So the look is taken again: a few times, each some milliseconds long.
 */
const MAX_LOOKS = 6

/** Ours, beside the API server's own. */
const WAITS_FOR_BUDGET =
  'The disruption budget of a pod allows none to go now. Carried out, the plan waits for it, and moves the other pods meanwhile.'

/**
 * Throws what the API server says: of the object, or of the change. `mayWait`: an eviction that is refused for its
 * disruption budget alone counts as one that will be tried again.
 */
export const examine = async (
  writer: KubeWriter,
  cluster: string,
  asked: Operation,
  signal: AbortSignal,
  mayWait = false,
): Promise<Examined> => {
  for (let looks = 1; ; looks += 1) {
    const live = await find(writer, asked, signal)
    try {
      return await examineLive(writer, cluster, asked, live, signal, mayWait)
    } catch (error) {
      const moved = live !== undefined && error instanceof BulkheadError && error.code === 'conflict'
      if (!moved || asked.verb === 'create' || looks === MAX_LOOKS) throw error
    }
  }
}

const examineLive = async (
  writer: KubeWriter,
  cluster: string,
  asked: Operation,
  live: KubeObject | undefined,
  signal: AbortSignal,
  mayWait: boolean,
): Promise<Examined> => {
  const preconditions = live === undefined ? undefined : preconditionsOf(live)
  const wanted = settled(asked, live)
  const { operation, object, warnings } = await dryRun(writer, wanted, preconditions, signal).catch(
    (error: unknown) => {
      const isHeld = mayWait && error instanceof BulkheadError && error.code === 'disruption_budget'
      if (!isHeld) throw error
      return { operation: wanted, object: undefined, warnings: [WAITS_FOR_BUDGET] }
    },
  )
  const isScale = operation.verb === 'patch' && operation.subresource === 'scale'
  const admitted = isScale && live !== undefined && object !== undefined ? scaled(live, object) : object
  const submitted = submittedOf(operation)
  const gone = operation.verb === 'delete' || operation.verb === 'evict'
  const digest = (it: KubeObject) =>
    digestOfObject(normalise(it, { created: live === undefined, ...(submitted === undefined ? {} : { submitted }) }))
  return {
    operation,
    access: accessOf(cluster, operation),
    ...(live === undefined ? {} : { live }),
    ...(gone || admitted === undefined || !isObject(admitted) ? {} : { admitted }),
    ...(preconditions === undefined ? {} : { preconditions }),
    digests: {
      ...(live === undefined ? {} : { live: digest(live) }),
      ...(gone || admitted === undefined ? {} : { admitted: digest(admitted) }),
    },
    warnings,
  }
}
