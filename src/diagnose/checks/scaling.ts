/** Autoscalers that cannot do their work or are at their end, and budgets that allow nobody to move. */
import { objectOf, textOf } from '../../kube/json.ts'
import type { KubeObject } from '../../tool.ts'
import type { Check, Draft } from '../check.ts'
import type { Family } from '../family.ts'
import { resourceOf } from '../kinds.ts'
import { matches } from '../selector.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectOf } from '../subject.ts'
import type { Want } from '../want.ts'
import { conditionEvidence, conditionOf, eventEvidence, numberIn, remedy, specOf, statusOf } from '../words.ts'

const scalers = (snapshot: Snapshot) => snapshot.list('horizontalpodautoscalers')

const targetOf = (scaler: KubeObject) => {
  const { kind, name } = objectOf(specOf(scaler).scaleTargetRef)
  return { kind: textOf(kind) ?? '', name: textOf(name) ?? '' }
}

const isTargetMissing = (scaler: KubeObject, snapshot: Snapshot): boolean => {
  const { kind, name } = targetOf(scaler)
  const resource = resourceOf(kind)
  return resource !== undefined && snapshot.isMissing(resource, name, scaler.metadata?.namespace)
}

const targetMissing: Check = {
  id: 'autoscaler-target-missing',
  explainedBy: [],
  run: (snapshot) =>
    scalers(snapshot)
      .filter((it) => isTargetMissing(it, snapshot))
      .map((scaler): Draft => {
        const subject = subjectOf(scaler)
        const { kind, name } = targetOf(scaler)
        const condition = conditionOf(scaler, 'AbleToScale')
        return {
          severity: 'warning',
          subject,
          summary: `${nameOf(subject)} scales ${kind} ${name}, which does not exist.`,
          evidence: [
            { source: 'spec.scaleTargetRef', text: `${kind} ${name}` },
            ...(condition === undefined ? [] : [conditionEvidence(condition, snapshot.now)]),
          ],
          confidence: 'high',
          remedies: [remedy('Correct the autoscaler’s target, or delete the autoscaler.')],
        }
      }),
}

const cannotRead: Check = {
  id: 'autoscaler-cannot-read',
  explainedBy: [
    'apiservice-unavailable',
    'pod-crash-loop',
    'pod-image-pull',
    'pod-unschedulable',
    'pod-oom-killed',
    'pod-probe-failing',
    'config-missing',
  ],
  run: (snapshot) =>
    scalers(snapshot).flatMap((scaler): readonly Draft[] => {
      const condition = conditionOf(scaler, 'ScalingActive')
      // Switched off, by zero replicas, is no failure.
      if (condition?.status !== 'False' || condition.reason === 'ScalingDisabled' || isTargetMissing(scaler, snapshot))
        return []
      const subject = subjectOf(scaler)
      return [
        {
          severity: 'warning',
          subject,
          summary: `${nameOf(subject)} gets no metrics, so it does not scale.`,
          evidence: [conditionEvidence(condition, snapshot.now), ...eventEvidence(snapshot.events(subject))],
          confidence: 'high',
          remedies: [
            remedy(
              /missing request/.test(textOf(condition.message) ?? '')
                ? 'State the resource request that its utilisation is counted against.'
                : 'See whether the metrics API is served, and whether the target’s pods run and state requests.',
            ),
          ],
        },
      ]
    }),
}

const atLimit: Check = {
  id: 'autoscaler-at-limit',
  explainedBy: [],
  run: (snapshot) =>
    scalers(snapshot).flatMap((scaler): readonly Draft[] => {
      const condition = conditionOf(scaler, 'ScalingLimited')
      if (condition?.status !== 'True' || condition.reason !== 'TooManyReplicas') return []
      const subject = subjectOf(scaler)
      const { maxReplicas } = specOf(scaler)
      return [
        {
          severity: 'warning',
          subject,
          summary: `${nameOf(subject)} wants more than its ${numberIn(maxReplicas)} replicas.`,
          evidence: [
            conditionEvidence(condition, snapshot.now),
            {
              source: 'status',
              text: `current ${numberIn(statusOf(scaler).currentReplicas)}, most ${numberIn(maxReplicas)}`,
            },
          ],
          confidence: 'high',
          remedies: [remedy('Raise maxReplicas if the load is meant, or find out where it comes from.')],
        },
      ]
    }),
}

/** All its pods are healthy and none may go: a drain waits for good. */
const deadlock: Check = {
  id: 'disruption-budget-deadlock',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('poddisruptionbudgets').flatMap((budget): readonly Draft[] => {
      const status = statusOf(budget)
      const [expected, healthy, wanted] = [status.expectedPods, status.currentHealthy, status.desiredHealthy].map(
        (it) => numberIn(it),
      )
      if (
        numberIn(status.disruptionsAllowed) > 0 ||
        !expected ||
        healthy === undefined ||
        healthy < expected ||
        wanted === undefined ||
        wanted < expected
      )
        return []
      const subject = subjectOf(budget)
      const { minAvailable, maxUnavailable } = specOf(budget)
      return [
        {
          severity: 'info',
          subject,
          summary: `${nameOf(subject)} allows no eviction although all ${expected} pods are healthy, so no node that holds one can be drained.`,
          evidence: [
            {
              source: 'spec',
              text:
                minAvailable === undefined
                  ? `maxUnavailable ${String(maxUnavailable)}`
                  : `minAvailable ${String(minAvailable)}`,
            },
            { source: 'status', text: `expected ${expected}, healthy ${healthy}, wanted ${wanted}` },
          ],
          confidence: 'high',
          remedies: [remedy('Allow one pod to be away, or run one replica more than the budget wants.')],
        },
      ]
    }),
}

/** Two budgets over one pod: the API server refuses every eviction of it. */
const overlap: Check = {
  id: 'disruption-budgets-overlap',
  explainedBy: [],
  run: (snapshot) => {
    const budgets = snapshot.list('poddisruptionbudgets')
    return budgets.flatMap((budget, index): readonly Draft[] => {
      const subject = subjectOf(budget)
      const other = budgets
        .slice(index + 1)
        .find(
          (it) =>
            it.metadata?.namespace === subject.namespace &&
            snapshot
              .podsIn(subject.namespace)
              .some((pod) => matches(specOf(budget).selector, pod.labels) && matches(specOf(it).selector, pod.labels)),
        )
      if (other === undefined) return []
      return [
        {
          severity: 'info',
          subject,
          summary: `${nameOf(subject)} and ${nameOf(subjectOf(other))} cover the same pods, and such pods cannot be evicted.`,
          evidence: [{ source: 'spec.selector', text: JSON.stringify(specOf(budget).selector ?? {}) }],
          confidence: 'high',
          remedies: [remedy('Let one budget cover a pod.')],
        },
      ]
    })
  },
}

/** An autoscaler's target of a kind that the sweep did not see; budgets in case. */
const wants = (snapshot: Snapshot): readonly Want[] => [
  ...scalers(snapshot).flatMap((scaler): readonly Want[] => {
    const { kind, name } = targetOf(scaler)
    const resource = resourceOf(kind)
    const namespace = scaler.metadata?.namespace
    if (resource === undefined || snapshot.looked(resource) === 'all') return []
    return [{ what: 'get', resource, name, ...(namespace === undefined ? {} : { namespace }) }]
  }),
  { what: 'list', resource: 'poddisruptionbudgets', deep: true },
]

export const scaling: Family = { checks: [targetMissing, cannotRead, atLimit, deadlock, overlap], wants }
