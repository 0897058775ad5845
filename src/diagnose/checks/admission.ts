/**
 * Pods that the API server will not take: quotas, limit ranges, Pod Security, webhooks, a ServiceAccount that is not
 * there. The controllers repeat its words in an event and in a condition; here they are read back.
 */
import { textOf } from '../../kube/json.ts'
import type { Subject } from '../../report.ts'
import type { Check, Draft } from '../check.ts'
import type { Family } from '../family.ts'
import { resourceOf } from '../kinds.ts'
import type { Snapshot } from '../snapshot.ts'
import { nameOf, subjectNamed, subjectOf } from '../subject.ts'
import type { Want } from '../want.ts'
import { conditionOf, eventText, numberIn, objectsIn, proposal, remedy, said, specOf, statusOf } from '../words.ts'

interface Refusal {
  readonly workload: Subject
  readonly message: string
  readonly source: string
  readonly text: string
}

const OWNERS = {
  replicaset: 'ReplicaSet',
  statefulset: 'StatefulSet',
  daemonset: 'DaemonSet',
  job: 'Job',
} as const

/** The Deployment of a ReplicaSet is its name without the hash. */
const workloadNamed = (object: string, namespace: string, snapshot: Snapshot): Subject | undefined => {
  const [kind = '', name = ''] = object.split('/')
  const deployment = name.slice(0, name.lastIndexOf('-'))
  if (kind === 'replicaset' && snapshot.find('deployments', deployment, namespace) !== undefined)
    return subjectNamed('deployments', deployment, namespace)
  switch (OWNERS[kind as keyof typeof OWNERS]) {
    case 'ReplicaSet':
      return subjectNamed('replicasets', name, namespace)
    case 'StatefulSet':
      return subjectNamed('statefulsets', name, namespace)
    case 'DaemonSet':
      return subjectNamed('daemonsets', name, namespace)
    case 'Job':
      return subjectNamed('jobs', name, namespace)
    default:
      return undefined
  }
}

/** One a workload: the newest event, else what its condition says. */
const refusals = (snapshot: Snapshot): readonly Refusal[] => {
  const found = new Map<string, Refusal>()
  const add = (refusal: Refusal) => {
    if (!found.has(nameOf(refusal.workload))) found.set(nameOf(refusal.workload), refusal)
  }
  for (const event of snapshot.warnings) {
    if (event.reason !== 'FailedCreate') continue
    const workload = workloadNamed(event.object, event.namespace, snapshot)
    if (workload !== undefined) add({ workload, message: event.message, source: 'event', text: eventText(event) })
  }
  for (const deployment of snapshot.list('deployments')) {
    const condition = conditionOf(deployment, 'ReplicaFailure')
    const message = textOf(condition?.message)
    if (condition?.status === 'True' && message !== undefined)
      add({
        workload: subjectOf(deployment),
        message,
        source: 'status.conditions[ReplicaFailure]',
        text: `${String(condition.reason)}: ${said(message)}`,
      })
  }
  // An event outlives its trouble by an hour; a workload that has all its pods is in none.
  return [...found.values()].filter(({ workload }) => isShort(workload, snapshot))
}

/** Fewer pods, or fewer ready ones, than are wanted; what was not read counts as short. */
const isShort = ({ kind, name, namespace }: Subject, snapshot: Snapshot): boolean => {
  const resource = resourceOf(kind)
  const object = resource === undefined ? undefined : snapshot.find(resource, name, namespace)
  if (object === undefined || kind === 'ReplicaSet') return true
  const status = statusOf(object)
  if (kind === 'Job') return numberIn(status.succeeded) === 0
  const [wanted, has, ready] =
    kind === 'DaemonSet'
      ? [numberIn(status.desiredNumberScheduled), status.currentNumberScheduled, status.numberReady]
      : [numberIn(specOf(object).replicas, 1), status.replicas, status.readyReplicas]
  return numberIn(has) < wanted || numberIn(ready) < wanted
}

