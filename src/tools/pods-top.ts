/** What pods use just now, as metrics-server measured it; of one pod each container. */
import * as z from 'zod'
import { arrayOf, isObject, textOf } from '../kube/json.ts'
import { oneLine } from '../kube/text.ts'
import { type Json, type KubeObject, readTool } from '../tool.ts'
import { clusters, labelSelector, name, namespace } from './arguments.ts'
import {
  listAll,
  MAX_SHOWN,
  metricsType,
  NO_METRICS,
  sortBy,
  sorted,
  topNotes,
  total,
  USAGE_HEADERS,
  usageCells,
  usageOf,
} from './metrics.ts'
import { renderTable } from './render/table.ts'

const containersOf = (pod: KubeObject) =>
  arrayOf(pod.containers as Json | undefined)
    .filter(isObject)
    .map((it) => ({ name: textOf(it.name) ?? '', usage: usageOf(it.usage) }))

export const podsTop = readTool({
  name: 'pods_top',
  title: 'Show usage of pods',
  description: 'CPU and memory that pods use now, most first. With name: each container of one pod.',
  input: z.strictObject({ cluster: clusters, namespace, name: name.optional(), labelSelector, sortBy }),
  several: true,
  needs: [
    { verb: 'list', resource: 'pods.metrics.k8s.io' },
    { verb: 'get', resource: 'pods.metrics.k8s.io' },
  ],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    const type = await metricsType(view, 'pods')
    if (type === undefined) return { notes: [NO_METRICS] }
    if (input.name !== undefined) {
      const containers = sorted(containersOf(await view.get(type, input.name, input.namespace)), input.sortBy)
      const rows = containers.map(({ name, usage }) => [oneLine(name), ...usageCells(usage)])
      return { untrusted: renderTable({ headers: ['CONTAINER', ...USAGE_HEADERS], rows }) }
    }
    const { items, complete } = await listAll(view, type, {
      ...(input.namespace === undefined ? {} : { namespace: input.namespace }),
      ...(input.labelSelector === undefined ? {} : { labelSelector: input.labelSelector }),
    })
    const pods = sorted(
      items.map((it) => ({ metadata: it.metadata, usage: total(containersOf(it).map(({ usage }) => usage)) })),
      input.sortBy,
    )
    const shown = pods.slice(0, MAX_SHOWN)
    const rows = shown.map(({ metadata, usage }) => [
      metadata?.name ?? '',
      ...usageCells(usage),
      input.namespace === undefined ? (metadata?.namespace ?? '') : '',
    ])
    const headers = ['NAME', ...USAGE_HEADERS, 'NAMESPACE']
    const sum = total(pods.map(({ usage }) => usage))
    return {
      ...(rows.length === 0 ? {} : { untrusted: renderTable({ headers, rows, foldable: ['NAMESPACE'] }) }),
      notes: [
        ...topNotes(shown.length, pods.length, 'pod', input.sortBy, complete),
        `Together: ${Math.ceil(sum.cpu)}m CPU, ${Math.ceil(sum.memory)}Mi memory. Pods without a running container have no usage.`,
      ],
    }
  },
})
