/** Containers that end when they should run: crash loops, kills for memory, init containers that fail. */
import { ageOf } from '../../kube/ages.ts'
import { type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import type { Millis } from '../../ports.ts'
import type { Evidence } from '../../report.ts'
import type { Check, Draft } from '../check.ts'
import { type Container, severityOf, together, wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import { workloadOf } from '../graph.ts'
import { errorIn } from '../log.ts'
import type { Pod } from '../pods.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Want } from '../want.ts'
import { eventEvidence, numberIn, proposal, remedy, since } from '../words.ts'

/** Logs read in one diagnosis; each is a call, and the reasons beyond are of the same kind. */
const MAX_LOGS = 3
/** A restart before that is no longer trouble by itself. */
const RECENT_MS: Millis = 3_600_000
/** 128 and a signal's number (signal(7)). */
const SIGNALS: Readonly<Record<number, string>> = {
  130: 'SIGINT',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
}

/** How it ended last. */
const endOf = ({ terminated, last }: Container): JsonObject => terminated ?? last ?? {}

const exitOf = (ended: JsonObject): string => {
  const code = numberIn(ended.exitCode)
  const signal = SIGNALS[code] ?? (numberIn(ended.signal) > 0 ? `signal ${numberIn(ended.signal)}` : undefined)
  return `exit code ${code}${signal === undefined ? '' : ` (${signal})`}`
}

const endEvidence = (container: Container, now: Millis): Evidence => {
  const ended = endOf(container)
  const finished = textOf(ended.finishedAt)
  const reason = textOf(ended.reason)
  return {
    source: `${container.path}.${container.terminated === undefined ? 'lastState' : 'state'}.terminated`,
    text: [
      ...(reason === undefined ? [] : [reason]),
      exitOf(ended),
      ...(finished === undefined ? [] : [`${ageOf(finished, now)} ago`]),
      `${container.restarts} restarts`,
    ].join(', '),
  }
}

const logEvidence = (pod: Pod, container: Container, snapshot: Snapshot): readonly Evidence[] => {
  const text = errorIn(snapshot, pod.subject, container.name)
  return text === undefined ? [] : [{ source: 'log', text }]
}

const isLooping = ({ waiting, terminated, isInit, restarts }: Container): boolean =>
  !isInit &&
  (waiting?.reason === 'CrashLoopBackOff' ||
    (terminated !== undefined && numberIn(terminated.exitCode) !== 0 && restarts > 0))

const wasKilledForMemory = (container: Container, now: Millis): boolean => {
  const ended = endOf(container)
  return ended.reason === 'OOMKilled' && (since(ended.finishedAt, now) ?? 0) <= RECENT_MS
}

const failedInit = ({ isInit, isSidecar, waiting, terminated }: Container): boolean =>
  isInit &&
  !isSidecar &&
  (waiting?.reason === 'CrashLoopBackOff' || (terminated !== undefined && numberIn(terminated.exitCode) !== 0))

const each = (snapshot: Snapshot, judge: (pod: Pod, container: Container) => boolean) =>
  wholePods(snapshot).flatMap(({ pod, containers }) =>
    containers.filter((it) => judge(pod, it)).map((container) => ({ pod, container })),
  )

const oomKilled: Check = {
  id: 'pod-oom-killed',
  explainedBy: [],
  run: (snapshot) =>
    each(snapshot, (_, container) => wasKilledForMemory(container, snapshot.now)).map(({ pod, container }): Draft => {
      const limit = textOf(objectOf(objectOf(container.spec.resources).limits).memory)
      const { place, they } = together(pod, snapshot)
      return {
        severity: pod.ready ? 'warning' : severityOf(pod, snapshot),
        ...place,
        summary: `Container ${container.name} of ${they} is killed for using more memory than ${limit === undefined ? 'its node has' : `its limit of ${limit}`}.`,
        evidence: [
          endEvidence(container, snapshot.now),
          {
            source: `spec.containers[${container.name}].resources.limits.memory`,
            text: limit ?? 'no limit',
          },
        ],
        confidence: 'high',
        remedies: [
          remedy(
            limit === undefined
              ? 'Set a memory request and limit, so that the node is not overcommitted.'
              : `Raise the limit of ${limit}, or find out why the container needs more.`,
          ),
          proposal(snapshot.scope, 'See what it uses now.', 'pods_top', {
            ...(pod.subject.namespace === undefined ? {} : { namespace: pod.subject.namespace }),
            name: pod.subject.name,
          }),
        ],
      }
    }),
}

const crashLoop: Check = {
  id: 'pod-crash-loop',
  explainedBy: ['pod-oom-killed', 'pod-probe-failing', 'access-denied', 'network-policy-blocks'],
  run: (snapshot) =>
    each(snapshot, (_, container) => isLooping(container)).map(({ pod, container }): Draft => {
      const { place, they } = together(pod, snapshot)
      const workload = workloadOf(pod)
      const ended = endOf(container)
      const { namespace } = pod.subject
      const endedWell = numberIn(ended.exitCode) === 0 && ended.exitCode !== undefined
      return {
        severity: severityOf(pod, snapshot),
        ...place,
        summary: endedWell
          ? `Container ${container.name} of ${they} ends by itself with exit code 0 and is restarted again and again.`
          : `Container ${container.name} of ${they} crashes again and again, last with ${exitOf(ended)}.`,
        evidence: [endEvidence(container, snapshot.now), ...logEvidence(pod, container, snapshot)],
        confidence: snapshot.log(pod.subject, container.name) === undefined ? 'medium' : 'high',
        remedies: [
          remedy(
            endedWell
              ? 'Let the program stay in the foreground, or run it as a Job.'
              : 'Mend what the log says, or go back to the revision that ran.',
          ),
          // A pod may name any owner: only one that is there is proposed to anybody.
          ...(workload?.kind === 'Deployment' &&
          namespace !== undefined &&
          snapshot.find('deployments', workload.name, namespace) !== undefined
            ? [
                proposal(snapshot.scope, 'Go back to the revision before, where this one is new.', 'rollout_undo', {
                  kind: 'Deployment',
                  name: workload.name,
                  namespace,
                }),
              ]
            : []),
        ],
      }
    }),
}

const initFailed: Check = {
  id: 'pod-init-failed',
  explainedBy: ['pod-oom-killed'],
  run: (snapshot) =>
    each(snapshot, (_, container) => failedInit(container)).map(({ pod, container }): Draft => {
      const { place, they } = together(pod, snapshot)
      return {
        severity: severityOf(pod, snapshot),
        ...place,
        summary: `Init container ${container.name} of ${they} fails with ${exitOf(endOf(container))}, so the pod cannot start.`,
        evidence: [endEvidence(container, snapshot.now), ...logEvidence(pod, container, snapshot)],
        confidence: 'high',
        remedies: [remedy('Mend what the init container’s log says; the containers behind it wait for it.')],
      }
    }),
}

/** It runs now, and did not a while ago. */
const restarted: Check = {
  id: 'pod-restarted',
  explainedBy: ['pod-oom-killed', 'pod-probe-failing', 'access-denied', 'network-policy-blocks'],
  run: (snapshot) =>
    each(
      snapshot,
      (pod, { running, last, restarts }) =>
        pod.ready &&
        running !== undefined &&
        restarts > 0 &&
        last !== undefined &&
        (since(last.finishedAt, snapshot.now) ?? Number.POSITIVE_INFINITY) <= RECENT_MS,
    ).map(({ pod, container }): Draft => {
      const { place, they } = together(pod, snapshot)
      return {
        severity: 'info',
        ...place,
        summary: `Container ${container.name} of ${they} was restarted and has run since.`,
        evidence: [
          endEvidence(container, snapshot.now),
          ...logEvidence(pod, container, snapshot),
          ...eventEvidence(snapshot.events(pod.subject)),
        ],
        confidence: 'high',
        remedies: [remedy('Nothing is down now. Look at why it ended before it happens again.')],
      }
    }),
}

const wants = (snapshot: Snapshot): readonly Want[] =>
  each(
    snapshot,
    (pod, it) => isLooping(it) || failedInit(it) || (pod.ready && it.restarts > 0 && it.running !== undefined),
  )
    .toSorted((a, b) => Number(a.pod.ready) - Number(b.pod.ready))
    .slice(0, MAX_LOGS)
    .map(({ pod, container }) => ({
      what: 'log',
      pod: pod.subject,
      container: container.name,
      // While it runs its own log is that of the life after the crash.
      previous: container.terminated === undefined && container.last !== undefined,
    }))

export const podCrashes: Family = { checks: [oomKilled, crashLoop, initFailed, restarted], wants }
