/** Rows of the things that workloads stand on: network, configuration, storage, nodes, access, events. */
import { at, integer, type JsonObject, nameOf, record, records, strings, text } from '../json.ts'
import {
  AGE,
  age,
  column,
  formatLabels,
  formatSelector,
  listWithMore,
  NAME,
  orNone,
  type Printer,
  wide,
} from './columns.ts'
import { since } from './duration.ts'

/** Load balancer addresses beyond this width are cut in the narrow view; the server always sends the wide one. */
const balancers = (object: JsonObject): string =>
  records(object, 'status', 'loadBalancer', 'ingress')
    .map((item) => text(item, 'ip') || text(item, 'hostname'))
    .filter((address) => address !== '')
    .sort()
    .join(',')

const externalAddress = (service: JsonObject): string => {
  const external = strings(service, 'spec', 'externalIPs')
  switch (text(service, 'spec', 'type')) {
    case 'ClusterIP':
    case 'NodePort':
      return orNone(external.join(','))
    case 'LoadBalancer':
      return [balancers(service), ...external].filter((part) => part !== '').join(',') || '<pending>'
    case 'ExternalName':
      return text(service, 'spec', 'externalName')
    default:
      return '<unknown>'
  }
}

const ports = (service: JsonObject): string =>
  orNone(
    records(service, 'spec', 'ports')
      .map((port) => {
        const node = integer(port, 'nodePort')
        const number = integer(port, 'port')
        return `${node > 0 ? `${number}:${node}` : number}/${text(port, 'protocol')}`
      })
      .join(','),
  )

const SERVICE: Printer = {
  columns: [
    NAME,
    ...['Type', 'Cluster-IP', 'External-IP', 'Port(s)'].map((name) => column(name)),
    AGE,
    ...wide('Selector'),
  ],
  cells: (object, now) => [
    nameOf(object),
    text(object, 'spec', 'type'),
    orNone(text(object, 'spec', 'clusterIPs', 0)),
    externalAddress(object),
    ports(object),
    age(object, now),
    formatLabels(record(object, 'spec', 'selector')),
  ],
}

const SHOWN = 3

const ENDPOINT_SLICE: Printer = {
  columns: [NAME, ...['AddressType', 'Ports', 'Endpoints'].map((name) => column(name)), AGE],
  cells: (object, now) => {
    const numbers = records(object, 'ports').map((port) =>
      at(port, 'port') === undefined ? text(port, 'name') || '*' : String(integer(port, 'port')),
    )
    const addresses = records(object, 'endpoints').flatMap((endpoint) => strings(endpoint, 'addresses'))
    return [
      nameOf(object),
      text(object, 'addressType'),
      listWithMore(numbers, SHOWN, '<unset>'),
      listWithMore(addresses, SHOWN, '<unset>'),
      age(object, now),
    ]
  },
}

const ENDPOINTS: Printer = {
  columns: [NAME, column('Endpoints'), AGE],
  cells: (object, now) => {
    const addresses = records(object, 'subsets').flatMap((subset) => {
      const hosts = records(subset, 'addresses').map((address) => text(address, 'ip'))
      const numbers = records(subset, 'ports').map((port) => integer(port, 'port'))
      return numbers.length === 0 ? hosts : numbers.flatMap((port) => hosts.map((host) => `${host}:${port}`))
    })
    return [nameOf(object), listWithMore(addresses, SHOWN, '<none>'), age(object, now)]
  },
}

const hosts = (ingress: JsonObject): string => {
  const rules = records(ingress, 'spec', 'rules')
  const named = rules.map((rule) => text(rule, 'host')).filter((host) => host !== '')
  const shown = named.slice(0, SHOWN).join(',')
  if (shown === '') return '*'
  return named.length >= SHOWN && rules.length > SHOWN ? `${shown} + ${rules.length - SHOWN} more...` : shown
}

const INGRESS: Printer = {
  columns: [NAME, ...['Class', 'Hosts', 'Address', 'Ports'].map((name) => column(name)), AGE],
  cells: (object, now) => [
    nameOf(object),
    text(object, 'spec', 'ingressClassName') || '<none>',
    hosts(object),
    balancers(object),
    records(object, 'spec', 'tls').length > 0 ? '80, 443' : '80',
    age(object, now),
  ],
}

