/**
 * Label selectors in their full grammar, and field selectors with the fields that each kind really supports: a field
 * that the real server would refuse is refused here too, so that a query which only works on the demo cannot exist.
 */
import { at, isRecord, type Json, type JsonObject, labelsOf, record, text } from './json.ts'
import type { Resource } from './resources.ts'
import { badRequest } from './status.ts'

export type Predicate = (object: JsonObject) => boolean
type LabelTest = (labels: Readonly<Record<string, string>>) => boolean

const EVERYTHING: Predicate = () => true
const NAME = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

const bad = (why: string) => badRequest(`unable to parse requirement: ${why}`)

const key = (raw: string): string => {
  if (!NAME.test(raw)) throw bad(`<nil>: Invalid value: ${JSON.stringify(raw)}: a valid label key is expected`)
  return raw
}

const value = (raw: string): string => {
  if (!VALUE.test(raw)) throw bad(`values: Invalid value: ${JSON.stringify(raw)}: a valid label value is expected`)
  return raw
}

/** Commas between requirements, not those inside the parentheses of a set. */
const split = (selector: string): string[] => {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (const [index, character] of [...selector].entries()) {
    if (character === '(') depth += 1
    if (character === ')') depth -= 1
    if (character === ',' && depth === 0) {
      parts.push(selector.slice(start, index))
      start = index + 1
    }
  }
  if (depth !== 0) throw bad(`found '', expected: ',', or ')'`)
  parts.push(selector.slice(start))
  return parts.map((part) => part.trim())
}

const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/
const COMPARISON = /^([^\s=!<>]+)\s*(==|=|!=|<|>)\s*([^\s=!<>]*)$/

const numeric = (raw: string): number => {
  if (!/^-?\d+$/.test(raw))
    throw bad(`values[0][${raw}]: Invalid value: "${raw}": for 'Gt', 'Lt' operators, the value must be an integer`)
  return Number(raw)
}

const requirement = (part: string): LabelTest => {
  const set = SET.exec(part)
  if (set) {
    const name = key(set[1] ?? '')
    const values = new Set((set[3] ?? '').split(',').map((item) => value(item.trim())))
    const inside = (labels: Readonly<Record<string, string>>) => values.has(labels[name] ?? '\u0000')
    return set[2] === 'in' ? inside : (labels) => !inside(labels)
  }
  const comparison = COMPARISON.exec(part)
  if (comparison) {
    const name = key(comparison[1] ?? '')
    const wanted = comparison[3] ?? ''
    const operator = comparison[2]
    if (operator === '<' || operator === '>') {
      const limit = numeric(wanted)
      return (labels) => {
        const found = labels[name]
        if (found === undefined || !/^-?\d+$/.test(found)) return false
        return operator === '>' ? Number(found) > limit : Number(found) < limit
      }
    }
    const checked = value(wanted)
    return operator === '!=' ? (labels) => labels[name] !== checked : (labels) => labels[name] === checked
  }
  if (part.startsWith('!')) {
    const name = key(part.slice(1).trim())
    return (labels) => !Object.hasOwn(labels, name)
  }
  if (/\s/.test(part)) throw bad(`found '${part.split(/\s+/)[1]}', expected: in, notin, =, ==, !=, gt, lt`)
  const name = key(part)
  return (labels) => Object.hasOwn(labels, name)
}

/** Throws a 400 for what the grammar does not know. */
export const labelSelector = (selector: string | null): Predicate => {
  if (selector === null || selector.trim() === '') return EVERYTHING
  const tests = split(selector).map(requirement)
  return (object) => {
    const labels = labelsOf(object)
    return tests.every((test) => test(labels))
  }
}

/** A LabelSelector object, as workloads carry it, against plain labels. An empty one selects everything. */
export const matchesSelector = (selector: Json | undefined, labels: Readonly<Record<string, string>>): boolean => {
  const wanted = Object.entries(record(selector, 'matchLabels'))
  if (!wanted.every(([name, expected]) => labels[name] === expected)) return false
  const expressions = at(selector, 'matchExpressions')
  return !Array.isArray(expressions) || expressions.every((expression) => matchesExpression(expression, labels))
}

