/** One object, whole, as YAML. */
import * as z from 'zod'
import { type KubeObject, readTool } from '../tool.ts'
import { apiVersion, cluster, kind, name, namespaceIfAny } from './arguments.ts'
import { tidy, toYaml } from './render/yaml.ts'

const hasManagedFields = (object: KubeObject): boolean => object.metadata?.managedFields !== undefined

export const resourcesGet = readTool({
  name: 'resources_get',
  title: 'Get a resource',
  description: 'One object, whole, as YAML. Secret values are never shown.',
  input: z.strictObject({ cluster, kind, name, namespace: namespaceIfAny, apiVersion }),
  needs: [{ verb: 'get', resource: '*' }],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    const object = await view.get(await view.resolve(input.kind, input.apiVersion), input.name, input.namespace)
    return {
      untrusted: toYaml(tidy(object)),
      ...(hasManagedFields(object) ? { notes: ['Left out: managedFields.'] } : {}),
    }
  },
})
