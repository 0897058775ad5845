/**
 * Makes `types.txt` from a real API server's OpenAPI documents: the names and types of fields, which of them are
 * required, and how lists merge. Nothing else is taken, no descriptions. Run it after raising the Kubernetes version:
 * `node scripts/demo/schema/capture.ts`; a test on the real control plane says when it is needed.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type AdminAccess, clusterJson } from '../../control-plane/client.ts'
import { startControlPlane } from '../../control-plane/control-plane.ts'
import { isRecord, type Json, type JsonObject, record, records, strings, text } from '../json.ts'
import { apiVersionOf, BUILT_IN } from '../resources.ts'

const TYPES_FILE = new URL('types.txt', import.meta.url)

/** What was captured. */
export const readTypes = (): Promise<string> => readFile(TYPES_FILE, 'utf8')

const PREFIX = '#/components/schemas/'

/** `io.k8s.api.core.v1.PodSpec` → `core.v1.PodSpec`. */
const short = (name: string): string =>
  name
    .replace(/^io\.k8s\.api\./, '')
    .replace(/^io\.k8s\.apimachinery\.pkg\.(?:apis\.)?/, '')
    .replace(/^io\.k8s\.(?:apiextensions-apiserver|kube-aggregator)\.pkg\.apis\./, '')

const SCALARS: Readonly<Record<string, string>> = { string: 's', integer: 'i', number: 'n', boolean: 'b' }

/** Types that are not objects on the wire. */
const OPAQUE: Readonly<Record<string, string>> = {
  'api.resource.Quantity': 'x',
  'util.intstr.IntOrString': 'x',
  'meta.v1.Time': 's',
  'meta.v1.MicroTime': 's',
  'meta.v1.FieldsV1': 'x',
  'runtime.RawExtension': 'x',
  'apiextensions.v1.JSON': 'x',
  'apiextensions.v1.JSONSchemaPropsOrBool': 'x',
  'apiextensions.v1.JSONSchemaPropsOrArray': 'x',
  'apiextensions.v1.JSONSchemaPropsOrStringArray': 'x',
}

const reference = (schema: JsonObject): string => {
  const direct = text(schema, '$ref') || records(schema, 'allOf').map((item) => text(item, '$ref'))[0] || ''
  return direct.startsWith(PREFIX) ? direct.slice(PREFIX.length) : ''
}

/** The notation that schema.ts explains and reads. */
const expression = (schema: JsonObject, found: Set<string>): string => {
  const name = reference(schema)
  if (name !== '') {
    const opaque = OPAQUE[short(name)]
    if (opaque !== undefined) return opaque
    found.add(name)
    return short(name)
  }
  if (text(schema, 'type') === 'array') {
    const keys = strings(schema, 'x-kubernetes-list-map-keys').join(',')
    const listType = text(schema, 'x-kubernetes-list-type')
    const merge = text(schema, 'x-kubernetes-patch-strategy').includes('merge')
    const suffix = listType === 'set' ? '=' : listType === 'map' ? keys : ''
    const patch = merge ? `@${text(schema, 'x-kubernetes-patch-merge-key')}` : ''
    return `[${expression(record(schema, 'items'), found)}]${suffix}${patch}`
  }
  if (isRecord(schema.additionalProperties)) {
    const atomic = text(schema, 'x-kubernetes-map-type') === 'atomic' ? '!' : ''
    return `<${expression(schema.additionalProperties, found)}>${atomic}`
  }
  return SCALARS[text(schema, 'type')] ?? 'x'
}

/** @param schemas every `components.schemas` of the documents, merged */
export const typesOf = (schemas: Readonly<Record<string, Json>>): string => {
  const served = new Set(BUILT_IN.flatMap((resource) => [`${apiVersionOf(resource)} ${resource.kind}`]))
  for (const kind of ['autoscaling/v1 Scale', 'policy/v1 Eviction']) served.add(kind)
  const kinds = new Map<string, string>()
  for (const [name, schema] of Object.entries(schemas)) {
    for (const gvk of records(schema, 'x-kubernetes-group-version-kind')) {
      const group = text(gvk, 'group')
      const kind = `${group === '' ? '' : `${group}/`}${text(gvk, 'version')} ${text(gvk, 'kind')}`
      if (served.has(kind)) kinds.set(kind, name)
    }
  }
  const queue = new Set(kinds.values())
  const lines: string[] = []
  for (const name of queue) {
    const schema = record(schemas[name])
    const required = new Set(strings(schema, 'required'))
    const fields = Object.entries(record(schema, 'properties'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([field, value]) => `${field}${required.has(field) ? '*' : ''}:${expression(record(value), queue)}`)
    const atomic = text(schema, 'x-kubernetes-map-type') === 'atomic' ? '!' : ''
    lines.push(`${short(name)}${atomic} ${fields.join(' ')}`.trimEnd())
  }
  const heads = [...kinds].map(([kind, name]) => `${kind} = ${short(name)}`)
  return `${[...heads.sort(), '', ...lines.sort()].join('\n')}\n`
}

/** Everything that a running API server says about the types that the demo serves. */
export const captureTypes = async (access: AdminAccess): Promise<string> => {
  const index = (await clusterJson(access, { path: '/openapi/v3' })) as JsonObject
  const wanted = new Set([...BUILT_IN.map(apiVersionOf), 'autoscaling/v1'])
  const schemas: Record<string, Json> = {}
  for (const version of wanted) {
    const key = version.includes('/') ? `apis/${version}` : `api/${version}`
    const path = text(index, 'paths', key, 'serverRelativeURL')
    Object.assign(schemas, record((await clusterJson(access, { path })) as JsonObject, 'components', 'schemas'))
  }
  return typesOf(schemas)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const controlPlane = await startControlPlane()
  try {
    await writeFile(TYPES_FILE, await captureTypes(controlPlane))
  } finally {
    await controlPlane.stop()
  }
}
