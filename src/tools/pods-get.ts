/** One pod, summarised. */
import * as z from 'zod'
import { readTool } from '../tool.ts'
import { cluster, name, ownNamespace } from './arguments.ts'
import { POD_LEFT_OUT, summarisePod } from './render/pod.ts'
import { toYaml } from './render/yaml.ts'

export const podsGet = readTool({
  name: 'pods_get',
  title: 'Get a pod',
  description: 'One pod summarised: conditions, container states and restarts, spec without defaults.',
  input: z.strictObject({ cluster, namespace: ownNamespace, name }),
  needs: [{ verb: 'get', resource: 'pods' }],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    const pod = await view.get(await view.resolve('pods', 'v1'), input.name, input.namespace)
    return { untrusted: toYaml(summarisePod(pod, views.now)), notes: [POD_LEFT_OUT] }
  },
})