const isDefault = (object: JsonObject, annotation: string): boolean =>
  text(object, 'metadata', 'annotations', annotation) === 'true'

const INGRESS_CLASS: Printer = {
  columns: [NAME, column('Controller'), column('Parameters'), AGE],
  cells: (object, now) => {
    const parameters = record(object, 'spec', 'parameters')
    const kind = [text(parameters, 'kind'), text(parameters, 'apiGroup')].filter((part) => part !== '').join('.')
    const mark = isDefault(object, 'ingressclass.kubernetes.io/is-default-class') ? ' (default)' : ''
    return [
      `${nameOf(object)}${mark}`,
      text(object, 'spec', 'controller'),
      kind === '' ? '<none>' : `${kind}/${text(parameters, 'name')}`,
      age(object, now),
    ]
  },
}

const NETWORK_POLICY: Printer = {
  columns: [NAME, column('Pod-Selector'), AGE],
  cells: (object, now) => [nameOf(object), formatSelector(record(object, 'spec', 'podSelector')), age(object, now)],
}

const counting = (...fields: string[]): Printer => ({
  columns: [NAME, column('Data'), AGE],
  cells: (object, now) => [
    nameOf(object),
    fields.reduce((sum, field) => sum + Object.keys(record(object, field)).length, 0),
    age(object, now),
  ],
})

const SECRET: Printer = {
  columns: [NAME, column('Type'), column('Data'), AGE],
  cells: (object, now) => [
    nameOf(object),
    text(object, 'type'),
    Object.keys(record(object, 'data')).length,
    age(object, now),
  ],
}

const NAME_AND_AGE: Printer = { columns: [NAME, AGE], cells: (object, now) => [nameOf(object), age(object, now)] }

const NAMESPACE: Printer = {
  columns: [NAME, column('Status'), AGE],
  cells: (object, now) => [nameOf(object), text(object, 'status', 'phase'), age(object, now)],
}

const roles = (node: JsonObject): string[] => {
  const found = Object.entries(record(node, 'metadata', 'labels')).map(([key, value]) => {
    if (key.startsWith('node-role.kubernetes.io/')) return key.slice('node-role.kubernetes.io/'.length)
    return key === 'kubernetes.io/role' && typeof value === 'string' ? value : ''
  })
  return [...new Set(found.filter((role) => role !== ''))].sort()
}

const nodeStatus = (node: JsonObject): string => {
  const ready = records(node, 'status', 'conditions').find((item) => text(item, 'type') === 'Ready')
  const state = ready === undefined ? 'Unknown' : text(ready, 'status') === 'True' ? 'Ready' : 'NotReady'
  return at(node, 'spec', 'unschedulable') === true ? `${state},SchedulingDisabled` : state
}

const NODE: Printer = {
  columns: [
    NAME,
    column('Status'),
    column('Roles'),
    AGE,
    column('Version'),
    ...wide('Internal-IP', 'External-IP', 'OS-Image', 'Kernel-Version', 'Container-Runtime'),
  ],
  cells: (object, now) => {
    const info = record(object, 'status', 'nodeInfo')
    const address = (type: string) =>
      text(
        records(object, 'status', 'addresses').find((item) => text(item, 'type') === type),
        'address',
      ) || '<none>'
    const known = (field: string) => text(info, field) || '<unknown>'
    const architecture = text(info, 'architecture')
    return [
      nameOf(object),
      nodeStatus(object),
      orNone(roles(object).join(',')),
      age(object, now),
      text(info, 'kubeletVersion'),
      address('InternalIP'),
      address('ExternalIP'),
      known('osImage'),
      `${known('kernelVersion')}${architecture === '' ? '' : ` (${architecture})`}`,
      known('containerRuntimeVersion'),
    ]
  },
}

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

