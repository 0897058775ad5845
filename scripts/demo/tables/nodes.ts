/** The row of a node: whether it is ready, what it is for, what it runs. */
import { at, type JsonObject, nameOf, record, records, text } from '../json.ts'
import { AGE, age, column, NAME, orNone, type Printer, wide } from './columns.ts'

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

export const NODE: Printer = {
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
