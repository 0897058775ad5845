/** One custom resource, with columns of every type, a short name and categories, so that nothing is only built in. */
import { before } from '../controllers/world.ts'
import { timestamp } from '../store.ts'
import { type Builder, DAYS, HOURS } from './build.ts'

const GROUP = 'ops.example.com'

const schema = {
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        required: ['schedule'],
        properties: {
          schedule: { type: 'string', description: 'When to back up, as a cron expression.' },
          keep: { type: 'integer', description: 'How many backups are kept.' },
          suspended: { type: 'boolean', description: 'Whether no backups are made for now.' },
        },
      },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  },
}

const columns = [
  { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' },
  { name: 'Keep', type: 'integer', jsonPath: '.spec.keep' },
  { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspended', priority: 1 },
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Last Backup', type: 'date', jsonPath: '.status.lastBackupTime' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
]

const names = {
  plural: 'backupschedules',
  singular: 'backupschedule',
  kind: 'BackupSchedule',
  listKind: 'BackupScheduleList',
  shortNames: ['bks'],
  categories: ['ops'],
}

export const seedCustom = (builder: Builder): void => {
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema,
    additionalPrinterColumns: columns,
    subresources: { status: {} },
  }
  builder.put(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    `backupschedules.${GROUP}`,
    61 * DAYS,
    { generation: 1 },
    {
      spec: { group: GROUP, scope: 'Namespaced', names, versions: [version], conversion: { strategy: 'None' } },
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
    },
  )
  for (const [namespace, name, keep] of [
    ['shop', 'postgres', 7],
    ['payments', 'ledger-db', 30],
  ] as const) {
    const last = timestamp(before(builder.now, 5 * HOURS))
    builder.put(
      `${GROUP}/v1`,
      'BackupSchedule',
      name,
      61 * DAYS,
      { namespace, generation: 1 },
      {
        spec: { schedule: '0 3 * * *', keep, suspended: false },
        status: { lastBackupTime: last, conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: last }] },
      },
    )
  }
}
