/**
 * The lists that a blast radius is worked out from: each asked once, in pages of which there is a most, a few at a time.
 * What could not be looked at is said in words of ours; only the caller's own abort ends it.
 */
import { asBulkheadError } from '../../errors.ts'
import type { KubeClient } from '../../kube/client.ts'
import { each } from '../../kube/each.ts'
import type { KubeObject } from '../../tool.ts'

/** What of a client it takes: reading, and no more. */
export type BlastReader = Pick<KubeClient, 'resolve' | 'list' | 'metadata'>

/** Five of `OBJECT_PAGE`: pages follow each other, and a plan is waited for. */
const MAX_POD_PAGES = 5
/** In the order of what they tell: the last are left out where one plan would ask for too many. */
const LISTS = {
  pods: { kind: 'Pod', apiVersion: 'v1', form: 'list', pages: MAX_POD_PAGES, words: 'pods' },
  services: { kind: 'Service', apiVersion: 'v1', form: 'list', pages: 1, words: 'services' },
  budgets: {
    kind: 'PodDisruptionBudget',
    apiVersion: 'policy/v1',
    form: 'list',
    pages: 1,
    words: 'disruption budgets',
  },
  replicaSets: { kind: 'ReplicaSet', apiVersion: 'apps/v1', form: 'metadata', pages: 1, words: 'replica sets' },
  jobs: { kind: 'Job', apiVersion: 'batch/v1', form: 'metadata', pages: 1, words: 'jobs' },
  statefulSets: { kind: 'StatefulSet', apiVersion: 'apps/v1', form: 'metadata', pages: 1, words: 'stateful sets' },
  deployments: { kind: 'Deployment', apiVersion: 'apps/v1', form: 'metadata', pages: 1, words: 'deployments' },
} as const

export type ListName = keyof typeof LISTS
const NAMES = Object.keys(LISTS) as ListName[]

/** A plan is worth so many questions; `each` bounds how many are under way. */
export const MAX_LISTS = 6

export interface Looked {
  readonly items: readonly KubeObject[]
  /** There are no others. */
  readonly complete: boolean
  /** How many there are, at least. */
  readonly total: number
}

export const NOTHING: Looked = { items: [], complete: false, total: 0 }

export interface Sight {
  readonly lists: ReadonlyMap<ListName, Looked>
  readonly notLookedAt: readonly string[]
}

/** Undefined where it worked; else why not, in words. */
export const attempt = async (signal: AbortSignal, work: () => Promise<void>): Promise<string | undefined> => {
  try {
    await work()
    return undefined
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const { code } = asBulkheadError(thrown)
    return code === 'cluster_forbidden' ? 'the read credential may not list them' : `they could not be read (${code})`
  }
}

const fetchList = async (
  reader: BlastReader,
  name: ListName,
  namespaces: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Looked> => {
  const { kind, apiVersion, form, pages } = LISTS[name]
  const type = await reader.resolve(kind, apiVersion, signal)
  const [only] = namespaces.size === 1 ? namespaces : []
  const items: KubeObject[] = []
  let next: string | undefined
  let rest = 0
  for (let page = 0; page < pages; page++) {
    const answer = await reader[form](
      type,
      { ...(only === undefined ? {} : { namespace: only }), ...(next === undefined ? {} : { continue: next }) },
      signal,
    )
    items.push(...answer.items)
    next = answer.continue
    rest = answer.remaining ?? 0
    if (next === undefined) break
  }
  const here = items.filter(({ metadata }) => namespaces.has(metadata?.namespace ?? ''))
  // What is left of a list over all namespaces says nothing of those that count.
  return { items: here, complete: next === undefined, total: here.length + (only === undefined ? 0 : rest) }
}

/** The lists of these namespaces; over all namespaces where they are several. */
export const look = async (
  reader: BlastReader,
  wanted: ReadonlySet<ListName>,
  namespaces: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Sight> => {
  const names = NAMES.filter((name) => wanted.has(name))
  const lists = new Map<ListName, Looked>()
  const why = new Map<ListName, string>()
  for (const name of names.slice(MAX_LISTS)) why.set(name, `one plan asks for ${MAX_LISTS} lists at most`)
  await each(names.slice(0, MAX_LISTS), async (name) => {
    const failed = await attempt(signal, async () => {
      const found = await fetchList(reader, name, namespaces, signal)
      lists.set(name, found)
      if (!found.complete) why.set(name, `there are more than one plan reads; ${found.items.length} were looked at`)
    })
    if (failed !== undefined) why.set(name, failed)
  })
  const notLookedAt = names.flatMap((name) => {
    const reason = why.get(name)
    return reason === undefined ? [] : [`${LISTS[name].words}: ${reason}`]
  })
  return { lists, notLookedAt }
}
