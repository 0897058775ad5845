/** Pods that no node takes: in the scheduler's own words, sorted by what would have to change. */
import { textOf } from '../../kube/json.ts'
import type { Millis } from '../../ports.ts'
import type { Check, Draft } from '../check.ts'
import { severityOf, together, wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Want } from '../want.ts'
import { conditionEvidence, conditionOf, eventEvidence, remedy, since } from '../words.ts'

/** A gate that nobody opens for so long was forgotten; until then somebody means it. */
const GATED_FOR_MS: Millis = 3_600_000

/** Of `0/3 nodes are available: 2 Insufficient cpu, 1 node(s) had untolerated taint …`: each clause that is there. */
const CLAUSES: readonly (readonly [words: RegExp, meaning: string, todo: string])[] = [
  [/Insufficient cpu/, 'no node has enough CPU left', 'Lower the request, add nodes, or free some.'],
  [/Insufficient memory/, 'no node has enough memory left', 'Lower the request, add nodes, or free some.'],
  [/Insufficient ephemeral-storage/, 'no node has enough ephemeral storage left', 'Lower the request, or add nodes.'],
  [/Too many pods/, 'the nodes hold as many pods as they may', 'Add nodes.'],
  [
    /Insufficient (?!cpu|memory|ephemeral)/,
    'no node offers a device or extended resource that it asks for',
    'Check the resource’s name and whether its device plugin runs.',
  ],
  [
    /untolerated taint/,
    'nodes have taints that it does not tolerate',
    'Tolerate the taint where that is meant, or remove it.',
  ],
  [/were unschedulable/, 'nodes are cordoned', 'Uncordon a node when its work is done.'],
  [
    /didn't match Pod's node affinity\/selector/,
    'no node has the labels that its selector or affinity wants',
    'Correct the selector, or label a node.',
  ],
  [
    /didn't match pod (?:anti-)?affinity|didn't satisfy existing pods anti-affinity/,
    'its affinity to other pods cannot be met',
    'Relax the rule, or add nodes.',
  ],
  [
    /topology spread constraints/,
    'its topology spread constraints cannot be met',
    'Relax maxSkew or whenUnsatisfiable, or add nodes in the missing zone.',
  ],
  [/free ports/, 'the host port that it wants is taken on each node', 'Use a Service in place of a host port.'],
  [
    /unbound immediate PersistentVolumeClaims|didn't find available persistent volumes/,
    'its claim is not bound',
    'See the claim.',
  ],
  [
    /persistentvolumeclaim "[^"]*" not found/,
    'a claim that it mounts does not exist',
    'Create the claim, or correct its name.',
  ],
  [
    /volume node affinity conflict/,
    'its volume is bound to a place where no fitting node is',
    'Add a node in the volume’s zone.',
  ],
  [/max volume count/, 'the nodes carry as many volumes as they may', 'Add nodes.'],
]

const gated = (reason: unknown): boolean => reason === 'SchedulingGated'

const unscheduled = (snapshot: Snapshot) =>
  wholePods(snapshot).flatMap(({ pod, object }) => {
    const condition = conditionOf(object, 'PodScheduled')
    return condition?.status === 'False' && pod.deleted === undefined ? [{ pod, condition }] : []
  })

const unschedulable: Check = {
  id: 'pod-unschedulable',
  explainedBy: ['claim-pending', 'claim-missing', 'claim-lost', 'node-not-ready', 'node-cordoned', 'node-pressure'],
  run: (snapshot) =>
    unscheduled(snapshot)
      .filter(({ condition }) => !gated(condition.reason))
      .map(({ pod, condition }): Draft => {
        const message = textOf(condition.message) ?? ''
        const clauses = CLAUSES.filter(([words]) => words.test(message))
        const meanings = clauses.map(([, meaning]) => meaning)
        const { place, they } = together(pod, snapshot)
        return {
          severity: severityOf(pod, snapshot),
          ...place,
          summary: `${they} cannot be scheduled: ${meanings.join('; ') || 'the scheduler found no node'}.`,
          evidence: [
            conditionEvidence(condition, snapshot.now),
            ...eventEvidence(snapshot.events(pod.subject).filter((it) => it.reason !== 'FailedScheduling')),
          ],
          confidence: clauses.length > 0 ? 'high' : 'medium',
          remedies: [...new Set(clauses.map(([, , todo]) => todo))].map(remedy),
        }
      }),
}

const forgottenGate: Check = {
  id: 'pod-scheduling-gated',
  explainedBy: [],
  run: (snapshot) =>
    unscheduled(snapshot)
      .filter(({ condition }) => gated(condition.reason))
      .filter(
        ({ condition, pod }) => (since(condition.lastTransitionTime ?? pod.created, snapshot.now) ?? 0) > GATED_FOR_MS,
      )
      .map(({ pod, condition }): Draft => {
        const { place, they } = together(pod, snapshot)
        return {
          severity: 'info',
          ...place,
          summary: `${they} waits behind a scheduling gate that nobody has opened for more than an hour.`,
          evidence: [conditionEvidence(condition, snapshot.now)],
          confidence: 'medium',
          remedies: [remedy('Ask the controller that set the gate; it is the one to remove it.')],
        }
      }),
}

/** What a place to run depends on. */
const wants = (snapshot: Snapshot): readonly Want[] =>
  unscheduled(snapshot).some(({ condition }) => !gated(condition.reason)) ? [{ what: 'list', resource: 'nodes' }] : []

export const podScheduling: Family = { checks: [unschedulable, forgottenGate], wants }
