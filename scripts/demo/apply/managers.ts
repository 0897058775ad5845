/** `metadata.managedFields`: who has set which fields, by which operation, through which subresource. */
import { type JsonObject, type KubeObject, record, records, text } from '../json.ts'
import type { Schema } from '../schema/schema.ts'
import { timestamp } from '../store.ts'
import { compare, type FieldSet, fieldsOf, fromTree, isWithin, ownable, toTree } from './fields.ts'

export interface Manager {
  readonly name: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string
  readonly time: string
  readonly fields: FieldSet
}

export const managersOf = (object: KubeObject): Manager[] =>
  records(object, 'metadata', 'managedFields').map((entry) => ({
    name: text(entry, 'manager'),
    operation: text(entry, 'operation') === 'Apply' ? 'Apply' : 'Update',
    apiVersion: text(entry, 'apiVersion'),
    subresource: text(entry, 'subresource'),
    time: text(entry, 'time'),
    fields: fromTree(record(entry, 'fieldsV1')),
  }))

const encode = (manager: Manager): JsonObject => ({
  manager: manager.name,
  operation: manager.operation,
  apiVersion: manager.apiVersion,
  time: manager.time,
  fieldsType: 'FieldsV1',
  fieldsV1: toTree(manager.fields),
  ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
})

export const withManagers = <T extends KubeObject>(object: T, managers: readonly Manager[]): T => {
  const { managedFields: _old, ...metadata } = object.metadata
  const kept = managers.filter((manager) => manager.fields.size > 0).map(encode)
  return { ...object, metadata: kept.length === 0 ? metadata : { ...metadata, managedFields: kept } }
}

export interface Writer {
  readonly name: string
  readonly apiVersion: string
  readonly subresource: string
  readonly now: Date
}

export const isSame = (manager: Manager, writer: Writer, operation: Manager['operation']): boolean =>
  manager.name === writer.name && manager.operation === operation && manager.subresource === writer.subresource

/** Without the given fields and what lies below them. */
export const without = (set: FieldSet, gone: FieldSet): Set<string> => {
  if (gone.size === 0) return new Set(set)
  const roots = [...gone]
  return new Set([...set].filter((path) => !gone.has(path) && !roots.some((root) => isWithin(path, root))))
}

/** After an update: the writer owns what it changed, and nobody owns what is gone. */
export const afterUpdate = (
  schema: Schema,
  before: KubeObject | undefined,
  after: KubeObject,
  writer: Writer,
): KubeObject => {
  const difference = compare(schema, before === undefined ? undefined : ownable(before), ownable(after))
  const old = before === undefined ? [] : managersOf(before)
  if (difference.changed.size === 0 && difference.removed.size === 0) return withManagers(after, old)
  const touched = new Set([...difference.changed, ...difference.removed])
  const mine = old.find((manager) => isSame(manager, writer, 'Update'))
  const others = old
    .filter((manager) => manager !== mine)
    .map((manager) => ({ ...manager, fields: new Set([...manager.fields].filter((path) => !touched.has(path))) }))
  const kept =
    mine === undefined ? new Set<string>() : new Set([...mine.fields].filter((path) => !difference.removed.has(path)))
  const fields = new Set([...kept, ...difference.changed])
  const own: Manager = {
    name: writer.name,
    operation: 'Update',
    apiVersion: writer.apiVersion,
    subresource: writer.subresource,
    time: timestamp(writer.now),
    fields,
  }
  return withManagers(after, [...others, own])
}

/** The fields of an applied configuration. */
export const appliedFields = (schema: Schema, configuration: JsonObject): Set<string> =>
  fieldsOf(schema, ownable(configuration))

/** A new object as written by one manager: what stands in it is that manager's, the status aside. */
export const writtenBy = <T extends KubeObject>(schema: Schema, object: T, manager: string, now: Date): T => {
  const { status: _status, ...written } = object
  const writer = { name: manager, apiVersion: object.apiVersion, subresource: '', now }
  return withManagers(object, managersOf(afterUpdate(schema, undefined, written as unknown as KubeObject, writer)))
}
