/** What nodes use just now, and how much that is of what pods may have there. */
import * as z from 'zod'
import { objectOf } from '../kube/json.ts'
import { type Json, type KubeObject, readTool } from '../tool.ts'
import { clusters, labelSelector, name } from './arguments.ts'
import { createGlances } from './glance.ts'
import {
  listAll,
  MAX_SHOWN,
  metricsType,
  NO_METRICS,
  sortBy,
  sorted,
  topNotes,
  USAGE_HEADERS,
  type Usage,
  usageCells,
  usageOf,
} from './metrics.ts'
import { renderTable } from './render/table.ts'

const percent = (used: number, of: number | undefined): string =>
  of === undefined || of === 0 ? '' : `${Math.round((100 * used) / of)}%`

const allocatableOf = (nodes: readonly KubeObject[]): ReadonlyMap<string, Usage> =>
  new Map(
    nodes.map((node) => [node.metadata?.name ?? '', usageOf(objectOf(node.status as Json | undefined).allocatable)]),
  )

export const nodesTop = readTool({
  name: 'nodes_top',
  title: 'Show usage of nodes',
  description: 'CPU and memory that nodes use now, and the share of what is allocatable, most first.',
  input: z.strictObject({ cluster: clusters, name: name.optional(), labelSelector, sortBy }),
  several: true,
  needs: [
    { verb: 'list', resource: 'nodes.metrics.k8s.io' },
    { verb: 'get', resource: 'nodes.metrics.k8s.io' },
  ],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    const type = await metricsType(view, 'nodes')
    if (type === undefined) return { notes: [NO_METRICS] }
    const { name } = input
    const query = input.labelSelector === undefined ? {} : { labelSelector: input.labelSelector }
    const glances = createGlances(view, views)
    const nodes = { what: 'what is allocatable on nodes', kind: 'nodes', apiVersion: 'v1' }
    const one = async (items: Promise<KubeObject>) => ({ items: [await items], complete: true })
    const [metrics, known] = await Promise.all(
      name === undefined
        ? [listAll(view, type, query), glances.look({ ...nodes, verb: 'list' }, (it) => listAll(view, it, query))]
        : [one(view.get(type, name)), glances.look({ ...nodes, verb: 'get', name }, (it) => one(view.get(it, name)))],
    )
    const allocatable = allocatableOf(known?.items ?? [])
    const all = sorted(
      metrics.items.map((it) => ({ name: it.metadata?.name ?? '', usage: usageOf(it.usage as Json | undefined) })),
      input.sortBy,
    )
    const shown = all.slice(0, MAX_SHOWN)
    const rows = shown.map(({ name, usage }) => {
      const room = allocatable.get(name)
      return [name, ...usageCells(usage), percent(usage.cpu, room?.cpu), percent(usage.memory, room?.memory)]
    })
    return {
      ...(rows.length === 0
        ? {}
        : { untrusted: renderTable({ headers: ['NAME', ...USAGE_HEADERS, 'CPU%', 'MEMORY%'], rows }) }),
      notes: [...topNotes(shown.length, all.length, 'node', input.sortBy, metrics.complete), ...glances.notes()],
    }
  },
})
