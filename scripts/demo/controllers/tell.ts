/** Events: what the simulated components tell about an object, with a count and the times of first and last. */
import { type KubeObject, nameOf, namespaceOf, text, uidOf } from '../json.ts'
import { newUid, timestamp } from '../store.ts'
import type { World } from './world.ts'

export interface Told {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  readonly component: string
  readonly host?: string
  readonly fieldPath?: string
  readonly count?: number
  readonly first: Date
  readonly last?: Date
}

/** How long the real server keeps an event after it was last told. */
const LIFETIME_MS = 60 * 60 * 1000

/** Where an event about a cluster-scoped object lives. */
const CLUSTER_EVENTS = 'default'

export const tell = (world: World, about: KubeObject, told: Told): void => {
  const last = told.last ?? told.first
  if (world.now.getTime() - last.getTime() > LIFETIME_MS) return
  const namespace = namespaceOf(about)
  const stamp = BigInt(told.first.getTime()) * 1_000_000n + BigInt(world.store.version)
  const component = told.component
  world.store.put('events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${nameOf(about)}.${stamp.toString(16)}`,
      namespace: namespace || CLUSTER_EVENTS,
      uid: newUid(),
      creationTimestamp: timestamp(told.first),
    },
    involvedObject: {
      kind: about.kind,
      ...(namespace === '' ? {} : { namespace }),
      name: nameOf(about),
      uid: uidOf(about),
      apiVersion: about.apiVersion,
      resourceVersion: text(about, 'metadata', 'resourceVersion'),
      ...(told.fieldPath === undefined ? {} : { fieldPath: told.fieldPath }),
    },
    reason: told.reason,
    message: told.message,
    source: { component, ...(told.host === undefined ? {} : { host: told.host }) },
    firstTimestamp: timestamp(told.first),
    lastTimestamp: timestamp(last),
    count: told.count ?? 1,
    type: told.type,
    eventTime: null,
    reportingComponent: component,
    reportingInstance: told.host ?? '',
  })
}
