/**
 * One object and what surrounds it, in two rounds of parallel requests where kubectl needs four commands: with the
 * object its events and what its name alone finds; then its owners and dependents. What cannot be looked at is named.
 */
import * as z from 'zod'
import { foldEvents, readEvents } from '../kube/events.ts'
import { type ClusterView, type KubeObject, readTool } from '../tool.ts'
import { apiVersion, cluster, kind, name, namespaceIfAny } from './arguments.ts'
import { lookAtDependents, type Section } from './dependents.ts'
import { createGlances, type Glances } from './glance.ts'
import { renderEvents } from './render/events.ts'
import { LEFT_OUT, summarise } from './render/object.ts'
import { toYaml } from './render/yaml.ts'

/** Owners that are looked up, one after the other: a pod's ReplicaSet and its Deployment. Who owns the last is named. */
const MAX_OWNERS = 2
/** Different events; events_list has all. */
const MAX_EVENTS = 15
/** Where the API server keeps events about what lives in no namespace. */
const EVENTS_OF_CLUSTER_SCOPED = 'default'

const ownersOf = async (
  view: ClusterView,
  glances: Glances,
  object: KubeObject,
  namespace: string | undefined,
): Promise<Section | undefined> => {
  const lines: string[] = []
  let child: KubeObject | undefined = object
  for (let looked = 0; child !== undefined; looked++) {
    const owners: NonNullable<NonNullable<KubeObject['metadata']>['ownerReferences']> =
      child.metadata?.ownerReferences ?? []
    lines.push(...owners.map((it) => `${it.kind}/${it.name}`))
    const next = owners.find((it) => it.controller === true) ?? owners[0]
    if (next === undefined || looked === MAX_OWNERS) break
    const { kind, apiVersion, name } = next
    child = await glances.look(
      { what: 'owners of its owner', verb: 'get', kind, apiVersion, namespace, name },
      (type, scope) => view.get(type, name, scope.namespace),
    )
  }
  return lines.length === 0 ? undefined : { title: 'owners, nearest first', lines }
}

export const resourcesDescribe = readTool({
  name: 'resources_describe',
  title: 'Describe a resource',
  description: "One object summarised, with conditions, events, owners, dependents and a Service's endpoints.",
  input: z.strictObject({ cluster, kind, name, namespace: namespaceIfAny, apiVersion }),
  needs: [{ verb: 'get', resource: '*' }],
  async run(input, views) {
    const { name, namespace } = input
    const view = views.cluster(input.cluster)
    const type = await view.resolve(input.kind, input.apiVersion)
    const glances = createGlances(view, views)
    const parent = { type, name, namespace }
    const dependents = (object: KubeObject | undefined) => lookAtDependents(view, glances, parent, object, views.now)

    const access = { cluster: view.name, verb: 'get', group: type.group, resource: type.resource, name } as const
    const place = namespace === undefined ? {} : { namespace }
    // Refused for sure: nothing is asked beside it.
    if (
      type.namespaced !== (namespace !== undefined) ||
      views.policy.explain({ ...access, ...place }).decision !== 'allow'
    )
      await view.get(type, name, namespace)

    const about = { namespace: namespace ?? EVENTS_OF_CLUSTER_SCOPED, kind: 'events', apiVersion: 'v1' }
    const fieldSelector = `involvedObject.kind=${type.kind},involvedObject.name=${name}`
    const [object, events, early] = await Promise.all([
      view.get(type, name, namespace),
      glances.look({ what: 'events', verb: 'list', ...about }, (eventType, scope) =>
        view.table(eventType, { ...scope, fieldSelector }),
      ),
      dependents(undefined),
    ])
    const [owners, late] = await Promise.all([ownersOf(view, glances, object, namespace), dependents(object)])

    const folded = foldEvents(events === undefined ? [] : readEvents(events))
    const told = folded.length === 0 ? undefined : renderEvents(folded.slice(0, MAX_EVENTS), false)
    const sections: readonly (Section | undefined)[] = [
      owners,
      ...early,
      ...late,
      ...(told === undefined ? [] : [{ title: 'events', lines: [told] }]),
      // The last, because an answer that does not fit is cut at its end.
      { title: 'object', lines: [toYaml(summarise(object, type, views.now))] },
    ]
    return {
      untrusted: sections
        .flatMap((it) => (it === undefined || it.lines.length === 0 ? [] : [`# ${it.title}`, ...it.lines]))
        .join('\n'),
      notes: [
        LEFT_OUT,
        ...(folded.length > MAX_EVENTS ? [`The newest ${MAX_EVENTS} of ${folded.length} different events.`] : []),
        ...(events !== undefined && folded.length === 0 ? ['No events.'] : []),
        ...glances.notes(),
      ],
    }
  },
})
