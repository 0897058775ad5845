/**
 * The pod row: the one where "what kubectl shows" is a computation. Container states win over the phase, init
 * containers win while they have not finished, deletion wins over everything.
 */
import { at, integer, isRecord, type Json, type JsonObject, records, text } from '../json.ts'
import { AGE, age, column, NAME, orNone, type Printer, wide } from './columns.ts'
import { since } from './duration.ts'

interface Summary {
  ready: number
  restarts: number
  lastRestart: string
  reason: string
}

const terminated = (status: JsonObject): JsonObject | undefined => {
  const found = at(status, 'state', 'terminated')
  return isRecord(found) ? found : undefined
}

const later = (a: string, b: string): string => (Date.parse(b) > Date.parse(a) || a === '' ? b : a)

const exitReason = (state: JsonObject, prefix: string): string => {
  const reason = text(state, 'reason')
  if (reason !== '') return `${prefix}${reason}`
  const signal = integer(state, 'signal')
  return signal !== 0 ? `${prefix}Signal:${signal}` : `${prefix}ExitCode:${integer(state, 'exitCode')}`
}

const condition = (pod: JsonObject, type: string): JsonObject | undefined =>
  records(pod, 'status', 'conditions').find((item) => text(item, 'type') === type)

const isTrue = (found: JsonObject | undefined): boolean => text(found, 'status') === 'True'

/** Walks the init containers; answers whether the pod still initialises. Restartable ones are sidecars. */
const initialise = (pod: JsonObject, into: Summary, sidecars: Pick<Summary, 'restarts' | 'lastRestart'>): boolean => {
  const declared = new Map(records(pod, 'spec', 'initContainers').map((item) => [text(item, 'name'), item]))
  for (const [index, status] of records(pod, 'status', 'initContainerStatuses').entries()) {
    const restartable = text(declared.get(text(status, 'name')), 'restartPolicy') === 'Always'
    const finished = text(status, 'lastState', 'terminated', 'finishedAt')
    into.restarts += integer(status, 'restartCount')
    if (finished !== '') into.lastRestart = later(into.lastRestart, finished)
    if (restartable) {
      sidecars.restarts += integer(status, 'restartCount')
      if (finished !== '') sidecars.lastRestart = later(sidecars.lastRestart, finished)
    }
    const ended = terminated(status)
    if (ended !== undefined && integer(ended, 'exitCode') === 0) continue
    if (restartable && at(status, 'started') === true) {
      if (at(status, 'ready') === true) into.ready += 1
      continue
    }
    const waiting = text(status, 'state', 'waiting', 'reason')
    if (ended !== undefined) into.reason = exitReason(ended, 'Init:')
    else if (waiting !== '' && waiting !== 'PodInitializing') into.reason = `Init:${waiting}`
    else into.reason = `Init:${index}/${declared.size}`
    return true
  }
  return false
}

const run = (pod: JsonObject, into: Summary): void => {
  let running = false
  let failure = ''
  for (const status of records(pod, 'status', 'containerStatuses').reverse()) {
    into.restarts += integer(status, 'restartCount')
    const finished = text(status, 'lastState', 'terminated', 'finishedAt')
    if (finished !== '') into.lastRestart = later(into.lastRestart, finished)
    const waiting = text(status, 'state', 'waiting', 'reason')
    const ended = terminated(status)
    if (waiting !== '') {
      into.reason = waiting
    } else if (ended !== undefined) {
      into.reason = exitReason(ended, '')
      if (integer(ended, 'exitCode') !== 0) failure = into.reason
    } else if (at(status, 'ready') === true && at(status, 'state', 'running') !== undefined) {
      running = true
      into.ready += 1
    }
  }
  if (into.reason !== 'Completed') return
  if (running && isTrue(condition(pod, 'Ready'))) into.reason = 'Running'
  else if (failure !== '') into.reason = failure
  else if (running) into.reason = 'NotReady'
}

const summarise = (pod: JsonObject): Summary => {
  const phase = text(pod, 'status', 'phase')
  const summary: Summary = { ready: 0, restarts: 0, lastRestart: '', reason: text(pod, 'status', 'reason') || phase }
  if (text(condition(pod, 'PodScheduled'), 'reason') === 'SchedulingGated') summary.reason = 'SchedulingGated'
  const sidecars = { restarts: 0, lastRestart: '' }
  const initialising = initialise(pod, summary, sidecars)
  if (!initialising || isTrue(condition(pod, 'Initialized'))) {
    Object.assign(summary, sidecars)
    run(pod, summary)
  }
  if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) {
    if (text(pod, 'status', 'reason') === 'NodeLost') summary.reason = 'Unknown'
    else if (phase !== 'Succeeded' && phase !== 'Failed') summary.reason = 'Terminating'
  }
  return summary
}

const readinessGates = (pod: JsonObject): string => {
  const gates = records(pod, 'spec', 'readinessGates').map((gate) => text(gate, 'conditionType'))
  if (gates.length === 0) return '<none>'
  return `${gates.filter((gate) => isTrue(condition(pod, gate))).length}/${gates.length}`
}

const cells = (pod: JsonObject, now: Date): Json[] => {
  const { ready, restarts, lastRestart, reason } = summarise(pod)
  const sidecars = records(pod, 'spec', 'initContainers').filter((item) => text(item, 'restartPolicy') === 'Always')
  const total = records(pod, 'spec', 'containers').length + sidecars.length
  return [
    text(pod, 'metadata', 'name'),
    `${ready}/${total}`,
    reason,
    restarts !== 0 && lastRestart !== '' ? `${restarts} (${since(lastRestart, now)} ago)` : String(restarts),
    age(pod, now),
    orNone(text(pod, 'status', 'podIPs', 0, 'ip')),
    orNone(text(pod, 'spec', 'nodeName')),
    orNone(text(pod, 'status', 'nominatedNodeName')),
    readinessGates(pod),
  ]
}

const COMPLETED = { type: 'Completed', status: 'True' }

const conditions = (pod: JsonObject): JsonObject[] => {
  const phase = text(pod, 'status', 'phase')
  if (phase === 'Succeeded') {
    return [{ ...COMPLETED, reason: phase, message: 'The pod has completed successfully.' }]
  }
  return phase === 'Failed' ? [{ ...COMPLETED, reason: phase, message: 'The pod failed.' }] : []
}

export const POD: Printer = {
  columns: [
    NAME,
    column('Ready'),
    column('Status'),
    column('Restarts'),
    AGE,
    ...wide('IP', 'Node', 'Nominated Node', 'Readiness Gates'),
  ],
  cells,
  conditions,
}
