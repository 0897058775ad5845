/** Deployments, StatefulSets and DaemonSets that have fewer pods than wanted, or whose rollout does not go on. */
import { textOf } from '../../kube/json.ts'
import type { Millis } from '../../ports.ts'
import type { KubeObject } from '../../tool.ts'
import { WORKLOADS } from '../behind.ts'
import type { Check, Draft } from '../check.ts'
import type { Family } from '../family.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectOf } from '../subject.ts'
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

/** A rollout, or a pod that moves, takes a while. */
const SETTLING_MS: Millis = 60_000

interface Count {
  readonly wanted: number
  readonly ready: number
}

const countOf = (workload: KubeObject): Count => {
  const [spec, status] = [specOf(workload), statusOf(workload)]
  return workload.kind === 'DaemonSet'
    ? { wanted: numberIn(status.desiredNumberScheduled), ready: numberIn(status.numberAvailable) }
    : {
        wanted: numberIn(spec.replicas, 1),
        ready: numberIn(workload.kind === 'Deployment' ? status.availableReplicas : status.readyReplicas),
      }
}

/** Pods of it that have been about long enough to be ready; none at all counts, too. */
const hasSettled = (workload: KubeObject, snapshot: Snapshot): boolean => {
  const available = conditionOf(workload, 'Available')
  const unavailableFor = since(available?.lastTransitionTime, snapshot.now)
  if (available?.status === 'False' && unavailableFor !== undefined && unavailableFor > SETTLING_MS) return true
  const progress = conditionOf(workload, 'Progressing')
  if (progress?.reason === 'ProgressDeadlineExceeded') return true
  return (since(workload.metadata?.creationTimestamp, snapshot.now) ?? 0) > SETTLING_MS
}

/** Those that say why. */
const CONDITIONS = ['Available', 'Progressing', 'ReplicaFailure']

const unavailable: Check = {
  id: 'workload-unavailable',
  explainedBy: 'any',
  run: (snapshot) =>
    WORKLOADS.flatMap((it) => snapshot.list(it)).flatMap((workload): readonly Draft[] => {
      const { wanted, ready } = countOf(workload)
      if (ready >= wanted || !hasSettled(workload, snapshot)) return []
      const subject = subjectOf(workload)
      const { namespace = '', name } = subject
      const conditions = CONDITIONS.map((type) => conditionOf(workload, type)).filter((it) => it !== undefined)
      const stuck = conditionOf(workload, 'Progressing')?.reason === 'ProgressDeadlineExceeded'
      return [
        {
          severity: ready === 0 ? 'critical' : 'warning',
          subject,
          summary: `${nameOf(subject)} has ${ready} of ${wanted} pods available${stuck ? ', and its rollout does not go on' : ''}.`,
          evidence: [
            ...conditions
              .filter((it) => it.status !== 'True' || it.type === 'ReplicaFailure')
              .map((it) => conditionEvidence(it, snapshot.now)),
            {
              source: 'status',
              text: `wanted ${wanted}, available ${ready}, updated ${numberIn(statusOf(workload).updatedReplicas ?? statusOf(workload).updatedNumberScheduled)}`,
            },
            ...eventEvidence(snapshot.events(subject)),
          ],
          confidence: 'high',
          remedies:
            stuck && textOf(workload.kind) === 'Deployment'
              ? [
                  proposal(snapshot.scope, 'Go back to the revision before.', 'rollout_undo', {
                    kind: 'Deployment',
                    name,
                    namespace,
                  }),
                ]
              : [remedy('Mend what keeps its pods from being ready.')],
        },
      ]
    }),
}

/** The old pods carry on, and the new revision does not get there. */
const rolloutStuck: Check = {
  id: 'workload-rollout-stuck',
  explainedBy: 'any',
  run: (snapshot) =>
    snapshot.list('deployments').flatMap((deployment): readonly Draft[] => {
      const condition = conditionOf(deployment, 'Progressing')
      const { wanted, ready } = countOf(deployment)
      if (condition?.reason !== 'ProgressDeadlineExceeded' || ready < wanted) return []
      const subject = subjectOf(deployment)
      const { namespace = '', name } = subject
      return [
        {
          severity: 'warning',
          subject,
          summary: `The rollout of ${nameOf(subject)} does not go on; the pods of the revision before carry on.`,
          evidence: [
            conditionEvidence(condition, snapshot.now),
            {
              source: 'status',
              text: `wanted ${wanted}, available ${ready}, updated ${numberIn(statusOf(deployment).updatedReplicas)}`,
            },
          ],
          confidence: 'high',
          remedies: [
            proposal(snapshot.scope, 'Go back to the revision before.', 'rollout_undo', {
              kind: 'Deployment',
              name,
              namespace,
            }),
          ],
        },
      ]
    }),
}

export const workloads: Family = { checks: [unavailable, rolloutStuck] }