/** `exceeded quota: NAME, requested: …` or `failed quota: NAME: must specify …` (plugin/pkg/admission/resourcequota). */
const QUOTA = /(?:exceeded|failed) quota: ([a-z0-9.-]+)/
/** `maximum memory usage per Container is 512Mi, but limit is 1Gi` (plugin/pkg/admission/limitranger). */
const LIMIT_RANGE =
  /(?:minimum|maximum) \S+ usage per (?:Container|Pod) is|(?:max|min)\S{0,20} limit to request ratio per/
/** `error looking up service account shop/deployer: serviceaccount "deployer" not found` (plugin/pkg/admission/serviceaccount). */
const SERVICE_ACCOUNT = /serviceaccount "([a-z0-9.-]+)" not found/
/** `violates PodSecurity "restricted:latest": …` (k8s.io/pod-security-admission). */
const POD_SECURITY = /violates PodSecurity "([^"]+)"/
/** `failed calling webhook "x": …` and `admission webhook "x" denied the request: …` (apiserver/pkg/admission/plugin/webhook). */
const WEBHOOK_FAILED = /failed calling webhook "([^"]+)"/
const WEBHOOK_DENIED = /admission webhook "([^"]+)" denied the request/

/** Those whose words match, grouped by what they name. */
const grouped = (snapshot: Snapshot, words: RegExp) => {
  const groups = new Map<string, Refusal[]>()
  for (const refusal of refusals(snapshot)) {
    const match = words.exec(refusal.message)
    if (match === null) continue
    const key = `${refusal.workload.namespace ?? ''} ${match[1] ?? ''}`
    groups.set(key, [...(groups.get(key) ?? []), refusal])
  }
  return [...groups.values()].map((of) => ({ of, name: words.exec(of[0]?.message ?? '')?.[1] ?? '' }))
}

const evidenceOf = (of: readonly Refusal[]): Draft['evidence'] =>
  of.slice(0, 2).map(({ workload, source, text }) => ({ source, text: `of ${nameOf(workload)}: ${text}` }))

const list = (of: readonly Refusal[]): string => of.map(({ workload }) => nameOf(workload)).join(', ')

const quota: Check = {
  id: 'quota-exceeded',
  explainedBy: [],
  run: (snapshot) =>
    grouped(snapshot, QUOTA).map(({ of, name }): Draft => {
      const namespace = of[0]?.workload.namespace
      const subject = subjectNamed('resourcequotas', name, namespace)
      const unstated = of.some(({ message }) => message.includes('must specify'))
      return {
        severity: 'critical',
        subject,
        summary: unstated
          ? `${nameOf(subject)} takes only pods that state requests or limits which those of ${list(of)} leave out.`
          : `${nameOf(subject)} is used up, so ${list(of)} cannot make pods.`,
        evidence: evidenceOf(of),
        confidence: 'high',
        remedies: [
          remedy(
            unstated
              ? 'State the requests and limits that the quota counts, or add a LimitRange with defaults.'
              : 'Raise the quota, lower the requests, or free what others use.',
          ),
          proposal(snapshot.scope, 'See what is used.', 'resources_describe', {
            kind: 'ResourceQuota',
            name,
            ...(namespace === undefined ? {} : { namespace }),
          }),
        ],
        affects: of.map(({ workload }) => workload),
      }
    }),
}

const limitRange: Check = {
  id: 'limit-range-violated',
  explainedBy: [],
  run: (snapshot) =>
    grouped(snapshot, LIMIT_RANGE).map(({ of }): Draft => {
      const namespace = of[0]?.workload.namespace
      const ranges = snapshot.list('limitranges').filter((it) => it.metadata?.namespace === namespace)
      const [range] = ranges
      // The API server does not say which; where there is one, it is that one.
      const subject = range === undefined || ranges.length > 1 ? (of[0] as Refusal).workload : subjectOf(range)
      return {
        severity: 'critical',
        subject,
        summary: `A limit range of namespace ${namespace ?? ''} refuses the pods of ${list(of)}.`,
        evidence: evidenceOf(of),
        confidence: 'high',
        remedies: [remedy('Bring the container’s requests and limits within the range, or change the LimitRange.')],
        affects: of.map(({ workload }) => workload),
      }
    }),
}

