/**
 * Pods as a diagnosis knows them. All of them as rows of the API server's table with their labels and owners, which is a
 * fiftieth of their bytes; the few that are in trouble, one for each way of being so, read whole.
 */
import { parseAge } from '../kube/durations.ts'
import type { Subject } from '../report.ts'
import type { KubeObject, TablePage } from '../tool.ts'
import { subjectNamed } from './subject.ts'

export interface Pod {
  readonly subject: Subject
  readonly labels: Readonly<Record<string, string>>
  readonly uid: string
  /** The controller. */
  readonly owner?: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string }
  /** Absent: not scheduled. */
  readonly node?: string
  /** All containers are, and it runs. */
  readonly ready: boolean
  /** Ended well; nothing is wanted of it any more. */
  readonly done: boolean
  /** The STATUS column of `kubectl get pods`. */
  readonly status: string
  readonly restarts: number
  /** Milliseconds since the last restart; absent: none. */
  readonly restartedMs?: number
  /** RFC 3339. */
  readonly created: string
  readonly deleted?: string
  /** Only where it was read whole. */
  readonly object?: KubeObject
}

const RESTARTS = /^(\d+)(?: \((\S+) ago\))?$/

/** The rows of a page of pods; `columns` are the API server's own. */
export const podsOf = ({ columns, rows }: TablePage): readonly Pod[] => {
  const at = new Map(columns.map((column, index) => [column.name.toLowerCase(), index]))
  return rows.map(({ name = '', namespace, cells, metadata = {} }) => {
    const text = (column: string) => String(cells[at.get(column) ?? -1] ?? '')
    const [ready = 0, wanted = 0] = text('ready').split('/').map(Number)
    const [, restarts = '0', ago] = RESTARTS.exec(text('restarts')) ?? []
    const restartedMs = ago === undefined ? undefined : parseAge(ago)
    const node = text('node')
    const status = text('status')
    const owner = metadata.ownerReferences?.find((it) => it.controller === true)
    return {
      subject: subjectNamed('pods', name, namespace),
      labels: metadata.labels ?? {},
      uid: metadata.uid ?? '',
      ...(owner === undefined ? {} : { owner }),
      ...(node === '' || node === '<none>' ? {} : { node }),
      ready: status === 'Running' && ready === wanted && wanted > 0,
      done: status === 'Completed' || status === 'Succeeded',
      status,
      restarts: Number(restarts),
      ...(restartedMs === undefined ? {} : { restartedMs }),
      created: metadata.creationTimestamp ?? '',
      ...(metadata.deletionTimestamp === undefined ? {} : { deleted: metadata.deletionTimestamp }),
    }
  })
}

/** A restart that is longer ago is history: the events of its time are gone, too. */
const RECENT_MS = 3_600_000

/** Worth reading whole. */
export const isSuspect = (pod: Pod): boolean =>
  pod.deleted !== undefined ||
  (!pod.done && !pod.ready) ||
  (pod.restarts > 0 && (pod.restartedMs ?? Number.POSITIVE_INFINITY) <= RECENT_MS)

/** Suspects of one owner that look alike fail alike: one of them is read for all. */
export const likeness = ({ owner, subject, status, ready, restarts, deleted, node }: Pod): string =>
  JSON.stringify([
    owner?.uid ?? subject.name,
    status,
    ready,
    restarts > 0,
    deleted !== undefined,
    // What stands on a lost node is that node's matter.
    status === 'Terminating' || status === 'Unknown' ? node : '',
  ])
