/**
 * Who changed what, and when: what objects, rollouts, events, Helm and our own ledger tell, as one timeline, newest first.
 * Pure: raw material in, entries out. The same change told twice is one entry: what Bulkhead wrote is told by the ledger
 * and not again by the object's field managers, and a new revision takes its author from the write that made it. Bounded
 * in entries and in the length of each. All of it is cluster text.
 */
import { oneLine, shorten } from '../kube/text.ts'
import type { Subject, TimelineEntry } from '../report.ts'
import type { FieldWrite, KubeObject, RecordedChange } from '../tool.ts'
import { keyOf, subjectOf } from './subject.ts'

/** Bulkhead's own field manager (kube/writer.ts). */
const OWN_MANAGER = 'bulkhead'
/** Clocks of the API server and ours differ, and managedFields keep whole seconds. */
const SAME_WRITE_MS = 5_000
/** A controller makes a new revision within moments of the write that asked for it. */
const ROLLOUT_FOLLOWS_MS = 30_000
const MAX_WHAT = 240
const MAX_WHO = 80
/** Changes of one revision that are told; rollout_history has all. */
const MAX_REVISION_CHANGES = 3

/** Reasons of events that tell of a change, rather than of a state that lasts. By whom they come is in the event. */
const CHANGE_REASONS = new Set([
  // Sizes.
  'ScalingReplicaSet',
  'SuccessfulRescale',
  'TriggeredScaleUp',
  'ScaleDown',
  'ScaleDownEmpty',
  'VolumeResizeSuccessful',
  'FileSystemResizeSuccessful',
  // Pods that somebody ended.
  'Killing',
  'Evicted',
  'Preempted',
  'TaintManagerEviction',
  // Nodes that come and go.
  'NodeReady',
  'NodeNotReady',
  'NodeSchedulable',
  'NodeNotSchedulable',
  'RegisteredNode',
  'RemovingNode',
  'DeletingNode',
  'Rebooted',
  'Shutdown',
  // Who leads, and what deploys.
  'LeaderElection',
  'DeploymentRollback',
  'OperationCompleted',
  'ResourceUpdated',
  'ReconciliationSucceeded',
  'InstallSucceeded',
  'UpgradeSucceeded',
  'RollbackSucceeded',
])
export const tellsChange = (reason: string): boolean => CHANGE_REASONS.has(reason)

/** An object with its field managers' last writes. */
export interface Written {
  readonly object: KubeObject
  readonly writes: readonly FieldWrite[]
}

/** A revision that a workload keeps. */
export interface RolloutFact {
  readonly workload: Subject
  readonly revision: number
  /** RFC 3339. */
  readonly created: string
  /** What its template changed from the one before, a clause each; undefined: there is none before. */
  readonly changes: readonly string[] | undefined
  /** `kubernetes.io/change-cause`. */
  readonly cause?: string
}

export interface EventFact {
  readonly subject: Subject
  readonly reason: string
  readonly message: string
  /** The component that reported it. */
  readonly source: string
  readonly count: number
  /** RFC 3339, of the last time. */
  readonly time: string
}

export interface ReleaseFact {
  readonly namespace: string
  readonly name: string
  readonly revision: number
  readonly status: string
  /** RFC 3339. */
  readonly updated: string
}

export interface RecordedFact extends RecordedChange {
  readonly subject: Subject
}

export interface Material {
  readonly written: readonly Written[]
  readonly rollouts: readonly RolloutFact[]
  readonly events: readonly EventFact[]
  readonly releases: readonly ReleaseFact[]
  readonly recorded: readonly RecordedFact[]
}

export interface TimelineBounds {
  /** Milliseconds since the Unix epoch: what is older is left out. */
  readonly since: number
  /** Entries; the newest are kept. */
  readonly limit: number
}

export interface Timeline {
  readonly entries: readonly TimelineEntry[]
  /** How many older ones within the time did not fit. */
  readonly leftOut: number
}

/** In this order where two have one time. */
const SOURCES = ['ledger', 'helm', 'rollout', 'managedFields', 'event'] as const
type Source = (typeof SOURCES)[number]

