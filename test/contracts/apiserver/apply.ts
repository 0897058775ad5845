/** Server-side apply: ownership of fields, conflicts with their owners, what goes away with whom. */
import assert from 'node:assert/strict'
import { refusal, status } from './expect.ts'
import { configMap, DEPLOYMENTS, deployment, MAPS } from './objects.ts'
import { type Api, at, type Contract, contract, type JsonObject, list, text } from './target.ts'

const apply = (api: Api, path: string, manager: string, body: JsonObject | string, more = '') =>
  api.patch(`${path}?fieldManager=${manager}${more}`, 'apply', body)

/** Manager → its operation and fields. */
const managers = (object: JsonObject): JsonObject =>
  Object.fromEntries(
    list(object, 'metadata', 'managedFields').map((entry) => [
      `${text(entry, 'manager')} ${text(entry, 'operation')}`,
      entry.fieldsV1 ?? {},
    ]),
  )

const causes = (body: JsonObject): JsonObject[] => list(body, 'details', 'causes')

export const applyContracts: readonly Contract[] = [
  contract('creates by apply and notes who owns what', async (api) => {
    const first = await apply(api, `${MAPS}/one`, 'alice', configMap('one', { a: '1', b: '1' }))
    assert.equal(first.status, 201)
    assert.deepEqual(managers(first.body), { 'alice Apply': { 'f:data': { 'f:a': {}, 'f:b': {} } } })
    const again = await apply(api, `${MAPS}/one`, 'alice', configMap('one', { a: '1', b: '1' }))
    assert.deepEqual([again.status, again.body], [200, first.body])
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: "1"\n'
    const shorter = await apply(api, `${MAPS}/one`, 'alice', yaml)
    assert.deepEqual([shorter.status, shorter.body.data], [200, { a: '1' }])
  }),

  contract('refuses to take fields from their owner, and says whose they are', async (api) => {
    await apply(api, `${MAPS}/one`, 'alice', configMap('one', { a: '1', b: '1' }))
    const two = await apply(api, `${MAPS}/one`, 'bob', configMap('one', { a: '2', b: '2', c: '2' }))
    assert.deepEqual(
      refusal(two),
      status(409, 'Conflict', {
        causes: [
          { reason: 'FieldManagerConflict', message: 'conflict with "alice"', field: '.data.a' },
          { reason: 'FieldManagerConflict', message: 'conflict with "alice"', field: '.data.b' },
        ],
      }),
    )
    assert.equal(two.body.message, 'Apply failed with 2 conflicts: conflicts with "alice":\n- .data.a\n- .data.b')
    const one = await apply(api, `${MAPS}/one`, 'bob', configMap('one', { a: '2' }))
    assert.equal(one.body.message, 'Apply failed with 1 conflict: conflict with "alice": .data.a')
    const shared = await apply(api, `${MAPS}/one`, 'bob', configMap('one', { a: '1', c: '2' }))
    assert.deepEqual([shared.status, shared.body.data], [200, { a: '1', b: '1', c: '2' }])
    assert.deepEqual(managers(shared.body), {
      'alice Apply': { 'f:data': { 'f:a': {}, 'f:b': {} } },
      'bob Apply': { 'f:data': { 'f:a': {}, 'f:c': {} } },
    })
  }),

  contract('takes fields by force, and gives up what is left out', async (api) => {
    await apply(api, `${MAPS}/one`, 'alice', configMap('one', { a: '1', b: '1' }))
    const forced = await apply(api, `${MAPS}/one`, 'bob', configMap('one', { a: '2', c: '2' }), '&force=true')
    assert.deepEqual([forced.status, forced.body.data], [200, { a: '2', b: '1', c: '2' }])
    assert.deepEqual(managers(forced.body), {
      'alice Apply': { 'f:data': { 'f:b': {} } },
      'bob Apply': { 'f:data': { 'f:a': {}, 'f:c': {} } },
    })
    const less = await apply(api, `${MAPS}/one`, 'bob', configMap('one', { c: '2' }))
    assert.deepEqual(less.body.data, { b: '1', c: '2' })
  }),

  contract('counts an update as ownership, by another operation', async (api) => {
    await api.make(`${MAPS}?fieldManager=maria`, configMap('one', { a: '1' }))
    const conflict = await apply(api, `${MAPS}/one`, 'maria', configMap('one', { a: '2' }))
    assert.deepEqual(causes(conflict.body), [
      { reason: 'FieldManagerConflict', message: 'conflict with "maria" using v1', field: '.data.a' },
    ])
    const agreed = await apply(api, `${MAPS}/one`, 'maria', configMap('one', { a: '1' }))
    assert.deepEqual(Object.keys(managers(agreed.body)).sort(), ['maria Apply', 'maria Update'])
    const patched = await api.patch(`${MAPS}/one?fieldManager=sam`, 'merge', { data: { a: '3' } })
    assert.deepEqual(at(managers(patched.body), 'sam Update'), { 'f:data': { 'f:a': {} } })
    assert.equal(at(managers(patched.body), 'maria Apply'), undefined)
    const later = await apply(api, `${MAPS}/one`, 'maria', configMap('one', { a: '1' }))
    assert.deepEqual(causes(later.body), [
      { reason: 'FieldManagerConflict', message: 'conflict with "sam" using v1', field: '.data.a' },
    ])
  }),

  contract('merges lists by their keys', async (api) => {
    const configuration = (name: string, image: string, more: JsonObject = {}): JsonObject => {
      const { spec, ...rest } = deployment('web')
      const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name, image, ...more }] } }
      return { ...rest, spec: { ...(spec as JsonObject), template } }
    }
    await apply(api, `${DEPLOYMENTS}/web`, 'alice', configuration('app', 'example:1.0'))
    const side = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { template: { spec: { containers: [{ name: 'side', image: 'side:1' }] } } },
    }
    const joined = await apply(api, `${DEPLOYMENTS}/web`, 'bob', side)
    assert.equal(joined.status, 200, joined.text)
    const images = (body: JsonObject) =>
      list(body, 'spec', 'template', 'spec', 'containers').map((item) => `${String(item.name)} ${String(item.image)}`)
    assert.deepEqual(images(joined.body), ['app example:1.0', 'side side:1'])
    const conflict = await apply(api, `${DEPLOYMENTS}/web`, 'carol', configuration('app', 'example:2.0'))
    assert.deepEqual(
      causes(conflict.body).map((cause) => cause.field),
      ['.spec.template.spec.containers[name="app"].image'],
    )
    const left = await apply(api, `${DEPLOYMENTS}/web`, 'bob', { ...side, spec: {} })
    assert.deepEqual([left.status, images(left.body)], [200, ['app example:1.0']])
  }),

  contract('wants a manager, a kind, the right name and only known fields', async (api) => {
    await apply(api, `${MAPS}/one`, 'alice', configMap('one', { a: '1' }))
    const nobody = await api.patch(`${MAPS}/one`, 'apply', configMap('one'))
    assert.equal(nobody.status, 422)
    assert.deepEqual(
      causes(nobody.body).map((cause) => `${String(cause.reason)} ${String(cause.field)}`),
      ['FieldValueRequired fieldManager'],
    )
    const bad = status(400, 'BadRequest')
    assert.deepEqual(refusal(await apply(api, `${MAPS}/one`, 'alice', configMap('two'))), bad)
    assert.deepEqual(refusal(await apply(api, `${MAPS}/one`, 'alice', { metadata: { name: 'one' } })), bad)
    const managed = { ...configMap('one'), metadata: { name: 'one', managedFields: [{}] } }
    assert.deepEqual(refusal(await apply(api, `${MAPS}/one`, 'alice', managed)), bad)
    const stale = { ...configMap('one'), metadata: { name: 'one', resourceVersion: '1' } }
    assert.deepEqual(
      refusal(await apply(api, `${MAPS}/one`, 'alice', stale)),
      status(409, 'Conflict', { name: 'one', kind: 'configmaps' }),
    )
    const odd = await apply(api, `${MAPS}/one`, 'alice', { ...configMap('one'), colour: 'red' })
    assert.equal(odd.status, 500)
    assert.match(text(odd.body, 'message'), /\.colour: field not declared in schema/)
  }),
]
