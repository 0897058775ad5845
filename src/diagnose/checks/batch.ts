/** Jobs that failed, and CronJobs whose runs do not come, or fail. */
import { humanDuration } from '../../kube/ages.ts'
import { textOf } from '../../kube/json.ts'
import type { Millis } from '../../ports.ts'
import type { KubeObject } from '../../tool.ts'
import type { Check, Draft } from '../check.ts'
import { wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import { errorIn } from '../log.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectOf } from '../subject.ts'
import type { Want } from '../want.ts'
import {
  conditionEvidence,
  conditionOf,
  eventEvidence,
  numberIn,
  proposal,
  remedy,
  since,
  specOf,
  statusOf,
} from '../words.ts'

/** A failure longer ago is history. */
const RECENT_MS: Millis = 24 * 3_600_000
/** Without parsing schedules: the longest that is usual is monthly, a run that is later than this is missed by most. */
const LATE_MS: Millis = 7 * 24 * 3_600_000
/** What the controller says when it cannot schedule (pkg/controller/cronjob). */
const CANNOT_SCHEDULE = new Set([
  'UnparseableSchedule',
  'InvalidSchedule',
  'UnknownTimeZone',
  'TooManyMissedTimes',
  'MissSchedule',
  'FailedNeedsStart',
])

const isOf = (job: KubeObject, cronJob: KubeObject): boolean =>
  (job.metadata?.ownerReferences ?? []).some((it) => it.uid === cronJob.metadata?.uid)

const failureOf = (job: KubeObject, snapshot: Snapshot) => {
  const condition = conditionOf(job, 'Failed')
  const recent = (since(condition?.lastTransitionTime, snapshot.now) ?? 0) <= RECENT_MS
  return condition?.status === 'True' && recent ? condition : undefined
}

/** The newest Job of a CronJob; one that stands alone is its own newest. */
const isNewest = (job: KubeObject, snapshot: Snapshot): boolean => {
  const owner = job.metadata?.ownerReferences?.find((it) => it.kind === 'CronJob')?.uid
  if (owner === undefined) return true
  const born = job.metadata?.creationTimestamp ?? ''
  return !snapshot
    .list('jobs')
    .some(
      (it) =>
        it.metadata?.ownerReferences?.some((of) => of.uid === owner) === true &&
        (it.metadata.creationTimestamp ?? '') > born,
    )
}

const failedPods = (job: KubeObject, snapshot: Snapshot) =>
  wholePods(snapshot).filter(({ pod }) => pod.owner?.uid === job.metadata?.uid)

const WHY: Readonly<Record<string, string>> = {
  BackoffLimitExceeded: 'its pods failed as often as they may',
  DeadlineExceeded: 'it did not finish within its deadline',
  PodFailurePolicy: 'its failure policy says so',
  FailedIndexes: 'some of its indexes failed',
}

const jobFailed: Check = {
  id: 'job-failed',
  explainedBy: [
    'pod-oom-killed',
    'pod-crash-loop',
    'pod-image-pull',
    'pod-unschedulable',
    'config-missing',
    'config-key-missing',
    'pod-init-failed',
    'node-not-ready',
    'quota-exceeded',
  ],
  run: (snapshot) =>
    snapshot.list('jobs').flatMap((job): readonly Draft[] => {
      const condition = failureOf(job, snapshot)
      if (condition === undefined || !isNewest(job, snapshot)) return []
      const subject = subjectOf(job)
      const why = WHY[textOf(condition.reason) ?? '']
      const ends = failedPods(job, snapshot).flatMap(({ pod, containers }) =>
        containers.flatMap((it) => {
          const ended = it.terminated ?? it.last
          if (ended === undefined || numberIn(ended.exitCode) === 0) return []
          const told = errorIn(snapshot, pod.subject, it.name)
          return [
            {
              source: `Pod ${pod.subject.name} ${it.path}`,
              text: `${textOf(ended.reason) ?? 'Error'}, exit code ${numberIn(ended.exitCode)}`,
            },
            ...(told === undefined ? [] : [{ source: 'log', text: told }]),
          ]
        }),
      )
      return [
        {
          severity: 'warning',
          subject,
          summary: `${nameOf(subject)} failed${why === undefined ? '' : `: ${why}`}.`,
          evidence: [conditionEvidence(condition, snapshot.now), ...ends, ...eventEvidence(snapshot.events(subject))],
          confidence: 'high',
          remedies: [remedy('Mend what its log says; a failed Job does not begin again by itself.')],
        },
      ]
    }),
}

const cronJobFailing: Check = {
  id: 'cronjob-failing',
  explainedBy: 'any',
  run: (snapshot) =>
    snapshot.list('cronjobs').flatMap((cronJob): readonly Draft[] => {
      const failed = snapshot
        .list('jobs')
        .filter((it) => isOf(it, cronJob) && failureOf(it, snapshot) !== undefined && isNewest(it, snapshot))
      if (failed.length === 0) return []
      const subject = subjectOf(cronJob)
      const { namespace = '' } = subject
      const succeeded = textOf(statusOf(cronJob).lastSuccessfulTime)
      const ms = since(succeeded, snapshot.now)
      return [
        {
          severity: 'warning',
          subject,
          summary: `The last run of ${nameOf(subject)} failed${ms === undefined ? '; none has succeeded' : `; the last that succeeded was ${humanDuration(ms)} ago`}.`,
          evidence: failed.map((it) => ({ source: 'Job', text: it.metadata?.name ?? '' })),
          confidence: 'high',
          remedies: [
            proposal(snapshot.scope, 'Run it again, once it is mended.', 'jobs_run', {
              cronJob: subject.name,
              namespace,
            }),
          ],
        },
      ]
    }),
}

const notScheduled: Check = {
  id: 'cronjob-not-scheduled',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('cronjobs').flatMap((cronJob): readonly Draft[] => {
      const [spec, status] = [specOf(cronJob), statusOf(cronJob)]
      if (spec.suspend === true) return []
      const subject = subjectOf(cronJob)
      const events = snapshot.events(subject).filter((it) => CANNOT_SCHEDULE.has(it.reason))
      const scheduled = since(status.lastScheduleTime, snapshot.now)
      const running = snapshot.list('jobs').filter((it) => isOf(it, cronJob) && numberIn(statusOf(it).active) > 0)
      const blocked = spec.concurrencyPolicy === 'Forbid' && running.length > 0 && (scheduled ?? 0) > LATE_MS
      const never = scheduled === undefined && (since(cronJob.metadata?.creationTimestamp, snapshot.now) ?? 0) > LATE_MS
      if (events.length === 0 && !blocked && !never) return []
      return [
        {
          severity: 'warning',
          subject,
          summary: blocked
            ? `${nameOf(subject)} starts no new run: the one before has not ended and concurrencyPolicy is Forbid.`
            : `${nameOf(subject)} is not scheduled${scheduled === undefined ? ' and never was' : ''}.`,
          evidence: [
            {
              source: 'spec.schedule',
              text: `${String(spec.schedule)}${spec.timeZone === undefined ? '' : ` ${String(spec.timeZone)}`}`,
            },
            ...(scheduled === undefined
              ? []
              : [{ source: 'status.lastScheduleTime', text: `${humanDuration(scheduled)} ago` }]),
            ...running
              .slice(0, 2)
              .map((it) => ({ source: 'Job', text: `${it.metadata?.name ?? ''} is still running` })),
            ...eventEvidence(events),
          ],
          confidence: blocked || events.length > 0 ? 'high' : 'medium',
          remedies: [
            remedy(
              blocked
                ? 'See what the run waits for; set activeDeadlineSeconds so that a run cannot hang for good.'
                : 'Correct schedule or time zone, or startingDeadlineSeconds.',
            ),
          ],
        },
      ]
    }),
}

/** Of failed Jobs the log of a pod; CronJobs where one of their Jobs or an event speaks, else in case. */
const wants = (snapshot: Snapshot): readonly Want[] => {
  const failed = snapshot.list('jobs').filter((it) => failureOf(it, snapshot) !== undefined && isNewest(it, snapshot))
  const spoken =
    failed.some((it) => it.metadata?.ownerReferences?.some((of) => of.kind === 'CronJob') === true) ||
    snapshot.warnings.some((it) => it.object.startsWith('cronjob/'))
  const [log] = failed.flatMap((job) =>
    failedPods(job, snapshot).flatMap(({ pod, containers }): readonly Want[] => {
      const container = containers.find((it) => numberIn((it.terminated ?? it.last)?.exitCode) !== 0)
      return container === undefined
        ? []
        : [{ what: 'log', pod: pod.subject, container: container.name, previous: container.terminated === undefined }]
    }),
  )
  return [...(log === undefined ? [] : [log]), { what: 'list', resource: 'cronjobs', deep: !spoken }]
}

export const batch: Family = { checks: [jobFailed, cronJobFailing, notScheduled], wants }
