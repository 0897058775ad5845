/** Schemas from an OpenAPI v3 document: references, lists, maps, what is kept, and what an odd document becomes. */
import { describe, expect, test } from 'vitest'
import { explain } from '../../../src/kube/openapi.ts'
import { reduceDocument } from '../../../src/kube/openapi-document.ts'
import type { Json } from '../../../src/tool.ts'
import { json, mapCache, statusAnswer } from '../../support/scripted-transport.ts'
import { clientOf, DEPLOYMENTS, errorOf, never, PODS } from './support.ts'

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const marker = [{ group: '', version: 'v1', kind: 'Pod' }]

const SCHEMAS: Readonly<Record<string, Json>> = {
  'core.Pod': {
    type: 'object',
    description: 'A pod.',
    'x-kubernetes-group-version-kind': marker,
    required: ['spec'],
    properties: {
      spec: { allOf: [ref('core.PodSpec')], description: 'What is wanted.' },
      labels: { type: 'object', additionalProperties: { type: 'string', default: '' } },
      odd: {},
    },
  },
  'core.PodSpec': {
    type: 'object',
    description: 'The type behind the field.',
    properties: {
      containers: { type: 'array', items: { allOf: [ref('core.Container')], default: {} } },
      restartPolicy: { type: 'string', enum: ['Always', 'Never'], default: 'Always' },
      token: { type: 'string', default: 'nobody-should-see-it' },
      grace: { type: 'integer', default: 30, format: 'int64' },
      limits: { type: 'object', additionalProperties: ref('resource.Quantity') },
      port: ref('intstr.IntOrString'),
      missing: ref('core.Nowhere'),
      self: ref('core.PodSpec'),
      elsewhere: ref('constructor'),
    },
  },
  'core.Container': { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
  'resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
  'intstr.IntOrString': { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  'core.Unrelated': { type: 'object' },
}
const document = { openapi: '3.0.0', paths: { '/big': {} }, components: { schemas: SCHEMAS } }

const reduced = reduceDocument(document, PODS)
if (reduced === undefined) throw new Error('The document has a Pod')

describe('what is kept', () => {
  test('is the kind and what it refers to', () => {
    expect(Object.keys(reduced.named)).toEqual([
      'core.Pod',
      'core.PodSpec',
      'core.Container',
      'resource.Quantity',
      'intstr.IntOrString',
    ])
  })

  test('is no default that is free text', () => {
    expect(JSON.stringify(reduced)).not.toContain('nobody-should-see-it')
    const { fields } = explain(reduced, PODS, ['spec'])
    expect(fields.filter((it) => it.default !== undefined).map((it) => [it.name, it.default])).toEqual([
      ['restartPolicy', 'Always'],
      ['grace', '30'],
    ])
  })

  test('is bounded in descriptions', () => {
    const long = { 'x-kubernetes-group-version-kind': marker, description: 'x'.repeat(5_000) }
    const kept = reduceDocument({ components: { schemas: { 'core.Pod': long } } }, PODS)
    expect(kept?.named['core.Pod']?.description).toHaveLength(1_000)
  })

  test.each([null, [], 'text', {}, { components: null }, { components: { schemas: { a: 1 } } }])(
    'of %j is nothing',
    (odd) => {
      expect(reduceDocument(odd, PODS)).toBeUndefined()
    },
  )
})

describe('explaining', () => {
  test('a kind', () => {
    const { fields, ...own } = explain(reduced, PODS, [])
    expect(own).toEqual({ name: 'Pod', type: 'Pod', required: true, description: 'A pod.' })
    expect(fields.map(({ name, type, required }) => [name, type, required])).toEqual([
      ['spec', 'PodSpec', true],
      ['labels', 'map[string]string', false],
      ['odd', 'any', false],
    ])
  })

  test("a field has the reference's own words", () => {
    expect(explain(reduced, PODS, ['spec'])).toMatchObject({ type: 'PodSpec', description: 'What is wanted.' })
  })

  test('types', () => {
    expect(explain(reduced, PODS, ['spec']).fields.map((it) => it.type)).toEqual([
      'Container[]',
      'Always|Never',
      'string',
      'integer',
      'map[string]Quantity',
      'IntOrString',
      'Nowhere',
      'PodSpec',
      'constructor',
    ])
  })

  test('a path goes through lists, and around a circle', () => {
    expect(explain(reduced, PODS, ['spec', 'containers', 'name'])).toMatchObject({ type: 'string', required: true })
    expect(explain(reduced, PODS, ['spec', 'self', 'self', 'grace']).type).toBe('integer')
  })

  test('a circle of references alone ends', () => {
    const named = { a: { ref: 'b' }, b: { ref: 'a' } }
    expect(explain({ root: 'a', named }, PODS, []).fields).toEqual([])
    const nested = { a: { items: { ref: 'a' } } }
    expect(explain({ root: 'a', named: nested }, PODS, []).type).toBe(`any${'[]'.repeat(16)}`)
  })

  test.each([
    [['spce'], 'Pod: spec, labels, odd'],
    [['spec', 'toString'], 'spec: containers, restartPolicy'],
    [['labels', 'app'], 'labels: no fields'],
  ])('%j is refused, with what is there', (path, names) => {
    expect(() => explain(reduced, PODS, path)).toThrow(
      expect.objectContaining({ code: 'invalid_arguments', untrusted: expect.stringContaining(names) }),
    )
  })
})

describe('the client', () => {
  test('asks for one group and version, and keeps the piece of one kind', async () => {
    const cache = mapCache()
    const client = clientOf(() => json(document), { cache })
    await client.schema(PODS, ['spec'], never)
    expect((await client.schema(PODS, [], never)).fields).toHaveLength(3)
    expect(client.seen.map((it) => it.path)).toEqual(['/openapi/v3/api/v1'])
    expect([...cache.entries.values()]).toEqual([{ value: JSON.stringify(reduced), ttlSeconds: 600 }])
    const other = clientOf(() => json(document), { cache, server: 'https://another.test' })
    await other.schema(PODS, [], never)
    expect(other.seen).toHaveLength(1)
  })

  test('asks again where the cache holds nonsense or fails', async () => {
    const nonsense = clientOf(() => json(document), { cache: { get: async () => '{"root":1}', put: async () => {} } })
    expect((await nonsense.schema(PODS, [], never)).type).toBe('Pod')
    const broken = async () => {
      throw new Error('down')
    }
    const failing = clientOf(() => json(document), { cache: { get: broken, put: broken } })
    expect((await failing.schema(PODS, [], never)).type).toBe('Pod')
  })

  test('keeps nothing that is too large', async () => {
    const cache = mapCache()
    const fields = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, it) => [`field${it}`, { type: 'string', description: 'x'.repeat(900) }]),
    )
    const pod = { 'x-kubernetes-group-version-kind': marker, properties: fields }
    const client = clientOf(() => json({ components: { schemas: { pod } } }), { cache })
    expect((await client.schema(PODS, [], never)).fields).toHaveLength(2_000)
    expect(cache.entries.size).toBe(0)
  })

  test('says that there is no schema, or no document', async () => {
    const without = clientOf(() => json(document))
    expect(await errorOf(without.schema(DEPLOYMENTS, [], never))).toMatchObject({ code: 'not_found' })
    expect(without.seen.map((it) => it.path)).toEqual(['/openapi/v3/apis/apps/v1'])
    const absent = clientOf(() => statusAnswer(404, 'NotFound'))
    expect(await errorOf(absent.schema(PODS, [], never))).toMatchObject({ code: 'not_found' })
  })
})