/** An entry that knows its source's rank, its time as a number, and the object that it is about. */
interface Told {
  readonly at: number
  readonly subject: Subject
  readonly what: string
  readonly who: string
  readonly source: Source
}

const clause = (text: string, max: number): string => shorten(oneLine(text), max)

/** The last moment that a Date can say. */
const MAX_TIME = 8.64e15

/** Nothing without a time. */
const told = (at: number, source: Source, subject: Subject, what: string, who: string): Told[] =>
  Math.abs(at) <= MAX_TIME ? [{ at, source, subject, what: clause(what, MAX_WHAT), who: clause(who, MAX_WHO) }] : []

const fieldsOf = ({ fields, more }: FieldWrite): string =>
  fields.length === 0 ? '' : `: owns ${fields.join(', ')}${more === 0 ? '' : ` and ${more} more`}`

const wordFor = (write: FieldWrite): string => {
  if (write.subresource === 'scale') return 'scaled'
  const through = write.subresource === undefined ? '' : ` through ${write.subresource}`
  return `${write.operation === 'Apply' ? 'applied' : 'updated'}${through}`
}

/** Whether one of these was within so many milliseconds before `at`, or a clock's difference behind it. */
const near = (times: readonly number[], at: number, before: number): boolean =>
  times.some((time) => at - time <= before && time - at <= SAME_WRITE_MS)

const timesBy = <T>(
  facts: readonly T[],
  key: (fact: T) => string,
  time: (fact: T) => string,
): Map<string, number[]> => {
  const times = new Map<string, number[]>()
  for (const fact of facts) times.set(key(fact), [...(times.get(key(fact)) ?? []), Date.parse(time(fact))])
  return times
}

const ofRecorded = (fact: RecordedFact): Told[] => {
  const through = fact.subresource === undefined ? '' : ` of ${fact.subresource}`
  const by = fact.tool === undefined ? '' : ` by ${fact.tool}`
  return told(
    Date.parse(fact.time),
    'ledger',
    fact.subject,
    `${fact.operation}${through}${by}: ${fact.outcome}`,
    fact.caller,
  )
}

const ofEvent = ({ subject, reason, message, source, count, time }: EventFact): Told[] =>
  tellsChange(reason)
    ? told(Date.parse(time), 'event', subject, `${reason}${count > 1 ? ` (${count} times)` : ''}: ${message}`, source)
    : []

const ofRelease = ({ namespace, name, revision, status, updated }: ReleaseFact): Told[] =>
  told(
    Date.parse(updated),
    'helm',
    { apiVersion: 'helm.sh/v1', kind: 'Release', ...(namespace === '' ? {} : { namespace }), name },
    `revision ${revision}: ${status || 'of unknown status'}`,
    'helm',
  )

const rolloutWords = ({ revision, changes, cause }: RolloutFact): string => {
  const shown = changes?.slice(0, MAX_REVISION_CHANGES).join(', ')
  const more = (changes?.length ?? 0) - MAX_REVISION_CHANGES
  const what =
    changes === undefined
      ? 'the oldest kept'
      : shown === ''
        ? 'the same template'
        : `${shown}${more > 0 ? ` and ${more} more` : ''}`
  return `revision ${revision}: ${what}${cause === undefined ? '' : ` (cause: ${cause})`}`
}

/** Only the pod's template makes a revision; what is not shown of an entry's fields may be of it. */
const touchesTemplate = ({ subresource, fields, more }: FieldWrite): boolean =>
  subresource === undefined && (fields.length === 0 || more > 0 || fields.some((it) => it.startsWith('spec.template')))

/** The write that made a revision: the last one of the workload's template before it. */
const authorOf = (writes: readonly FieldWrite[], created: number): FieldWrite | undefined =>
  writes
    .filter((it) => touchesTemplate(it) && near([Date.parse(it.time)], created, ROLLOUT_FOLLOWS_MS))
    .sort((a, b) => Date.parse(b.time) - Date.parse(a.time))[0]

