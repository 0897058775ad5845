/** POST: a new object, with its defaults, its identity and its owner of fields. */
import { afterUpdate, managersOf, withManagers } from '../apply/managers.ts'
import { admitted } from '../controllers/pods.ts'
import { settle } from '../controllers/settle.ts'
import { suffix } from '../controllers/world.ts'
import { podSpec, withDefaults } from '../defaults.ts'
import { type KubeObject, nameOf, record, text } from '../json.ts'
import { type Resource, shelfOf } from '../resources.ts'
import { ApiError, alreadyExists, notFound } from '../status.ts'
import { newUid, timestamp } from '../store.ts'
import type { Reply } from '../wire.ts'
import { assertValid, checkedBody, header, reply, schemaOf, type Write, writerOf } from './context.ts'
import { objectBody, parseBody } from './decode.ts'
import { writeOptions } from './options.ts'

const GROUPS_WITH_GENERATION = new Set(['apps', 'batch', 'policy', 'networking.k8s.io', 'apiextensions.k8s.io'])
const KINDS_WITH_GENERATION = new Set(['Pod', 'EndpointSlice', 'PodTemplate', 'ReplicationController', 'PriorityClass'])

/** Whether the kind counts the changes of its spec. */
export const countsGenerations = (resource: Resource): boolean =>
  resource.kind !== 'ControllerRevision' &&
  (resource.custom || GROUPS_WITH_GENERATION.has(resource.group) || KINDS_WITH_GENERATION.has(resource.kind))

export const assertNamespace = (write: Write): void => {
  const { namespace } = write.info
  if (write.resource.namespaced && write.cluster.store.get('namespaces', '', namespace) === undefined) {
    throw notFound({ group: '', name: 'namespaces' }, namespace)
  }
}

/** A new object as the server would store it: identity, defaults, no status from the caller where there is a subresource. */
export const newborn = (write: Write, given: KubeObject): KubeObject => {
  const { cluster, resource } = write
  const { status, ...rest } = given
  const hasStatus = resource.subresources.some((sub) => sub.name === 'status')
  const { deletionTimestamp: _d, managedFields: _m, resourceVersion: _r, ...metadata } = given.metadata
  const object = (hasStatus || status === undefined ? rest : given) as KubeObject
  const born: KubeObject = {
    ...object,
    metadata: {
      ...metadata,
      name: nameOf(given),
      uid: newUid(),
      creationTimestamp: timestamp(cluster.now()),
      ...(countsGenerations(resource) ? { generation: 1 } : {}),
    },
  }
  return resource.kind === 'Pod' ? admitted(born) : withDefaults(established(born))
}

/** A definition is served at once here; its status says so. */
const established = (object: KubeObject): KubeObject => {
  if (object.kind !== 'CustomResourceDefinition') return object
  const names = record(object, 'spec', 'names')
  return {
    ...object,
    status: {
      acceptedNames: names,
      storedVersions: ['v1'],
      conditions: [
        { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
        {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        },
      ],
    },
  }
}

/** What the server allocates to a Service; nobody's own unless it was asked for. */
const ALLOCATED = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']

/** The part of a new object that its writer owns: not its status, and not what the server allocates or mounts. */
const ownedPart = (given: KubeObject, whole: KubeObject): KubeObject => {
  const { status: _status, ...rest } = whole
  const asked = record(given, 'spec')
  if (whole.kind === 'Pod') return { ...rest, spec: podSpec(asked) } as KubeObject
  if (whole.kind === 'Namespace') return { ...rest, spec: asked } as KubeObject
  if (whole.kind !== 'Service') return rest as KubeObject
  const spec = Object.entries(record(whole, 'spec')).filter(
    ([field]) => !ALLOCATED.includes(field) || Object.hasOwn(asked, field),
  )
  return { ...rest, spec: Object.fromEntries(spec) } as KubeObject
}

const named = (write: Write, object: KubeObject): KubeObject => {
  const prefix = text(object, 'metadata', 'generateName')
  if (nameOf(object) !== '' || prefix === '') return object
  const name = `${prefix}${suffix(`${prefix}${write.cluster.store.version}`, 5)}`
  return { ...object, metadata: { ...object.metadata, name } }
}

export const commit = (write: Write, object: KubeObject): KubeObject => {
  const stored = write.cluster.store.put(shelfOf(write.resource), object)
  settle(write.cluster, write.cluster.now(), write.resource.namespaced ? write.info.namespace : '')
  return stored
}

export const create = (write: Write): Reply => {
  const options = writeOptions('CreateOptions', write.query, header(write, 'user-agent'), false)
  const parsed = parseBody(write.body, header(write, 'content-type'), write.resource.kind)
  const body = objectBody(parsed, write.resource.kind)
  const object = checkedBody(write, parsed, body, options.fieldValidation)
  if (text(object, 'metadata', 'resourceVersion') !== '') {
    throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created')
  }
  assertNamespace(write)
  const whole = newborn(write, named(write, object))
  assertValid(write, whole, undefined)
  const { cluster, resource, info } = write
  if (cluster.get(resource, resource.namespaced ? info.namespace : '', nameOf(whole)) !== undefined) {
    throw alreadyExists(resource, nameOf(whole))
  }
  const noted = afterUpdate(schemaOf(write), undefined, ownedPart(object, whole), writerOf(write, options))
  const owned = withManagers(whole, managersOf(noted))
  return reply(write, 201, options.dryRun ? owned : commit(write, owned))
}
