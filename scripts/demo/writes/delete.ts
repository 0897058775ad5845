/** DELETE of one object or of all that a selector finds: preconditions, dry runs, finalizers, and what hangs below. */
import { settle } from '../controllers/settle.ts'
import {
  integer,
  isRecord,
  type JsonObject,
  type KubeObject,
  nameOf,
  namespaceOf,
  records,
  strings,
  text,
  uidOf,
} from '../json.ts'
import { selected } from '../reads.ts'
import { apiVersionOf, type Resource, shelfOf } from '../resources.ts'
import { type Cause, failedPrecondition, notFound } from '../status.ts'
import { timestamp } from '../store.ts'
import type { Reply } from '../wire.ts'
import { current, header, reply, sameVersion, type Write } from './context.ts'
import { parseBody } from './decode.ts'
import { dryRunCauses, refuseOptions } from './options.ts'

/** Kinds whose deletion answers with the object; all others with a Status. */
const ANSWERS_WITH_OBJECT = new Set([
  'Namespace',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Pod',
  'PodTemplate',
  'ResourceQuota',
  'Service',
  'ServiceAccount',
  'StorageClass',
  'VolumeAttachment',
])

const POLICIES = ['Orphan', 'Background', 'Foreground']

interface DeleteOptions {
  readonly dryRun: boolean
  readonly uid: string
  readonly resourceVersion: string
  readonly orphan: boolean
  readonly gracePeriod: number | undefined
}

const optionsOf = (write: Write): DeleteOptions => {
  const content =
    write.body.length === 0 ? {} : parseBody(write.body, header(write, 'content-type'), 'DeleteOptions').value
  const body: JsonObject = isRecord(content) ? content : {}
  const dryRun = [...strings(body, 'dryRun'), ...write.query.getAll('dryRun')].filter((value) => value !== '')
  const policy = text(body, 'propagationPolicy') || write.query.get('propagationPolicy') || ''
  const grace = body.gracePeriodSeconds ?? write.query.get('gracePeriodSeconds')
  const causes: Cause[] = [
    ...dryRunCauses(dryRun),
    ...(policy === '' || POLICIES.includes(policy)
      ? []
      : [
          {
            reason: 'FieldValueNotSupported',
            message: `Unsupported value: "${policy}": supported values: "Foreground", "Background", "Orphan", "nil"`,
            field: 'propagationPolicy',
          },
        ]),
  ]
  refuseOptions('DeleteOptions', causes)
  return {
    dryRun: dryRun.length > 0,
    uid: text(body, 'preconditions', 'uid'),
    resourceVersion: text(body, 'preconditions', 'resourceVersion'),
    orphan: policy === 'Orphan',
    gracePeriod: grace === null || grace === undefined ? undefined : Number(grace),
  }
}

const assertPreconditions = (write: Write, live: KubeObject, options: DeleteOptions): void => {
  const failed = (what: string, wanted: string, found: string) =>
    failedPrecondition(
      write.resource,
      write.info.name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found})`,
    )
  if (options.uid !== '' && options.uid !== uidOf(live)) throw failed('UID', options.uid, uidOf(live))
  if (options.resourceVersion !== '' && !sameVersion(live, options.resourceVersion)) {
    throw failed('ResourceVersion', options.resourceVersion, text(live, 'metadata', 'resourceVersion'))
  }
}

/** Dependents that nobody may follow: their owner reference goes instead. */
const orphan = (write: Write, owner: KubeObject): void => {
  const { store } = write.cluster
  for (const shelf of store.shelves()) {
    for (const object of store.list(shelf, namespaceOf(owner))) {
      const owners = records(object, 'metadata', 'ownerReferences')
      const left = owners.filter((reference) => text(reference, 'uid') !== uidOf(owner))
      if (left.length === owners.length) continue
      const { ownerReferences: _old, ...metadata } = object.metadata
      store.put(shelf, { ...object, metadata: left.length === 0 ? metadata : { ...metadata, ownerReferences: left } })
    }
  }
}

const emptyNamespace = (write: Write, name: string): void => {
  const { store } = write.cluster
  for (const shelf of store.shelves()) {
    for (const object of store.list(shelf, name)) store.remove(shelf, name, nameOf(object))
  }
}

const marked = (write: Write, live: KubeObject, options: DeleteOptions): KubeObject => ({
  ...live,
  metadata: {
    ...live.metadata,
    deletionTimestamp: live.metadata.deletionTimestamp ?? timestamp(write.cluster.now()),
    ...(live.kind === 'Pod'
      ? {
          deletionGracePeriodSeconds: options.gracePeriod ?? 30,
          generation: integer(live, 'metadata', 'generation') + 1,
        }
      : {}),
  },
  ...(live.kind === 'Namespace' ? { status: { phase: 'Terminating' } } : {}),
})

/** Removes one object, or marks it when finalizers hold it. */
const removeOne = (write: Write, live: KubeObject, options: DeleteOptions): KubeObject => {
  const gone = marked(write, live, options)
  if (options.dryRun) return gone
  const { store } = write.cluster
  const shelf = shelfOf(write.resource)
  if (options.orphan) orphan(write, live)
  if (strings(live, 'metadata', 'finalizers').length > 0) return store.put(shelf, gone)
  if (live.kind === 'Namespace') emptyNamespace(write, nameOf(live))
  if (live.kind === 'CustomResourceDefinition') emptyDefinition(write, live)
  store.remove(shelf, namespaceOf(live), nameOf(live))
  return gone
}

const emptyDefinition = (write: Write, definition: KubeObject): void => {
  const { store } = write.cluster
  const shelf = `${text(definition, 'spec', 'names', 'plural')}.${text(definition, 'spec', 'group')}`
  for (const object of store.list(shelf)) store.remove(shelf, namespaceOf(object), nameOf(object))
}

const success = (resource: Resource, object: KubeObject): JsonObject => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: {
    name: nameOf(object),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.name,
    uid: uidOf(object),
  },
})

export const deleteOne = (write: Write): Reply => {
  const options = optionsOf(write)
  const live = current(write)
  if (live === undefined) throw notFound(write.resource, write.info.name)
  assertPreconditions(write, live, options)
  const gone = removeOne(write, live, options)
  if (!options.dryRun) settle(write.cluster, write.cluster.now(), namespaceOf(live))
  const held = strings(live, 'metadata', 'finalizers').length > 0
  if (held || ANSWERS_WITH_OBJECT.has(write.resource.kind)) return reply(write, 200, gone)
  return { code: 200, body: success(write.resource, live) }
}

export const deleteCollection = (write: Write): Reply => {
  const options = optionsOf(write)
  const { cluster, resource, info, query } = write
  const matches = selected(resource, query)
  const doomed = cluster.list(resource, resource.namespaced ? info.namespace : '').filter(matches)
  const items = doomed.map((object) => removeOne(write, object, options))
  if (!options.dryRun) settle(cluster, cluster.now(), info.namespace)
  return {
    code: 200,
    body: {
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata: { resourceVersion: String(cluster.store.version) },
      items,
    },
  }
}
