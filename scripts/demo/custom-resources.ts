/** What the CustomResourceDefinitions in the store add to the list of resources. */
import { at, isRecord, type JsonObject, type KubeObject, record, records, strings, text } from './json.ts'
import type { Resource, Subresource } from './resources.ts'

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

const subresources = (kind: string, version: JsonObject): Subresource[] => {
  const declared = record(version, 'subresources')
  const verbs = ['get', 'patch', 'update']
  return [
    ...(isRecord(declared.status) ? [{ name: 'status', kind, verbs }] : []),
    ...(isRecord(declared.scale) ? [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs }] : []),
  ]
}

export const customResources = (definitions: readonly KubeObject[]): Resource[] =>
  definitions.flatMap((definition) =>
    records(definition, 'spec', 'versions')
      .filter((version) => at(version, 'served') === true)
      .map((version): Resource => {
        const names = record(definition, 'spec', 'names')
        const kind = text(names, 'kind')
        return {
          group: text(definition, 'spec', 'group'),
          version: text(version, 'name'),
          name: text(names, 'plural'),
          singular: text(names, 'singular') || kind.toLowerCase(),
          kind,
          namespaced: text(definition, 'spec', 'scope') === 'Namespaced',
          verbs: VERBS,
          shortNames: strings(names, 'shortNames'),
          categories: strings(names, 'categories'),
          subresources: subresources(kind, version),
          custom: true,
        }
      }),
  )

/** The version entry that describes a custom resource: its columns and schema. */
export const definitionOf = (definitions: readonly KubeObject[], resource: Resource): JsonObject | undefined => {
  const definition = definitions.find(
    (item) => text(item, 'spec', 'group') === resource.group && text(item, 'spec', 'names', 'plural') === resource.name,
  )
  return records(definition, 'spec', 'versions').find((version) => text(version, 'name') === resource.version)
}
