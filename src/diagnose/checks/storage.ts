/** Claims that are not bound, gone, or in use elsewhere. */
import { objectOf, textOf } from '../../kube/json.ts'
import type { KubeObject } from '../../tool.ts'
import type { Check, Draft } from '../check.ts'
import { together, wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import { referencesOf } from '../references.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectNamed, subjectOf } from '../subject.ts'
import type { Want } from '../want.ts'
import { eventEvidence, remedy, specOf, statusOf } from '../words.ts'

/** Pods that wait, with the claims that they mount. */
const waiting = (snapshot: Snapshot) =>
  wholePods(snapshot)
    .filter(({ pod }) => !pod.ready && pod.deleted === undefined)
    .flatMap(({ pod, object }) =>
      referencesOf(object)
        .filter((it) => it.resource === 'persistentvolumeclaims')
        .map(({ name, path }) => ({ pod, name, path })),
    )

const missing: Check = {
  id: 'claim-missing',
  explainedBy: [],
  run: (snapshot) =>
    waiting(snapshot)
      .filter(({ pod, name }) => snapshot.isMissing('persistentvolumeclaims', name, pod.subject.namespace))
      .map(({ pod, name, path }): Draft => {
        const subject = subjectNamed('persistentvolumeclaims', name, pod.subject.namespace)
        const { subjects: pods, they } = together(pod, snapshot)
        return {
          severity: 'critical',
          subject,
          summary: `${nameOf(subject)} does not exist, and ${they} mounts it.`,
          evidence: [{ source: path, text: `of ${nameOf(pod.subject)}: claim ${name}` }],
          confidence: 'high',
          remedies: [remedy('Create the claim, or correct its name in the pod template.')],
          affects: pods,
        }
      }),
}

const classOf = (claim: KubeObject): string | undefined => textOf(specOf(claim).storageClassName)

const isLate = (claim: KubeObject, snapshot: Snapshot): boolean => {
  const name = classOf(claim)
  const found = name === undefined ? undefined : snapshot.find('storageclasses', name)
  // Bound when its first pod is scheduled, and not before.
  return found?.volumeBindingMode !== 'WaitForFirstConsumer'
}

const pending: Check = {
  id: 'claim-pending',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('persistentvolumeclaims').flatMap((claim): readonly Draft[] => {
      if (statusOf(claim).phase !== 'Pending') return []
      const subject = subjectOf(claim)
      const events = snapshot.events(subject)
      const name = classOf(claim)
      const classMissing = name !== undefined && name !== '' && snapshot.isMissing('storageclasses', name)
      const mounts = waiting(snapshot).filter(
        (it) => it.name === subject.name && it.pod.subject.namespace === subject.namespace,
      )
      const late = isLate(claim, snapshot)
      if (!classMissing && events.length === 0 && (mounts.length === 0 || !late)) return []
      const request = textOf(objectOf(objectOf(specOf(claim).resources).requests).storage)
      return [
        {
          severity: mounts.length > 0 ? 'critical' : 'warning',
          subject,
          summary: classMissing
            ? `${nameOf(subject)} is of storage class ${name}, which does not exist, so no volume is made.`
            : events.length > 0
              ? `No volume is made for ${nameOf(subject)}.`
              : `No volume fits ${nameOf(subject)}${request === undefined ? '' : ` (${request}${name === undefined || name === '' ? ', no storage class' : `, class ${name}`})`}.`,
          evidence: [
            { source: 'status.phase', text: 'Pending' },
            { source: 'spec.storageClassName', text: name ?? 'the default' },
            ...eventEvidence(events),
          ],
          confidence: classMissing || events.length > 0 ? 'high' : 'medium',
          remedies: [
            remedy(
              classMissing
                ? 'Name a storage class that exists; the field cannot be changed, so the claim is made anew.'
                : 'See what the provisioner says, or create a volume that fits.',
            ),
          ],
          affects: mounts.flatMap(({ pod }) => snapshot.alike(pod).map((it) => it.subject)),
        },
      ]
    }),
}

const lost: Check = {
  id: 'claim-lost',
  explainedBy: [],
  run: (snapshot) =>
    snapshot.list('persistentvolumeclaims').flatMap((claim): readonly Draft[] => {
      if (statusOf(claim).phase !== 'Lost') return []
      const subject = subjectOf(claim)
      return [
        {
          severity: 'critical',
          subject,
          summary: `${nameOf(subject)} has lost its volume ${textOf(specOf(claim).volumeName) ?? ''}.`,
          evidence: [{ source: 'status.phase', text: 'Lost' }, ...eventEvidence(snapshot.events(subject))],
          confidence: 'high',
          remedies: [remedy('Bring the volume back, or restore the data into a new claim.')],
        },
      ]
    }),
}

/** `Multi-Attach error for volume "pv-1": Volume is already exclusively attached to one node …` (attachdetach controller). */
const MULTI_ATTACH = /Multi-Attach error for volume "([^"]+)"/

