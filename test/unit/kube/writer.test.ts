/** What the writer makes of the API server's own words: warnings, and who owns a field. */
import { describe, expect, test } from 'vitest'
import type { Operation } from '../../../src/change.ts'
import { createDiscoveryMemory } from '../../../src/kube/discovery.ts'
import { createKubeWriter, FieldConflictError } from '../../../src/kube/writer.ts'
import { mapCache, movableClock, scriptedTransport } from '../../support/scripted-transport.ts'
import { DEPLOYMENTS, errorOf, never } from './support.ts'

const apply: Operation = {
  type: DEPLOYMENTS,
  namespace: 'shop',
  name: 'web',
  verb: 'apply',
  force: false,
  object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } },
}

const writerFor = (answer: () => Response) =>
  createKubeWriter({
    cluster: 'prod',
    server: 'https://cluster.test',
    transport: scriptedTransport(answer),
    token: async () => 'a-token',
    clock: movableClock(),
    cache: mapCache(),
    memory: createDiscoveryMemory(),
    version: '0.0.0',
  })

const warningsOf = async (header: string): Promise<readonly string[]> => {
  const answer = () => Response.json({ kind: 'Deployment' }, { headers: { warning: header } })
  return (await writerFor(answer).dryRun(apply, undefined, never)).warnings
}

describe('warnings', () => {
  test.each<[string, string, readonly string[]]>([
    ['one', '299 - "unknown field"', ['unknown field']],
    ['two', '299 - "one", 299 - "two"', ['one', 'two']],
    ['with an agent and a date', '299 kube "one" "Sat, 28 Nov 2026 18:00:00 GMT", 299 - "two"', ['one', 'two']],
    ['with quotes and commas inside', '299 - "field \\"spec.a\\", and more"', ['field "spec.a", and more']],
    // A text that looks like a second warning must not swallow the first.
    ['a warning inside a warning', '299 - "a, 299 - \\"b\\", 299 - c", 299 - "d"', ['a, 299 - "b", 299 - c', 'd']],
    ['what is none', 'nonsense', []],
  ])('reads %s', async (_, header, texts) => {
    expect(await warningsOf(header)).toEqual(texts)
  })

  test('bounds how many and how long', async () => {
    const texts = await warningsOf(Array.from({ length: 40 }, () => `299 - "${'x'.repeat(1000)}"`).join(', '))
    expect(texts.map((it) => it.length)).toEqual(Array.from({ length: 20 }, () => 256))
  })

  test('takes no longer for hostile text', async () => {
    const began = performance.now()
    expect(await warningsOf(`299 - "${'\\'.repeat(60_001)}`)).toEqual([])
    expect(performance.now() - began).toBeLessThan(1000)
  })
})

test('names the owner of a field, whatever quotes are in its name', async () => {
  const causes = ['kubectl', 'odd\\"name'].map((manager, index) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with "${manager}" using apps/v1`,
    field: `.spec.f${index}`,
  }))
  const status = { kind: 'Status', status: 'Failure', reason: 'Conflict', code: 409, details: { causes } }
  const error = await errorOf(writerFor(() => Response.json(status, { status: 409 })).dryRun(apply, undefined, never))
  if (!(error instanceof FieldConflictError)) throw error
  expect(error.conflicts.map((it) => it.manager)).toEqual(['kubectl', 'odd\\"name'])
})
