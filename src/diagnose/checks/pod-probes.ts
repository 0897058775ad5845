/** Probes that fail: which one, of which container, at which port, and what came back. */
import type { EventRow } from '../../kube/events.ts'
import { type JsonObject, objectOf } from '../../kube/json.ts'
import type { Millis } from '../../ports.ts'
import type { Check, Draft } from '../check.ts'
import { type Container, severityOf, together, wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import type { Snapshot } from '../snapshot.ts'
import { conditionEvidence, conditionOf, eventEvidence, numberIn, proposal, remedy, since } from '../words.ts'

/** Until then it may still be starting. */
const STARTING_MS: Millis = 60_000
/** `Readiness probe failed: HTTP probe failed with statuscode: 500` (pkg/kubelet/prober/prober.go). */
const FAILED = /^(Readiness|Liveness|Startup) probe (?:failed|errored)/
const FIELDS = { Readiness: 'readinessProbe', Liveness: 'livenessProbe', Startup: 'startupProbe' } as const
type Which = keyof typeof FIELDS

/** `HTTP GET /healthz at port 8080`. */
const targetOf = (probe: JsonObject): string => {
  const { httpGet, tcpSocket, grpc, exec } = probe
  const port = (of: typeof httpGet) => String(objectOf(of).port ?? '')
  if (httpGet !== undefined) return `HTTP GET ${String(objectOf(httpGet).path ?? '/')} at port ${port(httpGet)}`
  if (tcpSocket !== undefined) return `TCP at port ${port(tcpSocket)}`
  if (grpc !== undefined) return `gRPC at port ${port(grpc)}`
  return exec === undefined ? 'a probe' : 'a command'
}

const PORTS = ['httpGet', 'tcpSocket', 'grpc'] as const

/** A number that no container of the pod declares: often the mistake itself. */
const isUndeclared = (probe: JsonObject, container: Container): boolean => {
  const port = PORTS.map((it) => objectOf(probe[it]).port).find((it) => it !== undefined)
  const ports = Array.isArray(container.spec.ports) ? container.spec.ports.map(objectOf) : []
  return port !== undefined && ports.length > 0 && !ports.some((it) => it.containerPort === port || it.name === port)
}

const whichOf = ({ message }: EventRow): Which | undefined => FAILED.exec(message)?.[1] as Which | undefined

/** The container that has such a probe and is not ready; an event does not name it in a table. */
const containerWith = (containers: readonly Container[], which: Which): Container | undefined => {
  const having = containers.filter((it) => it.spec[FIELDS[which]] !== undefined)
  return having.find((it) => !it.ready) ?? having[0]
}

const draftOf = (
  snapshot: Snapshot,
  pod: Parameters<typeof severityOf>[0],
  container: Container,
  which: Which,
  evidence: Draft['evidence'],
  confidence: Draft['confidence'],
): Draft => {
  const probe = objectOf(container.spec[FIELDS[which]])
  const { place, they } = together(pod, snapshot)
  const { namespace = '', name } = pod.subject
  const undeclared = isUndeclared(probe, container)
  return {
    severity: pod.ready ? 'warning' : severityOf(pod, snapshot),
    ...place,
    summary: `The ${which.toLowerCase()} probe of container ${container.name} of ${they} fails (${targetOf(probe)}${undeclared ? ', a port that the container does not declare' : ''}).`,
    evidence: [
      ...evidence,
      {
        source: `spec.containers[${container.name}].${FIELDS[which]}`,
        text: `${targetOf(probe)}, timeout ${numberIn(probe.timeoutSeconds, 1)}s, every ${numberIn(probe.periodSeconds, 10)}s, ${numberIn(probe.failureThreshold, 3)} failures`,
      },
    ],
    confidence,
    remedies: [
      remedy(
        undeclared
          ? 'Correct the probe’s port, or the container’s.'
          : which === 'Readiness'
            ? 'See why the program does not answer; it gets no traffic until it does.'
            : 'See why the program does not answer in time, or give it longer; the kubelet restarts it otherwise.',
      ),
      proposal(snapshot.scope, 'Read its log.', 'pods_log', { namespace, name, container: container.name, tail: 100 }),
    ],
  }
}

const probeFailing: Check = {
  id: 'pod-probe-failing',
  explainedBy: ['pod-oom-killed', 'node-not-ready'],
  run: (snapshot) =>
    wholePods(snapshot).flatMap(({ pod, object, containers }): readonly Draft[] => {
      if (pod.deleted !== undefined) return []
      const events = snapshot.events(pod.subject).filter((it) => it.reason === 'Unhealthy')
      // Where the program does not run at all, that its probe fails says nothing more.
      const crashes = containers.some((it) => it.waiting !== undefined && it.waiting.reason !== 'CrashLoopBackOff')
      if (crashes) return []
      for (const which of ['Liveness', 'Startup', 'Readiness'] as const) {
        const told = events.filter((it) => whichOf(it) === which)
        const container = containerWith(containers, which)
        if (container === undefined) continue
        const loops = container.waiting?.reason === 'CrashLoopBackOff'
        // A crash fails the readiness probe on its way; the other two bring the crash about.
        if (loops && which === 'Readiness') continue
        const running = container.running !== undefined
        if (
          told.length > 0 &&
          (loops || (running && !container.ready) || (which === 'Liveness' && container.restarts > 0))
        )
          return [draftOf(snapshot, pod, container, which, eventEvidence(told), 'high')]
        const condition = conditionOf(object, 'Ready')
        const started = since(container.running?.startedAt, snapshot.now) ?? 0
        const unready = since(condition?.lastTransitionTime, snapshot.now) ?? 0
        if (
          which === 'Readiness' &&
          condition !== undefined &&
          running &&
          !container.ready &&
          Math.min(started, unready) > STARTING_MS
        )
          return [draftOf(snapshot, pod, container, which, [conditionEvidence(condition, snapshot.now)], 'medium')]
      }
      return []
    }),
}

export const podProbes: Family = { checks: [probeFailing] }
