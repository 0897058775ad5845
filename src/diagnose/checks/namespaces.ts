/** The namespace itself: not there, or on its way out and held. */
import { humanDuration } from '../../kube/ages.ts'
import type { Millis } from '../../ports.ts'
import type { Check, Draft } from '../check.ts'
import type { Family } from '../family.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectNamed, subjectOf } from '../subject.ts'
import type { Want } from '../want.ts'
import { conditionEvidence, objectsIn, proposal, remedy, since, specOf, statusOf } from '../words.ts'

/** Deleting what is in a namespace takes its pods' grace periods. */
const LEAVING_MS: Millis = 120_000

const missing: Check = {
  id: 'namespace-missing',
  explainedBy: [],
  run: (snapshot) => {
    const { namespace } = snapshot.scope
    if (namespace === undefined || !snapshot.isMissing('namespaces', namespace)) return []
    const subject = subjectNamed('namespaces', namespace)
    return [
      {
        severity: 'warning',
        subject,
        summary: `${nameOf(subject)} does not exist.`,
        evidence: [{ source: 'metadata.name', text: `no namespace ${namespace}` }],
        confidence: 'high',
        remedies: [proposal(snapshot.scope, 'See which namespaces there are.', 'namespaces_list', {})],
      },
    ]
  },
}

const stuck: Check = {
  id: 'namespace-terminating-stuck',
  explainedBy: ['apiservice-unavailable'],
  run: (snapshot) =>
    snapshot.list('namespaces').flatMap((namespace): readonly Draft[] => {
      const late = since(namespace.metadata?.deletionTimestamp, snapshot.now)
      if (late === undefined || late < LEAVING_MS) return []
      const subject = subjectOf(namespace)
      // Each of them says what is left, or what could not be asked (pkg/controller/namespace/deletion).
      const held = objectsIn(statusOf(namespace).conditions).filter((it) => it.status === 'True')
      const { finalizers } = specOf(namespace)
      return [
        {
          severity: 'warning',
          subject,
          summary: `${nameOf(subject)} was deleted ${humanDuration(late)} ago and is still there.`,
          evidence: [
            ...held.map((it) => conditionEvidence(it, snapshot.now)),
            { source: 'spec.finalizers', text: Array.isArray(finalizers) ? finalizers.join(', ') : 'none' },
          ],
          confidence: held.length > 0 ? 'high' : 'medium',
          remedies: [
            remedy(
              'Mend what the conditions name: an API that does not answer, or the controller of a finalizer; removing finalizers by hand skips their work.',
            ),
          ],
        },
      ]
    }),
}

/** Asked at once where nothing was found in it, else in case. */
const wants = ({ scope, pods, list }: Snapshot): readonly Want[] => {
  const { namespace } = scope
  if (namespace === undefined) return []
  const isEmpty = pods.length === 0 && list('deployments').length === 0 && list('statefulsets').length === 0
  const isLeaving = pods.some((it) => it.deleted !== undefined)
  return [{ what: 'get', resource: 'namespaces', name: namespace, deep: !isEmpty && !isLeaving }]
}

export const namespaces: Family = { checks: [missing, stuck], wants }
