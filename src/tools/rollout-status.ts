/** How far a rollout is, judged as `kubectl rollout status` judges, and why it goes no further. */
import * as z from 'zod'
import { foldEvents, readEvents } from '../kube/events.ts'
import { arrayOf, isObject, objectOf } from '../kube/json.ts'
import { count } from '../kube/text.ts'
import { type Json, type KubeObject, readTool } from '../tool.ts'
import { cluster, name, ownNamespace } from './arguments.ts'
import { createGlances } from './glance.ts'
import { renderConditions } from './render/conditions.ts'
import { renderEvents } from './render/events.ts'
import { renderTroubles } from './render/trouble.ts'
import { getWorkload, numberAt, type RollsOut, selectorOf, WORKLOAD_NEEDS, workloadKind } from './workload.ts'

/** Pods that are looked at for a reason: one page of objects. */
const MAX_PODS = 100
/** Warnings about the workload itself, which are few. */
const MAX_EVENTS = 5

interface State {
  readonly done: boolean
  /** Our words and the cluster's numbers. */
  readonly words: string
}

const waiting = (words: string): State => ({ done: false, words: `In progress: ${words}` })
const done = (words: string): State => ({ done: true, words: `Rolled out: ${words}` })

const UNOBSERVED = waiting('the controller has not seen the newest spec yet.')

type Judge = (spec: Json | undefined, status: Json | undefined) => State

const deployment: Judge = (spec, status) => {
  const wanted = objectOf(spec).replicas === undefined ? 1 : numberAt(spec, 'replicas')
  const [all, updated, available] = ['replicas', 'updatedReplicas', 'availableReplicas'].map((it) =>
    numberAt(status, it),
  )
  const of = { all: all ?? 0, updated: updated ?? 0, available: available ?? 0 }
  const late = arrayOf(objectOf(status).conditions).some(
    (it) => objectOf(it).type === 'Progressing' && objectOf(it).reason === 'ProgressDeadlineExceeded',
  )
  if (late) {
    const words = `no progress within its deadline; ${of.updated} of ${wanted} replicas are of the new revision, ${of.available} are available.`
    return { done: false, words: `Stuck: ${words}` }
  }
  if (of.updated < wanted) return waiting(`${of.updated} of ${wanted} replicas are of the new revision.`)
  if (of.all > of.updated) return waiting(`${count(of.all - of.updated, 'replica')} of older revisions must still end.`)
  if (of.available < of.updated) return waiting(`${of.available} of ${of.updated} new replicas are available.`)
  return done(`${of.updated} of ${wanted} replicas are of the new revision and available.`)
}

const ON_DELETE =
  'its update strategy is OnDelete, so pods become new only when somebody deletes them; there is no rollout to wait for.'

const strategyOf = (spec: Json | undefined): Json | undefined => objectOf(objectOf(spec).updateStrategy).type

const daemonSet: Judge = (spec, status) => {
  const wanted = numberAt(status, 'desiredNumberScheduled')
  const [updated, available] = [numberAt(status, 'updatedNumberScheduled'), numberAt(status, 'numberAvailable')]
  if (strategyOf(spec) === 'OnDelete')
    return { done: updated >= wanted, words: `${updated} of ${wanted} pods are new; ${ON_DELETE}` }
  if (updated < wanted) return waiting(`${updated} of ${wanted} pods are of the new revision.`)
  if (available < wanted) return waiting(`${available} of ${wanted} pods are available.`)
  return done(`${updated} of ${wanted} pods are of the new revision and available.`)
}

const statefulSet: Judge = (spec, status) => {
  const wanted = objectOf(spec).replicas === undefined ? 1 : numberAt(spec, 'replicas')
  const [updated, ready] = [numberAt(status, 'updatedReplicas'), numberAt(status, 'readyReplicas')]
  if (strategyOf(spec) === 'OnDelete')
    return { done: updated >= wanted, words: `${updated} of ${wanted} pods are new; ${ON_DELETE}` }
  if (ready < wanted) return waiting(`${ready} of ${wanted} pods are ready.`)
  const partition = numberAt(objectOf(objectOf(spec).updateStrategy).rollingUpdate, 'partition')
  const due = Math.max(0, wanted - partition)
  const { currentRevision, updateRevision } = objectOf(status)
  if (partition > 0)
    return updated < due
      ? waiting(`${updated} of ${due} pods above partition ${partition} are of the new revision.`)
      : done(`${updated} pods above partition ${partition} are of the new revision.`)
  if (updateRevision !== currentRevision) return waiting(`${updated} of ${wanted} pods are of the new revision.`)
  return done(`${ready} of ${wanted} pods are ready and of the new revision.`)
}

const JUDGES: Readonly<Record<RollsOut, Judge>> = {
  Deployment: deployment,
  DaemonSet: daemonSet,
  StatefulSet: statefulSet,
}

const judge = (kind: RollsOut, { metadata, spec, status }: KubeObject): State => {
  const json = status as Json | undefined
  const generation = typeof metadata?.generation === 'number' ? metadata.generation : 0
  return generation > numberAt(json, 'observedGeneration') ? UNOBSERVED : JUDGES[kind](spec as Json | undefined, json)
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)]

export const rolloutStatus = readTool({
  name: 'rollout_status',
  title: 'Show a rollout',
  description: 'Whether a rollout is done; if not, why: conditions, pods that are not ready, warnings.',
  input: z.strictObject({ cluster, kind: workloadKind, name, namespace: ownNamespace }),
  needs: WORKLOAD_NEEDS,
  async run({ kind, name, namespace, ...input }, views) {
    const view = views.cluster(input.cluster)
    const workload = await getWorkload(view, kind, name, namespace)
    const state = judge(kind, workload)
    const paused = objectOf(workload.spec as Json | undefined).paused === true
    const notes = [state.words, ...(paused ? ['Paused: a new spec is not rolled out until it is resumed.'] : [])]
    if (state.done) return { notes }

    const glances = createGlances(view, views)
    const labelSelector = selectorOf(workload)
    const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name},type=Warning`
    const [pods, events] = await Promise.all([
      labelSelector === undefined
        ? undefined
        : glances.look({ what: 'pods', verb: 'list', kind: 'pods', apiVersion: 'v1', namespace }, (type) =>
            view.list(type, { namespace, labelSelector, limit: MAX_PODS }),
          ),
      glances.look({ what: 'events', verb: 'list', kind: 'events', apiVersion: 'v1', namespace }, (type) =>
        view.table(type, { namespace, fieldSelector }),
      ),
    ])
    const conditions = arrayOf(objectOf(workload.status as Json | undefined).conditions).filter(isObject)
    const warnings = foldEvents(events === undefined ? [] : readEvents(events)).slice(0, MAX_EVENTS)
    const lines = [
      ...section('conditions', renderConditions(conditions, views.now)),
      ...section('pods not ready', renderTroubles(pods?.items ?? [], views.now)),
      ...section('warnings', warnings.length === 0 ? [] : renderEvents(warnings, false).split('\n')),
    ]
    return {
      ...(lines.length === 0 ? {} : { untrusted: lines.join('\n') }),
      notes: [
        ...notes,
        ...(pods?.cursor === undefined ? [] : [`Only the first ${pods.items.length} pods were looked at.`]),
        ...glances.notes(),
      ],
    }
  },
})
