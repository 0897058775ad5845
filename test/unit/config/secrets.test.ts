/** Every secret that a configuration names is found: held to the schema, so that a key added later cannot be forgotten. */
import { describe, expect, test } from 'vitest'
import { secretsFromEnvironment } from '../../../scripts/local/secrets.ts'
import { secretsOf } from '../../../src/config/secrets.ts'
import { configSchema } from '../../../src/config.ts'
import { configJsonSchema } from '../../../src/config-yaml/shape.ts'

const HASH = 'a'.repeat(64)
const base = {
  publicUrl: 'https://bulkhead.example.com',
  masterKey: { secret: 'BULKHEAD_KEY' },
  identity: { operators: [{ name: 'operator', sha256: [HASH] }] },
}
const server = 'https://10.0.0.1:6443'

/** One secret at each place where there can be one. */
const everywhere = configSchema.parse({
  ...base,
  clusters: {
    prod: {
      server,
      certificateAuthority: { secret: 'PROD_CA' },
      credentials: { read: { token: { secret: 'PROD_READ' } }, change: { token: { secret: 'PROD_CHANGE' } } },
    },
    edge: {
      server,
      credentials: {
        read: { clientCertificate: { secret: 'EDGE_CERT' }, clientKey: { secret: 'EDGE_KEY' } },
        change: { clientCertificate: { secret: 'EDGE_CHANGE_CERT' }, clientKey: { secret: 'EDGE_CHANGE_KEY' } },
      },
    },
  },
  notify: [
    { name: 'sre', slack: { secret: 'SLACK_URL' }, on: ['plan'] },
    { name: 'own', webhook: { url: 'https://hooks.example.com/in', hmac: { secret: 'OWN_KEY' } }, on: ['plan'] },
  ],
  hooks: {
    alerts: { type: 'alertmanager', bearer: { secret: 'AM_TOKEN' }, cluster: 'prod' },
    panels: {
      type: 'grafana',
      basic: { username: 'grafana', password: { secret: 'GRAFANA_PASSWORD' } },
      cluster: { label: 'cluster', map: { secret: 'prod' } },
    },
    pages: { type: 'pagerduty', hmac: { secret: 'PD_KEY' }, paths: { secret: 'incident.secret' }, cluster: 'prod' },
  },
  audit: { export: { url: 'https://evidence.example.com/in', bearer: { secret: 'EVIDENCE_TOKEN' } } },
  telemetry: {
    traces: {
      url: 'https://collector.example.com/v1/traces',
      bearer: { secret: 'TRACES_TOKEN' },
      headers: { 'x-api-key': { secret: 'TRACES_KEY' } },
    },
  },
})

type Schema = { readonly [key: string]: unknown }
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null

/** Every place of the schema, `*` for a key or number of the operator's own. */
const places = (schema: unknown, is: (schema: Schema) => boolean, path: readonly string[] = []): string[] => {
  if (!isSchema(schema)) return []
  if (is(schema)) return [path.join('.')]
  const { properties, additionalProperties, items, anyOf, oneOf, allOf } = schema
  return [
    ...Object.entries(isSchema(properties) ? properties : {}).flatMap(([key, it]) => places(it, is, [...path, key])),
    ...places(additionalProperties, is, [...path, '*']),
    ...places(items, is, [...path, '*']),
    ...[anyOf, oneOf, allOf].flatMap((list) => (Array.isArray(list) ? list.flatMap((it) => places(it, is, path)) : [])),
  ]
}
const isSecret = ({ properties }: Schema): boolean =>
  isSchema(properties) && Object.keys(properties).join() === 'secret'
const isFreeMap = ({ additionalProperties: it }: Schema): boolean => isSchema(it) && it.type === 'string'

/** As `places` writes it. */
const placeOf = (path: readonly string[]): string =>
  path
    .map((part, at) =>
      /^\d+$/.test(part) || ['clusters', 'hooks', 'headers'].includes(path[at - 1] ?? '') ? '*' : part,
    )
    .join('.')

describe('the secrets of a configuration', () => {
  test('are found at every place that the schema has for one', () => {
    const found = secretsOf(everywhere)
    const inSchema = new Set(places(configJsonSchema(), isSecret))
    expect(inSchema.size).toBeGreaterThan(10)
    expect(new Set(found.map(({ path }) => placeOf(path)))).toEqual(inSchema)
    expect(found).toHaveLength(16)
    expect(found.find(({ name }) => name === 'PROD_CHANGE')?.path.join('.')).toBe(
      'clusters.prod.credentials.change.token',
    )
  })

  test('are not the words of maps that are free to have any, of which there are these two', () => {
    expect(places(configJsonSchema(), isFreeMap)).toEqual(['hooks.*.paths', 'hooks.*.cluster.map'])
    const names = secretsOf(everywhere).map(({ name }) => name)
    expect(names).not.toContain('prod')
    expect(names).not.toContain('incident.secret')
    const credentials = { read: { token: { secret: 'READ' } } }
    const named = configSchema.parse({
      ...base,
      clusters: { map: { server, credentials }, paths: { server, credentials } },
    })
    expect(secretsOf(named).map(({ name }) => name)).toEqual(['BULKHEAD_KEY', 'READ'])
  })
})

describe('a local run', () => {
  const values = Object.fromEntries(secretsOf(everywhere).map(({ name }) => [name, `value of ${name}`]))

  test('passes all of them on, and nothing else of the environment', () => {
    expect(secretsFromEnvironment(everywhere, { ...values, HOME: '/home' })).toEqual(values)
  })

  test('names at once all that are missing, and no value', () => {
    const run = () => secretsFromEnvironment(everywhere, { ...values, PROD_CHANGE: '', EVIDENCE_TOKEN: undefined })
    expect(run).toThrow(/not in the environment: PROD_CHANGE, EVIDENCE_TOKEN\. Set each/)
    expect(run).not.toThrow(/value of/)
  })
})
