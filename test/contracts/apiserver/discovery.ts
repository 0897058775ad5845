/** Discovery in both forms, and what is served beside resources. */
import assert from 'node:assert/strict'
import { refusal, status } from './expect.ts'
import { type Api, at, type Contract, contract, eventually, type Json, type JsonObject, list, text } from './target.ts'

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

const named = (resources: readonly JsonObject[], field: string, name: string): JsonObject => {
  const found = resources.find((resource) => resource[field] === name)
  assert(found !== undefined, `no ${name} in discovery`)
  const { storageVersionHash: _hash, ...rest } = found
  return rest
}

const GROUPS = [
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'coordination.k8s.io',
  'apiextensions.k8s.io',
  'authorization.k8s.io',
  'authentication.k8s.io',
]

const definition = (group: string): JsonObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: {
      plural: 'widgets',
      singular: 'widget',
      kind: 'Widget',
      listKind: 'WidgetList',
      shortNames: ['wd'],
      categories: ['things'],
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer' },
                  label: { type: 'string' },
                  on: { type: 'boolean' },
                  due: { type: 'string' },
                },
              },
              status: { type: 'object', properties: { phase: { type: 'string' } } },
            },
          },
        },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Label', type: 'string', jsonPath: '.spec.label', priority: 1 },
          { name: 'On', type: 'boolean', jsonPath: '.spec.on' },
          { name: 'Due', type: 'date', jsonPath: '.spec.due' },
          { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
        ],
      },
    ],
  },
})