const serviceAccount: Check = {
  id: 'config-missing',
  explainedBy: [],
  run: (snapshot) =>
    grouped(snapshot, SERVICE_ACCOUNT).map(({ of, name }): Draft => {
      const subject = subjectNamed('serviceaccounts', name, of[0]?.workload.namespace)
      return {
        severity: 'critical',
        subject,
        summary: `${nameOf(subject)} does not exist, so ${list(of)} cannot make pods.`,
        evidence: evidenceOf(of),
        confidence: 'high',
        remedies: [remedy('Create the ServiceAccount, or correct its name in the pod template.')],
        affects: of.map(({ workload }) => workload),
      }
    }),
}

const webhook: Check = {
  id: 'webhook-failing',
  explainedBy: ['service-no-endpoints'],
  run: (snapshot) =>
    grouped(snapshot, WEBHOOK_FAILED).map(({ of, name }): Draft => {
      const holder = (['mutatingwebhooks', 'validatingwebhooks'] as const)
        .flatMap((it) => snapshot.list(it))
        .find((it) => objectsIn(it.webhooks as never).some((one) => one.name === name))
      return {
        severity: 'critical',
        subject: holder === undefined ? (of[0] as Refusal).workload : subjectOf(holder),
        summary: `The admission webhook ${name} does not answer, so ${list(of)} cannot make pods.`,
        evidence: evidenceOf(of),
        confidence: 'high',
        remedies: [
          remedy(
            'Bring the webhook’s Service back; where its failurePolicy may be Ignore, the API server goes on without it.',
          ),
        ],
        affects: of.map(({ workload }) => workload),
      }
    }),
}

/** Everything else that was refused, Pod Security and policy webhooks among it. */
const refused: Check = {
  id: 'workload-pods-refused',
  explainedBy: [],
  run: (snapshot) =>
    refusals(snapshot)
      .filter(({ message }) => ![QUOTA, LIMIT_RANGE, SERVICE_ACCOUNT, WEBHOOK_FAILED].some((it) => it.test(message)))
      .map((refusal): Draft => {
        const { workload, message } = refusal
        const level = POD_SECURITY.exec(message)?.[1]
        const denied = WEBHOOK_DENIED.exec(message)?.[1]
        const why =
          level !== undefined
            ? `Pod Security ${level} forbids them`
            : denied !== undefined
              ? `the admission webhook ${denied} denies them`
              : 'the API server refuses them'
        return {
          severity: 'critical',
          subject: workload,
          summary: `${nameOf(workload)} cannot make its pods: ${why}.`,
          evidence: evidenceOf([refusal]),
          confidence: level === undefined && denied === undefined ? 'medium' : 'high',
          remedies: [
            remedy(
              level === undefined
                ? 'Change the pod template so that it is admitted.'
                : 'Change the pod template so that it meets the level, or move it to a namespace meant for it.',
            ),
          ],
        }
      }),
}

const wants = (snapshot: Snapshot): readonly Want[] => {
  const messages = refusals(snapshot).map((it) => it.message)
  const some = (words: RegExp): boolean => messages.some((it) => words.test(it))
  return [
    ...(some(LIMIT_RANGE) ? [{ what: 'list', resource: 'limitranges' } as const] : []),
    ...(some(WEBHOOK_FAILED)
      ? [
          { what: 'list', resource: 'mutatingwebhooks' } as const,
          { what: 'list', resource: 'validatingwebhooks' } as const,
        ]
      : []),
  ]
}

export const admission: Family = { checks: [quota, limitRange, serviceAccount, webhook, refused], wants }