/** What tells of one object better than itself. */
interface ToldBetter {
  /** Times of the ledger's entries. */
  readonly recorded: readonly number[]
  /** Times of its revisions. */
  readonly rollouts: readonly number[]
}

const ofObject = ({ object, writes }: Written, { recorded, rollouts }: ToldBetter): Told[] => {
  const subject = subjectOf(object)
  const { creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds: grace } = object.metadata ?? {}
  const born = Date.parse(creationTimestamp ?? '')
  // Controllers report states; that is no change that anybody made.
  const changing = writes.filter((it) => it.subresource !== 'status')
  const creator = changing.find((it) => Date.parse(it.time) === born)
  const isRecorded = (manager: string, at: number) => manager === OWN_MANAGER && near(recorded, at, SAME_WRITE_MS)
  const authors = new Set(rollouts.map((at) => authorOf(writes, at)))
  const updates = changing.filter(
    (it) => it !== creator && !isRecorded(it.manager, Date.parse(it.time)) && !authors.has(it),
  )
  const gone = Date.parse(deletionTimestamp ?? '')
  return [
    ...(creator !== undefined && isRecorded(creator.manager, born)
      ? []
      : told(born, 'managedFields', subject, 'created', creator?.manager ?? '')),
    ...updates.flatMap((it) =>
      told(Date.parse(it.time), 'managedFields', subject, `${wordFor(it)}${fieldsOf(it)}`, it.manager),
    ),
    // The timestamp is when the object's grace ends.
    ...told(gone - (typeof grace === 'number' ? grace * 1000 : 0), 'managedFields', subject, 'deletion asked for', ''),
  ]
}

const before = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Newest first; a total order, so that the same material always gives the same timeline. */
const compare = (a: Told, b: Told): number =>
  b.at - a.at ||
  SOURCES.indexOf(a.source) - SOURCES.indexOf(b.source) ||
  before(keyOf(a.subject), keyOf(b.subject)) ||
  before(a.what, b.what) ||
  before(a.who, b.who)

/** Newest first, at most `limit`, none older than `since`. */
export const timelineFrom = (material: Material, { since, limit }: TimelineBounds): Timeline => {
  const recorded = timesBy(
    material.recorded,
    (it) => keyOf(it.subject),
    (it) => it.time,
  )
  const rollouts = timesBy(
    material.rollouts,
    (it) => keyOf(it.workload),
    (it) => it.created,
  )
  const written = new Map(material.written.map((it) => [keyOf(subjectOf(it.object)), it]))
  const all = [
    ...material.recorded.flatMap(ofRecorded),
    ...material.releases.flatMap(ofRelease),
    ...material.rollouts.flatMap((it) => {
      const created = Date.parse(it.created)
      const workload = written.get(keyOf(it.workload))
      // A workload's first revision is the workload's own creation.
      const born = Date.parse(workload?.object.metadata?.creationTimestamp ?? '')
      if (it.changes === undefined && near([born], created, ROLLOUT_FOLLOWS_MS)) return []
      return told(
        created,
        'rollout',
        it.workload,
        rolloutWords(it),
        authorOf(workload?.writes ?? [], created)?.manager ?? '',
      )
    }),
    ...material.written.flatMap((it) => {
      const key = keyOf(subjectOf(it.object))
      return ofObject(it, { recorded: recorded.get(key) ?? [], rollouts: rollouts.get(key) ?? [] })
    }),
    ...material.events.flatMap(ofEvent),
  ]
  const seen = new Set<string>()
  const sorted = all
    .filter(({ at }) => at >= since)
    .sort(compare)
    .filter(({ subject, what, who, source }) => {
      // The newest of what is told in the same words.
      const key = JSON.stringify([source, keyOf(subject), what, who])
      return !seen.has(key) && seen.add(key)
    })
  return {
    entries: sorted
      .slice(0, Math.max(0, limit))
      .map(({ at, ...entry }) => ({ time: new Date(at).toISOString(), ...entry })),
    leftOut: Math.max(0, sorted.length - Math.max(0, limit)),
  }
}