/** Runs with a custom resource of its own: group, path of its objects. */
export const withWidgets = async (api: Api, run: (group: string, path: string) => Promise<void>): Promise<void> => {
  const group = `${api.namespace}.example.com`
  const path = `/apis/${group}/v1/namespaces/:ns/widgets`
  await api.make('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition(group))
  try {
    await eventually('the custom resource is served', async () =>
      (await api.get(path)).status === 200 ? true : undefined,
    )
    await run(group, path)
  } finally {
    await api.send('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`)
  }
}

export const discoveryContracts: readonly Contract[] = [
  contract('tells its version and that it is ready', async (api) => {
    const version = await api.read('/version')
    assert.match(text(version, 'gitVersion'), /^v1\.\d+\.\d+/)
    assert.equal(version.major, '1')
    for (const path of ['/readyz', '/livez', '/healthz']) {
      const answer = await api.get(path)
      assert.equal(answer.status, 200)
      assert.equal(answer.text, 'ok')
      assert.match(String(answer.headers['content-type']), /^text\/plain/)
    }
  }),

  contract('lists groups and versions', async (api) => {
    const core = await api.read('/api')
    assert.equal(core.kind, 'APIVersions')
    assert.deepEqual(core.versions, ['v1'])
    const groups = await api.read('/apis')
    assert.equal(groups.kind, 'APIGroupList')
    const known = list(groups, 'groups').map((group) => group.name)
    for (const group of GROUPS) assert(known.includes(group), `no group ${group}`)
    assert.deepEqual(await api.read('/apis/apps'), {
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'apps',
      versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    })
  }),

  contract('describes the resources of a version', async (api) => {
    const core = await api.read('/api/v1')
    assert.equal(core.kind, 'APIResourceList')
    assert.equal(core.groupVersion, 'v1')
    const resources = list(core, 'resources')
    assert.deepEqual(named(resources, 'name', 'pods'), {
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs: ALL_VERBS,
      shortNames: ['po'],
      categories: ['all'],
    })
    assert.deepEqual(named(resources, 'name', 'pods/log'), {
      name: 'pods/log',
      singularName: '',
      namespaced: true,
      kind: 'Pod',
      verbs: ['get'],
    })
    assert.deepEqual(named(resources, 'name', 'pods/eviction'), {
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    })
    assert.equal(named(resources, 'name', 'nodes').namespaced, false)
    assert.deepEqual(
      named(resources, 'name', 'namespaces').verbs,
      ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
    )
    const apps = await api.read('/apis/apps/v1')
    assert.equal(apps.apiVersion, 'v1')
    assert.deepEqual(named(list(apps, 'resources'), 'name', 'deployments/scale'), {
      name: 'deployments/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    })
  }),

  contract('tells everything in one answer to those who accept aggregated discovery', async (api) => {
    const answer = await api.get('/apis', `${AGGREGATED},application/json`)
    assert.equal(answer.headers['content-type'], AGGREGATED)
    assert.equal(answer.body.kind, 'APIGroupDiscoveryList')
    assert.equal(answer.body.apiVersion, 'apidiscovery.k8s.io/v2')
    const apps = list(answer.body, 'items').find((item) => at(item, 'metadata', 'name') === 'apps')
    assert.equal(at(apps, 'versions', 0, 'version'), 'v1')
    assert.equal(at(apps, 'versions', 0, 'freshness'), 'Current')
    const same: Json = { group: '', version: '', kind: 'Deployment' }
    assert.deepEqual(named(list(apps, 'versions', 0, 'resources'), 'resource', 'deployments'), {
      resource: 'deployments',
      responseKind: same,
      scope: 'Namespaced',
      singularResource: 'deployment',
      verbs: ALL_VERBS,
      shortNames: ['deploy'],
      categories: ['all'],
      subresources: [
        {
          subresource: 'scale',
          responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
          verbs: ['get', 'patch', 'update'],
        },
        { subresource: 'status', responseKind: same, verbs: ['get', 'patch', 'update'] },
      ],
    })
    const core = await api.get('/api', AGGREGATED)
    const nodes = named(list(core.body, 'items', 0, 'versions', 0, 'resources'), 'resource', 'nodes')
    assert.equal(nodes.scope, 'Cluster')
    const groups = list(answer.body, 'items').map((item) => at(item, 'metadata', 'name'))
    assert(!groups.includes(''), 'the core group is told at /api only')
  }),

  contract('gives the old form to those who do not', async (api) => {
    assert.equal((await api.get('/apis', 'application/json')).body.kind, 'APIGroupList')
    assert.equal((await api.get('/apis', '*/*')).body.kind, 'APIGroupList')
  }),

  contract('serves a custom resource as soon as it is defined', (api) =>
    withWidgets(api, async (group, path) => {
      const entry = await eventually('the group is in aggregated discovery', async () => {
        const all = await api.read('/apis', AGGREGATED)
        return list(all, 'items').find((item) => at(item, 'metadata', 'name') === group)
      })
      const own = { group, version: 'v1', kind: 'Widget' }
      const resource = named(list(entry, 'versions', 0, 'resources'), 'resource', 'widgets')
      assert.deepEqual(resource.responseKind, own)
      assert.equal(resource.scope, 'Namespaced')
      assert.deepEqual([resource.shortNames, resource.categories], [['wd'], ['things']])
      assert.deepEqual(new Set(list(resource, 'verbs')), new Set(ALL_VERBS))
      const made = await api.make(path, {
        apiVersion: `${group}/v1`,
        kind: 'Widget',
        metadata: { name: 'one' },
        spec: { size: 1 },
      })
      assert.equal(at(made, 'metadata', 'generation'), 1)
      const all = await api.read(path)
      assert.deepEqual([all.kind, all.apiVersion], ['WidgetList', `${group}/v1`])
      assert.equal(at(all, 'items', 0, 'kind'), 'Widget')
    }),
  ),

  contract('tells apart what it does not serve', async (api) => {
    const unknown = await api.get('/apis/nowhere.example.com/v1/things')
    assert.deepEqual([unknown.status, unknown.text.trim()], [404, '404 page not found'])
    const nothing = status(404, 'NotFound', {})
    for (const path of [
      '/api/v1/things',
      '/apis/apps/v9',
      '/apis/apps/v1/things',
      '/api/v1/pods/one',
      '/api/v1/namespaces/:ns/nodes',
      '/api/v1/namespaces/:ns/pods/one/things',
    ]) {
      assert.deepEqual(refusal(await api.get(path)), nothing, path)
    }
    const method = status(405, 'MethodNotAllowed', {})
    assert.deepEqual(refusal(await api.send('PUT', '/api/v1/namespaces/:ns/pods', { body: {} })), method)
    assert.deepEqual(refusal(await api.post('/api/v1/pods', {})), method)
    assert.deepEqual(refusal(await api.send('DELETE', '/api/v1/namespaces')), method)
  }),

  contract('describes its types in OpenAPI v3, with how lists merge', async (api) => {
    const url = text(await api.read('/openapi/v3'), 'paths', 'apis/apps/v1', 'serverRelativeURL')
    assert.match(url, /^\/openapi\/v3\/apis\/apps\/v1\?hash=/)
    const schemas = at(await api.read(url), 'components', 'schemas')
    assert.deepEqual(at(schemas, 'io.k8s.api.apps.v1.Deployment', 'x-kubernetes-group-version-kind'), [
      { group: 'apps', kind: 'Deployment', version: 'v1' },
    ])
    const containers = at(schemas, 'io.k8s.api.core.v1.PodSpec', 'properties', 'containers')
    assert.deepEqual(at(containers, 'x-kubernetes-list-map-keys'), ['name'])
    assert.equal(at(containers, 'x-kubernetes-patch-merge-key'), 'name')
    assert.deepEqual(at(schemas, 'io.k8s.api.core.v1.PodSpec', 'required'), ['containers'])
  }),
]
