/** Nodes that are lost, under pressure, closed, or of a version too far from the others. */
import { objectOf, textOf } from '../../kube/json.ts'
import { count } from '../../kube/text.ts'
import type { KubeObject } from '../../tool.ts'
import type { Check, Draft } from '../check.ts'
import { wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectOf } from '../subject.ts'
import type { Want } from '../want.ts'
import {
  conditionEvidence,
  conditionOf,
  eventEvidence,
  objectsIn,
  proposal,
  remedy,
  specOf,
  statusOf,
} from '../words.ts'

/** The kubelet's own; a provider adds others that mean other things. */
const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: 'memory',
  DiskPressure: 'disk',
  PIDPressure: 'process ids',
  NetworkUnavailable: 'its network, which is not set up',
}
/** A kubelet may be three minor versions older than the API server, and not newer (kubernetes.io/releases/version-skew-policy). */
const MAX_SKEW = 3

const podsOn = (node: KubeObject, snapshot: Snapshot) =>
  snapshot.pods.filter((it) => it.node === node.metadata?.name && !it.done)

const isLost = (node: KubeObject): boolean => conditionOf(node, 'Ready')?.status !== 'True'

const notReady: Check = {
  id: 'node-not-ready',
  explainedBy: [],
  run: (snapshot) =>
    snapshot
      .list('nodes')
      .filter(isLost)
      .map((node): Draft => {
        const subject = subjectOf(node)
        const condition = conditionOf(node, 'Ready')
        const pods = podsOn(node, snapshot)
        return {
          severity: 'critical',
          subject,
          summary:
            condition?.status === 'Unknown'
              ? `${nameOf(subject)} is lost: its kubelet does not report any more; ${count(pods.length, 'pod')} of the scope run there.`
              : `${nameOf(subject)} is not ready; ${count(pods.length, 'pod')} of the scope run there.`,
          evidence: [
            ...(condition === undefined ? [] : [conditionEvidence(condition, snapshot.now)]),
            ...eventEvidence(snapshot.events(subject)),
          ],
          confidence: 'high',
          remedies: [
            remedy(
              'Look at the machine, its kubelet and container runtime; a machine that is gone for good is deleted as a Node.',
            ),
            proposal(snapshot.scope, 'Look at it whole.', 'resources_describe', { kind: 'Node', name: subject.name }),
          ],
        }
      }),
}

const pressure: Check = {
  id: 'node-pressure',
  explainedBy: ['node-not-ready'],
  run: (snapshot) =>
    snapshot.list('nodes').flatMap((node): readonly Draft[] => {
      if (isLost(node)) return []
      const conditions = objectsIn(statusOf(node).conditions).filter(
        (it) => it.status === 'True' && PRESSURES[String(it.type)] !== undefined,
      )
      if (conditions.length === 0) return []
      const subject = subjectOf(node)
      return [
        {
          severity: 'warning',
          subject,
          summary: `${nameOf(subject)} is short of ${conditions.map((it) => PRESSURES[String(it.type)]).join(' and ')}.`,
          evidence: [
            ...conditions.map((it) => conditionEvidence(it, snapshot.now)),
            ...eventEvidence(snapshot.events(subject)),
          ],
          confidence: 'high',
          remedies: [proposal(snapshot.scope, 'See what uses it.', 'nodes_top', {})],
          affects: snapshot.pods
            .filter((it) => it.status === 'Evicted' && it.node === subject.name)
            .map((it) => it.subject),
        },
      ]
    }),
}

const pendingFor = (snapshot: Snapshot, words: RegExp) =>
  wholePods(snapshot)
    .filter(({ object }) => words.test(textOf(conditionOf(object, 'PodScheduled')?.message) ?? ''))
    .flatMap(({ pod }) => snapshot.alike(pod).map((it) => it.subject))

/** Told where somebody waits for it, or asks about nodes. */
const cordoned: Check = {
  id: 'node-cordoned',
  explainedBy: [],
  run: (snapshot) => {
    const waiting = pendingFor(snapshot, /were unschedulable/)
    if (waiting.length === 0 && snapshot.scope.namespace !== undefined) return []
    return snapshot
      .list('nodes')
      .filter((it) => specOf(it).unschedulable === true && !isLost(it))
      .map((node): Draft => {
        const subject = subjectOf(node)
        return {
          severity: waiting.length > 0 ? 'warning' : 'info',
          subject,
          summary: `${nameOf(subject)} is cordoned: no new pod goes there.`,
          evidence: [{ source: 'spec.unschedulable', text: 'true' }],
          confidence: 'high',
          remedies: [
            proposal(snapshot.scope, 'Open it when the work on it is done.', 'nodes_uncordon', { name: subject.name }),
          ],
          affects: waiting,
        }
      })
  },
}

const minorOf = (version: string | undefined): number | undefined => {
  const minor = /^v1\.(\d{1,3})\b/.exec(version ?? '')?.[1]
  return minor === undefined ? undefined : Number(minor)
}

const skew: Check = {
  id: 'node-version-skew',
  explainedBy: [],
  run: (snapshot) => {
    const server = minorOf(snapshot.version)
    if (server === undefined) return []
    return snapshot.list('nodes').flatMap((node): readonly Draft[] => {
      const version = textOf(objectOf(statusOf(node).nodeInfo).kubeletVersion)
      const minor = minorOf(version)
      if (minor === undefined || (minor <= server && server - minor <= MAX_SKEW)) return []
      const subject = subjectOf(node)
      return [
        {
          severity: 'warning',
          subject,
          summary: `The kubelet of ${nameOf(subject)} is ${version}, which is ${minor > server ? 'newer than the API server' : 'too old for the API server'} (${snapshot.version}).`,
          evidence: [{ source: 'status.nodeInfo.kubeletVersion', text: version ?? '' }],
          confidence: 'high',
          remedies: [remedy('Bring the node to a version within the supported skew.')],
        },
      ]
    })
  },
}

/** Nodes are worth a call where a pod's own words lead there. */
const wants = (snapshot: Snapshot): readonly Want[] => {
  const told = snapshot.warnings.some((it) => it.reason === 'NodeNotReady' || it.object.startsWith('node/'))
  const leads = wholePods(snapshot).some(({ pod, object }) => {
    const { reason } = conditionOf(object, 'Ready') ?? {}
    return (
      pod.deleted !== undefined ||
      pod.status === 'Evicted' ||
      pod.status === 'Unknown' ||
      pod.status === 'NodeLost' ||
      reason === 'NodeNotReady' ||
      reason === 'NodeStatusUnknown'
    )
  })
  return told || leads ? [{ what: 'list', resource: 'nodes' }] : []
}

export const nodes: Family = { checks: [notReady, pressure, cordoned, skew], wants }
