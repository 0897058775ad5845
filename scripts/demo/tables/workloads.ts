/** Rows of everything that makes pods, and of what scales or protects it. */
import { at, integer, type Json, type JsonObject, record, records, text } from '../json.ts'
import { AGE, age, column, containerCells, formatLabels, formatSelector, NAME, type Printer, wide } from './columns.ts'
import { humanDuration, since } from './duration.ts'

const template = (object: JsonObject): JsonObject[] => records(object, 'spec', 'template', 'spec', 'containers')
const selector = (object: JsonObject): string => formatSelector(record(object, 'spec', 'selector'))
const MADE_OF = wide('Containers', 'Images', 'Selector')
const int = (name: string) => column(name, 'integer')

const DEPLOYMENT: Printer = {
  columns: [NAME, column('Ready'), column('Up-to-date'), column('Available'), AGE, ...MADE_OF],
  cells: (object, now) => [
    text(object, 'metadata', 'name'),
    `${integer(object, 'status', 'readyReplicas')}/${integer(object, 'spec', 'replicas')}`,
    integer(object, 'status', 'updatedReplicas'),
    integer(object, 'status', 'availableReplicas'),
    age(object, now),
    ...containerCells(template(object)),
    selector(object),
  ],
}

const counted = (selected: (object: JsonObject) => string): Printer => ({
  columns: [NAME, int('Desired'), int('Current'), int('Ready'), AGE, ...MADE_OF],
  cells: (object, now) => [
    text(object, 'metadata', 'name'),
    integer(object, 'spec', 'replicas'),
    integer(object, 'status', 'replicas'),
    integer(object, 'status', 'readyReplicas'),
    age(object, now),
    ...containerCells(template(object)),
    selected(object),
  ],
})

const STATEFUL_SET: Printer = {
  columns: [NAME, column('Ready'), AGE, ...wide('Containers', 'Images')],
  cells: (object, now) => [
    text(object, 'metadata', 'name'),
    `${integer(object, 'status', 'readyReplicas')}/${integer(object, 'spec', 'replicas')}`,
    age(object, now),
    ...containerCells(template(object)),
  ],
}

const DAEMON_SET: Printer = {
  columns: [
    NAME,
    ...['Desired', 'Current', 'Ready', 'Up-to-date', 'Available'].map(int),
    column('Node Selector'),
    AGE,
    ...MADE_OF,
  ],
  cells: (object, now) => [
    text(object, 'metadata', 'name'),
    integer(object, 'status', 'desiredNumberScheduled'),
    integer(object, 'status', 'currentNumberScheduled'),
    integer(object, 'status', 'numberReady'),
    integer(object, 'status', 'updatedNumberScheduled'),
    integer(object, 'status', 'numberAvailable'),
    formatLabels(record(object, 'spec', 'template', 'spec', 'nodeSelector')),
    age(object, now),
    ...containerCells(template(object)),
    selector(object),
  ],
}

const JOB_STATES: readonly (readonly [string, string])[] = [
  ['Suspended', 'Suspended'],
  ['FailureTarget', 'FailureTarget'],
  ['SuccessCriteriaMet', 'SuccessCriteriaMet'],
]

