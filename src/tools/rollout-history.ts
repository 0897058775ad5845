/**
 * The revisions that a workload keeps, newest first, and what each changed: from its ReplicaSets or its
 * ControllerRevisions, whose templates are compared as they come out of redaction.
 */
import * as z from 'zod'
import { ageOf } from '../kube/ages.ts'
import { arrayOf, isObject, objectOf, textOf } from '../kube/json.ts'
import { bytesOf, count, oneLine, shorten } from '../kube/text.ts'
import { type Json, readTool } from '../tool.ts'
import { cluster, name, ownNamespace } from './arguments.ts'
import { changes } from './render/changes.ts'
import { roomOf } from './render/pages.ts'
import { isCurrent, type Revision, readRevisions } from './revisions.ts'
import { annotationOf, getWorkload, WORKLOAD_NEEDS, workloadKind } from './workload.ts'

/** Changes of one revision; a template that changed in more places is another template. */
const MAX_CHANGES = 20
const MAX_CAUSE = 200

const CAUSE = 'kubernetes.io/change-cause'

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
    const { revisions, incomplete } = await readRevisions(view, kind, workload, namespace)
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
        ...(incomplete ? ['Incomplete: there are more objects with these labels than were read.'] : []),
      ],
    }
  },
})
