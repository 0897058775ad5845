/** Server-side apply of manifests, all or nothing planned. */
import * as z from 'zod'
import type { Operation } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import { objectOf, textOf } from '../kube/json.ts'
import { MAX_MANIFEST, parseManifests, sameTwice } from '../kube/manifest.ts'
import { checkApiVersion, checkKind, checkNamespace } from '../kube/names.ts'
import { changeTool } from '../tool.ts'
import { cluster } from './arguments.ts'
import { subjectOf, targetOf } from './change-target.ts'

export const resourcesApply = changeTool({
  name: 'resources_apply',
  title: 'Apply manifests',
  description: 'Server-side apply of manifests, new objects included. One that is bad refuses all.',
  input: z.strictObject({
    cluster,
    manifest: z.string().min(1).max(MAX_MANIFEST).describe('YAML or JSON, several documents'),
    force: z.boolean().optional().describe("take over other managers' fields"),
  }),
  needs: [
    { verb: 'create', resource: '*' },
    { verb: 'patch', resource: '*' },
  ],
  async plan(input, views) {
    const view = views.cluster(input.cluster)
    const objects = parseManifests(input.manifest)
    const seen = new Set<string>()
    const operations: Operation[] = []
    for (const object of objects) {
      const { name, namespace } = objectOf(object.metadata)
      const [kind, apiVersion] = [
        checkKind(textOf(object.kind) ?? ''),
        checkApiVersion(textOf(object.apiVersion) ?? ''),
      ]
      const type = await view.resolve(kind, apiVersion)
      if (type.kind !== kind)
        throw new BulkheadError('manifest_invalid', `The kind is spelled ${type.kind}: a manifest names it exactly.`)
      const target = targetOf(
        type,
        textOf(name) ?? '',
        textOf(namespace) === undefined ? undefined : checkNamespace(textOf(namespace) ?? ''),
      )
      const key = JSON.stringify([type.group, type.kind, target.namespace, target.name])
      if (seen.has(key)) throw sameTwice(type.kind, target.name)
      seen.add(key)
      operations.push({ ...target, verb: 'apply', object, force: input.force === true })
    }
    const [first] = operations
    if (first === undefined) throw new BulkheadError('manifest_invalid', 'The manifest holds no object.')
    return { cluster: view.name, operations, subject: subjectOf(first) }
  },
})
