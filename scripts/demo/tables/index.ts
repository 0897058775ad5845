/**
 * Server-side printing: objects in, a meta.k8s.io/v1 Table out, with or without the objects themselves. Kinds without
 * a printer of their own get the name and the time of creation, as on the real server.
 */
import { type Json, type JsonObject, type KubeObject, nameOf, record, text } from '../json.ts'
import type { Resource } from '../resources.ts'
import { badRequest } from '../status.ts'
import { column, NAME, type Printer } from './columns.ts'
import { CORE } from './core.ts'
import { customPrinter } from './custom.ts'
import { NETWORK } from './network.ts'
import { NODE } from './nodes.ts'
import { POD } from './pods.ts'
import { STORAGE } from './storage.ts'
import { WORKLOADS } from './workloads.ts'

const FALLBACK: Printer = {
  columns: [NAME, column('Created At', 'date')],
  cells: (object) => [nameOf(object), text(object, 'metadata', 'creationTimestamp')],
}

const PRINTERS: Readonly<Record<string, Printer>> = {
  Pod: POD,
  Node: NODE,
  ...WORKLOADS,
  ...NETWORK,
  ...STORAGE,
  ...CORE,
}

/** @param definition the served version of a custom resource's definition, for custom resources */
export const printerFor = (resource: Resource, definition: JsonObject | undefined): Printer => {
  if (resource.custom) return customPrinter(definition ?? {})
  return PRINTERS[resource.kind] ?? FALLBACK
}

/** Metadata alone, as a PartialObjectMetadata of the asked version. */
export const partial = (object: KubeObject, version: string): KubeObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
})

const INCLUDES = new Set(['', 'None', 'Metadata', 'Object'])

export interface TableOptions {
  readonly includeObject: string
  readonly version: string
  readonly now: Date
}

/** Throws a 400 for an `includeObject` that does not exist. */
export const table = (
  printer: Printer,
  objects: readonly KubeObject[],
  listMetadata: JsonObject,
  { includeObject, version, now }: TableOptions,
): JsonObject => {
  if (!INCLUDES.has(includeObject)) {
    throw badRequest(
      `Unable to convert to Table as requested: includeObject: Invalid value: "${includeObject}": must be 'Metadata', 'Object', 'None', or empty`,
    )
  }
  const attached = (object: KubeObject): Json => {
    if (includeObject === 'None') return null
    return includeObject === 'Object' ? object : partial(object, version)
  }
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: listMetadata,
    columnDefinitions: printer.columns.map((item) => ({ ...item })),
    rows: objects.map((object) => {
      const conditions = printer.conditions?.(object) ?? []
      return {
        cells: printer.cells(object, now),
        ...(conditions.length === 0 ? {} : { conditions }),
        object: attached(object),
      }
    }),
  }
}

/** The list metadata that a Table and a list share. */
export const listMetadata = (version: number, continueToken: string, remaining: number | undefined): JsonObject => ({
  resourceVersion: String(version),
  ...(continueToken === '' ? {} : { continue: continueToken }),
  ...(remaining === undefined || continueToken === '' ? {} : { remainingItemCount: remaining }),
})

export const tableMetadataOf = (object: KubeObject): JsonObject => ({
  resourceVersion: text(record(object, 'metadata'), 'resourceVersion'),
})
