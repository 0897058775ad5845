/**
 * Runs every controller until nothing changes any more. It happens inside the write that caused it, so whoever wrote
 * sees the outcome with the next read: what takes a real cluster seconds takes none here.
 */
import type { Cluster } from '../cluster.ts'
import { at, type KubeObject, nameOf, namespaceOf, records, text, uidOf } from '../json.ts'
import { newUid, timestamp } from '../store.ts'
import { start } from './containers.ts'
import { reconcileDeployment, reconcileReplicaSet } from './deployments.ts'
import { runPod } from './kubelet.ts'
import { isForScheduler, schedule } from './scheduler.ts'
import { reconcileBudget, reconcileService } from './services.ts'
import { reconcileDaemonSet, reconcileJob, reconcileStatefulSet } from './sets.ts'
import { DEPLOYMENTS, PODS, playOf, REPLICA_SETS, type World } from './world.ts'

/** Rounds until quiet; more would mean that two controllers fight, which is a mistake in them. */
const ROUNDS = 8

type Reconcile = (world: World, object: KubeObject) => boolean

/**
 * Pods that could not run so far are tried again: a new one for the first time, one without a node when some node has
 * room for it now, one without its configuration when that is there now.
 */
const retry: Reconcile = (world, pod) => {
  if (text(pod, 'status', 'phase') !== 'Pending' || !isForScheduler(pod)) return false
  const conditions = records(pod, 'status', 'conditions')
  if (playOf(pod) !== '' && conditions.length > 0) return false
  const placed = text(pod, 'spec', 'nodeName') !== ''
  const waits = records(pod, 'status', 'containerStatuses').some(
    (status) => text(status, 'state', 'waiting', 'reason') === 'CreateContainerConfigError',
  )
  const hopeful =
    conditions.length === 0 ||
    (!placed && schedule(world, pod).node !== '') ||
    (waits && records(pod, 'spec', 'containers').every((container) => start(world, pod, container).kind === 'started'))
  if (!hopeful) return false
  world.store.put(PODS, runPod(world, pod))
  return true
}

const ACCOUNTS = 'serviceaccounts'

const reconcileNamespace: Reconcile = (world, namespace) => {
  const name = nameOf(namespace)
  if (world.store.get(ACCOUNTS, name, 'default') !== undefined) return false
  const metadata = { namespace: name, uid: newUid(), creationTimestamp: timestamp(world.when) }
  world.store.put(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', ...metadata } })
  world.store.put('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-root-ca.crt', ...metadata, uid: newUid() },
    data: { 'ca.crt': 'the certificate of this cluster\n' },
  })
  return true
}

const STEPS: readonly (readonly [string, Reconcile])[] = [
  ['namespaces', reconcileNamespace],
  [PODS, retry],
  [DEPLOYMENTS, reconcileDeployment],
  [REPLICA_SETS, reconcileReplicaSet],
  ['statefulsets.apps', reconcileStatefulSet],
  ['daemonsets.apps', reconcileDaemonSet],
  ['jobs.batch', reconcileJob],
  ['services', reconcileService],
  ['poddisruptionbudgets.policy', reconcileBudget],
]

/** Objects whose every owner is gone go too. Events belong to nobody and stay. */
const collect = (world: World): boolean => {
  const { store } = world
  const shelves = store.shelves().filter((shelf) => shelf !== 'events')
  const alive = new Set(shelves.flatMap((shelf) => store.list(shelf).map(uidOf)))
  const orphans = shelves.flatMap((shelf) =>
    store
      .list(shelf)
      .filter((object) => {
        const owners = records(object, 'metadata', 'ownerReferences')
        return owners.length > 0 && owners.every((owner) => !alive.has(text(owner, 'uid')))
      })
      .map((object) => ({ shelf, object })),
  )
  for (const { shelf, object } of orphans) store.remove(shelf, namespaceOf(object), nameOf(object))
  return orphans.length > 0
}

/** @param namespace only what lives there is looked at; empty: everything. */
export const settle = (cluster: Cluster, when: Date, namespace = ''): void => {
  const world: World = { store: cluster.store, cluster, when, now: cluster.now() }
  for (let round = 0; round < ROUNDS; round += 1) {
    let changed = collect(world)
    for (const [shelf, reconcile] of STEPS) {
      const scoped = shelf === 'namespaces' ? '' : namespace
      for (const object of cluster.store.list(shelf, scoped)) {
        // An earlier step of this round may have removed or replaced it.
        const current = cluster.store.get(shelf, namespaceOf(object), nameOf(object))
        if (current === undefined || at(current, 'metadata', 'deletionTimestamp') !== undefined) continue
        if (playOf(current) === 'still') continue
        if (reconcile(world, current)) changed = true
      }
    }
    if (!changed) return
  }
}
