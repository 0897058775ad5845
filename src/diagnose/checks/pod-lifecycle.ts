/** The rest of a pod's life: evicted, refused by its security context, no sandbox, stuck on its way out, or just waiting. */
import { humanDuration } from '../../kube/ages.ts'
import { textOf } from '../../kube/json.ts'
import type { Millis } from '../../ports.ts'
import type { Check, Draft } from '../check.ts'
import { severityOf, together, wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import { conditionEvidence, conditionOf, eventEvidence, proposal, remedy, said, since, statusOf } from '../words.ts'

/** Beyond its grace period: the kubelet needs some seconds more. */
const LEAVING_MS: Millis = 60_000
/** Pulling and mounting take their time. */
const STARTING_MS: Millis = 120_000

const stringsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((it): it is string => typeof it === 'string') : []

/** `The node was low on resource: memory. …` (pkg/kubelet/eviction). */
const LOW = /was low on resource: ([\w-]+)/

const evicted: Check = {
  id: 'pod-evicted',
  explainedBy: ['node-pressure', 'node-not-ready'],
  run: (snapshot) =>
    wholePods(snapshot).flatMap(({ pod, object }): readonly Draft[] => {
      const { reason, message } = statusOf(object)
      if (reason !== 'Evicted' && reason !== 'Preempting') return []
      const { place, subjects, they } = together(pod, snapshot)
      const low = LOW.exec(said(message))?.[1]
      return [
        {
          severity: 'warning',
          ...place,
          summary: `${they} ${subjects.length === 1 ? 'was' : 'were'} evicted from its node${low === undefined ? '' : `, which was low on ${low}`}.`,
          evidence: [{ source: 'status', text: `${String(reason)}: ${said(message)}` }],
          confidence: 'high',
          remedies: [
            remedy('Give the pods requests that fit what they use, and the node room; evicted pods can be deleted.'),
          ],
        },
      ]
    }),
}

/** `container has runAsNonRoot and image will run as root` (pkg/kubelet/kuberuntime/security_context_others.go). */
const SECURITY =
  /runAsNonRoot|non-numeric user|securityContext|seccomp|apparmor|read-only file system|operation not permitted|selinux/i

const securityRefused: Check = {
  id: 'pod-security-refused',
  explainedBy: [],
  run: (snapshot) =>
    wholePods(snapshot).flatMap(({ pod, containers }) =>
      containers
        .filter(({ waiting }) =>
          /^(?:CreateContainer(?:Config)?Error|RunContainerError)$/.test(textOf(waiting?.reason) ?? ''),
        )
        .filter(({ waiting }) => SECURITY.test(textOf(waiting?.message) ?? ''))
        .map((container): Draft => {
          const { place, they } = together(pod, snapshot)
          return {
            severity: severityOf(pod, snapshot),
            ...place,
            summary: `Container ${container.name} of ${they} is refused by its own security context.`,
            evidence: [
              {
                source: `${container.path}.state.waiting`,
                text: `${String(container.waiting?.reason)}: ${said(container.waiting?.message)}`,
              },
            ],
            confidence: 'high',
            remedies: [
              remedy(
                'Set runAsUser to a numeric user that the image works with, or build the image for a non-root user.',
              ),
            ],
          }
        }),
    ),
}

const stuckLeaving: Check = {
  id: 'pod-terminating-stuck',
  explainedBy: ['node-not-ready'],
  run: (snapshot) =>
    wholePods(snapshot).flatMap(({ pod, object }): readonly Draft[] => {
      const grace = object.metadata?.deletionGracePeriodSeconds
      // The timestamp is when it should be gone; the grace period is in it.
      const late = since(pod.deleted, snapshot.now)
      if (late === undefined || late < LEAVING_MS) return []
      const finalizers = stringsIn(object.metadata?.finalizers)
      const { place, they } = together(pod, snapshot)
      return [
        {
          severity: 'warning',
          ...place,
          summary: `${they} should have been gone ${humanDuration(late)} ago${finalizers.length > 0 ? ` and is held by ${finalizers.length === 1 ? 'a finalizer' : 'finalizers'}` : ' and its node has not confirmed it'}.`,
          evidence: [
            {
              source: 'metadata.deletionTimestamp',
              text: `${pod.deleted ?? ''}, grace ${typeof grace === 'number' ? `${grace}s` : 'unknown'}`,
            },
            ...(finalizers.length > 0 ? [{ source: 'metadata.finalizers', text: finalizers.join(', ') }] : []),
            ...eventEvidence(snapshot.events(pod.subject)),
          ],
          confidence: finalizers.length > 0 ? 'high' : 'medium',
          remedies: [
            remedy(
              finalizers.length > 0
                ? 'See why the controller that owns the finalizer does not finish; removing it by hand skips its work.'
                : `See whether node ${pod.node ?? ''} is alive; a pod of a node that is gone for good leaves with the Node object.`,
            ),
          ],
        },
      ]
    }),
}

const noSandbox: Check = {
  id: 'pod-sandbox-failed',
  explainedBy: ['node-not-ready'],
  run: (snapshot) =>
    wholePods(snapshot).flatMap(({ pod }): readonly Draft[] => {
      const events = snapshot.events(pod.subject).filter((it) => it.reason === 'FailedCreatePodSandBox')
      if (events.length === 0 || pod.ready) return []
      const { place, they } = together(pod, snapshot)
      return [
        {
          severity: severityOf(pod, snapshot),
          ...place,
          summary: `The node ${pod.node ?? ''} cannot set up the network or sandbox of ${they}.`,
          evidence: eventEvidence(events),
          confidence: 'high',
          remedies: [remedy('Look at the network plugin and the container runtime of that node.')],
        },
      ]
    }),
}

/** What no other check has a word for; a mere consequence where something below it is wrong. */
const notReady: Check = {
  id: 'pod-not-ready',
  explainedBy: 'any',
  fallback: true,
  run: (snapshot) =>
    wholePods(snapshot).flatMap(({ pod, object, containers }): readonly Draft[] => {
      if (pod.ready || pod.done || pod.deleted !== undefined) return []
      // A pod of a Job that failed is the Job's matter.
      if (pod.owner?.kind === 'Job' && statusOf(object).phase === 'Failed') return []
      if (conditionOf(object, 'PodScheduled')?.status === 'False') return []
      const waiting = containers.find((it) => it.waiting !== undefined && it.waiting.reason !== 'CrashLoopBackOff')
      const reason = textOf(waiting?.waiting?.reason)
      const starts = reason === 'ContainerCreating' || reason === 'PodInitializing' || waiting === undefined
      const condition = conditionOf(object, 'Ready')
      const for_ = since(condition?.lastTransitionTime ?? statusOf(object).startTime ?? pod.created, snapshot.now) ?? 0
      const events = snapshot.events(pod.subject).filter((it) => it.reason !== 'Unhealthy')
      if (starts && for_ < STARTING_MS && events.length === 0) return []
      const { place, subjects, they } = together(pod, snapshot)
      const { namespace = '', name } = pod.subject
      return [
        {
          severity: severityOf(pod, snapshot),
          ...place,
          summary: `${they} ${subjects.length === 1 ? 'is' : 'are'} not ready: ${reason ?? pod.status}.`,
          evidence: [
            ...(waiting === undefined
              ? []
              : [
                  {
                    source: `${waiting.path}.state.waiting`,
                    text: `${reason ?? ''}: ${said(waiting.waiting?.message)}`,
                  },
                ]),
            ...(condition === undefined ? [] : [conditionEvidence(condition, snapshot.now)]),
            ...eventEvidence(events),
          ],
          confidence: 'low',
          remedies: [
            proposal(snapshot.scope, 'Look at it whole.', 'resources_describe', { kind: 'Pod', namespace, name }),
          ],
        },
      ]
    }),
}

export const podLifecycle: Family = { checks: [evicted, securityRefused, stuckLeaving, noSandbox, notReady] }
