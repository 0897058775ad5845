/** What pods_top and nodes_top share: whether usage is measured at all, all of it, and the order that was asked for. */
import * as z from 'zod'
import { objectOf, textOf } from '../kube/json.ts'
import { parseQuantity } from '../kube/quantity.ts'
import { count } from '../kube/text.ts'
import type { ClusterView, Json, KubeObject, ListQuery, ResourceType } from '../tool.ts'

const GROUP = 'metrics.k8s.io'
const MIB = 2 ** 20
const MILLI = 1000
/** metrics-server answers with everything at once; whoever pages is read this far: 1,000 objects. */
const MAX_PAGES = 10
/** Rows of one answer: who uses most is at the top. */
export const MAX_SHOWN = 100

export const sortBy = z.enum(['cpu', 'memory']).optional()

/** Our words: an answer, not an error, for nothing was asked wrongly. */
export const NO_METRICS =
  'No metrics: the cluster serves no metrics.k8s.io, so its usage is not measured (metrics-server is not installed or not answering). Requests and limits stand in the pods themselves.'

/** Undefined where the cluster has no such API. Not by `resolve`: a miss there would ask discovery again. */
export const metricsType = async (view: ClusterView, resource: 'pods' | 'nodes'): Promise<ResourceType | undefined> =>
  (await view.types()).find((type) => type.group === GROUP && type.resource === resource)

export interface Everything {
  readonly items: readonly KubeObject[]
  readonly complete: boolean
}

export const listAll = async (view: ClusterView, type: ResourceType, query: ListQuery): Promise<Everything> => {
  const items: KubeObject[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await view.list(type, { ...query, ...(cursor === undefined ? {} : { cursor }) })
    items.push(...page.items)
    cursor = page.cursor
    if (cursor === undefined) return { items, complete: true }
  }
  return { items, complete: false }
}

/** Millicores and MiB. */
export interface Usage {
  readonly cpu: number
  readonly memory: number
}

const quantityAt = (resources: Json | undefined, key: string): number =>
  parseQuantity(textOf(objectOf(resources)[key])) ?? 0

export const usageOf = (resources: Json | undefined): Usage => ({
  cpu: quantityAt(resources, 'cpu') * MILLI,
  memory: quantityAt(resources, 'memory') / MIB,
})

export const total = (all: readonly Usage[]): Usage =>
  all.reduce((sum, { cpu, memory }) => ({ cpu: sum.cpu + cpu, memory: sum.memory + memory }), { cpu: 0, memory: 0 })

/** Those that use most first. */
export const sorted = <T extends { readonly usage: Usage }>(rows: readonly T[], by: 'cpu' | 'memory' = 'cpu') =>
  rows.toSorted((a, b) => b.usage[by] - a.usage[by])

export const USAGE_HEADERS = ['CPU(m)', 'MEMORY(Mi)'] as const
export const usageCells = ({ cpu, memory }: Usage): readonly string[] => [
  String(Math.ceil(cpu)),
  String(Math.ceil(memory)),
]

/** Our words and numbers: how many, of how many, by what. */
export const topNotes = (shown: number, all: number, what: string, by = 'cpu', complete = true): readonly string[] => [
  shown < all ? `The ${shown} of ${count(all, what)} that use most ${by}.` : `${count(all, what)}, most ${by} first.`,
  ...(complete ? [] : ['Incomplete: more were measured than were read. Narrow by namespace or labelSelector.']),
]
