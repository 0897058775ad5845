/** One object, whole, as YAML. */
import * as z from 'zod'
import { type KubeObject, readTool } from '../tool.ts'
import { apiVersion, cluster, fields, kind, name, namespaceIfAny } from './arguments.ts'
import { missingNote, parseField, pick } from './render/fields.ts'
import { tidy, toYaml } from './render/yaml.ts'

const hasManagedFields = (object: KubeObject): boolean => object.metadata?.managedFields !== undefined

export const resourcesGet = readTool({
  name: 'resources_get',
  title: 'Get a resource',
  description: 'One object, or fields of it, as YAML. Secrets come without values.',
  input: z.strictObject({ cluster, kind, name, namespace: namespaceIfAny, apiVersion, fields }),
  needs: [{ verb: 'get', resource: '*' }],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    const object = await view.get(await view.resolve(input.kind, input.apiVersion), input.name, input.namespace)
    if (input.fields !== undefined) {
      const paths = input.fields.map(parseField)
      const json = tidy(object)
      const picked = pick(json, paths)
      return {
        ...(Object.keys(picked).length === 0 ? {} : { untrusted: toYaml(picked) }),
        notes: missingNote(paths, ({ text }) => Object.hasOwn(picked, text)),
      }
    }
    return {
      untrusted: toYaml(tidy(object)),
      ...(hasManagedFields(object) ? { notes: ['Left out: managedFields.'] } : {}),
    }
  },
})
