/**
 * Deployments and ReplicaSets. A rollout is over at once when the new pods become ready; when they do not, the old ones
 * stay as long as maxUnavailable wants them, which is what makes a broken image survivable on a real cluster.
 */
import { createHash } from 'node:crypto'
import {
  at,
  integer,
  type Json,
  type JsonObject,
  type KubeObject,
  labelsOf,
  nameOf,
  namespaceOf,
  record,
  text,
} from '../json.ts'
import { doomed, isReady, makePod, podsOf, templateOf } from './pods.ts'
import { tell } from './tell.ts'
import {
  born,
  condition,
  DEPLOYMENTS,
  isOwnedBy,
  ownerReference,
  PODS,
  putIfChanged,
  REPLICA_SETS,
  suffix,
  type World,
  withStatus,
} from './world.ts'

const REVISION = 'deployment.kubernetes.io/revision'
const HASH = 'pod-template-hash'

const sorted = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  )
}

/** The same template gives the same hash, as rolling back relies on. */
export const templateHash = (template: JsonObject): string =>
  suffix(
    createHash('sha256')
      .update(JSON.stringify(sorted(template)))
      .digest('hex'),
    10,
  )

const percent = (value: Json | undefined, total: number, round: (value: number) => number): number => {
  if (typeof value === 'number') return value
  const match = /^(\d+)%$/.exec(String(value ?? '0'))
  return round((Number(match?.[1] ?? 0) / 100) * total)
}

/** ReplicaSets: the right number of pods, and the status that says so. */
export const reconcileReplicaSet = (world: World, set: KubeObject): boolean => {
  const wanted = integer(set, 'spec', 'replicas')
  const pods = podsOf(world, set)
  for (let index = pods.length; index < wanted; index += 1) {
    const name = `${nameOf(set)}-${suffix(`${nameOf(set)}/${world.store.version}`, 5)}`
    const pod = makePod(world, { owner: set, name, generateName: `${nameOf(set)}-`, template: templateOf(set) })
    tell(world, set, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${nameOf(pod)}`,
      component: 'replicaset-controller',
      first: world.when,
    })
  }
  for (const pod of doomed(pods, pods.length - wanted)) {
    world.store.remove(PODS, namespaceOf(pod), nameOf(pod))
    tell(world, set, {
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${nameOf(pod)}`,
      component: 'replicaset-controller',
      first: world.when,
    })
  }
  const present = podsOf(world, set)
  const ready = present.filter(isReady).length
  return putIfChanged(
    world,
    REPLICA_SETS,
    withStatus(set, {
      replicas: present.length,
      ...(present.length === 0 ? {} : { fullyLabeledReplicas: present.length }),
      ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
      observedGeneration: integer(set, 'metadata', 'generation'),
    }),
  )
}

const setsOf = (world: World, deployment: KubeObject): KubeObject[] =>
  world.store.list(REPLICA_SETS, namespaceOf(deployment)).filter((set) => isOwnedBy(set, deployment))

const scaleSet = (world: World, deployment: KubeObject, set: KubeObject, replicas: number): void => {
  const current = integer(set, 'spec', 'replicas')
  if (current !== replicas) {
    tell(world, deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: `Scaled ${replicas > current ? 'up' : 'down'} replica set ${nameOf(set)} from ${current} to ${replicas}`,
      component: 'deployment-controller',
      first: world.when,
    })
  }
  const generation = integer(set, 'metadata', 'generation') + (current === replicas ? 0 : 1)
  const scaled = { ...set, metadata: { ...set.metadata, generation }, spec: { ...record(set, 'spec'), replicas } }
  reconcileReplicaSet(world, current === replicas ? set : world.store.put(REPLICA_SETS, scaled))
}

const newSet = (world: World, deployment: KubeObject, hash: string, revision: number): KubeObject => {
  const template = templateOf(deployment)
  const labels = { ...labelsOf(template), [HASH]: hash }
  const desired = integer(deployment, 'spec', 'replicas')
  return world.store.put(REPLICA_SETS, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      ...born(world.when, { name: `${nameOf(deployment)}-${hash}`, namespace: namespaceOf(deployment) }),
      generation: 1,
      labels,
      annotations: {
        'deployment.kubernetes.io/desired-replicas': String(desired),
        [REVISION]: String(revision),
      },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: { ...record(deployment, 'spec', 'selector', 'matchLabels'), [HASH]: hash } },
      template: { ...template, metadata: { ...record(template, 'metadata'), labels } },
    },
    status: { replicas: 0 },
  })
}

const revisionOf = (object: KubeObject): number => Number(text(object, 'metadata', 'annotations', REVISION) || 0)

const annotate = (object: KubeObject, revision: number): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...record(object, 'metadata', 'annotations'), [REVISION]: String(revision) },
  },
})

