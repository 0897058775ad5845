/** The two faces of an event: stored in the core shape, shown by events.k8s.io under the newer field names. */
import { type JsonObject, type KubeObject, record } from './json.ts'

/** Core field → events.k8s.io field. */
const RENAMED: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
}

const renameKeys = (object: JsonObject, names: Readonly<Record<string, string>>): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [names[key] ?? key, value]))

export const asNewEvent = (event: KubeObject): KubeObject => ({
  ...renameKeys(event, RENAMED),
  kind: 'Event',
  apiVersion: 'events.k8s.io/v1',
  metadata: event.metadata,
})

const BACK = Object.fromEntries(Object.entries(RENAMED).map(([core, newer]) => [newer, core]))

export const asCoreEvent = (event: KubeObject): KubeObject => ({
  involvedObject: record(event, 'regarding'),
  ...renameKeys(event, BACK),
  kind: 'Event',
  apiVersion: 'v1',
  metadata: event.metadata,
})
