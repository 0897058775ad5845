/**
 * The revisions that a workload keeps, newest first, and what each changed: from its ReplicaSets or its
 * ControllerRevisions, whose templates are compared as they come out of redaction.
 */
import * as z from 'zod'
import { ageOf } from '../kube/ages.ts'
import { arrayOf, isObject, objectOf, textOf } from '../kube/json.ts'
import { type Json, type KubeObject, readTool } from '../tool.ts'
import { cluster, name, ownNamespace } from './arguments.ts'
import { changes } from './render/changes.ts'
import { roomOf } from './render/pages.ts'
import { bytesOf, count, oneLine, shorten } from './render/text.ts'
import {
  annotationOf,
  getWorkload,
  isControlledBy,
  numberAt,
  type RollsOut,
  selectorOf,
  WORKLOAD_NEEDS,
  workloadKind,
} from './workload.ts'

/** One page of objects; Kubernetes keeps ten old revisions unless told otherwise. */
const MAX_REVISIONS = 100
/** Changes of one revision; a template that changed in more places is another template. */
const MAX_CHANGES = 20
const MAX_CAUSE = 200

const REVISION = 'deployment.kubernetes.io/revision'
const CAUSE = 'kubernetes.io/change-cause'

interface Revision {
  readonly number: number
  readonly object: KubeObject
  readonly template: Json
}

/** Without the label that names the revision itself, and with the pod's spec at the top, where people look for it. */
const templateOf = (template: Json | undefined): Json => {
  const { metadata, spec } = objectOf(template)
  const { labels, annotations } = objectOf(metadata)
  const { 'pod-template-hash': _, ...own } = objectOf(labels)
  return { ...objectOf(spec), labels: own, annotations: objectOf(annotations) }
}

const ofReplicaSet = (object: KubeObject): Revision => ({
  number: Number(annotationOf(object, REVISION) ?? 0),
  object,
  template: templateOf(objectOf(object.spec as Json | undefined).template),
})

const ofControllerRevision = (object: KubeObject): Revision => ({
  number: numberAt(object as Json, 'revision'),
  object,
  template: templateOf(objectOf(objectOf(object.data as Json | undefined).spec).template),
})

const SOURCES: Readonly<Record<RollsOut, { kind: string; read: (object: KubeObject) => Revision }>> = {
  Deployment: { kind: 'ReplicaSet', read: ofReplicaSet },
  StatefulSet: { kind: 'ControllerRevision', read: ofControllerRevision },
  DaemonSet: { kind: 'ControllerRevision', read: ofControllerRevision },
}

/** The revision that the workload is, or is becoming. */
const isCurrent = (workload: KubeObject, { object, number }: Revision, newest: number): boolean => {
  const { updateRevision } = objectOf(workload.status as Json | undefined)
  if (updateRevision !== undefined) return updateRevision === object.metadata?.name
  const own = annotationOf(workload, REVISION)
  return own === undefined ? number === newest : Number(own) === number
}

const imagesOf = (template: Json): string => {
  const { initContainers, containers } = objectOf(template)
  return [...arrayOf(initContainers), ...arrayOf(containers)]
    .filter(isObject)
    .map((it) => `${textOf(it.name)}=${textOf(it.image)}`)
    .join(', ')
}

const head = ({ number, object }: Revision, current: boolean, now: number): string => {
  const pods = objectOf(object.status as Json | undefined).replicas
  const cause = annotationOf(object, CAUSE)
  return [
    `revision ${number}${current ? ' (current)' : ''}`,
    `${ageOf(object.metadata?.creationTimestamp, now)} ago`,
    object.metadata?.name ?? '',
    ...(typeof pods === 'number' && pods > 0 ? [count(pods, 'pod')] : []),
    ...(cause === undefined ? [] : [`cause: ${shorten(oneLine(cause), MAX_CAUSE)}`]),
  ].join(', ')
}

const body = (revision: Revision, before: Revision | undefined): readonly string[] => {
  if (before === undefined) return [`images: ${imagesOf(revision.template)}`]
  const all = changes(before.template, revision.template)
  if (all.length === 0) return ['no change of the template']
  return all.length <= MAX_CHANGES
    ? all
    : [...all.slice(0, MAX_CHANGES), `and ${all.length - MAX_CHANGES} more changes`]
}

export const rolloutHistory = readTool({
  name: 'rollout_history',
  title: 'Show revisions',
  description: 'Revisions of a workload, newest first, each with what it changed from the one before.',
  input: z.strictObject({ cluster, kind: workloadKind, name, namespace: ownNamespace }),
  needs: WORKLOAD_NEEDS,
  async run({ kind, name, namespace, ...input }, views) {
    const view = views.cluster(input.cluster)
    const workload = await getWorkload(view, kind, name, namespace)
    const labelSelector = selectorOf(workload)
    const source = SOURCES[kind]
    const page = await view.list(await view.resolve(source.kind, 'apps/v1'), {
      namespace,
      limit: MAX_REVISIONS,
      ...(labelSelector === undefined ? {} : { labelSelector }),
    })
    const revisions = page.items
      .filter((it) => isControlledBy(it, workload))
      .map(source.read)
      .sort((a, b) => b.number - a.number)
    const sections = revisions.map((revision, index) =>
      [
        head(revision, isCurrent(workload, revision, revisions[0]?.number ?? 0), views.now),
        ...body(revision, revisions[index + 1]).map((line) => `  ${line}`),
      ].join('\n'),
    )
    let shown = sections
    while (shown.length > 1 && bytesOf(shown.join('\n')) > roomOf(views)) shown = shown.slice(0, -1)
    return {
      ...(shown.length === 0 ? {} : { untrusted: shown.join('\n') }),
      notes: [
        shown.length < sections.length
          ? `The newest ${shown.length} of ${count(sections.length, 'kept revision')}; the others do not fit one answer.`
          : `${count(sections.length, 'kept revision')}.`,
        ...(page.cursor === undefined ? [] : ['Incomplete: there are more objects with these labels than were read.']),
      ],
    }
  },
})
