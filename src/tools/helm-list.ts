/**
 * Helm's releases by the labels of where Helm stores them: one Secret or ConfigMap for each revision. Metadata is enough
 * for that, so that no release's values are fetched only to list it.
 */
import * as z from 'zod'
import { ageOf } from '../kube/ages.ts'
import { count, oneLine } from '../kube/text.ts'
import { type KubeObject, type ListQuery, readTool } from '../tool.ts'
import { clusters, namespace } from './arguments.ts'
import { look, notesOn, type Release, releaseOf, STORES } from './helm.ts'
import { renderTable } from './render/table.ts'

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

export const helmList = readTool({
  name: 'helm_list',
  title: 'List Helm releases',
  description: "Helm's releases with the newest revision, its status and age.",
  input: z.strictObject({ cluster: clusters, namespace }),
  several: true,
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
