/**
 * A scope becomes a report: what is broken, why, with the evidence. Read-only by type (it is handed a `ClusterView`),
 * deterministic (the same cluster and the same moment give the same report) and bounded in trips, calls and findings.
 */
import type { Millis } from '../ports.ts'
import type { Report, Scope, Subject, TimelineEntry } from '../report.ts'
import type { ClusterView, ResourceType } from '../tool.ts'
import { FAMILIES } from './checks/index.ts'
import { createCollector } from './collect.ts'
import { graphOf, workloadOf } from './graph.ts'
import { KINDS, type Resource, resourceOf } from './kinds.ts'
import type { Looks } from './looks.ts'
import { concerns, type Found, rank } from './rank.ts'
import type { Snapshot } from './snapshot.ts'
import { keyOf, subjectNamed } from './subject.ts'
import type { Want } from './want.ts'

/** Sequential trips after the sweep and the suspects: each waits for the one before. */
const MAX_TRIPS = 2

/** In a namespace, and over all of them. */
const SWEEP = [
  'deployments',
  'statefulsets',
  'daemonsets',
  'jobs',
  'services',
  'ingresses',
  'horizontalpodautoscalers',
] as const satisfies readonly Resource[]
/** Where the scope is no namespace. */
const CLUSTER_SWEEP = [
  ...SWEEP,
  'nodes',
  'apiservices',
  'mutatingwebhooks',
  'validatingwebhooks',
] as const satisfies readonly Resource[]

export interface DiagnoseParts {
  /** Of the scope's kind, where it has one. */
  readonly type?: ResourceType
  readonly view: ClusterView
  readonly looks: Looks
  readonly now: Millis
  /** Milliseconds since `now`. */
  readonly elapsed: () => Millis
  /** What changed shortly before, as far as what was read tells: it asks the API server for nothing more. */
  readonly changes?: (read: Snapshot) => Promise<readonly TimelineEntry[]>
}

const sweepFor = ({ namespace, kind }: Scope): readonly Resource[] => {
  if (namespace !== undefined) return SWEEP
  return kind === 'Node' ? ['nodes'] : CLUSTER_SWEEP
}

/** The object that was asked about. */
const subjectOfScope = ({ kind, name, namespace }: Scope): Subject | undefined => {
  if (kind === undefined || name === undefined) return undefined
  const resource = resourceOf(kind)
  const known = resource === undefined ? { apiVersion: '', kind } : KINDS[resource]
  return { ...known, ...(namespace === undefined ? {} : { namespace }), name }
}

export const diagnose = async (scope: Scope, parts: DiagnoseParts): Promise<Report> => {
  const { view, looks, now, elapsed } = parts
  const collector = createCollector({
    scope,
    ...(parts.type === undefined ? {} : { type: parts.type }),
    view,
    looks,
    now,
  })
  const { snapshot } = collector
  const subject = subjectOfScope(scope)
  await collector.sweep(sweepFor(scope))

  const wants = (): readonly Want[] => [
    ...askedAbout(scope, subject),
    ...FAMILIES.flatMap((it) => it.wants?.(snapshot) ?? []),
  ]
  // What the rows tell already is asked for beside the suspects themselves.
  await Promise.all([collector.readSuspects(), collector.ask(wants(), true)])
  for (let trip = 0; trip < MAX_TRIPS && (await collector.ask(wants())); trip += 1);
  const changes = (await parts.changes?.(snapshot)) ?? []

  const graph = graphOf(snapshot)
  const found = FAMILIES.flatMap(({ checks }) =>
    checks.flatMap((check) => check.run(snapshot).map((draft): Found => ({ check, draft }))),
  )
  const told = new Set(found.flatMap(({ check, draft }) => (check.fallback === true ? [] : [keyOf(draft.subject)])))
  const worth = found.filter(({ check, draft }) => check.fallback !== true || !told.has(keyOf(draft.subject)))
  const centre = subject === undefined ? undefined : present(subject, snapshot)
  const { findings, rootCauses, left } = rank(centre === undefined ? worth : concerns(worth, centre, graph), graph)
  const notExamined = [
    ...collector.notExamined(),
    ...(left === 0 ? [] : [{ what: 'findings', why: `${left} more of lesser weight are left out` }]),
  ]
  return {
    scope,
    complete: notExamined.length === 0,
    rootCauses,
    findings,
    examined: collector.examined(),
    notExamined,
    changes,
    calls: collector.calls(),
    durationMs: Math.round(elapsed()),
  }
}

/** What the scope names is read whole, whatever its kind. */
const askedAbout = ({ namespace }: Scope, subject: Subject | undefined): readonly Want[] => {
  const resource = subject === undefined ? undefined : resourceOf(subject.kind)
  if (subject === undefined || resource === undefined || resource === 'pods' || resource === 'secrets') return []
  return [{ what: 'get', resource, name: subject.name, ...(namespace === undefined ? {} : { namespace }) }]
}

/**
 * A pod stands for its workload: what is wrong there is wrong with its siblings, too. Undefined where the object is
 * gone: then everything of the namespace is told.
 */
const present = (subject: Subject, snapshot: Snapshot): Subject | undefined => {
  if (subject.kind === 'Pod') {
    const pod = snapshot.pods.find(
      (it) => it.subject.name === subject.name && it.subject.namespace === subject.namespace,
    )
    return pod === undefined ? undefined : (workloadOf(pod) ?? pod.subject)
  }
  const resource = resourceOf(subject.kind)
  if (resource !== undefined && snapshot.isMissing(resource, subject.name, subject.namespace)) return undefined
  return resource === undefined ? subject : subjectNamed(resource, subject.name, subject.namespace)
}
