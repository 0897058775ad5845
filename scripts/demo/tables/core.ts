/** Rows of what is in a cluster beside workloads, network, storage and nodes: configuration, access, events. */
import { at, integer, type JsonObject, nameOf, record, records, text } from '../json.ts'
import { AGE, age, column, NAME, type Printer, wide } from './columns.ts'
import { since } from './duration.ts'

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
  ConfigMap: counting('data', 'binaryData'),
  Secret: SECRET,
  ServiceAccount: NAME_AND_AGE,
  Namespace: NAMESPACE,
  Event: EVENT,
  RoleBinding: BINDING,
  ClusterRoleBinding: BINDING,
  Lease: LEASE,
  PriorityClass: PRIORITY_CLASS,
  MutatingWebhookConfiguration: WEBHOOKS,
  ValidatingWebhookConfiguration: WEBHOOKS,
  ResourceQuota: QUOTA,
}
