/** What the Helm tools share: where releases are stored, what the labels there say, and what to say where nobody may look. */
import { BulkheadError } from '../errors.ts'
import type { ClusterView, KubeObject, ListQuery } from '../tool.ts'

/** Helm's storage drivers, the usual one first. */
export const STORES = ['secrets', 'configmaps'] as const
type Store = (typeof STORES)[number]
const WORD: Readonly<Record<Store, string>> = { secrets: 'Secrets', configmaps: 'ConfigMaps' }

/** Helm keeps ten revisions of a release: pages of 500 metadata are 50 releases each. */
const MAX_PAGES = 10
/** A release that is upgraded every ten minutes gets there in twenty years. */
export const MAX_REVISION = 1_000_000
const MS_PER_SECOND = 1000

export interface Release {
  readonly namespace: string
  readonly name: string
  readonly revision: number
  readonly status: string
  /** RFC 3339. */
  readonly updated: string
}

/** Undefined for what only wears Helm's label. */
export const releaseOf = ({ metadata = {} }: KubeObject): Release | undefined => {
  const { name = '', version = '', status = '', modifiedAt } = metadata.labels ?? {}
  if (name === '' || !/^[0-9]{1,9}$/.test(version)) return undefined
  const seconds = Number(modifiedAt)
  // A release that was never changed after it was made has no modifiedAt.
  const known = Number.isSafeInteger(seconds) && seconds > 0 && seconds < 1e11
  return {
    namespace: metadata.namespace ?? '',
    name,
    revision: Number(version),
    status,
    updated: known ? new Date(seconds * MS_PER_SECOND).toISOString() : (metadata.creationTimestamp ?? ''),
  }
}

export interface Found {
  readonly store: Store
  readonly items: readonly KubeObject[]
  readonly complete: boolean
  /** Why nothing was looked at: policy, or the cluster's RBAC. */
  readonly refused?: BulkheadError
}

const REFUSALS = ['cluster_forbidden', 'policy_denied']

export const look = async (view: ClusterView, store: Store, query: ListQuery): Promise<Found> => {
  const items: KubeObject[] = []
  try {
    const type = await view.resolve(store, 'v1')
    let cursor: string | undefined
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const page = await view.metadata(type, { ...query, ...(cursor === undefined ? {} : { cursor }) })
      items.push(...page.items)
      cursor = page.cursor
      if (cursor === undefined) return { store, items, complete: true }
    }
    return { store, items, complete: false }
  } catch (error) {
    if (error instanceof BulkheadError && REFUSALS.includes(error.code))
      return { store, items: [], complete: true, refused: error }
    throw error
  }
}

export const notesOn = (found: readonly Found[]): readonly string[] =>
  found.flatMap(({ store, complete, refused }) => [
    ...(refused === undefined
      ? []
      : [
          `${WORD[store]} were not looked at (${refused.code}): releases that Helm keeps there are missing here.${
            store === 'secrets'
              ? ' The opt-in role for Secrets, and a rule that allows list of secrets, would show them.'
              : ''
          }`,
        ]),
    ...(complete ? [] : [`Not all ${WORD[store]} were read: name a namespace.`]),
  ])
