/**
 * OpenAPI v3, as much of it as clients use: an index, and per group and version the types with their merge keys and
 * the paths that can be patched. Built-in types carry no descriptions here; custom ones bring their own.
 */
import { createHash } from 'node:crypto'
import type { Cluster } from './cluster.ts'
import { type JsonObject, record } from './json.ts'
import { apiVersionOf, type Resource } from './resources.ts'
import { builtInNames, builtInType, type Schema, type Struct, structOf } from './schema/schema.ts'
import type { Reply } from './wire.ts'

const PREFIX = '#/components/schemas/'

const longName = (name: string): string => {
  if (name.startsWith('meta.v1.')) return `io.k8s.apimachinery.pkg.apis.${name}`
  if (name.startsWith('apiextensions.')) return `io.k8s.apiextensions-apiserver.pkg.apis.${name}`
  if (name.startsWith('apiregistration.')) return `io.k8s.kube-aggregator.pkg.apis.${name}`
  return `io.k8s.api.${name}`
}

const expand = (schema: Schema): JsonObject => {
  switch (schema.kind) {
    case 'any':
      return {}
    case 'scalar':
      return { type: schema.type }
    case 'struct':
      return { allOf: [{ $ref: `${PREFIX}${longName(schema.name)}` }] }
    case 'map':
      return {
        type: 'object',
        additionalProperties: expand(schema.value),
        ...(schema.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      }
    default:
      return {
        type: 'array',
        items: expand(schema.item),
        'x-kubernetes-list-type': schema.merge,
        ...(schema.keys.length === 0 ? {} : { 'x-kubernetes-list-map-keys': [...schema.keys] }),
        ...(schema.patchKey === undefined ? {} : { 'x-kubernetes-patch-strategy': 'merge' }),
        ...(schema.patchKey ? { 'x-kubernetes-patch-merge-key': schema.patchKey } : {}),
      }
  }
}

const kindOf = (resource: Resource): JsonObject => ({
  group: resource.group,
  version: resource.version,
  kind: resource.kind,
})

const component = (type: Struct): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries([...type.fields].map(([field, schema]) => [field, expand(schema)])),
  ...(type.required.size === 0 ? {} : { required: [...type.required] }),
  ...(type.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
})

/** The type and everything that it is made of. */
const closure = (type: Schema, into: Map<string, Struct>): void => {
  if (type.kind === 'list') closure(type.item, into)
  else if (type.kind === 'map') closure(type.value, into)
  else if (type.kind === 'struct' && !into.has(type.name)) {
    into.set(type.name, type)
    for (const field of type.fields.values()) closure(field, into)
  }
}

const pathsOf = (resource: Resource): JsonObject => {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`
  const scope = resource.namespaced ? '/namespaces/{namespace}' : ''
  const action = (name: string): JsonObject => ({
    'x-kubernetes-action': name,
    'x-kubernetes-group-version-kind': kindOf(resource),
    parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map((parameter) => ({
      name: parameter,
      in: 'query',
      schema: { type: 'string' },
    })),
    responses: { 200: { description: 'OK' } },
  })
  return {
    [`${root}${scope}/${resource.name}`]: { post: action('post') },
    [`${root}${scope}/${resource.name}/{name}`]: { put: action('put'), patch: action('patch') },
  }
}

const document = (cluster: Cluster, version: string): JsonObject => {
  const resources = cluster.resources().filter((resource) => apiVersionOf(resource) === version)
  const types = new Map<string, Struct>()
  const kinds: Record<string, JsonObject> = {}
  for (const resource of resources) {
    const marker = { 'x-kubernetes-group-version-kind': [kindOf(resource)] }
    const type = builtInType(version, resource.kind)
    if (type !== undefined) {
      closure(type, types)
      kinds[longName(type.name)] = { ...component(type), ...marker }
    } else if (resource.custom) {
      const schema = record(cluster.definition(resource), 'schema', 'openAPIV3Schema')
      const meta = structOf('meta.v1.ObjectMeta')
      closure(meta, types)
      const properties = {
        ...record(schema, 'properties'),
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: expand(meta),
      }
      const name = `${resource.group.split('.').reverse().join('.')}.${resource.version}.${resource.kind}`
      kinds[name] = { ...schema, properties, ...marker }
    }
  }
  const schemas = Object.fromEntries([...types.values()].map((type) => [longName(type.name), component(type)]))
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.3' },
    paths: Object.assign(
      {},
      ...resources.filter((resource) => resource.verbs.includes('patch')).map(pathsOf),
    ) as JsonObject,
    components: { schemas: { ...schemas, ...kinds } },
  }
}

const keyOf = (version: string): string => (version.includes('/') ? `apis/${version}` : `api/${version}`)

/** `path` starts with `/openapi/v3`; undefined for a version that is not served. */
export const openApi = (cluster: Cluster, path: string): Reply | undefined => {
  const versions = [...new Set(cluster.resources().map(apiVersionOf))]
  if (path === '/openapi/v3') {
    const seed = `${builtInNames().length}/${cluster.resources().length}`
    const hash = createHash('sha256').update(seed).digest('hex').toUpperCase()
    const paths = versions.map((version) => {
      const key = keyOf(version)
      return [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${hash}` }]
    })
    return { code: 200, body: { paths: Object.fromEntries(paths) } }
  }
  const wanted = versions.find((version) => `/openapi/v3/${keyOf(version)}` === path)
  return wanted === undefined ? undefined : { code: 200, body: document(cluster, wanted) }
}
