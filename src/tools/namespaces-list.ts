/** The namespaces of a cluster; where policy refuses that list, those that its rules name. */
import * as z from 'zod'
import { ALL_NAMESPACES } from '../access.ts'
import { BulkheadError } from '../errors.ts'
import { readTool, type Views } from '../tool.ts'
import { clusters, labelSelector } from './arguments.ts'
import { listAnswer } from './list-answer.ts'

/** A rule names namespaces for the resources that live in them: pods stand for all of these. */
const namedByPolicy = (views: Views, name: string): readonly string[] => [
  ...new Set(
    (['list', 'get'] as const).flatMap((verb) =>
      views.policy.namespacesFor({ cluster: name, verb, group: '', resource: 'pods', namespace: ALL_NAMESPACES }),
    ),
  ),
]

export const namespacesList = readTool({
  name: 'namespaces_list',
  title: 'List namespaces',
  description: 'Lists namespaces with status and age.',
  input: z.strictObject({ cluster: clusters, labelSelector }),
  several: true,
  needs: [{ verb: 'list', resource: '*' }],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    try {
      return await listAnswer(view, await view.resolve('namespaces', 'v1'), input, views)
    } catch (error) {
      const named =
        error instanceof BulkheadError && error.code === 'policy_denied' ? namedByPolicy(views, view.name) : []
      if (named.length === 0) throw error
      return {
        notes: [
          `Policy does not let this caller list namespaces. Its rules name these (* is a wildcard): ${named.join(', ')}.`,
        ],
      }
    }
  },
})
