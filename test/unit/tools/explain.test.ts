/** resources_explain: the path that it takes, and what it leaves out to fit. */
import { expect, test } from 'vitest'
import type { SchemaField } from '../../../src/tool.ts'
import { resourcesExplain } from '../../../src/tools/resources-explain.ts'
import { callTool, createFake } from '../../support/fake-view.ts'
import { SHOP } from './shop.ts'

const field = (name: string, more: Partial<SchemaField> = {}): SchemaField => ({
  name,
  type: 'string',
  required: false,
  description: '',
  ...more,
})

const run = async (args: object, fields: readonly SchemaField[], maxBytes = 48_000) => {
  const fake = createFake({ clusters: [{ ...SHOP, schema: { ...field('spec'), fields } }], maxBytes })
  return { ...(await callTool(resourcesExplain, args, fake.views)), calls: fake.calls }
}

test.each([
  ['spec.template.spec.containers[0].env[].name', ['spec', 'template', 'spec', 'containers', 'env', 'name']],
  ['spec.x-kubernetes-thing.$ref', ['spec', 'x-kubernetes-thing', '$ref']],
  [undefined, []],
])('asks for %s', async (path, steps) => {
  const { calls } = await run({ kind: 'pod', ...(path === undefined ? {} : { path }) }, [])
  expect(calls.at(-1)).toMatchObject({ method: 'schema', question: { resource: 'pods', path: steps } })
})

test.each(['', '.', 'spec.', '.spec', 'spec..x', 'spec/x', 'spec x', 'a.'.repeat(20).concat('a')])(
  'refuses the path %j',
  async (path) => {
    await expect(run({ kind: 'pod', path }, [])).rejects.toMatchObject({ code: 'invalid_arguments' })
  },
)

test('says that there is nothing inside', async () => {
  const { untrusted, notes } = await run({ kind: 'pod', path: 'spec' }, [])
  expect(untrusted).toBe('v1 Pod.spec: string')
  expect(notes).toEqual(['It holds no fields of its own.'])
})

test('leaves meanings out where they do not fit', async () => {
  const fields = Array.from({ length: 40 }, (_, it) => field(`field${it}`, { description: `${it} `.repeat(40) }))
  const { untrusted, notes } = await run({ kind: 'pod', path: 'spec' }, fields, 2_000)
  expect(untrusted).toContain('field39')
  expect(untrusted).not.toContain('MEANING')
  expect(notes?.[1]).toContain('ask for each by its path')
})