const multiAttach: Check = {
  id: 'volume-attach-failed',
  explainedBy: ['node-not-ready', 'pod-terminating-stuck'],
  run: (snapshot) =>
    wholePods(snapshot).flatMap(({ pod }): readonly Draft[] => {
      const events = snapshot
        .events(pod.subject)
        .filter((it) => it.reason === 'FailedAttachVolume' && MULTI_ATTACH.test(it.message))
      const volume = MULTI_ATTACH.exec(events[0]?.message ?? '')?.[1]
      if (volume === undefined || pod.ready) return []
      const { place, they } = together(pod, snapshot)
      return [
        {
          severity: 'critical',
          ...place,
          summary: `Volume ${volume} of ${they} is still attached to another node.`,
          evidence: eventEvidence(events),
          confidence: 'high',
          remedies: [
            remedy(
              'Let the pod that holds it end, or use a volume that several nodes may mount; a Deployment over such a volume wants strategy Recreate.',
            ),
          ],
        },
      ]
    }),
}

/** What the kubelet or the driver says when it cannot attach or mount, other than for want of an object. */
const mountFailed: Check = {
  id: 'volume-mount-failed',
  explainedBy: ['claim-lost', 'config-missing', 'config-key-missing', 'node-not-ready'],
  run: (snapshot) =>
    wholePods(snapshot).flatMap(({ pod }): readonly Draft[] => {
      const events = snapshot
        .events(pod.subject)
        .filter(
          ({ reason, message }) =>
            /^Failed(?:Mount|AttachVolume|MapVolume)$/.test(reason) && !MULTI_ATTACH.test(message),
        )
        .filter(({ message }) => !/(?:configmap|secret) "[^"]+" not found|references non-existent/.test(message))
      if (events.length === 0 || pod.ready) return []
      const { place, they } = together(pod, snapshot)
      return [
        {
          severity: 'critical',
          ...place,
          summary: `A volume of ${they} cannot be mounted.`,
          evidence: eventEvidence(events),
          confidence: 'high',
          remedies: [remedy('See the claim and its volume, and the storage driver’s pods on that node.')],
        },
      ]
    }),
}

const wants = (snapshot: Snapshot): readonly Want[] => {
  const mounted = waiting(snapshot).length > 0
  const told = snapshot.warnings.some((it) => it.object.startsWith('persistentvolumeclaim/'))
  const named = snapshot
    .list('persistentvolumeclaims')
    .some((it) => (classOf(it) ?? '') !== '' && statusOf(it).phase === 'Pending')
  return [
    ...(mounted || told ? [{ what: 'list', resource: 'persistentvolumeclaims' } as const] : []),
    ...(named ? [{ what: 'list', resource: 'storageclasses' } as const] : []),
  ]
}

export const storage: Family = { checks: [missing, pending, lost, multiAttach, mountFailed], wants }