/** Moves pods from the old sets to the current one as far as the new pods carry it. */
const roll = (world: World, deployment: KubeObject, current: KubeObject, old: readonly KubeObject[]): void => {
  const desired = integer(deployment, 'spec', 'replicas')
  const live = old.filter((set) => integer(set, 'spec', 'replicas') > 0)
  const rolling = text(deployment, 'spec', 'strategy', 'type') !== 'Recreate'
  if (live.length === 0 || !rolling || desired === 0) {
    for (const set of live) scaleSet(world, deployment, set, 0)
    scaleSet(world, deployment, current, desired)
    return
  }
  const strategy = record(deployment, 'spec', 'strategy', 'rollingUpdate')
  const surge = Math.max(percent(strategy.maxSurge, desired, Math.ceil), 1)
  scaleSet(world, deployment, current, Math.min(desired, Math.max(surge, integer(current, 'spec', 'replicas'))))
  const stored = world.store.get(REPLICA_SETS, namespaceOf(current), nameOf(current)) ?? current
  const pods = podsOf(world, stored)
  if (pods.length > 0 && pods.every(isReady)) {
    for (const set of live) scaleSet(world, deployment, set, 0)
    scaleSet(world, deployment, stored, desired)
    return
  }
  const unavailable = percent(strategy.maxUnavailable, desired, Math.floor)
  let keep = desired - unavailable
  for (const set of live) {
    const replicas = Math.min(integer(set, 'spec', 'replicas'), keep)
    scaleSet(world, deployment, set, replicas)
    keep -= replicas
  }
}

const DEADLINE_S = 600

/** A condition keeps its time of transition while its status stays. */
const kept = (deployment: KubeObject, made: JsonObject): JsonObject => {
  const conditions = at(deployment, 'status', 'conditions')
  const old = Array.isArray(conditions) ? conditions.find((item) => text(item, 'type') === made.type) : undefined
  const same = old !== undefined && text(old, 'status') === made.status
  const times = { lastUpdateTime: made.lastTransitionTime ?? '', lastTransitionTime: made.lastTransitionTime ?? '' }
  if (!same) return { ...made, ...times }
  const unchanged = text(old, 'reason') === made.reason && text(old, 'message') === made.message
  return {
    ...made,
    lastUpdateTime: unchanged ? text(old, 'lastUpdateTime') : times.lastUpdateTime,
    lastTransitionTime: text(old, 'lastTransitionTime'),
  }
}

const status = (world: World, deployment: KubeObject, current: KubeObject): JsonObject => {
  const desired = integer(deployment, 'spec', 'replicas')
  const sets = setsOf(world, deployment)
  const sum = (field: string, of: readonly KubeObject[]) =>
    of.reduce((total, set) => total + integer(set, 'status', field), 0)
  const replicas = sum('replicas', sets)
  const ready = sum('readyReplicas', sets)
  const updated = sets.filter((set) => nameOf(set) === nameOf(current))
  const complete = sum('readyReplicas', updated) === desired && replicas === desired
  const minimum =
    desired - percent(at(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable'), desired, Math.floor)
  const available = ready >= minimum
  const begun = Date.parse(text(current, 'metadata', 'creationTimestamp'))
  const stuck = !complete && world.now.getTime() - begun > DEADLINE_S * 1000
  const name = nameOf(current)
  const progressing = complete
    ? condition(
        'Progressing',
        true,
        world.when,
        'NewReplicaSetAvailable',
        `ReplicaSet "${name}" has successfully progressed.`,
      )
    : stuck
      ? condition(
          'Progressing',
          false,
          world.when,
          'ProgressDeadlineExceeded',
          `ReplicaSet "${name}" has timed out progressing.`,
        )
      : condition('Progressing', true, world.when, 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`)
  const conditions = [
    condition(
      'Available',
      available,
      world.when,
      available ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      available ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    ),
    progressing,
  ].map((made) => kept(deployment, made))
  const counts = {
    replicas,
    updatedReplicas: sum('replicas', updated),
    readyReplicas: ready,
    availableReplicas: ready,
    unavailableReplicas: Math.max(replicas - ready, 0),
  }
  return {
    observedGeneration: integer(deployment, 'metadata', 'generation'),
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    conditions,
  }
}

export const reconcileDeployment = (world: World, given: KubeObject): boolean => {
  const version = world.store.version
  const hash = templateHash(templateOf(given))
  const sets = setsOf(world, given)
  const found = sets.find((set) => text(set, 'metadata', 'labels', HASH) === hash)
  const highest = Math.max(0, ...sets.map(revisionOf))
  const paused = at(given, 'spec', 'paused') === true
  if (paused && found === undefined) return false
  const revision = found !== undefined && revisionOf(found) === highest ? highest : highest + 1
  const current = found ?? newSet(world, given, hash, revision)
  const marked = revisionOf(current) === revision ? current : world.store.put(REPLICA_SETS, annotate(current, revision))
  roll(
    world,
    given,
    marked,
    sets.filter((set) => nameOf(set) !== nameOf(marked)),
  )
  const deployment = revisionOf(given) === revision ? given : annotate(given, revision)
  putIfChanged(world, DEPLOYMENTS, withStatus(deployment, status(world, deployment, marked)))
  return world.store.version !== version
}
