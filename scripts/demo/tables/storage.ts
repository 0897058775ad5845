/** Rows of volumes, what claims them and where they come from. */
import { at, type JsonObject, nameOf, record, strings, text } from '../json.ts'
import { AGE, age, column, isDefault, NAME, type Printer, wide } from './columns.ts'

const ACCESS_MODES: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]

const modes = (given: readonly string[]): string =>
  ACCESS_MODES.filter(([mode]) => given.includes(mode))
    .map(([, short]) => short)
    .join(',')

const volumePhase = (object: JsonObject): string =>
  at(object, 'metadata', 'deletionTimestamp') === undefined ? text(object, 'status', 'phase') : 'Terminating'

const storageClass = (object: JsonObject): string =>
  text(object, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class') ||
  text(object, 'spec', 'storageClassName')

const orUnset = (value: string): string => (value === '' ? '<unset>' : value)

const CLAIM: Printer = {
  columns: [
    NAME,
    ...['Status', 'Volume', 'Capacity', 'Access Modes', 'StorageClass', 'VolumeAttributesClass'].map((name) =>
      column(name),
    ),
    AGE,
    ...wide('VolumeMode'),
  ],
  cells: (object, now) => {
    const volume = text(object, 'spec', 'volumeName')
    return [
      nameOf(object),
      volumePhase(object),
      volume,
      volume === '' ? '' : text(object, 'status', 'capacity', 'storage') || '0',
      volume === '' ? '' : modes(strings(object, 'status', 'accessModes')),
      storageClass(object),
      orUnset(text(object, 'spec', 'volumeAttributesClassName')),
      age(object, now),
      orUnset(text(object, 'spec', 'volumeMode')),
    ]
  },
}

const VOLUME: Printer = {
  columns: [
    NAME,
    ...[
      'Capacity',
      'Access Modes',
      'Reclaim Policy',
      'Status',
      'Claim',
      'StorageClass',
      'VolumeAttributesClass',
      'Reason',
    ].map((name) => column(name)),
    AGE,
    ...wide('VolumeMode'),
  ],
  cells: (object, now) => {
    const claim = record(object, 'spec', 'claimRef')
    return [
      nameOf(object),
      text(object, 'spec', 'capacity', 'storage') || '0',
      modes(strings(object, 'spec', 'accessModes')),
      text(object, 'spec', 'persistentVolumeReclaimPolicy'),
      volumePhase(object),
      text(claim, 'name') === '' ? '' : `${text(claim, 'namespace')}/${text(claim, 'name')}`,
      storageClass(object),
      orUnset(text(object, 'spec', 'volumeAttributesClassName')),
      text(object, 'status', 'reason'),
      age(object, now),
      orUnset(text(object, 'spec', 'volumeMode')),
    ]
  },
}

const STORAGE_CLASS: Printer = {
  columns: [
    NAME,
    ...['Provisioner', 'ReclaimPolicy', 'VolumeBindingMode', 'AllowVolumeExpansion'].map((name) => column(name)),
    AGE,
  ],
  cells: (object, now) => [
    `${nameOf(object)}${isDefault(object, 'storageclass.kubernetes.io/is-default-class') ? ' (default)' : ''}`,
    text(object, 'provisioner'),
    text(object, 'reclaimPolicy') || 'Delete',
    text(object, 'volumeBindingMode') || 'Immediate',
    at(object, 'allowVolumeExpansion') === true,
    age(object, now),
  ],
}

const VOLUME_ATTACHMENT: Printer = {
  columns: [
    NAME,
    column('Attacher', 'string', 0, 'name'),
    column('PV'),
    column('Node'),
    column('Attached', 'boolean'),
    AGE,
  ],
  cells: (object, now) => [
    nameOf(object),
    text(object, 'spec', 'attacher'),
    text(object, 'spec', 'source', 'persistentVolumeName'),
    text(object, 'spec', 'nodeName'),
    at(object, 'status', 'attached') === true,
    age(object, now),
  ],
}

export const STORAGE: Readonly<Record<string, Printer>> = {
  PersistentVolumeClaim: CLAIM,
  PersistentVolume: VOLUME,
  StorageClass: STORAGE_CLASS,
  VolumeAttachment: VOLUME_ATTACHMENT,
}
