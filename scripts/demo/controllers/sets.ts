/** StatefulSets, DaemonSets and Jobs: pods with names of their own, on every node, or until the work is done. */
import {
  at,
  integer,
  type JsonObject,
  type KubeObject,
  labelsOf,
  nameOf,
  namespaceOf,
  record,
  records,
  text,
} from '../json.ts'
import { timestamp } from '../store.ts'
import { templateHash } from './deployments.ts'
import { isOver, isReady, makePod, podsOf, templateOf } from './pods.ts'
import { tell } from './tell.ts'
import {
  after,
  born,
  condition,
  NODES,
  ownerReference,
  PODS,
  putIfChanged,
  suffix,
  type World,
  withStatus,
} from './world.ts'

const REVISIONS = 'controllerrevisions.apps'
const CLAIMS = 'persistentvolumeclaims'
const VOLUMES = 'persistentvolumes'
const HASH = 'controller-revision-hash'

/** The revision of the current template, as rollout history shows it. */
const revise = (world: World, owner: KubeObject): string => {
  const hash = templateHash(templateOf(owner))
  const name = `${nameOf(owner)}-${hash}`
  const namespace = namespaceOf(owner)
  if (world.store.get(REVISIONS, namespace, name) === undefined) {
    const existing = world.store
      .list(REVISIONS, namespace)
      .filter((item) => records(item, 'metadata', 'ownerReferences').some((ref) => text(ref, 'name') === nameOf(owner)))
    world.store.put(REVISIONS, {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: born(world.when, {
        name,
        namespace,
        labels: { ...labelsOf(templateOf(owner)), [HASH]: hash },
        ownerReferences: [ownerReference(owner)],
      }),
      data: { spec: { template: templateOf(owner) } },
      revision: 1 + Math.max(0, ...existing.map((item) => integer(item, 'revision'))),
    })
  }
  return hash
}

const bind = (world: World, set: KubeObject, claim: JsonObject, podName: string): string => {
  const name = `${text(claim, 'metadata', 'name')}-${podName}`
  const namespace = namespaceOf(set)
  if (world.store.get(CLAIMS, namespace, name) !== undefined) return name
  const volume = `pvc-${suffix(`${namespace}/${name}`, 8)}`
  const storage = text(claim, 'spec', 'resources', 'requests', 'storage')
  const modes = at(claim, 'spec', 'accessModes') ?? ['ReadWriteOnce']
  const stored = world.store.put(CLAIMS, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: born(world.when, { name, namespace, labels: labelsOf(templateOf(set)) }),
    spec: { storageClassName: 'standard', volumeMode: 'Filesystem', ...record(claim, 'spec'), volumeName: volume },
    status: { phase: 'Bound', accessModes: modes, capacity: { storage } },
  })
  world.store.put(VOLUMES, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: born(world.when, { name: volume }),
    spec: {
      capacity: { storage },
      accessModes: modes,
      claimRef: { kind: 'PersistentVolumeClaim', namespace, name, uid: text(stored, 'metadata', 'uid') },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: 'standard',
      volumeMode: 'Filesystem',
    },
    status: { phase: 'Bound' },
  })
  return name
}

export const reconcileStatefulSet = (world: World, set: KubeObject): boolean => {
  const version = world.store.version
  const hash = revise(world, set)
  const wanted = integer(set, 'spec', 'replicas')
  const revision = `${nameOf(set)}-${hash}`
  const keep = new Set(Array.from({ length: wanted }, (_none, index) => `${nameOf(set)}-${index}`))
  for (const pod of podsOf(world, set)) {
    const current = text(pod, 'metadata', 'labels', HASH) === revision
    if (!keep.has(nameOf(pod)) || !current) world.store.remove(PODS, namespaceOf(pod), nameOf(pod))
  }
  for (const [index, name] of [...keep].entries()) {
    if (world.store.get(PODS, namespaceOf(set), name) !== undefined) continue
    const volumes = records(set, 'spec', 'volumeClaimTemplates').map((claim) => ({
      name: text(claim, 'metadata', 'name'),
      persistentVolumeClaim: { claimName: bind(world, set, claim, name) },
    }))
    makePod(world, {
      owner: set,
      name,
      template: templateOf(set),
      labels: {
        [HASH]: revision,
        'statefulset.kubernetes.io/pod-name': name,
        'apps.kubernetes.io/pod-index': String(index),
      },
      spec: { hostname: name, volumes: [...volumes, ...records(templateOf(set), 'spec', 'volumes')] },
    })
  }
  const pods = podsOf(world, set)
  const ready = pods.filter(isReady).length
  putIfChanged(
    world,
    'statefulsets.apps',
    withStatus(set, {
      observedGeneration: integer(set, 'metadata', 'generation'),
      replicas: pods.length,
      readyReplicas: ready,
      currentReplicas: pods.length,
      updatedReplicas: pods.length,
      availableReplicas: ready,
      currentRevision: revision,
      updateRevision: revision,
      collisionCount: 0,
    }),
  )
  return world.store.version !== version
}