const matchesExpression = (expression: Json, labels: Readonly<Record<string, string>>): boolean => {
  if (!isRecord(expression)) return false
  const found = labels[text(expression, 'key')]
  const values = Array.isArray(expression.values) ? expression.values : []
  switch (text(expression, 'operator')) {
    case 'In':
      return found !== undefined && values.includes(found)
    case 'NotIn':
      return found === undefined || !values.includes(found)
    case 'Exists':
      return found !== undefined
    case 'DoesNotExist':
      return found === undefined
    default:
      return false
  }
}

const plain = (...path: string[]): ((object: JsonObject) => string) => {
  return (object) => {
    const found = at(object, ...path)
    return found === undefined || found === null ? '' : String(found)
  }
}

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

/** The fields beyond metadata.name and metadata.namespace, by kind; kinds without an entry have only those. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, (object: JsonObject) => string>>>> = {
  Pod: {
    'spec.nodeName': plain('spec', 'nodeName'),
    'spec.restartPolicy': plain('spec', 'restartPolicy'),
    'spec.schedulerName': plain('spec', 'schedulerName'),
    'spec.serviceAccountName': plain('spec', 'serviceAccountName'),
    'spec.hostNetwork': (object) => String(at(object, 'spec', 'hostNetwork') === true),
    'status.phase': plain('status', 'phase'),
    'status.podIP': plain('status', 'podIP'),
    'status.nominatedNodeName': plain('status', 'nominatedNodeName'),
  },
  Event: {
    ...Object.fromEntries(INVOLVED.map((field) => [`involvedObject.${field}`, plain('involvedObject', field)])),
    reason: plain('reason'),
    reportingComponent: (object) => text(object, 'reportingComponent') || text(object, 'source', 'component'),
    source: (object) => text(object, 'source', 'component') || text(object, 'reportingComponent'),
    type: plain('type'),
  },
  Namespace: { 'status.phase': plain('status', 'phase') },
  Node: { 'spec.unschedulable': (object) => String(at(object, 'spec', 'unschedulable') === true) },
  Secret: { type: plain('type') },
  Service: { 'spec.clusterIP': plain('spec', 'clusterIP'), 'spec.type': plain('spec', 'type') },
  ReplicationController: { 'status.replicas': (object) => String(at(object, 'status', 'replicas') ?? 0) },
  Job: { 'status.successful': (object) => String(at(object, 'status', 'succeeded') ?? 0) },
}

const newEventField = (field: string): string =>
  field === 'reportingComponent' ? 'reportingController' : field.replace('involvedObject.', 'regarding.')

/** The fields of a kind; events.k8s.io has those of core events under its own names, and only those. */
const fieldsOf = (resource: Resource): Readonly<Record<string, (object: JsonObject) => string>> => {
  const fields = FIELDS[resource.kind] ?? {}
  if (resource.group !== 'events.k8s.io') return fields
  const renamed = Object.entries(fields).filter(([field]) => field !== 'source')
  return Object.fromEntries(renamed.map(([field, read]) => [newEventField(field), read]))
}

/** Kinds that declare fields of their own word the refusal in one way, all others in another. */
const unknownField = (resource: Resource, field: string) =>
  FIELDS[resource.kind] === undefined || resource.custom
    ? badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`)
    : badRequest(`field label not supported: ${field}`)

const FIELD = /^(.*?)(==|=|!=)(.*)$/

/** Throws a 400 for a field that this kind cannot be selected by. */
export const fieldSelector = (resource: Resource, selector: string | null): Predicate => {
  if (selector === null || selector.trim() === '') return EVERYTHING
  const known: Record<string, (object: JsonObject) => string> = {
    'metadata.name': plain('metadata', 'name'),
    ...(resource.namespaced ? { 'metadata.namespace': plain('metadata', 'namespace') } : {}),
    ...(resource.custom ? {} : fieldsOf(resource)),
  }
  const tests = selector.split(',').map((part): Predicate => {
    const match = FIELD.exec(part)
    if (!match) throw badRequest(`invalid selector: '${selector}'; can't understand '${part}'`)
    const field = match[1] ?? ''
    const read = known[field]
    if (read === undefined) throw unknownField(resource, field)
    const wanted = match[3] ?? ''
    return match[2] === '!=' ? (object) => read(object) !== wanted : (object) => read(object) === wanted
  })
  return (object) => tests.every((test) => test(object))
}
