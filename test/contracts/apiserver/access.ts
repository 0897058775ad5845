/** Who is asking and what they may do: tokens, refusals, RBAC and the reviews by which callers learn about themselves. */
import assert from 'node:assert/strict'
import { refusal, status } from './expect.ts'
import { type Api, at, type Contract, contract, eventually, type JsonObject, list, text } from './target.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces/:ns'
const REVIEW = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
const USER = 'contract@example.com'

const accessReview = (attributes: JsonObject): JsonObject => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes: attributes },
})

const may = async (api: Api, attributes: JsonObject): Promise<JsonObject> => {
  const answer = await api.post(REVIEW, accessReview({ namespace: api.namespace, ...attributes }))
  assert.equal(answer.status, 201, answer.text)
  return answer.body.status as JsonObject
}

/** The user may look at pods, their logs and one ConfigMap, in the contract's namespace only. */
const asReader = async (api: Api): Promise<Api> => {
  await api.make(`${RBAC}/roles`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'reader' },
    rules: [
      { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] },
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['open'], verbs: ['get'] },
    ],
  })
  await api.make(`${RBAC}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'readers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: USER }],
  })
  const reader = api.as(USER)
  await eventually('the role is known to the authorizer', async () =>
    (await may(reader, { verb: 'list', resource: 'pods' })).allowed === true ? true : undefined,
  )
  return reader
}

export const accessContracts: readonly Contract[] = [
  contract('knows nobody without a good token', async (api) => {
    const wrong = await api.target.request('/api/v1/namespaces', { token: 'no-such-token' })
    const body = JSON.parse(wrong.bytes.toString()) as JsonObject
    assert.deepEqual(body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    })
    assert.equal(wrong.status, 401)
  }),

  contract('lets the anonymous see that it lives, and nothing else', async (api) => {
    const ask = async (path: string) => {
      const answer = await api.target.request(path, { token: null })
      return { status: answer.status, text: answer.bytes.toString() }
    }
    for (const path of ['/version', '/readyz', '/livez', '/healthz']) assert.equal((await ask(path)).status, 200, path)
    const refused = await ask(`/api/v1/namespaces/${api.namespace}/pods`)
    assert.equal(refused.status, 403)
    assert.match(
      refused.text,
      /User \\"system:anonymous\\" cannot list resource \\"pods\\" in API group \\"\\" in the namespace/,
    )
    assert.equal((await ask('/api')).status, 403)
  }),

  contract('refuses in a sentence that names who, what and where', async (api) => {
    const reader = api.as(USER)
    const cases: readonly (readonly [method: string, path: string, message: string, details: JsonObject])[] = [
      [
        'GET',
        '/api/v1/namespaces/:ns/secrets/one',
        `secrets "one" is forbidden: User "${USER}" cannot get resource "secrets" in API group "" in the namespace ":ns"`,
        { name: 'one', kind: 'secrets' },
      ],
      [
        'GET',
        '/apis/apps/v1/deployments',
        `deployments.apps is forbidden: User "${USER}" cannot list resource "deployments" in API group "apps" at the cluster scope`,
        { group: 'apps', kind: 'deployments' },
      ],
      [
        'GET',
        '/api/v1/namespaces/:ns/pods/web/log',
        `pods "web" is forbidden: User "${USER}" cannot get resource "pods/log" in API group "" in the namespace ":ns"`,
        { name: 'web', kind: 'pods' },
      ],
      [
        'DELETE',
        '/apis/nowhere.example.com/v1/namespaces/:ns/things/one',
        `things.nowhere.example.com "one" is forbidden: User "${USER}" cannot delete resource "things" in API group "nowhere.example.com" in the namespace ":ns"`,
        { name: 'one', group: 'nowhere.example.com', kind: 'things' },
      ],
      ['GET', '/metrics', `forbidden: User "${USER}" cannot get path "/metrics"`, {}],
    ]
    for (const [method, path, message, details] of cases) {
      const answer = await reader.send(method, path)
      assert.deepEqual(refusal(answer), status(403, 'Forbidden', details), path)
      assert.equal(answer.body.message, message.replace(':ns', api.namespace))
    }
  }),

  contract('goes by the roles that are bound', async (api) => {
    const reader = await asReader(api)
    assert.equal((await reader.get('/api/v1/namespaces/:ns/pods')).status, 200)
    assert.equal((await reader.get('/api/v1/namespaces/default/pods')).status, 403)
    assert.equal((await reader.get('/api/v1/pods')).status, 403)
    assert.equal((await reader.get('/api/v1/namespaces/:ns/configmaps/open')).status, 404)
    assert.equal((await reader.get('/api/v1/namespaces/:ns/configmaps/shut')).status, 403)
    assert.equal((await reader.get('/api/v1/namespaces/:ns/pods/web/log')).status, 404)
    assert.equal((await reader.send('DELETE', '/api/v1/namespaces/:ns/pods/web')).status, 403)
    const other = await reader.send('GET', '/api/v1/namespaces/:ns/pods', {
      headers: { 'impersonate-user': 'nobody@example.com' },
    })
    assert.equal(other.status, 403)
  }),

  contract('answers whether one may', async (api) => {
    const reader = await asReader(api)
    const allowed = await may(reader, { verb: 'get', resource: 'pods', subresource: 'log' })
    assert.equal(allowed.allowed, true)
    assert.equal(
      allowed.reason,
      `RBAC: allowed by RoleBinding "readers/${api.namespace}" of Role "reader" to User "${USER}"`,
    )
    assert.deepEqual(await may(reader, { verb: 'list', resource: 'secrets' }), { allowed: false })
    assert.equal((await may(reader, { verb: 'get', resource: 'configmaps', name: 'open' })).allowed, true)
    assert.equal((await may(reader, { verb: 'get', resource: 'configmaps' })).allowed, false)
    assert.equal((await may(reader, { verb: 'list', resource: 'pods', namespace: '' })).allowed, false)
    assert.equal((await may(api, { verb: '*', group: '*', resource: '*' })).allowed, true)
    const path = await reader.post(REVIEW, {
      ...accessReview({}),
      spec: { nonResourceAttributes: { path: '/version', verb: 'get' } },
    })
    assert.equal(at(path.body, 'status', 'allowed'), true)
    const empty = await reader.post(REVIEW, { ...accessReview({}), spec: {} })
    assert.deepEqual([empty.status, empty.body.reason], [422, 'Invalid'])
  }),

  contract('tells all that one may', async (api) => {
    const reader = await asReader(api)
    const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace: api.namespace },
    }
    const answer = await reader.post(path, body)
    assert.equal(answer.status, 201)
    const rules = list(answer.body, 'status', 'resourceRules')
    assert(
      rules.some(
        (rule) =>
          JSON.stringify(rule) ===
          JSON.stringify({ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] }),
      ),
    )
    assert(rules.some((rule) => JSON.stringify(rule.resourceNames) === '["open"]'))
    assert(
      list(answer.body, 'status', 'nonResourceRules').some((rule) =>
        JSON.stringify(rule.nonResourceURLs).includes('/readyz'),
      ),
    )
    assert.equal(at(answer.body, 'status', 'incomplete'), false)
    const without = await reader.post(path, { ...body, spec: {} })
    assert.deepEqual(refusal(without), status(400, 'BadRequest'))
  }),

  contract('tells who one is', async (api) => {
    const answer = await api.as(USER).post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
    })
    assert.equal(answer.status, 201)
    assert.deepEqual(at(answer.body, 'status', 'userInfo'), { username: USER, groups: ['system:authenticated'] })
    assert.match(text(answer.body, 'metadata', 'creationTimestamp'), /^\d{4}-/)
  }),
]
