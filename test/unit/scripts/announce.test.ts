/** What a local run says of itself is true of what it serves. */
import { expect, test } from 'vitest'
import { announcement } from '../../../scripts/local/announce.ts'
import type { Setup } from '../../../scripts/local/setup.ts'
import { configSchema } from '../../../src/config.ts'

const read = { token: { secret: 'READ' } }
const announced = (clusters: Readonly<Record<string, object>>): string => {
  const setup: Setup = {
    title: 'a test',
    config: configSchema.parse({
      publicUrl: 'http://127.0.0.1:8790',
      masterKey: { secret: 'BULKHEAD_KEY' },
      identity: { operators: [{ name: 'operator', sha256: ['a'.repeat(64)] }] },
      clusters: Object.fromEntries(
        Object.entries(clusters).map(([name, more]) => [
          name,
          { server: 'https://10.0.0.1:6443', credentials: { read, ...more } },
        ]),
      ),
    }),
    source: {},
    secrets: {},
    agentKey: 'the-agent-key',
    operatorKey: null,
    kubeconfig: null,
    configFile: 'bulkhead.yaml',
    warnings: [],
    directory: '.',
    stop: async () => undefined,
  }
  return announcement('http://127.0.0.1:8790/mcp', setup)
}
const argumentsIn = (text: string): unknown => {
  const [, body = ''] = /-d '(.*)'$/m.exec(text) ?? []
  return JSON.parse(body).params.arguments
}

test('changes need approval where there is a credential for them, and there are none elsewhere', () => {
  const change = { change: { token: { secret: 'CHANGE' } } }
  expect(announced({ prod: change })).toContain('the-agent-key   (reads everything; changes need approval)')
  expect(announced({ prod: {} })).toContain('(reads everything; changes nothing: there is no change credential)')
  expect(announced({ prod: {} })).not.toContain('approval')
})

test('the curl names the first of several clusters, and not the only one', () => {
  expect(argumentsIn(announced({ prod: {} }))).toEqual({})
  expect(argumentsIn(announced({ prod: {}, eu: {} }))).toEqual({ cluster: 'prod' })
})
