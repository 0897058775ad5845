/**
 * What a prompt's argument or a variable of a resource could be, under the caller's own policy: a read like any other,
 * recorded, that is not listed as a tool. Only what has the shape of a name is answered, for it leaves without the
 * envelope: a client shows it to a person in a menu.
 */
import * as z from 'zod'
import { apiVersionOf, type ClusterView, type ListQuery, type ResourceType, readTool, type Views } from '../tool.ts'

/** MCP's own bound of one answer (specification, completion). */
const MAX_VALUES = 100
/** Names come in their order, so those with a later beginning stand on a later page: 1,000 of them. */
const MAX_PAGES = 4
/** Longer than any name. */
const MAX_TEXT = 512
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/
const CORE = 'core'

export const COMPLETABLE = ['cluster', 'namespace', 'kind', 'name', 'group', 'version', 'resource', 'id'] as const
const text = z.string().max(MAX_TEXT).optional()

const input = z.strictObject({
  argument: z.enum(COMPLETABLE),
  /** What stands there so far. */
  value: z.string().max(MAX_TEXT),
  /** What the others are, as far as they are filled in; empty counts as not. */
  cluster: text,
  namespace: text,
  kind: text,
  group: text,
  version: text,
  resource: text,
  name: text,
  id: text,
})
type Input = z.infer<typeof input>

const filled = (value: string | undefined): string | undefined => (value === '' ? undefined : value)

const startsWith = (name: string, beginning: string): boolean => name.toLowerCase().startsWith(beginning.toLowerCase())

/** Types of which this caller could read something. */
const readable = async (view: ClusterView, views: Views): Promise<readonly ResourceType[]> => {
  const types = await view.types()
  return types.filter(({ group, resource, verbs, namespaced }) => {
    if (!verbs.includes('get')) return false
    const access = {
      cluster: view.name,
      verb: 'get',
      group,
      resource,
      ...(namespaced ? { namespace: '*' } : {}),
    } as const
    return views.policy.explain(access).decision === 'allow' || views.policy.namespacesFor(access).length > 0
  })
}

const namesOf = async (
  view: ClusterView,
  type: ResourceType,
  query: ListQuery,
  beginning: string,
): Promise<readonly string[]> => {
  const names: string[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < MAX_PAGES && names.length <= MAX_VALUES; pages += 1) {
    const page = await view.metadata(type, { ...query, ...(cursor === undefined ? {} : { cursor }) })
    names.push(...page.items.flatMap(({ metadata }) => metadata?.name ?? []).filter((it) => startsWith(it, beginning)))
    cursor = page.cursor
    if (cursor === undefined) break
  }
  return names
}

const groupOf = (group: string | undefined): string | undefined => (group === CORE ? '' : group)

const valuesFor = async (it: Input, views: Views): Promise<readonly string[]> => {
  if (it.argument === 'cluster') return views.clusters.map(({ name }) => name)
  if (it.argument === 'id') return (await views.plans.list(undefined)).map(({ id }) => id)
  const view = views.cluster(filled(it.cluster))
  const [group, version] = [groupOf(filled(it.group)), filled(it.version)]
  switch (it.argument) {
    case 'kind':
      return (await readable(view, views)).map((type) => type.kind)
    case 'group':
      return (await readable(view, views)).map((type) => type.group || CORE)
    case 'version':
      return (await readable(view, views))
        .filter((type) => group === undefined || type.group === group)
        .map((type) => type.version)
    case 'resource':
      return (await readable(view, views))
        .filter((type) => (group === undefined || type.group === group) && (version ?? type.version) === type.version)
        .map((type) => type.resource)
    case 'namespace':
      return namesOf(view, await view.resolve('namespaces', 'v1'), {}, it.value)
    default: {
      const kind = filled(it.kind) ?? filled(it.resource)
      if (kind === undefined) return []
      const apiVersion = group === undefined || version === undefined ? undefined : apiVersionOf({ group, version })
      const type = await view.resolve(kind, apiVersion)
      const namespace = type.namespaced && it.namespace !== '-' ? filled(it.namespace) : undefined
      return namesOf(view, type, namespace === undefined ? {} : { namespace }, it.value)
    }
  }
}

export const completion = readTool({
  name: 'completion',
  title: 'Complete an argument',
  description: 'Values that an argument could have.',
  input,
  output: z.object({ values: z.array(z.string()), hasMore: z.boolean() }),
  needs: [],
  async run(input, views) {
    const all = await valuesFor(input, views)
    const fitting = [...new Set(all)].filter((it) => startsWith(it, input.value) && NAME.test(it)).sort()
    return { structured: { values: fitting.slice(0, MAX_VALUES), hasMore: fitting.length > MAX_VALUES } }
  },
})
