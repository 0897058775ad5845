/** Which clusters there are for this caller. Names and versions; no address, no credential. */
import * as z from 'zod'
import { asBulkheadError, BulkheadError } from '../errors.ts'
import { type ClusterView, readTool } from '../tool.ts'
import { cluster } from './arguments.ts'
import { renderTable } from './render/table.ts'

/** A Worker has six connections at once; asking more clusters than this only makes them wait for each other. */
const IN_PARALLEL = 6
/** Four rounds: with every one of them silent the answer still comes in half of a call's time (30 s). */
const MAX_ASKED = 24
/** `/version` costs an API server nothing: one that needs longer is as good as down for somebody who wants a list. */
const VERSION_DEADLINE_MS = 4_000

/** The server's version, or the code of why it is not known. Never throws. */
const versionOf = async (view: ClusterView): Promise<string> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const error = new BulkheadError('cluster_timeout', 'The API server did not say its version in time.')
    timer = setTimeout(() => reject(error), VERSION_DEADLINE_MS)
  })
  try {
    return await Promise.race([view.version(), late])
  } catch (error) {
    return asBulkheadError(error).code
  } finally {
    clearTimeout(timer)
  }
}

const versionsOf = async (opened: readonly ClusterView[]): Promise<ReadonlyMap<string, string>> => {
  const versions = new Map<string, string>()
  for (let from = 0; from < opened.length; from += IN_PARALLEL) {
    const round = opened.slice(from, from + IN_PARALLEL)
    await Promise.all(round.map(async (view) => versions.set(view.name, await versionOf(view))))
  }
  return versions
}

export const clustersList = readTool({
  name: 'clusters_list',
  title: 'List clusters',
  description: 'The clusters open to this caller, with Kubernetes version and whether changes are possible.',
  input: z.strictObject({ cluster }),
  needs: [],
  async run(input, views) {
    const only = input.cluster === undefined ? undefined : views.cluster(input.cluster).name
    const clusters = views.clusters.filter(({ name }) => only === undefined || name === only)
    if (clusters.length === 0) return { notes: ['Policy opens no cluster to this caller.'] }
    // All are opened before one is asked: the call's record belongs to the one cluster, or to none of several.
    const versions = await versionsOf(clusters.slice(0, MAX_ASKED).map(({ name }) => views.cluster(name)))
    return {
      untrusted: renderTable({
        headers: ['CLUSTER', 'VERSION', 'CHANGES'],
        rows: clusters.map(({ name, readOnly }) => [
          name,
          versions.get(name) ?? 'not asked',
          readOnly ? 'read-only' : 'possible',
        ]),
      }),
      notes:
        clusters.length > MAX_ASKED
          ? [`Only the first ${MAX_ASKED} of ${clusters.length} clusters were asked for their version.`]
          : [],
    }
  },
})