const jobStatus = (job: JsonObject): string => {
  const is = (type: string) =>
    records(job, 'status', 'conditions').some((item) => text(item, 'type') === type && text(item, 'status') === 'True')
  if (is('Complete')) return 'Complete'
  if (is('Failed')) return 'Failed'
  if (at(job, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating'
  return JOB_STATES.find(([type]) => is(type))?.[1] ?? 'Running'
}

const completions = (job: JsonObject): string => {
  const done = integer(job, 'status', 'succeeded')
  const wanted = at(job, 'spec', 'completions')
  if (typeof wanted === 'number') return `${done}/${wanted}`
  const parallelism = integer(job, 'spec', 'parallelism')
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`
}

const jobDuration = (job: JsonObject, now: Date): string => {
  const started = text(job, 'status', 'startTime')
  if (started === '') return ''
  const ended = text(job, 'status', 'completionTime')
  return humanDuration((ended === '' ? now.getTime() : Date.parse(ended)) - Date.parse(started))
}

const JOB: Printer = {
  columns: [NAME, column('Status'), column('Completions'), column('Duration'), AGE, ...MADE_OF],
  cells: (object, now) => [
    text(object, 'metadata', 'name'),
    jobStatus(object),
    completions(object),
    jobDuration(object, now),
    age(object, now),
    ...containerCells(template(object)),
    selector(object),
  ],
}

const suspended = (value: Json | undefined): string => {
  if (typeof value !== 'boolean') return '<unset>'
  return value ? 'True' : 'False'
}

const CRON_JOB: Printer = {
  columns: [
    NAME,
    column('Schedule'),
    column('Timezone'),
    column('Suspend', 'boolean'),
    int('Active'),
    column('Last Schedule'),
    AGE,
    ...MADE_OF,
  ],
  cells: (object, now) => {
    const last = text(object, 'status', 'lastScheduleTime')
    return [
      text(object, 'metadata', 'name'),
      text(object, 'spec', 'schedule'),
      text(object, 'spec', 'timeZone') || '<none>',
      suspended(at(object, 'spec', 'suspend')),
      records(object, 'status', 'active').length,
      last === '' ? '<none>' : since(last, now),
      age(object, now),
      ...containerCells(records(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers')),
      formatSelector(record(object, 'spec', 'jobTemplate', 'spec', 'selector')),
    ]
  },
}

const told = (value: Json | undefined): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined

/** One metric of an autoscaler: what it is now against what it should be. */
const metric = (spec: JsonObject, status: JsonObject | undefined): string => {
  const kind = text(spec, 'type')
  const field = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}`
  const target = record(spec, field, 'target')
  const current = record(status, field, 'current')
  const name = text(spec, field, 'name')
  const average = told(target.averageValue)
  switch (kind) {
    case 'Resource':
    case 'ContainerResource': {
      if (average !== undefined) return `${name}: ${told(current.averageValue) ?? '<unknown>'}/${average}`
      const percent = (value: Json | undefined) => (typeof value === 'number' ? `${value}%` : undefined)
      const wanted = percent(target.averageUtilization) ?? '<auto>'
      return `${name}: ${percent(current.averageUtilization) ?? '<unknown>'}/${wanted}`
    }
    case 'Pods':
      return `${told(current.averageValue) ?? '<unknown>'}/${average ?? ''}`
    case 'Object':
    case 'External':
      if (average !== undefined) return `${told(current.averageValue) ?? '<unknown>'}/${average} (avg)`
      return `${told(current.value) ?? '<unknown>'}/${told(target.value) ?? ''}`
    default:
      return '<unknown type>'
  }
}

const SHOWN_METRICS = 2

const metrics = (object: JsonObject): string => {
  const specs = records(object, 'spec', 'metrics')
  const statuses = records(object, 'status', 'currentMetrics')
  if (specs.length === 0) return '<none>'
  const shown = specs.slice(0, SHOWN_METRICS).map((spec, index) => metric(spec, statuses[index]))
  const more = specs.length - shown.length
  return more > 0 ? `${shown.join(', ')} + ${more} more...` : shown.join(', ')
}

const AUTOSCALER: Printer = {
  columns: [NAME, ...['Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas'].map((name) => column(name)), AGE],
  cells: (object, now) => [
    text(object, 'metadata', 'name'),
    `${text(object, 'spec', 'scaleTargetRef', 'kind')}/${text(object, 'spec', 'scaleTargetRef', 'name')}`,
    metrics(object),
    told(at(object, 'spec', 'minReplicas')) ?? '<unset>',
    integer(object, 'spec', 'maxReplicas'),
    integer(object, 'status', 'currentReplicas'),
    age(object, now),
  ],
}

const BUDGET: Printer = {
  columns: [NAME, column('Min Available'), column('Max Unavailable'), int('Allowed Disruptions'), AGE],
  cells: (object, now) => [
    text(object, 'metadata', 'name'),
    told(at(object, 'spec', 'minAvailable')) ?? 'N/A',
    told(at(object, 'spec', 'maxUnavailable')) ?? 'N/A',
    integer(object, 'status', 'disruptionsAllowed'),
    age(object, now),
  ],
}

const CONTROLLER_REVISION: Printer = {
  columns: [NAME, column('Controller'), column('Revision'), AGE],
  cells: (object, now) => {
    const owner = records(object, 'metadata', 'ownerReferences').find((item) => at(item, 'controller') === true)
    const group = text(owner, 'apiVersion').split('/').slice(0, -1).join('/')
    const kind = `${text(owner, 'kind').toLowerCase()}${group === '' ? '' : `.${group}`}`
    return [
      text(object, 'metadata', 'name'),
      owner === undefined ? '<none>' : `${kind}/${text(owner, 'name')}`,
      integer(object, 'revision'),
      age(object, now),
    ]
  },
}

const POD_TEMPLATE: Printer = {
  columns: [NAME, column('Containers'), column('Images'), column('Pod Labels')],
  cells: (object) => [
    text(object, 'metadata', 'name'),
    ...containerCells(records(object, 'template', 'spec', 'containers')),
    formatLabels(record(object, 'template', 'metadata', 'labels')),
  ],
}

export const WORKLOADS: Readonly<Record<string, Printer>> = {
  Deployment: DEPLOYMENT,
  ReplicaSet: counted(selector),
  ReplicationController: counted((object) => formatLabels(record(object, 'spec', 'selector'))),
  StatefulSet: STATEFUL_SET,
  DaemonSet: DAEMON_SET,
  Job: JOB,
  CronJob: CRON_JOB,
  HorizontalPodAutoscaler: AUTOSCALER,
  PodDisruptionBudget: BUDGET,
  ControllerRevision: CONTROLLER_REVISION,
  PodTemplate: POD_TEMPLATE,
}
