/** Any type as `kubectl get` shows it, a page at a time. */
import * as z from 'zod'
import { readTool } from '../tool.ts'
import {
  apiVersion,
  clusters,
  cursor,
  fieldSelector,
  fields,
  kind,
  labelSelector,
  limit,
  namespace,
  output,
} from './arguments.ts'
import { listAnswer } from './list-answer.ts'

export const resourcesList = readTool({
  name: 'resources_list',
  title: 'List resources',
  description: 'Lists objects of one kind as kubectl get does. Secrets come without values.',
  input: z.strictObject({
    cluster: clusters,
    kind,
    apiVersion,
    namespace,
    labelSelector,
    fieldSelector,
    limit,
    cursor,
    output,
    fields,
  }),
  several: true,
  needs: [{ verb: 'list', resource: '*' }],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    return listAnswer(view, await view.resolve(input.kind, input.apiVersion), input, views)
  },
})
