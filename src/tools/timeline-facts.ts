/**
 * Raw material of a timeline (diagnose/timeline.ts) out of what the API server and the ledger answered: revisions with
 * what each changed, events that tell a change, Helm's releases by their labels, and our own writes. Asks nobody.
 */
import {
  type EventFact,
  type RecordedFact,
  type ReleaseFact,
  type RolloutFact,
  tellsChange,
} from '../diagnose/timeline.ts'
import { parseAge } from '../kube/durations.ts'
import { type EventRow, foldEvents, readEvents } from '../kube/events.ts'
import type { Subject } from '../report.ts'
import { apiVersionOf, type KubeObject, type RecordedChange, type ResourceType, type TablePage } from '../tool.ts'
import { releaseOf } from './helm.ts'
import { changes } from './render/changes.ts'
import { type Holder, revisionsByOwner } from './revisions.ts'
import { annotationOf, controllerOf } from './workload.ts'

const CAUSE = 'kubernetes.io/change-cause'

/** Of revisions made since then; `items` may be of several workloads. `since`: milliseconds since the Unix epoch. */
export const rolloutFacts = (holder: Holder, items: readonly KubeObject[], since: number): readonly RolloutFact[] =>
  [...revisionsByOwner(holder, items).values()].flatMap((revisions) =>
    revisions.flatMap(({ number, object, template }, index): readonly RolloutFact[] => {
      const { creationTimestamp: created = '', namespace } = object.metadata ?? {}
      const owner = controllerOf(object)
      if (owner === undefined || !(Date.parse(created) >= since)) return []
      const older = revisions[index - 1]
      const cause = annotationOf(object, CAUSE)
      return [
        {
          workload: {
            apiVersion: owner.apiVersion,
            kind: owner.kind,
            ...(namespace === undefined ? {} : { namespace }),
            name: owner.name,
          },
          revision: number,
          created,
          changes: older === undefined ? undefined : changes(older.template, template),
          ...(cause === undefined ? {} : { cause }),
        },
      ]
    }),
  )

/** An event names its object as `pod/web-1`. */
const eventSubject = (object: string, namespace: string, types: readonly ResourceType[]): Subject => {
  const slash = object.indexOf('/')
  const [word, name] = [object.slice(0, Math.max(0, slash)), object.slice(slash + 1)]
  const type = types.find((it) => it.kind.toLowerCase() === word.toLowerCase())
  return {
    apiVersion: type === undefined ? '' : apiVersionOf(type),
    kind: type?.kind ?? word,
    // What lives in no namespace has its events in one all the same.
    ...(type?.namespaced === false || namespace === '' ? {} : { namespace }),
    name,
  }
}

/** By reason and object: which component reported it. */
const reportersOf = (page: TablePage, rows: readonly EventRow[]): ReadonlyMap<string, string> => {
  const at = page.columns.findIndex(({ name }) => name.toLowerCase() === 'source')
  return new Map(
    rows.map(({ reason, object }, index) => [`${reason} ${object}`, String(page.rows[index]?.cells[at] ?? '')]),
  )
}

/** `namespace`: of a list in one; its rows do not say it. Times are as exact as the API server prints ages. */
export const eventFacts = (
  rows: readonly EventRow[],
  types: readonly ResourceType[],
  namespace: string | undefined,
  now: number,
  reporters: ReadonlyMap<string, string> = new Map(),
): readonly EventFact[] =>
  foldEvents(rows.filter(({ reason }) => tellsChange(reason))).flatMap((row): readonly EventFact[] => {
    const age = parseAge(row.last)
    if (age === undefined) return []
    return [
      {
        subject: eventSubject(row.object, row.namespace || (namespace ?? ''), types),
        reason: row.reason,
        message: row.message,
        source: reporters.get(`${row.reason} ${row.object}`) ?? '',
        count: row.count,
        time: new Date(now - age).toISOString(),
      },
    ]
  })

/** The same from the API server's table, which knows who reported. */
export const eventFactsOf = (
  page: TablePage,
  types: readonly ResourceType[],
  namespace: string | undefined,
  now: number,
): readonly EventFact[] => {
  const rows = readEvents(page)
  return eventFacts(rows, types, namespace, now, reportersOf(page, rows))
}

export const isRelease = ({ metadata }: KubeObject): boolean => metadata?.labels?.owner === 'helm'

export const releaseFacts = (items: readonly KubeObject[]): readonly ReleaseFact[] =>
  items.filter(isRelease).flatMap((it) => releaseOf(it) ?? [])

/** With the kind that discovery knows for each resource; what it does not know keeps its plural. */
export const recordedFacts = (
  changes: readonly RecordedChange[],
  types: readonly ResourceType[],
): readonly RecordedFact[] =>
  changes.map((change) => {
    const { group, resource, namespace, name } = change
    const type = types.find((it) => it.group === group && it.resource === resource)
    return {
      ...change,
      subject: {
        apiVersion: type === undefined ? group : apiVersionOf(type),
        kind: type?.kind ?? resource,
        ...(namespace === undefined ? {} : { namespace }),
        name,
      },
    }
  })