export const reconcileDaemonSet = (world: World, set: KubeObject): boolean => {
  const version = world.store.version
  const hash = revise(world, set)
  const pods = podsOf(world, set)
  for (const pod of pods) {
    if (text(pod, 'metadata', 'labels', HASH) !== hash) world.store.remove(PODS, namespaceOf(pod), nameOf(pod))
  }
  const selector = Object.entries(record(templateOf(set), 'spec', 'nodeSelector'))
  const nodes = world.store
    .list(NODES)
    .filter((node) => selector.every(([key, value]) => at(node, 'metadata', 'labels', key) === value))
  for (const node of nodes) {
    const there = podsOf(world, set).some((pod) => text(pod, 'spec', 'nodeName') === nameOf(node))
    if (there) continue
    const name = `${nameOf(set)}-${suffix(`${nameOf(set)}/${nameOf(node)}/${world.store.version}`, 5)}`
    makePod(world, {
      owner: set,
      name,
      generateName: `${nameOf(set)}-`,
      template: templateOf(set),
      labels: { [HASH]: hash, 'pod-template-generation': String(integer(set, 'metadata', 'generation') || 1) },
      spec: { nodeName: nameOf(node) },
    })
  }
  const present = podsOf(world, set)
  const ready = present.filter(isReady).length
  putIfChanged(
    world,
    'daemonsets.apps',
    withStatus(set, {
      currentNumberScheduled: present.length,
      numberMisscheduled: 0,
      desiredNumberScheduled: nodes.length,
      numberReady: ready,
      observedGeneration: integer(set, 'metadata', 'generation'),
      updatedNumberScheduled: present.length,
      ...(ready === 0 ? {} : { numberAvailable: ready }),
    }),
  )
  return world.store.version !== version
}

const JOB_NAME = 'batch.kubernetes.io/job-name'
const CONTROLLER = 'batch.kubernetes.io/controller-uid'

const jobStatus = (job: KubeObject, pods: readonly KubeObject[], when: Date): JsonObject => {
  const count = (phase: string) => pods.filter((pod) => text(pod, 'status', 'phase') === phase).length
  const succeeded = count('Succeeded')
  const failed = count('Failed')
  const started = { startTime: timestamp(when), ready: pods.filter(isReady).length, terminating: 0 }
  const ends = pods.map((pod) => text(pod, 'status', 'containerStatuses', 0, 'state', 'terminated', 'finishedAt'))
  const end = ends.sort().at(-1) || timestamp(after(when, 1))
  if (succeeded >= Math.max(1, integer(job, 'spec', 'completions'))) {
    return {
      ...started,
      completionTime: end,
      succeeded,
      uncountedTerminatedPods: {},
      conditions: [
        condition(
          'SuccessCriteriaMet',
          true,
          new Date(end),
          'CompletionsReached',
          'Reached expected number of succeeded pods',
        ),
        condition('Complete', true, new Date(end), 'CompletionsReached', 'Reached expected number of succeeded pods'),
      ],
    }
  }
  if (failed > integer(job, 'spec', 'backoffLimit')) {
    const why = 'Job has reached the specified backoff limit'
    return {
      ...started,
      failed,
      uncountedTerminatedPods: {},
      conditions: [
        condition('FailureTarget', true, new Date(end), 'BackoffLimitExceeded', why),
        condition('Failed', true, new Date(end), 'BackoffLimitExceeded', why),
      ],
    }
  }
  const active = pods.filter((pod) => !isOver(pod)).length
  return {
    ...started,
    ...(active === 0 ? {} : { active }),
    ...(failed === 0 ? {} : { failed }),
    uncountedTerminatedPods: {},
  }
}

export const reconcileJob = (world: World, job: KubeObject): boolean => {
  const version = world.store.version
  const labels = { [CONTROLLER]: text(job, 'metadata', 'uid'), [JOB_NAME]: nameOf(job), 'job-name': nameOf(job) }
  const selector = { matchLabels: { [CONTROLLER]: text(job, 'metadata', 'uid') } }
  const limit = integer(job, 'spec', 'backoffLimit')
  const wanted = Math.max(1, integer(job, 'spec', 'completions'))
  const done = () => podsOf(world, job).filter((pod) => text(pod, 'status', 'phase') === 'Succeeded').length
  const alive = () => podsOf(world, job).filter((pod) => !isOver(pod)).length
  const lost = () => podsOf(world, job).length - done() - alive()
  const finished = text(job, 'status', 'completionTime') !== '' || at(job, 'spec', 'suspend') === true
  while (!finished && done() + alive() < wanted && lost() <= limit) {
    const name = `${nameOf(job)}-${suffix(`${nameOf(job)}/${world.store.version}`, 5)}`
    const pod = makePod(world, { owner: job, name, generateName: `${nameOf(job)}-`, template: templateOf(job), labels })
    tell(world, job, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${nameOf(pod)}`,
      component: 'job-controller',
      first: world.when,
    })
  }
  const template = templateOf(job)
  const marked = {
    ...template,
    metadata: { ...record(template, 'metadata'), labels: { ...labelsOf(template), ...labels } },
  }
  const status = finished ? record(job, 'status') : jobStatus(job, podsOf(world, job), world.when)
  putIfChanged(
    world,
    'jobs.batch',
    withStatus({ ...job, spec: { ...record(job, 'spec'), selector, template: marked } }, status),
  )
  return world.store.version !== version
}