const EVENT: Printer = {
  columns: [
    column('Last Seen'),
    column('Type'),
    column('Reason'),
    column('Object'),
    ...wide('Subobject', 'Source'),
    column('Message'),
    ...wide('First Seen', 'Count'),
    column('Name', 'string', 1, 'name'),
  ],
  cells: (object, now) => {
    const involved = record(object, 'involvedObject')
    const first = text(object, 'firstTimestamp') || text(object, 'eventTime')
    const last = text(object, 'series', 'lastObservedTime') || text(object, 'lastTimestamp') || first
    const kind = text(involved, 'kind').toLowerCase()
    const component = text(object, 'source', 'component') || text(object, 'reportingComponent')
    const instance = text(object, 'source', 'host') || text(object, 'reportingInstance')
    return [
      since(last, now),
      text(object, 'type'),
      text(object, 'reason'),
      text(involved, 'name') === '' ? kind : `${kind}/${text(involved, 'name')}`,
      text(involved, 'fieldPath'),
      instance === '' ? component : `${component}, ${instance}`,
      text(object, 'message').trim(),
      since(first, now),
      integer(object, 'series', 'count') || integer(object, 'count') || 1,
      nameOf(object),
    ]
  },
}

const BINDING: Printer = {
  columns: [NAME, column('Role'), AGE, ...wide('Users', 'Groups', 'ServiceAccounts')],
  cells: (object, now) => {
    const subjects = records(object, 'subjects')
    const named = (kind: string, tell: (subject: JsonObject) => string) =>
      subjects
        .filter((subject) => text(subject, 'kind') === kind)
        .map(tell)
        .join(', ')
    return [
      nameOf(object),
      `${text(object, 'roleRef', 'kind')}/${text(object, 'roleRef', 'name')}`,
      age(object, now),
      named('User', (subject) => text(subject, 'name')),
      named('Group', (subject) => text(subject, 'name')),
      named('ServiceAccount', (subject) => `${text(subject, 'namespace')}/${text(subject, 'name')}`),
    ]
  },
}

const LEASE: Printer = {
  columns: [NAME, column('Holder'), AGE],
  cells: (object, now) => [nameOf(object), text(object, 'spec', 'holderIdentity'), age(object, now)],
}

const PRIORITY_CLASS: Printer = {
  columns: [NAME, column('Value', 'integer'), column('Global-Default', 'boolean'), AGE, column('PreemptionPolicy')],
  cells: (object, now) => [
    nameOf(object),
    integer(object, 'value'),
    at(object, 'globalDefault') === true,
    age(object, now),
    text(object, 'preemptionPolicy'),
  ],
}

const WEBHOOKS: Printer = {
  columns: [NAME, column('Webhooks', 'integer'), AGE],
  cells: (object, now) => [nameOf(object), records(object, 'webhooks').length, age(object, now)],
}

const QUOTA: Printer = {
  columns: [NAME, column('Request'), column('Limit'), AGE],
  cells: (object, now) => {
    const hard = record(object, 'status', 'hard')
    const told = Object.keys(hard)
      .sort()
      .map((name) => `${name}: ${text(object, 'status', 'used', name) || '0'}/${text(hard, name)}`)
    const limits = told.filter((line) => line.startsWith('limits.'))
    return [
      nameOf(object),
      told.filter((line) => !limits.includes(line)).join(', '),
      limits.join(', '),
      age(object, now),
    ]
  },
}

export const CORE: Readonly<Record<string, Printer>> = {
  Service: SERVICE,
  Endpoints: ENDPOINTS,
  EndpointSlice: ENDPOINT_SLICE,
  Ingress: INGRESS,
  IngressClass: INGRESS_CLASS,
  NetworkPolicy: NETWORK_POLICY,
  ConfigMap: counting('data', 'binaryData'),
  Secret: SECRET,
  ServiceAccount: NAME_AND_AGE,
  Namespace: NAMESPACE,
  Node: NODE,
  PersistentVolumeClaim: CLAIM,
  PersistentVolume: VOLUME,
  StorageClass: STORAGE_CLASS,
  VolumeAttachment: VOLUME_ATTACHMENT,
  Event: EVENT,
  RoleBinding: BINDING,
  ClusterRoleBinding: BINDING,
  Lease: LEASE,
  PriorityClass: PRIORITY_CLASS,
  MutatingWebhookConfiguration: WEBHOOKS,
  ValidatingWebhookConfiguration: WEBHOOKS,
  ResourceQuota: QUOTA,
}
