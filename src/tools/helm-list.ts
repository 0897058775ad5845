/**
 * Helm's releases by the labels of where Helm stores them: one Secret or ConfigMap for each revision. Metadata is enough
 * for that, so that no release's values are fetched only to list it.
 */
import * as z from 'zod'
import { BulkheadError } from '../errors.ts'
import { ageOf } from '../kube/ages.ts'
import { type ClusterView, type KubeObject, type ListQuery, readTool } from '../tool.ts'
import { cluster, namespace } from './arguments.ts'
import { renderTable } from './render/table.ts'
import { count, oneLine } from './render/text.ts'

/** Helm's storage drivers, the usual one first. */
const STORES = ['secrets', 'configmaps'] as const
type Store = (typeof STORES)[number]
const WORD: Readonly<Record<Store, string>> = { secrets: 'Secrets', configmaps: 'ConfigMaps' }

/** Helm keeps ten revisions of a release: pages of 500 metadata are 50 releases each. */
const MAX_PAGES = 10
const MS_PER_SECOND = 1000

interface Release {
  readonly namespace: string
  readonly name: string
  readonly revision: number
  readonly status: string
  /** RFC 3339. */
  readonly updated: string
}

/** Undefined for what only wears Helm's label. */
const releaseOf = ({ metadata = {} }: KubeObject): Release | undefined => {
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

interface Found {
  readonly store: Store
  readonly items: readonly KubeObject[]
  readonly complete: boolean
  /** Why nothing was looked at: policy, or the cluster's RBAC. */
  readonly refused?: BulkheadError
}

const REFUSALS = ['cluster_forbidden', 'policy_denied']

const look = async (view: ClusterView, store: Store, query: ListQuery): Promise<Found> => {
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

/** The newest revision of each release, by namespace and name. */
const newestRevisions = (items: readonly KubeObject[]): readonly Release[] => {
  const newest = new Map<string, Release>()
  for (const release of items.map(releaseOf)) {
    if (release === undefined) continue
    const key = `${release.namespace}/${release.name}`
    if (release.revision > (newest.get(key)?.revision ?? 0)) newest.set(key, release)
  }
  return [...newest.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, release]) => release)
}

const notesOn = (found: readonly Found[]): readonly string[] =>
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

export const helmList = readTool({
  name: 'helm_list',
  title: 'List Helm releases',
  description: "Helm's releases with the newest revision, its status and age.",
  input: z.strictObject({ cluster, namespace }),
  needs: [
    { verb: 'list', resource: 'secrets' },
    { verb: 'list', resource: 'configmaps' },
  ],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    const query: ListQuery = {
      labelSelector: 'owner=helm',
      ...(input.namespace === undefined ? {} : { namespace: input.namespace }),
    }
    const found = await Promise.all(STORES.map((store) => look(view, store, query)))
    const releases = newestRevisions(found.flatMap(({ items }) => items))
    const notes = notesOn(found)
    if (releases.length === 0) return { notes: ['No Helm releases found.', ...notes] }
    const table = renderTable({
      headers: ['NAME', 'REVISION', 'STATUS', 'UPDATED'],
      rows: releases.map(({ name, revision, status, updated }) => [
        oneLine(name),
        String(revision),
        oneLine(status),
        ageOf(updated, views.now),
      ]),
      groups: { header: 'NAMESPACE', of: releases.map((release) => oneLine(release.namespace)) },
    })
    return { untrusted: table, notes: [`${count(releases.length, 'release')}.`, ...notes] }
  },
})
