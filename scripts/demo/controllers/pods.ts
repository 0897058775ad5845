/** Pods made from a template, named and owned as the real controllers do it. */

import { writtenBy } from '../apply/managers.ts'
import { withDefaults } from '../defaults.ts'
import {
  isRecord,
  type JsonObject,
  type KubeObject,
  labelsOf,
  nameOf,
  namespaceOf,
  record,
  records,
  text,
} from '../json.ts'
import { structOf } from '../schema/schema.ts'
import { runPod } from './kubelet.ts'
import { isForScheduler } from './scheduler.ts'
import { born, isOwnedBy, ownerReference, PODS, suffix, type World } from './world.ts'

const tokenVolume = (name: string): JsonObject => ({
  name,
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  },
})

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** What the ServiceAccount admission plugin adds: a short-lived token, mounted in every container. */
const withAccount = (spec: JsonObject, seed: string): JsonObject => {
  if (spec.automountServiceAccountToken === false) return spec
  const name = `kube-api-access-${suffix(`${seed}/token`, 5)}`
  const mounted = (container: JsonObject): JsonObject => ({
    ...container,
    volumeMounts: [...records(container, 'volumeMounts'), { name, readOnly: true, mountPath: MOUNT }],
  })
  return {
    ...spec,
    volumes: [...records(spec, 'volumes'), tokenVolume(name)],
    containers: records(spec, 'containers').map(mounted),
  }
}

const NOT_READY = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
]

const GATED = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
  lastProbeTime: null,
  lastTransitionTime: null,
}

/** A pod as it comes out of admission; a person's or a controller's. */
export const admitted = (pod: KubeObject): KubeObject => {
  const whole = withDefaults(pod)
  const spec = withAccount(record(whole, 'spec'), nameOf(pod))
  const account = text(spec, 'serviceAccountName')
  const gated = records(spec, 'schedulingGates').length > 0
  return {
    ...whole,
    ...(gated ? { status: { phase: 'Pending', conditions: [GATED] } } : {}),
    spec: {
      priority: 0,
      tolerations: NOT_READY,
      preemptionPolicy: 'PreemptLowerPriority',
      ...spec,
      serviceAccount: account,
    },
  }
}

interface PodPlan {
  readonly owner: KubeObject
  readonly name: string
  readonly template: JsonObject
  readonly labels?: Readonly<Record<string, string>>
  readonly spec?: JsonObject
  readonly generateName?: string
}

/** Makes a pod, runs it and stores it. */
export const makePod = (world: World, plan: PodPlan): KubeObject => {
  const annotations = record(plan.template, 'metadata', 'annotations')
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: born(world.when, {
      name: plan.name,
      namespace: namespaceOf(plan.owner),
      ...(plan.generateName === undefined ? {} : { generateName: plan.generateName }),
      labels: { ...labelsOf(plan.template), ...plan.labels },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [ownerReference(plan.owner)],
    }),
    spec: { ...record(plan.template, 'spec'), ...plan.spec },
  }
  const written = writtenBy(structOf('core.v1.Pod'), admitted(pod), 'kube-controller-manager', world.when)
  // A node that is named already needs no scheduler.
  const runs = isForScheduler(written) || text(written, 'spec', 'nodeName') !== ''
  return world.store.put(PODS, runs ? runPod(world, written) : written)
}

export const podsOf = (world: World, owner: KubeObject): KubeObject[] =>
  world.store.list(PODS, namespaceOf(owner)).filter((pod) => isOwnedBy(pod, owner))

export const isReady = (pod: KubeObject): boolean =>
  records(pod, 'status', 'conditions').some((item) => text(item, 'type') === 'Ready' && text(item, 'status') === 'True')

/** Whether the pod has run to its end. */
export const isOver = (pod: KubeObject): boolean => ['Succeeded', 'Failed'].includes(text(pod, 'status', 'phase'))

/** The `count` pods that go first, none where it is negative: those that are not ready, then the youngest. */
export const doomed = (pods: readonly KubeObject[], count: number): KubeObject[] =>
  [...pods]
    .sort((a, b) => {
      if (isReady(a) !== isReady(b)) return isReady(a) ? 1 : -1
      return text(a, 'metadata', 'creationTimestamp') < text(b, 'metadata', 'creationTimestamp') ? 1 : -1
    })
    .slice(0, Math.max(count, 0))

export const templateOf = (owner: KubeObject): JsonObject => {
  const template = owner.spec
  return isRecord(template) ? record(template, 'template') : {}
}
