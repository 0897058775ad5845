/**
 * What a look at an object says about a write whose answer never came (THREATS.md L5-3, L7-2). Pure. Evidence is the uid,
 * the resourceVersion that the write was bound to, what the write would have made of the object, and our field manager's
 * entry with its time.
 */
import type { Operation } from '../change.ts'
import type { Json, KubeObject } from '../tool.ts'
import { arrayOf, isObject, objectOf } from './json.ts'
import { digestOfObject, normalise } from './normalise.ts'
import { FIELD_MANAGER } from './writer.ts'

export interface Intent {
  /** Of the object as it was; absent for a create. */
  readonly uid?: string
  readonly resourceVersion?: string
  /** When it was sent, milliseconds since the Unix epoch, by our clock. */
  readonly atMs: number
}

export type Judgement = 'applied' | 'not_applied' | 'unknown'

/** managedFields keep whole seconds, by the API server's clock, which may be behind ours. */
const CLOCK_SKEW_MS = 5_000

/** Whether our manager has written since the intent, and where its entry cannot tell, `unknown`. */
const wroteSince = (live: KubeObject, atMs: number): Judgement => {
  const times = arrayOf(live.metadata?.managedFields as Json | undefined)
    .filter(isObject)
    .filter((it) => it.manager === FIELD_MANAGER && typeof it.time === 'string')
    .map((it) => Date.parse(String(it.time)))
  const [last, second] = [Math.max(...times), Math.floor(atMs / 1000) * 1000]
  if (times.length === 0 || last < second - CLOCK_SKEW_MS) return 'not_applied'
  return last >= second ? 'applied' : 'unknown'
}

const isAsAdmitted = (operation: Operation, live: KubeObject, admitted: string | undefined): boolean => {
  const isNew = operation.verb === 'create'
  const submitted = isNew ? { submitted: operation.object } : {}
  return admitted !== undefined && digestOfObject(normalise(live, { created: isNew, ...submitted })) === admitted
}

const replicasAsAsked = (operation: Operation, live: KubeObject): boolean =>
  operation.verb === 'patch' &&
  operation.subresource === 'scale' &&
  objectOf(objectOf(operation.patch).spec).replicas === objectOf(live.spec as Json | undefined).replicas

/** `live`: undefined where there is no such object. `admitted`: the digest that the dry run gave. */
export const judge = (
  operation: Operation,
  intent: Intent,
  live: KubeObject | undefined,
  admitted: string | undefined,
): Judgement => {
  if (operation.verb === 'delete' || operation.verb === 'evict') {
    // Gone, another of the same name, or going: what was wanted is so, whoever did it.
    const gone = live === undefined || live.metadata?.uid !== intent.uid
    return gone || live.metadata?.deletionTimestamp !== undefined ? 'applied' : 'not_applied'
  }
  if (live === undefined) return operation.verb === 'create' ? 'not_applied' : 'unknown'
  if (operation.verb === 'create')
    return isAsAdmitted(operation, live, admitted) ? 'applied' : wroteSince(live, intent.atMs)
  // It was replaced meanwhile: whether before or behind our write, nothing tells.
  if (live.metadata?.uid !== intent.uid) return 'unknown'
  if (live.metadata?.resourceVersion === intent.resourceVersion) return 'not_applied'
  if (isAsAdmitted(operation, live, admitted) || replicasAsAsked(operation, live)) return 'applied'
  return wroteSince(live, intent.atMs)
}
