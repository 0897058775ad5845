/** What the cluster knows: kinds, their names and verbs, from discovery. */
import * as z from 'zod'
import { apiVersionOf, readTool } from '../tool.ts'
import { cluster, group, verb } from './arguments.ts'
import { renderTable } from './render/table.ts'

const CORE = 'core'

export const apiResourcesList = readTool({
  name: 'api_resources_list',
  title: 'List API resources',
  description: 'The resource types that the cluster serves, custom ones included.',
  input: z.strictObject({ cluster, group, verb: verb.optional() }),
  needs: [
    { verb: 'get', resource: '*' },
    { verb: 'list', resource: '*' },
  ],
  async run(input, views) {
    const types = await views.cluster(input.cluster).types()
    const wanted = types.filter(
      (type) =>
        (input.group === undefined || type.group === (input.group === CORE ? '' : input.group)) &&
        (input.verb === undefined || type.verbs.includes(input.verb)),
    )
    const groups = new Set(types.map((type) => type.group)).size
    if (wanted.length === 0) {
      return { notes: [`No resource type fits. The cluster serves ${types.length} types in ${groups} groups.`] }
    }
    return {
      untrusted: renderTable({
        headers: ['NAME', 'SHORT', 'KIND', 'SCOPE', 'VERBS'],
        rows: wanted.map((type) => [
          type.resource,
          type.shortNames.join(','),
          type.kind,
          type.namespaced ? '' : 'cluster',
          // Custom resources say the same verbs in another order.
          type.verbs.toSorted().join(','),
        ]),
        groups: { header: 'APIVERSION', of: wanted.map(apiVersionOf) },
      }),
      notes: [`${wanted.length} of ${types.length} resource types; without SCOPE: in namespaces.`],
    }
  },
})
