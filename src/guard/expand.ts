/**
 * Recipes become operations (src/change.ts): what a tool cannot describe, because it sees values masked, is worked out
 * here from the raw objects, with the change credential. Nothing read here leaves but as a plan's sealed operations.
 */
import type { Operation, Recipe } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../kube/json.ts'
import type { KubeWriter } from '../kube/writer.ts'
import type { Json, KubeObject } from '../tool.ts'
import { type RollbackParts, rollback } from './rollback/index.ts'

const notPlannable = (message: string): BulkheadError => new BulkheadError('not_plannable', message)

const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean =>
  (object.metadata?.ownerReferences ?? []).some((it) => it.controller === true && it.uid === owner.metadata?.uid)

/** Without the label that the Deployment controller puts on a ReplicaSet's pods: it would pin them to that ReplicaSet. */
const templateOf = (replicaSet: KubeObject): Json => {
  const template = objectOf(objectOf(replicaSet.spec as Json | undefined).template)
  const metadata = objectOf(template.metadata)
  const { 'pod-template-hash': _, ...labels } = objectOf(metadata.labels)
  return { ...template, metadata: { ...metadata, labels } }
}

/** As `kubectl rollout undo`: the template of the revision, whole. */
const undo = async (
  writer: KubeWriter,
  recipe: Extract<Recipe, { verb: 'undo' }>,
  signal: AbortSignal,
): Promise<Operation> => {
  const { verb: _, revision, ...target } = recipe
  const [workload, holder] = await Promise.all([
    writer.get(target, undefined, signal),
    writer.get(revision, undefined, signal),
  ])
  if (!isOwnedBy(holder, workload))
    throw notPlannable('The revision does not belong to this workload. Read its history again.')
  if (revision.type.kind === 'ReplicaSet')
    return {
      ...target,
      verb: 'patch',
      patchType: 'json',
      patch: [{ op: 'replace', path: '/spec/template', value: templateOf(holder) }],
    }
  // A ControllerRevision holds a strategic merge patch that replaces the template (k8s.io/kubernetes/pkg/controller/history).
  const patch = holder.data as Json | undefined
  if (!isObject(patch)) throw notPlannable('The revision holds no template.')
  return { ...target, verb: 'patch', patchType: 'strategic', patch }
}

/** As `kubectl create job --from=cronjob/NAME`. */
const run = async (
  writer: KubeWriter,
  recipe: Extract<Recipe, { verb: 'run' }>,
  signal: AbortSignal,
): Promise<Operation> => {
  const { verb: _, jobType, jobName, ...target } = recipe
  const cronJob = await writer.get(target, undefined, signal)
  const template = objectOf(objectOf(cronJob.spec as Json | undefined).jobTemplate)
  const { labels, annotations } = objectOf(template.metadata)
  const uid = textOf(cronJob.metadata?.uid)
  if (uid === undefined || !isObject(template.spec)) throw notPlannable('The CronJob has no template of a Job.')
  const object: JsonObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName,
      ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...objectOf(annotations), 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: target.name, uid, controller: true }],
    },
    spec: template.spec,
  }
  return {
    type: jobType,
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    name: jobName,
    verb: 'create',
    object,
  }
}

/** Operations alone, in order. */
export const expand = async (
  items: readonly (Operation | Recipe)[],
  parts: RollbackParts,
): Promise<readonly Operation[]> => {
  const { writer, signal } = parts
  const expanded: Operation[] = []
  for (const item of items) {
    if (item.verb === 'undo') expanded.push(await undo(writer, item, signal))
    else if (item.verb === 'run') expanded.push(await run(writer, item, signal))
    else if (item.verb === 'rollback') expanded.push(...(await rollback(item, parts)))
    else expanded.push(item)
  }
  return expanded
}
