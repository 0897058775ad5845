/**
 * What changed shortly before, for a diagnosis: out of the objects and warnings that the engine has read anyway, and our
 * own ledger. It asks the API server for nothing, so that a report keeps its bound of calls; changes_list asks for more.
 */
import { RESOURCES, type Resource } from '../diagnose/kinds.ts'
import type { Snapshot } from '../diagnose/snapshot.ts'
import { timelineFrom } from '../diagnose/timeline.ts'
import type { Millis } from '../ports.ts'
import type { TimelineEntry } from '../report.ts'
import type { ClusterView, Views } from '../tool.ts'
import { eventFacts, recordedFacts, rolloutFacts } from './timeline-facts.ts'

/** A report is about causes; who needs all changes asks changes_list. */
const MAX_CHANGES = 20
/** What controllers make and change all the time: told by the workload's own revisions. */
const MADE_BY_CONTROLLERS: ReadonlySet<Resource> = new Set(['pods', 'replicasets', 'jobs'])

export const changesBefore = async (
  view: ClusterView,
  views: Views,
  read: Snapshot,
  shortlyMs: Millis,
): Promise<readonly TimelineEntry[]> => {
  const { namespace } = read.scope
  const since = views.now - shortlyMs
  const types = await view.types()
  const { changes } = await views.ledger.changes(view.name, since)
  const objects = RESOURCES.filter((it) => !MADE_BY_CONTROLLERS.has(it)).flatMap((it) => read.list(it))
  return timelineFrom(
    {
      written: objects.map((object) => ({ object, writes: view.writes(object) })),
      // Of a few alone nothing tells which one came before.
      rollouts: read.looked('replicasets') === 'all' ? rolloutFacts('ReplicaSet', read.list('replicasets'), since) : [],
      events: eventFacts(read.warnings, types, namespace, views.now),
      releases: [],
      recorded: recordedFacts(
        changes.filter((it) => namespace === undefined || it.namespace === namespace),
        types,
      ),
    },
    { since, limit: MAX_CHANGES },
  ).entries
}
