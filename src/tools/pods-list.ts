/** `resources_list` for the kind that is asked for most. */
import * as z from 'zod'
import { readTool } from '../tool.ts'
import { clusters, cursor, fieldSelector, labelSelector, limit, namespace, output } from './arguments.ts'
import { listAnswer } from './list-answer.ts'

export const podsList = readTool({
  name: 'pods_list',
  title: 'List pods',
  description: 'Lists pods with status, restarts and age. output wide adds IP and node.',
  input: z.strictObject({ cluster: clusters, namespace, labelSelector, fieldSelector, limit, cursor, output }),
  several: true,
  needs: [{ verb: 'list', resource: 'pods' }],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    return listAnswer(view, await view.resolve('pods', 'v1'), input, views)
  },
})
